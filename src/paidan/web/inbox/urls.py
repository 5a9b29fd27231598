from __future__ import annotations

from django.urls import path

from paidan.web.inbox import views

urlpatterns = [
    path("inbox/", views.inbox, name="inbox"),
    path("inbox/badge/", views.badge, name="inbox-badge"),
    path("inbox/read/", views.read, name="inbox-read"),
]
