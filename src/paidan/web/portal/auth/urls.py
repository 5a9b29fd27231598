"""Part of the portal's URLs: ``portal:login`` and its neighbours."""

from __future__ import annotations

from django.urls import path

from paidan.web.portal.auth import account, invitation, views

urlpatterns = [
    path("login/", views.login, name="login"),
    path("login/code/", views.login_code, name="login-code"),
    path("login/password/", views.login_password, name="login-password"),
    path("invitation/<str:token>/", invitation.invitation, name="invitation"),
    path("account/", account.account, name="account"),
    path("account/profile/", account.account_profile, name="account-profile"),
    path("account/password/", account.account_password, name="account-password"),
]
