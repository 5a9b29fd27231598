"""Free windows as a page shows them: by day, one week at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from django.conf import settings

from paidan.booking.selectors import SlotPage
from paidan.kernel.timespan import TimeSpan, span_of_day
from paidan.web.components.formats import day_text

WEEK_DAYS = 7
LAST_WEEK = 2
SEPARATOR = "/"
FIRST_YEAR, LAST_YEAR = 2000, 2200
MOST_LOOKS = 5
"""How often a page asks by itself whether a search has found more."""


@dataclass(frozen=True, slots=True)
class TimeChoice:
    """A window as a radio button."""

    value: str
    key: str
    window: TimeSpan
    start: datetime
    end: datetime
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class DayChoice:
    """A day with what is free on it."""

    date: date
    label: str
    times: tuple[TimeChoice, ...]
    is_shown: bool


@dataclass(frozen=True, slots=True)
class Times:
    """What the time chooser shows.

    Attributes:
        sentence: why nothing is free, if so.
        nearest: free windows beside one that was lost.
        week: 0 for the coming seven days, then 1 and 2.
        time_zone: the zone of the place; empty while no place is known.
        relaxed: the first window that the sentence speaks of, if it names one; it may be taken as it is or not.
        look: the number of the next look that the page takes by itself, as more may be found; 0 when none will be.
    """

    week: int
    days: tuple[DayChoice, ...] = ()
    sentence: str = ""
    nearest: tuple[TimeChoice, ...] = ()
    time_zone: str = ""
    is_asked: bool = False
    is_served: bool = True
    look: int = 0
    relaxed: TimeChoice | None = None
    may_take_relaxed: bool = False

    @property
    def week_before(self) -> int | None:
        return self.week - 1 if self.week > 0 else None

    @property
    def week_after(self) -> int | None:
        return self.week + 1 if self.week < LAST_WEEK else None


@dataclass(frozen=True, slots=True)
class Shown:
    """What the chooser showed when it was sent: the open day, and how often the page has looked by itself."""

    day: str = ""
    looks: int = 0

    @classmethod
    def of(cls, sent: Mapping[str, str]) -> Shown:
        """From a form; anything odd counts as nothing."""
        looks = sent.get("look", "")
        return cls(sent.get("day", "")[:10], int(looks) if looks in map(str, range(1, MOST_LOOKS + 1)) else 0)


NOTHING_SHOWN = Shown()


def week_wanted(text: str) -> int:
    """The week a form asks for; anything else is the coming one."""
    return min(int(text), LAST_WEEK) if text.isascii() and text.isdecimal() and len(text) < 4 else 0


def week_span(week: int, now: datetime) -> TimeSpan:
    """Seven local days, from today on."""
    zone = ZoneInfo(settings.TIME_ZONE)
    first = now.astimezone(zone).date() + timedelta(days=WEEK_DAYS * week)
    return TimeSpan(span_of_day(first, zone).start, span_of_day(first + timedelta(days=WEEK_DAYS), zone).start)


def times_shown(
    page: SlotPage, *, week: int, chosen: TimeSpan | None, now: datetime, shown: Shown = NOTHING_SHOWN
) -> Times:
    """The chooser of one week; open is the day of the chosen window, else the one open before, else the first."""
    zone = page.territory.time_zone if page.territory is not None else settings.TIME_ZONE
    easier = page.relaxation
    choices = [_choice(slot.window, ZoneInfo(zone), chosen) for slot in page.slots]
    by_day = [(day, tuple(group)) for day, group in groupby(choices, key=lambda choice: choice.start.date())]
    before = next((i for i, (day, _group) in enumerate(by_day) if day.isoformat() == shown.day), 0)
    opened = next((i for i, (_day, group) in enumerate(by_day) if any(c.is_chosen for c in group)), before)
    today = now.astimezone(ZoneInfo(zone)).date()
    days = tuple(
        DayChoice(day, day_text(day, today), group, is_shown=number == opened)
        for number, (day, group) in enumerate(by_day)
    )
    return Times(
        week=week,
        days=days,
        sentence=page.sentence,
        time_zone=zone,
        is_asked=True,
        is_served=page.territory is not None,
        relaxed=_choice(easier.window, ZoneInfo(zone), chosen) if easier is not None else None,
        may_take_relaxed=easier is not None and easier.is_bookable,
        look=shown.looks + 1 if page.is_searching and shown.looks < MOST_LOOKS else 0,
    )


def nearest_of(facts: Mapping[str, object], zone: str) -> tuple[TimeChoice, ...]:
    """The free windows that a refusal names (``facts["nearest"]`` of ``SlotTaken``)."""
    named = facts.get("nearest")
    pairs: Iterable[Mapping[str, str]] = named if isinstance(named, list) else ()
    spans = (TimeSpan(datetime.fromisoformat(pair["start"]), datetime.fromisoformat(pair["end"])) for pair in pairs)
    return tuple(_choice(span, ZoneInfo(zone or settings.TIME_ZONE), None) for span in spans)


def window_read(text: str) -> TimeSpan | None:
    """The window behind a radio button's value; ``None`` for anything else."""
    start, _, end = text[:80].partition(SEPARATOR)
    try:
        window = TimeSpan(datetime.fromisoformat(start), datetime.fromisoformat(end))
    except ValueError:
        return None
    return window if all(FIRST_YEAR <= at.year <= LAST_YEAR for at in (window.start, window.end)) else None


def _choice(window: TimeSpan, zone: ZoneInfo, chosen: TimeSpan | None) -> TimeChoice:
    start, end = window.start.astimezone(zone), window.end.astimezone(zone)
    return TimeChoice(
        value=f"{start.isoformat()}{SEPARATOR}{end.isoformat()}",
        key=f"{start:%m%d%H%M}",
        window=window,
        start=start,
        end=end,
        is_chosen=chosen == window,
    )
