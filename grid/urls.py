"""Every address of the portal; the apps above are named as strings."""

from django.urls import include, path
from django.views.i18n import set_language

from grid.access import public
from grid.views import health, preferences

urlpatterns = [
    path("", preferences.home, name="home"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("text-size/", preferences.text_size, name="text_size"),
    path("language/", public(set_language), name="set_language"),
    path("", include("residents.urls")),
    path("", include("quarantine.urls")),
]
