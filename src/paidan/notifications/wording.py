"""How a template is written: its parts, and the variables it may name."""

from __future__ import annotations

from dataclasses import dataclass
from string import Formatter

VARIABLES = frozenset(
    {
        "item",
        "window",
        "district",
        "technician",
        "staff_number",
        "reason",
        "fee",
        "pay",
        "link",
        "work",
        "sentence",
        "about",
    }
)
"""What a text may name in braces; ``link`` in SMS and letters only, for an inbox leads there by itself."""


@dataclass(frozen=True, slots=True)
class Text:
    """One template in one language; ``sms`` is empty where nothing is ever said by SMS."""

    title: str
    body: str
    sms: str = ""


def variables_of(text: str) -> frozenset[str]:
    """The variables a text names."""
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name is not None)
