"""What the frame of every page shows."""

from functools import partial
from typing import Any, cast

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from grid import registries
from grid.models import Staff
from grid.queries.instance import is_demo

# The bar holds what a thumb finds on a small phone; the pages after these stand in the menu.
MOST_IN_BAR = 5
TEXT_SIZES = {"a": "text-a", "a1": "text-a1", "a2": "text-a2"}


def frame(request: HttpRequest) -> dict[str, Any]:
    """Navigation, text size, demo mark and the post of whoever is logged in."""
    size = request.COOKIES.get("text_size", "a")
    context: dict[str, Any] = {
        "text_size": size if size in TEXT_SIZES else "a",
        "demo_instance": is_demo(),
        "navigation": [],
        "more_pages": [],
    }
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        staff = cast(Staff, user)
        context["staff_place"] = " · ".join(str(post) for post in staff.current_posts[:1])
        pages = [
            {
                "url": reverse(page.url_name),
                "label": page.label,
                "current": request.path.startswith(reverse(page.url_name)),
                # asked only where the bar is drawn: a part of a page does not count
                "count_url": reverse(page.count_url_name) if page.count_url_name else "",
                "count": SimpleLazyObject(partial(page.count, staff, timezone.now())) if page.count else 0,
            }
            for page in registries.pages_for(staff)
        ]
        context["navigation"], context["more_pages"] = pages[:MOST_IN_BAR], pages[MOST_IN_BAR:]
    return context
