"""The Celery application: `celery -A grid.celery worker` and `… beat`."""

import os
import sys

from celery import Celery
from celery.signals import celeryd_init
from django.core.exceptions import ImproperlyConfigured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "grid.settings")
app = Celery("shouwang")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@celeryd_init.connect
def _refuse_superuser(**_facts: object) -> None:
    from grid.privileges import refuse_to_start_as_superuser

    try:
        refuse_to_start_as_superuser()
    except ImproperlyConfigured as fault:
        sys.exit(str(fault))  # a signal's plain exceptions are only logged
