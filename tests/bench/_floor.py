"""The portal with one more address: a view behind the same middleware, login and scope that inserts one row.

Served by gunicorn while check-ins are measured; `application` is the portal's own in everything else.
"""

from uuid import uuid4

import django
from django.conf import settings

settings.ROOT_URLCONF = "tests.bench._floor"
django.setup()

from django.core.handlers.wsgi import WSGIHandler  # noqa: E402  (the apps must be loaded first)
from django.http import HttpResponse  # noqa: E402
from django.shortcuts import get_object_or_404  # noqa: E402
from django.urls import include, path  # noqa: E402
from django.utils import timezone  # noqa: E402
from django.views.decorators.http import require_POST  # noqa: E402

from grid.access import StaffRequest, needs, require  # noqa: E402
from grid.rules.permissions import Permission  # noqa: E402
from quarantine.models import CheckIn, IsolationCase  # noqa: E402


@needs(Permission.RECORD_CHECK_IN)
@require_POST
def insert(request: StaffRequest, case_id: int) -> HttpResponse:
    """Finds the case in scope and inserts a bare row: no lock, no audit, no clock, no page."""
    cases = IsolationCase.objects.visible_to(request.user, Permission.SEE_ROUND).select_related("grid")
    case = get_object_or_404(cases, pk=case_id)
    require(request.user, Permission.RECORD_CHECK_IN, case)
    at = timezone.now()
    CheckIn.unscoped.create(
        uuid=uuid4(), case=case, grid_id=case.grid_id, local_day=at.date(), slot="floor", observed_at=at,
        received_at=at, reached=False, abnormal=False, by=request.user,
    )  # fmt: skip
    return HttpResponse(status=204)


urlpatterns = [path("bench/insert/<int:case_id>/", insert), path("", include("grid.urls"))]
application = WSGIHandler()
