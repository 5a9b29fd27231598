from __future__ import annotations

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "paidan.web.portal"
    label = "web_portal"
