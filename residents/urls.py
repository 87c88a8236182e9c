"""Addresses of the app."""

from django.urls import URLPattern, path

from residents.views import lists

urlpatterns: list[URLPattern] = [
    # lists in
    path("lists/", lists.list_home, name="list_home"),
    path("lists/upload/", lists.list_upload, name="list_upload"),
    path("lists/<int:batch_id>/columns/", lists.list_mapping, name="list_mapping"),
    path("lists/<int:batch_id>/preview/", lists.list_preview, name="list_preview"),
    path("lists/<int:batch_id>/commit/", lists.list_commit, name="list_commit"),
    path("lists/<int:batch_id>/progress/", lists.list_progress, name="list_progress"),
    path("lists/<int:batch_id>/result/", lists.list_result, name="list_result"),
    path("lists/<int:batch_id>/refused.xlsx", lists.list_refused, name="list_refused"),
    path("lists/<int:batch_id>/undo/", lists.list_undo, name="list_undo"),
    path("lists/<int:batch_id>/discard/", lists.list_discard, name="list_discard"),
]
