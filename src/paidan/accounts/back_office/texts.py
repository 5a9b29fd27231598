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
# Words of the library's widgets that have no Chinese of their own.
WORDS_OF_WIDGETS = (gettext_noop("Date"),)


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
