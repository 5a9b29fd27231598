"""How figures read."""

from __future__ import annotations

from collections.abc import Mapping

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from paidan.analytics.selectors import Figure
from paidan.web.components.formats import DASH, money_text

register = template.Library()


@register.filter
def of(mapping: Mapping[str, str], key: str) -> str:
    """The entry of a mapping."""
    return mapping.get(key, "")


def _text(value: float, unit: str) -> str:
    if unit == "money":
        return money_text(round(value))
    if unit == "percent":
        return f"{number_format(round(value, 1), 1)}%"
    if unit == "stars":
        return number_format(round(value, 2), 2)
    return number_format(round(value), 0, use_l10n=True, force_grouping=True)


@register.filter
def figure_text(figure: Figure) -> str:
    """The value with its unit; a dash when there is nothing to compute it from."""
    return DASH if figure.value is None else _text(figure.value, figure.unit)


def _change(value: float, unit: str) -> str:
    if unit == "percent":
        return _("%(number)s points") % {"number": number_format(round(value, 1), 1)}
    return _text(value, unit)


@register.filter
def change_text(figure: Figure) -> str:
    """The difference to the period before, in words."""
    if figure.change is None:
        return _("No comparison")
    if abs(figure.change) < 0.005:
        return _("As in the period before")
    amount = _change(abs(figure.change), figure.unit)
    if figure.change > 0:
        return _("▲ %(amount)s more than before") % {"amount": amount}
    return _("▼ %(amount)s less than before") % {"amount": amount}
