from __future__ import annotations

from django.urls import path

from paidan.web.files import views

urlpatterns = [
    path("files/<str:ref>/", views.file, name="file"),
    path("files/<str:ref>/<str:token>/", views.file_by_link, name="file-by-link"),
]
