"""Every address of the portal; the apps above are named as strings."""

from django.urls import include, path
from django.views.i18n import set_language

from grid.access import public
from grid.views import audit, figures, health, login, notices, places, preferences, staff

urlpatterns = [
    path("", preferences.home, name="home"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("text-size/", preferences.text_size, name="text_size"),
    path("language/", public(set_language), name="set_language"),
    path("login/", login.login, name="login"),
    path("unlock/", login.unlock, name="unlock"),
    path("logout/", login.logout, name="logout"),
    path("password/", login.change_password, name="change_password"),
    path("pin/", login.set_pin, name="set_pin"),
    path("continue/", login.continue_held, name="continue_held"),
    path("staff/", staff.staff_list, name="staff_list"),
    path("staff/add/", staff.staff_add, name="staff_add"),
    path("staff/<int:staff_id>/", staff.staff_detail, name="staff_detail"),
    path("staff/<int:staff_id>/password/", staff.staff_reset_password, name="staff_reset_password"),
    path("staff/<int:staff_id>/disable/", staff.staff_disable, name="staff_disable"),
    path("staff/<int:staff_id>/posts/add/", staff.post_add, name="post_add"),
    path("posts/<int:post_id>/end/", staff.post_end, name="post_end"),
    path("places/", places.place_list, name="place_list"),
    path("places/<int:parent_id>/add/", places.place_add, name="place_add"),
    path("places/<int:place_id>/", places.place_detail, name="place_detail"),
    path("places/<int:place_id>/rename/", places.place_rename, name="place_rename"),
    path("places/<int:place_id>/close/", places.place_close, name="place_close"),
    path("notices/", notices.notice_list, name="notice_list"),
    path("notices/<int:notice_id>/seen/", notices.notice_seen, name="notice_seen"),
    path("audit/", audit.audit_search, name="audit_search"),
    path("figures/", figures.figures, name="figures"),
    path("figures/<int:place_id>/", figures.figures_place, name="figures_place"),
    path("figures/<int:place_id>/<slug:key>/", figures.figure_list, name="figure_list"),
    path("", include("residents.urls")),
    path("", include("quarantine.urls")),
]
