"""Part of the portal's URLs: ``portal:login`` and its neighbours."""

from __future__ import annotations

from django.urls import path

from paidan.web.portal.auth import account, invitation, own_data, views

urlpatterns = [
    path("login/", views.login, name="login"),
    path("login/code/", views.login_code, name="login-code"),
    path("login/password/", views.login_password, name="login-password"),
    path("invitation/<str:token>/", invitation.invitation, name="invitation"),
    path("account/", account.account, name="account"),
    path("account/data/", own_data.own_data, name="own-data"),
    path("account/data/archive/", own_data.own_data_archive, name="own-data-archive"),
    path("account/data/erase/", own_data.own_data_erase_page, name="own-data-erase"),
    path("account/profile/", account.account_profile, name="account-profile"),
    path("account/password/", account.account_password, name="account-password"),
]
