"""Where polling answers; mounted at ``/live/``."""

from __future__ import annotations

from django.urls import path

from paidan.api.live.views import changes

app_name = "live"
urlpatterns = [path("changes", changes, name="changes")]
