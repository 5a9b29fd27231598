"""How a form field becomes an accessible control."""

from __future__ import annotations

from django import forms
from django.forms import BoundField
from django.utils.safestring import SafeString

# Value of a five-level answer → the face and tone beside its word.
LEVEL_FACES: dict[int, dict[str, str]] = {
    1: {"icon": "mood-cry", "tone": "danger"},
    2: {"icon": "mood-sad", "tone": "warning"},
    3: {"icon": "mood-empty", "tone": "neutral"},
    4: {"icon": "mood-smile", "tone": "info"},
    5: {"icon": "mood-happy", "tone": "success"},
}
GROUPS = (forms.RadioSelect, forms.CheckboxSelectMultiple)


def kind_of(bound: BoundField) -> str:
    """``group`` for radio buttons and check lists, ``check`` for a single box, else ``plain``."""
    widget = bound.field.widget
    if isinstance(widget, GROUPS):
        return "group"
    return "check" if isinstance(widget, forms.CheckboxInput) else "plain"


def help_id(bound: BoundField) -> str:
    return f"{bound.id_for_label or bound.html_name}_help"


def error_id(bound: BoundField) -> str:
    return f"{bound.id_for_label or bound.html_name}_error"


def described_by(bound: BoundField, *, has_help: bool) -> str:
    """The ids of what explains the field: its error first, then its help."""
    ids = [error_id(bound)] if bound.errors else []
    return " ".join([*ids, help_id(bound)] if has_help else ids)


def control_of(bound: BoundField, *, has_help: bool) -> SafeString:
    """The control's HTML with Tabler's class and the attributes screen readers need."""
    widget = bound.field.widget
    attributes: dict[str, str | bool] = {"class": _css_class(widget)}
    attributes["class"] = f"{attributes['class']} {widget.attrs.get('class', '')}".strip()
    described = described_by(bound, has_help=has_help)
    if described:
        attributes["aria-describedby"] = described
    if bound.errors and not isinstance(widget, GROUPS):
        attributes["aria-invalid"] = "true"
    return bound.as_widget(attrs=attributes)


def _css_class(widget: forms.Widget) -> str:
    if isinstance(widget, (forms.CheckboxInput, *GROUPS)):
        return "form-check-input"
    if isinstance(widget, forms.Select):
        return "form-select"
    return "form-control"
