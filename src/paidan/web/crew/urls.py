"""Pages of the technicians."""

from __future__ import annotations

from django.urls import path

from paidan.web.crew import steps, views

app_name = "crew"
urlpatterns = [
    path("", views.hall, name="hall"),
    path("offers/<str:ref>/grab/", views.grab, name="grab"),
    path("day/", views.day, name="day"),
    path("me/", views.me, name="me"),
    path("visits/<str:ref>/", views.visit, name="visit"),
    path("visits/<str:ref>/accept/", steps.accept, name="accept"),
    path("visits/<str:ref>/decline/", steps.decline, name="decline"),
    path("visits/<str:ref>/step/<slug:action>/", steps.step, name="step"),
    path("visits/<str:ref>/hold/", steps.hold, name="hold"),
    path("visits/<str:ref>/finish/", steps.finish, name="finish"),
    path("visits/<str:ref>/fail/", steps.fail, name="fail"),
    path("visits/<str:ref>/undo/", steps.undo, name="undo"),
    path("visits/<str:ref>/cash/", steps.cash, name="cash"),
]
