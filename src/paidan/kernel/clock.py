"""The one place the time comes from."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone


def now() -> datetime:
    """The present instant, aware, UTC."""
    return timezone.now()
