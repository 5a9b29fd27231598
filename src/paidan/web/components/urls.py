from __future__ import annotations

from django.urls import path

from paidan.web.components import views

app_name = "components"
urlpatterns = [
    path("theme/", views.theme, name="theme"),
    path("styleguide/", views.styleguide, name="styleguide"),
    path("styleguide/<str:face>/", views.styleguide_face, name="styleguide-face"),
]
