"""What belongs to no single face: where to start, and the way out."""

from __future__ import annotations

from django.urls import include, path

from paidan.web.portal.auth import account

app_name = "web"
urlpatterns = [
    path("", include("paidan.web.files.urls")),
    path("", include("paidan.web.inbox.urls")),
    path("start/", account.start, name="start"),
    path("logout/", account.log_out, name="logout"),
]
