"""Forms for data names in two languages: one input each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

LANGUAGES = ("zh", "en")
LONGEST = 2000
# Words of the library’s pages and widgets that have no Chinese of their own.
WORDS_OF_WIDGETS = (
    gettext_noop("Add row"),
    gettext_noop("After you"),
    gettext_noop("All applications"),
    gettext_noop("Apply Filters"),
    gettext_noop("Choose file to upload"),
    gettext_noop("Click to cancel"),
    gettext_noop("Click to download"),
    gettext_noop("Date"),
    gettext_noop("Date from"),
    gettext_noop("Date to"),
    gettext_noop("Expand row"),
    gettext_noop("Filters"),
    gettext_noop("General"),
    gettext_noop("Image preview"),
    gettext_noop("Loading more results..."),
    gettext_noop("More actions"),
    gettext_noop("No data"),
    gettext_noop("No recent searches"),
    gettext_noop("No results found"),
    gettext_noop("No results matching your query"),
    gettext_noop("Recent searches"),
    gettext_noop("Record picture"),
    gettext_noop("Reset filters"),
    gettext_noop("Return to site"),
    gettext_noop("Run"),
    gettext_noop("Search apps and models..."),
    gettext_noop("Select action"),
    gettext_noop("Select action to run"),
    gettext_noop("Select all rows"),
    gettext_noop("Select currency"),
    gettext_noop("Select format"),
    gettext_noop("Select record"),
    gettext_noop("Select value"),
    gettext_noop("Submit"),
    gettext_noop("This item will be deleted."),
    gettext_noop("This page yielded into no results. Create a new item or reset your filters."),
    gettext_noop("Toggle password visibility"),
    gettext_noop("Type to search"),
    gettext_noop("Value"),
    gettext_noop("Welcome back to"),
    gettext_noop("You have been successfully logged out from the administration"),
)


class TextsWidget(forms.MultiWidget):
    """中文 and English below each other."""

    def __init__(self, attrs: dict[str, Any] | None = None, *, is_long: bool = False) -> None:
        kind = UnfoldAdminTextareaWidget if is_long else UnfoldAdminTextInputWidget
        names = {"zh": "中文", "en": "English"}
        attributes = [{"placeholder": names[code], "aria-label": names[code], "lang": code} for code in LANGUAGES]
        widgets = {code: kind(attrs=own) for code, own in zip(LANGUAGES, attributes, strict=True)}
        super().__init__(widgets, attrs)

    def decompress(self, value: Any) -> list[str]:
        texts = value if isinstance(value, dict) else {}
        return [str(texts.get(code, "")) for code in LANGUAGES]


class TextsField(forms.MultiValueField):
    """``{"zh": …, "en": …}``; at least one of them if the field is required."""

    def __init__(self, *, required: bool = True, is_long: bool = False, **options: Any) -> None:
        # JSONField hands over what only JSON needs.
        for name in ("encoder", "decoder", "widget", "max_length"):
            options.pop(name, None)
        fields = tuple(forms.CharField(required=False, max_length=LONGEST) for _code in LANGUAGES)
        super().__init__(
            fields, required=required, require_all_fields=False, widget=TextsWidget(is_long=is_long), **options
        )

    def compress(self, data_list: Sequence[str]) -> dict[str, str]:
        texts = dict(zip(LANGUAGES, data_list, strict=False))
        return {code: text.strip() for code, text in texts.items() if text and text.strip()}

    def clean(self, value: Any) -> Any:
        texts = super().clean(value)
        if self.required and not texts:
            raise ValidationError(_("Please fill in at least one language."), code="required")
        return texts or {}

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.compress(data or ["", ""]) != {k: v for k, v in (initial or {}).items() if v}
