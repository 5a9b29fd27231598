"""Part of the portal's URLs: ``portal:login`` and its neighbours."""

from __future__ import annotations

from django.urls import path

from paidan.web.portal.auth import account, factors, forgotten, identities, invitation, own_data, security, views

urlpatterns = [
    path("login/", views.login, name="login"),
    path("login/code/", views.login_code, name="login-code"),
    path("login/password/", views.login_password, name="login-password"),
    path("invitation/<str:token>/", invitation.invitation, name="invitation"),
    path("login/forgotten/", forgotten.forgotten, name="forgotten"),
    path("login/forgotten/code/", forgotten.forgotten_code, name="forgotten-code"),
    path("login/second/", factors.login_second, name="login-second"),
    path("login/passkey/", factors.login_passkey, name="login-passkey"),
    path("login/with/nobody/", identities.login_with_nobody, name="login-with-nobody"),
    path("login/with/<slug:provider>/", identities.login_with, name="login-with"),
    path("login/with/<slug:provider>/answer/", identities.login_with_answer, name="login-with-answer"),
    path("account/", account.account, name="account"),
    path("account/data/", own_data.own_data, name="own-data"),
    path("account/data/archive/", own_data.own_data_archive, name="own-data-archive"),
    path("account/data/erase/", own_data.own_data_erase_page, name="own-data-erase"),
    path("account/profile/", account.account_profile, name="account-profile"),
    path("account/password/", account.account_password, name="account-password"),
    path("account/security/", security.security, name="security"),
    path("account/security/again/", security.log_in_again, name="security-again"),
    path("account/security/app/", factors.security_app, name="security-app"),
    path("account/security/app/remove/", security.security_app_remove, name="security-app-remove"),
    path("account/security/passkeys/", factors.security_passkey, name="security-passkey"),
    path(
        "account/security/passkeys/<int:passkey_id>/remove/",
        security.security_passkey_remove,
        name="security-passkey-remove",
    ),
    path("account/security/with/<slug:provider>/", identities.security_identity_link, name="security-link"),
    path("account/security/with/<slug:provider>/remove/", identities.security_identity_unlink, name="security-unlink"),
    path("account/security/codes/", security.security_codes, name="security-codes"),
    path("account/security/browsers/end/", security.security_browsers_end, name="security-browsers-end"),
    path(
        "account/security/browsers/<int:browser_id>/end/",
        security.security_browser_end,
        name="security-browser-end",
    ),
]
