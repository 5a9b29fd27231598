from __future__ import annotations

from django.apps import AppConfig


class ComponentsConfig(AppConfig):
    """The design system: base pages, partials, tags and the answers every face shares."""

    name = "paidan.web.components"
    label = "web_components"

    def ready(self) -> None:
        from paidan.web.components import checks  # noqa: F401  # registers the system check
        from paidan.web.components.sentences import sentences_say

        sentences_say()
