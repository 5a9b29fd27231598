from __future__ import annotations

from enum import StrEnum

THEME_COOKIE = "paidan_theme"
DRAFT_DONE_COOKIE = "paidan_draft_done"
YEAR_SECONDS = 31_536_000
DAY_SECONDS = 86_400


class Theme(StrEnum):
    """How bright the page is; ``auto`` follows the device."""

    LIGHT = "light"
    DARK = "dark"
    AUTO = "auto"
