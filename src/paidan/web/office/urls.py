"""Pages of the office."""

from __future__ import annotations

from django.urls import path

from paidan.web.office import views
from paidan.web.office.settings import settings_page

app_name = "office"
urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("figures/<slug:code>/", views.figure, name="figure"),
    path("audit/", views.audit, name="audit"),
    path("settings/", settings_page, name="settings"),
]
