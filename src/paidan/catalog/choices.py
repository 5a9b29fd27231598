"""Lists to choose from, as they are typed: one choice a line, the two languages parted by a slash."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from paidan.kernel.texts import Texts


def choices_read(text: str) -> list[Texts]:
    """``挂机 / Wall unit`` a line, as texts in two languages; a line without a slash is Chinese only."""
    return [_choice(line) for line in text.splitlines() if line.strip(" /")]


def choices_text(choices: Iterable[Mapping[str, str]]) -> str:
    """The same the other way round, to be edited."""
    return "\n".join(" / ".join(choice[code] for code in ("zh", "en") if choice.get(code)) for choice in choices)


def _choice(line: str) -> Texts:
    zh, _slash, en = (part.strip() for part in line.partition(" / "))
    return {"zh": zh, "en": en} if en else {"zh": zh}
