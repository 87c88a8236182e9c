"""The WSGI entry point of the web server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "grid.settings")
application = get_wsgi_application()

from grid.privileges import refuse_to_start_as_superuser  # noqa: E402  (needs the settings that stand above)

refuse_to_start_as_superuser()
