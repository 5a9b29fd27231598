"""Says at start when the front end was never built."""

from __future__ import annotations

from collections.abc import Sequence

from django.apps import AppConfig
from django.core import checks

from paidan.web.components.manifest import sprite


@checks.register
def front_end_check(app_configs: Sequence[AppConfig] | None, **options: object) -> list[checks.CheckMessage]:
    """Warn when there are no built styles and scripts to serve."""
    if sprite() is not None:
        return []
    return [
        checks.Warning(
            "The front end has not been built: pages have no styles and no scripts.",
            hint="Run “make env”, or “npm ci && npm run build” in the folder frontend.",
            id="web_components.W001",
        ),
    ]
