"""What every page knows about its reader."""

from __future__ import annotations

from typing import TypedDict

from django.conf import settings
from django.http import HttpRequest

from paidan.web.components.constants import THEME_COOKIE, Theme
from paidan.web.components.manifest import built_address, sprite


class Page(TypedDict):
    """The names a base template may use."""

    theme: str
    themes: list[Theme]
    tile_url: str
    icon_sprite: str


def theme_of(request: HttpRequest) -> Theme:
    """The reader's choice, kept in a cookie; as the device when there is none."""
    wanted = request.COOKIES.get(THEME_COOKIE, "")
    return Theme(wanted) if wanted in list(Theme) else Theme.AUTO


def page(request: HttpRequest) -> Page:
    """Context processor of all pages."""
    icons = sprite()
    return {
        "theme": theme_of(request).value,
        "themes": list(Theme),
        "tile_url": getattr(settings, "TILE_URL", ""),
        "icon_sprite": built_address(icons.file) if icons else "",
    }
