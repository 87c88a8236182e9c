"""How somebody works through 今天: in which order, and by which way she is in touch. Kept by her browser alone."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from grid.access import StaffRequest
from quarantine.queries.round import ORDERS, WALK

WAYS = ("visit", "phone")
_COOKIE, _A_MONTH = "round", 30 * 24 * 3600


@dataclass(frozen=True)
class Habits:
    """The order of the stops, and the way that the next taps are noted with; empty: not said."""

    order: str = WALK
    way: str = ""

    @classmethod
    def of(cls, request: StaffRequest) -> "Habits":
        """What the address asks for now, else what this member of staff chose on this phone before."""
        order, way = _kept(request)
        order, way = request.GET.get("order", order), request.GET.get("way", way)
        return cls(order if order in ORDERS else WALK, way if way in WAYS else "")

    def keep(self, request: StaffRequest, response: HttpResponse) -> None:
        """Remembers it where it changed. Nothing in it is about anybody's health."""
        if (self.order, self.way) != _kept(request) and self != Habits():
            self._set(request, response)
        elif self == Habits() and _COOKIE in request.COOKIES:
            response.delete_cookie(_COOKIE, samesite="Lax")

    def _set(self, request: StaffRequest, response: HttpResponse) -> None:
        response.set_cookie(
            _COOKIE, f"{request.user.pk}.{self.order}.{self.way}", max_age=_A_MONTH, httponly=True, samesite="Lax",
            secure=bool(settings.SESSION_COOKIE_SECURE),
        )  # fmt: skip


def _kept(request: HttpRequest) -> tuple[str, str]:
    owner, _, rest = request.COOKIES.get(_COOKIE, "").partition(".")
    order, _, way = rest.partition(".")
    return (order, way) if owner == str(request.user.pk) else (WALK, "")
