"""How the parts of a cost read."""

from __future__ import annotations

from django import template

from paidan.web.components.formats import duration_text

register = template.Library()


@register.filter
def signed_duration(seconds: int) -> str:
    """Seconds with their sign: what speaks for a technician is negative."""
    if seconds < 0:
        return f"−{duration_text(-seconds)}"
    return f"+{duration_text(seconds)}" if seconds else duration_text(0)
