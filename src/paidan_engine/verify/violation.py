"""What a check finds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken hard rule or false claim: its code, where, and a sentence."""

    code: str
    subject: str
    sentence: str
