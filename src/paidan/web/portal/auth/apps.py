from __future__ import annotations

from django.apps import AppConfig


class AuthConfig(AppConfig):
    """Log-in and account pages, with their own templates and words."""

    name = "paidan.web.portal.auth"
    label = "web_auth"
