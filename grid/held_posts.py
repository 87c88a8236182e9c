"""What somebody tapped when her login had run out: kept sealed in her session until she is back."""

import json

from django.http import HttpRequest

from grid import sealing

_HELD = "held_post"
_LARGEST = 256 * 1024  # bytes: a paper list of 200 lines is a form, too; a file is never kept


def hold(request: HttpRequest) -> None:
    """Keeps the form in the session of the person whose session it was.

    A stranger's is not kept, nor one with a file, nor one with a password or PIN in it.
    """
    if "_auth_user_id" not in request.session or request.FILES:
        return
    if any(name == "pin" or name.startswith("pin_") or "password" in name for name in request.POST):
        return
    lists = [(name, values) for name, values in request.POST.lists() if name != "csrfmiddlewaretoken"]
    fields = [[name, value] for name, values in lists for value in values]
    facts = {"path": request.get_full_path(), "fields": fields, "staff": request.session["_auth_user_id"]}
    data = json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode()
    if len(data) <= _LARGEST:
        request.session[_HELD] = sealing.seal(data, context="held post").hex()


def held(request: HttpRequest) -> dict[str, object] | None:
    """The kept form (path, fields) if it is this person's, without forgetting it."""
    sealed = request.session.get(_HELD)
    if not sealed or not request.user.is_authenticated:
        return None
    kept: dict[str, object] = json.loads(sealing.unseal(bytes.fromhex(sealed), context="held post"))
    return kept if kept["staff"] == str(request.user.pk) else None


def settle(request: HttpRequest) -> None:
    """Forgets the kept form when its page is posted to again: it has been sent, or another took its place."""
    kept = held(request)
    if kept and kept["path"] == request.get_full_path():
        forget(request)


def forget(request: HttpRequest) -> None:
    """Drops the kept form."""
    request.session.pop(_HELD, None)
