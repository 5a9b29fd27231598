from __future__ import annotations

from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "paidan.files"
    label = "files"
