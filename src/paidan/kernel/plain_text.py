"""Text people type: trimmed, bounded, and free of what a database or a screen cannot keep."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

_ALLOWED_CONTROLS = frozenset("\n\r\t")


def text_fault(text: str, *, longest: int, required: bool = False) -> str:
    """What is wrong with a typed text, as a sentence in the reader's language; ``""`` when nothing is.

    Args:
        longest: most characters after trimming.
        required: an empty text is a fault.
    """
    if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
        return _("This text contains characters that cannot be kept.")
    if any((letter < " " or letter == "\x7f") and letter not in _ALLOWED_CONTROLS for letter in text):
        return _("This text contains control characters. Please remove them.")
    trimmed = text.strip()
    if required and not trimmed:
        return _("Please fill in this field.")
    if len(trimmed) > longest:
        return ngettext(
            "Please keep this to %(longest)d character.", "Please keep this to %(longest)d characters.", longest
        ) % {"longest": longest}
    return ""
