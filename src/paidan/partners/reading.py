"""From the cells of a partner's row to an order that can be booked."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from paidan.booking.forms import NewBooking
from paidan.catalog.selectors import service_items
from paidan.customers.services import NewAddress
from paidan.kernel.errors import Invalid
from paidan.kernel.geo import Point
from paidan.kernel.timespan import TimeSpan
from paidan.partners.constants import ALSO_CALLED, CELL_LONGEST, NUMBER_LONGEST, REQUIRED, Column
from paidan.visits.constants import Urgency
from paidan.workforce.borders import middle_of
from paidan.workforce.selectors import TerritoryRow, territories, territory_containing

Values = Mapping[str, str]
_LANGUAGES = [code for code, _name in settings.LANGUAGES]
_DAY = re.compile(r"(20[0-9]{2})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?:[ T]0{1,2}:00(?::00)?)?")
_SERIAL = re.compile(r"[45][0-9]{4}(?:\.0)?")
_FIRST_DAY = date(1899, 12, 30)
"""Day 0 of a workbook's calendar (ECMA-376, 18.17.4.1)."""
_HOURS = re.compile(r"([0-9]{1,2})[:：]([0-9]{2})\s*(?:-|–|—|~|～|至|到)\s*([0-9]{1,2})[:：]([0-9]{2})")
_URGENCIES = (Urgency.NORMAL, Urgency.URGENT)


@dataclass(frozen=True)
class Lookups:
    """Names and codes as partners write them; read once for many rows."""

    @cached_property
    def services(self) -> dict[str, frozenset[str]]:
        """Name in each language, or code → codes of what it may mean."""
        found: dict[str, set[str]] = {}
        for language in _LANGUAGES:
            for row in service_items(language):
                for name in (row.name, row.code):
                    found.setdefault(_folded(name), set()).add(row.code)
        return {name: frozenset(codes) for name, codes in found.items()}

    @cached_property
    def districts(self) -> dict[str, TerritoryRow]:
        """Name in each language, or code → the district, named as addresses are kept."""
        kept = {row.code: row for row in territories(settings.LANGUAGE_CODE)}
        rows = [row for language in _LANGUAGES for row in territories(language)]
        return {_folded(name): kept[row.code] for row in rows for name in (row.name, row.code)}


def _folded(text: str) -> str:
    return "".join(text.split()).casefold()


def columns_of(header: Sequence[str]) -> list[Column | None]:
    """Which column each cell of a header names; what is not ours is passed over.

    Raises:
        Invalid: the field ``file`` names the columns that are missing, or there twice.
    """
    known = {_folded(name): column for column, names in ALSO_CALLED.items() for name in (*names, column.value)}
    for language in _LANGUAGES:
        with override(language):
            known |= {_folded(str(column.label)): column for column in Column}
    columns = [known.get(_folded(cell.strip("* "))) for cell in header]
    missing = [str(column.label) for column in REQUIRED if column not in columns]
    if missing:
        sentence = _("The first row must name these columns: %(columns)s. Begin with the template.")
        raise Invalid(fields={"file": sentence % {"columns": ", ".join(missing)}})
    twice = [str(column.label) for column in Column if columns.count(column) > 1]
    if twice:
        raise Invalid(fields={"file": _("These columns are there twice: %(columns)s.") % {"columns": ", ".join(twice)}})
    return columns


def values_of(columns: Sequence[Column | None], cells: Sequence[str]) -> dict[str, str]:
    """The cells of a row by column, empty ones left out; bounded, and as the database can keep them."""
    pairs = zip(columns, cells, strict=False)
    return {
        column.value: cell.replace("\0", "")[:CELL_LONGEST]
        for column, cell in pairs
        if column is not None and column is not Column.ERROR and cell
    }


def number_of(values: Values) -> str:
    """The external number, if it is one that can be kept."""
    number = values.get(Column.EXTERNAL_NUMBER, "").strip()
    return number if len(number) <= NUMBER_LONGEST and number.isprintable() else ""


def order_read(values: Values, lookups: Lookups) -> NewBooking:
    """What the row asks for.

    Raises:
        Invalid: the columns to correct, each with a sentence.
    """
    faults: dict[str, str] = {
        column: _("Please fill in this column.") for column in REQUIRED if not values.get(column, "").strip()
    }
    if Column.EXTERNAL_NUMBER not in faults and not number_of(values):
        faults[Column.EXTERNAL_NUMBER] = _("A number has at most %(most)s characters.") % {"most": NUMBER_LONGEST}
    reader = _Reader(values, lookups, faults)
    item, place, urgency = reader.item(), reader.place(), reader.urgency()
    window = reader.window(place.time_zone if place is not None else settings.TIME_ZONE)
    if faults or place is None or window is None:
        raise Invalid(fields=faults)
    address = NewAddress(
        district=place.district,
        text=values[Column.ADDRESS],
        door=values.get(Column.DOOR, ""),
        place=place.point,
    )
    return NewBooking(
        item_code=item,
        window=window,
        contact_name=values[Column.CONTACT_NAME],
        contact_phone=values[Column.CONTACT_PHONE],
        address=address,
        description=values.get(Column.DESCRIPTION, ""),
        urgency=urgency,
    )


