from __future__ import annotations

from django.apps import AppConfig


class InboxConfig(AppConfig):
    name = "paidan.web.inbox"
    label = "web_inbox"
