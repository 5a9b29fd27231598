from __future__ import annotations

from enum import StrEnum


class Tone(StrEnum):
    """What a status feels like; the face picks the colour."""

    NEUTRAL = "neutral"
    INFO = "info"
    PROGRESS = "progress"
    SUCCESS = "success"
    WARNING = "warning"
    DANGER = "danger"