@dataclass(frozen=True, slots=True)
class _Place:
    point: Point
    district: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads cells; what it cannot read it puts among the faults, unless the column has one."""

    values: Values
    lookups: Lookups
    faults: dict[str, str]

    def _cell(self, column: Column) -> str:
        return self.values.get(column, "").strip()

    def _fault(self, column: Column, sentence: str) -> None:
        self.faults.setdefault(column, sentence)

    def item(self) -> str:
        codes = self.lookups.services.get(_folded(self._cell(Column.SERVICE)), frozenset())
        if len(codes) == 1:
            return next(iter(codes))
        ambiguous = _("Several services have this name. Write the code: %(codes)s.")
        unknown = _("We sell no such service. Write a name or code from the template's list.")
        self._fault(Column.SERVICE, ambiguous % {"codes": ", ".join(sorted(codes))} if codes else unknown)
        return ""

    def place(self) -> _Place | None:
        row = self.lookups.districts.get(_folded(self._cell(Column.DISTRICT)))
        if row is None:
            self._fault(Column.DISTRICT, _("We do not serve this district. Write a name from the template's list."))
            return None
        lat, lng = self._degrees(Column.LAT, 90), self._degrees(Column.LNG, 180)
        if lat is None and lng is None:
            return _Place(middle_of(row.ring), row.name, row.time_zone)
        if lat is None or lng is None:
            self._fault(Column.LNG if lat is not None else Column.LAT, _("Latitude and longitude go together."))
            return None
        found = territory_containing(Point(lat, lng), settings.LANGUAGE_CODE)
        if found is None or found.id != row.id:
            self._fault(Column.LAT, _("This place is not in the district. Correct it, or leave both columns empty."))
            return None
        return _Place(Point(lat, lng), row.name, row.time_zone)

    def _degrees(self, column: Column, most: int) -> float | None:
        text = self._cell(column)
        if not text:
            return None
        try:
            degrees = float(text)
        except ValueError:
            degrees = math.nan
        if not abs(degrees) <= most:
            self._fault(column, _("Please write degrees as a number, e.g. 31.2304."))
            return 0.0
        return degrees

    def urgency(self) -> str:
        text = _folded(self._cell(Column.URGENCY))
        if not text:
            return Urgency.NORMAL
        for language in _LANGUAGES:
            with override(language):
                names = {_folded(str(one.label)): one for one in _URGENCIES}
            if text in names:
                return names[text]
        if text in set(_URGENCIES):
            return text
        self._fault(Column.URGENCY, _("Write normal or urgent, or leave it empty."))
        return ""

    def window(self, zone: str) -> TimeSpan | None:
        day = self._day()
        hours = _HOURS.fullmatch(self._cell(Column.WINDOW))
        if hours is None:
            self._fault(Column.WINDOW, _("Please write from and until, e.g. 10:00-12:00."))
        if day is None or hours is None:
            return None
        first, last = (_moment(day, hours[part], hours[part + 1], zone) for part in (1, 3))
        if first is None or last is None or last <= first:
            self._fault(Column.WINDOW, _("Please write from and until, e.g. 10:00-12:00."))
            return None
        return TimeSpan(first, last)

    def _day(self) -> date | None:
        text = self._cell(Column.DATE)
        if _SERIAL.fullmatch(text):
            return _FIRST_DAY + timedelta(days=int(float(text)))
        parts = _DAY.fullmatch(text)
        try:
            return date(int(parts[1]), int(parts[2]), int(parts[3])) if parts else _no_day()
        except ValueError:
            self._fault(Column.DATE, _("Please write a day, e.g. 2026-12-01."))
            return None


def _no_day() -> date:
    raise ValueError


def _moment(day: date, hour: str, minute: str, zone: str) -> datetime | None:
    """A local instant; 24:00 is the end of the day."""
    hours, minutes = int(hour), int(minute)
    if hours > 24 or minutes > 59 or (hours == 24 and minutes):
        return None
    following, hours = (day + timedelta(days=1), 0) if hours == 24 else (day, hours)
    return datetime.combine(following, time(hours, minutes), ZoneInfo(zone))
