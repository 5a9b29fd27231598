"""``{% load portal %}``: small things only the portal shows."""

from __future__ import annotations

from django import template
from django.template import Context
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from paidan.accounts.constants import RoleCode
from paidan.booking.selectors import own_credit, own_debts
from paidan.web.components.formats import duration_text
from paidan.web.components.manifest import sprite
from paidan.web.components.templatetags.components import icon

register = template.Library()

ANY_SERVICE = "tools"
VERY_LIKELY = 0.75
LIKELY = 0.5


@register.simple_tag
def service_icon(name: str, css_class: str = "") -> SafeString:
    """The icon of a service type; the back office may name one that the sprite lacks."""
    icons = sprite()
    known = icons is not None and name in icons.names
    return icon(name if known else ANY_SERVICE, css_class)


@register.inclusion_tag("portal/_debts.html", takes_context=True)
def open_debts(context: Context) -> dict[str, object]:
    """What the reader still owes from before, and their credit; nothing for who is not logged in."""
    actor = getattr(context.get("request"), "actor", None)
    if actor is None or actor.role != RoleCode.CUSTOMER:
        return {}
    return {"debts": own_debts(actor), "credit": own_credit(actor)}


@register.filter
def confidence_words(confidence: float) -> str:
    """How sure a suggestion is, in words: ``{{ 0.83|confidence_words }}`` → ``Very likely``."""
    if confidence >= VERY_LIKELY:
        return _("Very likely")
    return _("Likely") if confidence >= LIKELY else _("Possibly")


@register.filter
def minutes(number: int) -> str:
    """``{{ 90|minutes }}`` → ``1 h 30 min``."""
    return duration_text(number * 60)
