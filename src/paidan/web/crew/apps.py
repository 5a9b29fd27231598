from __future__ import annotations

from django.apps import AppConfig


class CrewConfig(AppConfig):
    name = "paidan.web.crew"
    label = "web_crew"
