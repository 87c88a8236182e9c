"""A one-time password on its way to the next page, where it is shown once."""

from django.http import HttpRequest

from grid import sealing

_ONE_TIME = "one_time_password"


def keep_once(request: HttpRequest, staff_id: int, password: str) -> None:
    """Keeps the password for the next page only, sealed: sessions are stored in the database."""
    text = f"{staff_id} {password}".encode()
    request.session[_ONE_TIME] = sealing.seal(text, context="one-time password").hex()


def take_once(request: HttpRequest) -> tuple[int, str] | None:
    """Whose password was kept, and the password; a second time there is none."""
    sealed = request.session.pop(_ONE_TIME, None)
    if not sealed:
        return None
    owner, _space, password = sealing.unseal(bytes.fromhex(sealed), context="one-time password").decode().partition(" ")
    return int(owner), password
