"""What a booking costs and how long it takes: the item, what goes with it, and its urgency (B2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from paidan.booking.constants import PriceLineKind
from paidan.booking.offering import offering_of
from paidan.catalog.models import ServiceItemVersion
from paidan.kernel.errors import Invalid
from paidan.kernel.texts import Texts, localized, texts_of
from paidan.visits.constants import Urgency

URGENT_NAME = gettext_noop("Supplement when urgent")


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One line of a price, as it is kept with the booking; ``amount_minor`` includes tax."""

    kind: str
    code: str
    name: Texts
    amount_minor: int
    extra_minutes: int = 0

    def as_data(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "code": self.code,
            "name": self.name,
            "amount_minor": self.amount_minor,
            "extra_minutes": self.extra_minutes,
        }

    @property
    def label(self) -> str:
        """The line's name in the reader's language."""
        return localized(self.name)


@dataclass(frozen=True, slots=True)
class OrderPrice:
    """The lines of a price; total in minor units with tax, and how long the work takes."""

    lines: tuple[PriceLine, ...]
    duration_minutes: int

    @property
    def total_minor(self) -> int:
        return sum(line.amount_minor for line in self.lines)

    @property
    def extra_minutes(self) -> int:
        return sum(line.extra_minutes for line in self.lines)


def order_price(version: ServiceItemVersion, *, add_ons: Sequence[str] = (), urgency: str = "") -> OrderPrice:
    """What a version costs with these add-ons at this urgency; always worked out here, never taken from a form.

    Raises:
        Invalid: an add-on does not belong to the version; the field is ``add_ons``.
    """
    sold = list(version.add_ons.all()) if add_ons else []
    if set(add_ons) - {one.code for one in sold}:
        raise Invalid(fields={"add_ons": _("One of the add-ons is no longer sold. Please choose again.")})
    lines = [PriceLine(PriceLineKind.ITEM, version.item.code, version.name, version.price_minor)]
    lines += [
        PriceLine(PriceLineKind.ADD_ON, one.code, one.name, one.price_minor, one.extra_minutes)
        for one in sold
        if one.code in add_ons
    ]
    if version.urgent_minor and urgency in {Urgency.URGENT, Urgency.EMERGENCY}:
        lines.append(PriceLine(PriceLineKind.URGENCY, str(urgency), texts_of(URGENT_NAME), version.urgent_minor))
    return OrderPrice(tuple(lines), version.duration_minutes + sum(line.extra_minutes for line in lines))


def offer_price(item_code: str, *, add_ons: Sequence[str] = (), urgency: str = "", now: datetime) -> OrderPrice:
    """What an item costs at this moment with these add-ons at this urgency.

    Raises:
        Invalid: no such item, or an add-on is not sold with it.
    """
    return order_price(offering_of(item_code, now=now), add_ons=add_ons, urgency=urgency)


def price_lines_of(data: Sequence[Mapping[str, Any]]) -> tuple[PriceLine, ...]:
    """The lines kept with a booking; none for those taken before lines were kept."""
    return tuple(PriceLine(**line) for line in data)


def extra_minutes_of(data: Sequence[Mapping[str, Any]]) -> int:
    """How many minutes the add-ons of a booking add to its visit."""
    return sum(line.extra_minutes for line in price_lines_of(data))


def add_on_codes(data: Sequence[Mapping[str, Any]]) -> list[str]:
    """The codes of a booking's add-ons."""
    return [line.code for line in price_lines_of(data) if line.kind == PriceLineKind.ADD_ON]


def add_on_names(data: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The add-ons of a booking, in the reader's language."""
    return tuple(line.label for line in price_lines_of(data) if line.kind == PriceLineKind.ADD_ON)
