from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class ConfigConfig(AppConfig):
    """Connects ports to adapters and events to handlers once every app is loaded."""

    default = True
    name = "paidan.config"
    label = "config"

    def ready(self) -> None:
        from paidan.config import wiring

        wiring.connect()


class BackOfficeConfig(admin_apps.AdminConfig):
    """Django's admin with our own site: permissions of our matrix, no log-in of its own."""

    default = False
    default_site = "paidan.accounts.back_office.site.BackOffice"
