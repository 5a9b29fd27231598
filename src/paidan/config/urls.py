"""The route table."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path
from django.views.i18n import set_language

from paidan.accounts.rules import ANY_METHOD, PUBLIC, rules_declare
from paidan.api import health
from paidan.api.v1.api import api
from paidan.web.portal.auth.account import back_office_login, log_out

rules_declare(set_language, {ANY_METHOD: PUBLIC})

urlpatterns = [
    path("admin/login/", back_office_login),
    path("admin/logout/", log_out),
    path("admin/", admin.site.urls),
    path("api/v1/", api.urls),
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("live/", include("paidan.api.live.urls")),
    path("i18n/setlang/", set_language, name="set_language"),
    path("", include("paidan.web.components.urls")),
    path("", include("paidan.web.urls")),
    path("crew/", include("paidan.web.crew.urls")),
    path("desk/", include("paidan.web.desk.urls")),
    path("office/", include("paidan.web.office.urls")),
    path("", include("paidan.web.portal.urls")),
]

handler400 = "paidan.config.failures.bad_request"
handler403 = "paidan.config.failures.permission_denied"
handler404 = "paidan.config.failures.not_found"
handler500 = "paidan.config.failures.server_error"
