"""What a browser calls itself, as people know it."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

# The first that is found counts: most browsers also claim to be others.
PROGRAMS: tuple[tuple[str, StrOrPromise], ...] = (
    ("MicroMessenger", gettext_lazy("WeChat")),
    ("DingTalk", gettext_lazy("DingTalk")),
    ("Feishu", gettext_lazy("Feishu")),
    ("Lark", gettext_lazy("Feishu")),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def browser_name(agent: str) -> str:
    """``Chrome · Android``; a browser that says nothing we know is just that."""
    program = next((name for sign, name in PROGRAMS if sign in agent), _("Unknown browser"))
    system = next((name for sign, name in SYSTEMS if sign in agent), "")
    return f"{program} · {system}" if system else str(program)
