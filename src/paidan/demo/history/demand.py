"""What the city asked for: bookings over days, hours, seasons and customers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import TypeVar
from zoneinfo import ZoneInfo

from paidan.booking.constants import Channel
from paidan.catalog.models import ServiceItemVersion
from paidan.customers.models import Address, Customer
from paidan.demo.geography import TIME_ZONE, areas
from paidan.kernel.timespan import TimeSpan
from paidan.visits.constants import Urgency
from paidan.workforce.models import Territory

ZONE = ZoneInfo(TIME_ZONE)
T = TypeVar("T")
_DAY_HOURS = {8: 3, 10: 4, 12: 2, 14: 4, 16: 3, 18: 2}
_ANY_HOURS = {0: 1, 2: 1, 4: 1, 6: 2, 8: 3, 10: 3, 12: 3, 14: 3, 16: 3, 18: 4, 20: 4, 22: 2}
_WEEKDAYS = (1.0, 0.9, 0.9, 0.95, 1.1, 1.35, 1.3)
_GROWTH = 0.3
"""How much busier the last day is than the first."""

_POPULAR = {
    "home-cleaning": 6.0,
    "ac-repair": 2.5,
    "ac-cleaning": 2.0,
    "washer-repair": 2.0,
    "unlocking": 3.0,
    "drain-unclogging": 2.5,
    "toilet-unclogging": 2.0,
    "power-failure": 2.0,
    "burst-pipe": 1.2,
    "tap-repair": 2.0,
    "network-setup": 1.5,
    "deep-cleaning": 1.6,
    "safe-opening": 0.2,
    "data-recovery": 0.3,
    "rewiring": 0.4,
    "after-renovation-cleaning": 0.5,
}
# Month → factor, for what comes with heat, cold and the new year's cleaning.
_SEASONS: dict[str, dict[int, float]] = {
    "ac-repair": {5: 1.4, 6: 2.2, 7: 3.0, 8: 2.8, 9: 1.5, 12: 1.2, 1: 1.3},
    "ac-cleaning": {4: 1.6, 5: 2.4, 6: 2.2, 7: 1.5},
    "water-heater-repair": {11: 1.7, 12: 2.2, 1: 2.4, 2: 1.8},
    "burst-pipe": {12: 1.6, 1: 2.2, 2: 1.5},
    "deep-cleaning": {1: 2.4, 2: 1.8, 12: 1.4},
    "window-cleaning": {1: 2.0, 2: 1.6},
    "pest-control": {5: 1.6, 6: 2.0, 7: 2.2, 8: 2.0},
}
_CHANNELS = {Channel.WEB: 62, Channel.PHONE: 30, Channel.API: 8}
_WISHES = ("请提前电话联系", "家里有老人，请轻敲门", "请带鞋套", "有宠物，请提前说", "停车在小区东门", "")


@dataclass(frozen=True, slots=True)
class Asked:
    """One booking as it came in."""

    version: ServiceItemVersion
    customer: Customer
    address: Address
    territory: Territory
    window: TimeSpan
    at: datetime
    channel: Channel
    urgency: Urgency
    description: str
    wish: str


class Demand:
    """Draws what is asked for; the same generator always draws the same.

    Attributes:
        versions: everything that is sold.
        doors: every address with its territory, who books most often first.
    """

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self.versions = list(ServiceItemVersion.objects.select_related("item").order_by("item__type", "item"))
        districts = {area.name["zh"]: area.code for area in areas()}
        territories = {territory.code: territory for territory in Territory.objects.all()}
        rows = Address.objects.select_related("customer__user__role").order_by("pk")
        self.doors = [(row, territories[districts[row.district]]) for row in rows]
        # A few households call every week, most once: Zipf's law over a shuffled list. The demo's own customer,
        # who comes first, is among the faithful.
        own, others = self.doors[:1], self.doors[1:]
        rng.shuffle(others)
        self.doors = own + others
        self._frequency = [1 / (place + 8) ** 0.7 for place in range(len(self.doors))]

    def asked_between(self, first: date, last: date, *, bookings: int) -> Iterator[Asked]:
        """So many bookings whose windows lie on local dates from first to last, in the order of their windows."""
        days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
        weights = [
            (1 + _GROWTH * place / len(days)) * _WEEKDAYS[day.weekday()] * self._rng.uniform(0.85, 1.15)
            for place, day in enumerate(days)
        ]
        chosen = sorted(self._rng.choices(days, weights, k=bookings))
        yield from sorted((self._asked(day) for day in chosen), key=lambda asked: (asked.window.start, asked.at))

    def _asked(self, day: date) -> Asked:
        rng = self._rng
        version = self.version_drawn(day.month)
        address, territory = self.door_drawn()
        hours = _ANY_HOURS if version.is_round_the_clock else _DAY_HOURS
        opens = datetime.combine(day, time(_drawn(rng, hours)), tzinfo=ZONE)
        urgency = self._urgency(version)
        return Asked(
            version=version,
            customer=address.customer,
            address=address,
            territory=territory,
            window=TimeSpan(opens, opens + timedelta(hours=2)),
            at=self._booked_at(opens, urgent=urgency is not Urgency.NORMAL),
            channel=self._channel(address.customer),
            urgency=urgency,
            description=self.words_about(version),
            wish=rng.choice(_WISHES),
        )

    def door_drawn(self) -> tuple[Address, Territory]:
        """A door of somebody who books, with its territory."""
        return self._rng.choices(self.doors, self._frequency)[0]

    def version_drawn(self, month: int) -> ServiceItemVersion:
        """An item, by what people need most in that month."""
        weights = [
            _POPULAR.get(v.item.code, 1.0) * _SEASONS.get(v.item.code, {}).get(month, 1.0) for v in self.versions
        ]
        return self._rng.choices(self.versions, weights)[0]

    def words_about(self, version: ServiceItemVersion) -> str:
        """What a customer writes about an item: one or two of its own keywords."""
        words = [word for word in version.keywords if not word.isascii()] or [version.name["zh"]]
        return "，".join(self._rng.sample(words, min(len(words), self._rng.choice((1, 2)))))

    def _urgency(self, version: ServiceItemVersion) -> Urgency:
        if version.is_round_the_clock:
            return Urgency.EMERGENCY if self._rng.random() < 0.6 else Urgency.URGENT
        return Urgency.URGENT if self._rng.random() < 0.06 else Urgency.NORMAL

    def _channel(self, customer: Customer) -> Channel:
        """Who has no account calls."""
        drawn = _drawn(self._rng, _CHANNELS)
        return Channel.PHONE if customer.user is None and drawn is Channel.WEB else drawn

    def _booked_at(self, opens: datetime, *, urgent: bool) -> datetime:
        """Emergencies call within the hour, others some days before, by day."""
        rng = self._rng
        if urgent:
            return opens - timedelta(seconds=rng.randint(31 * 60, 90 * 60))
        ahead = min(timedelta(days=10), timedelta(hours=2 + rng.lognormvariate(3.0, 1.0)))
        at = opens - ahead
        if at.hour < 7:
            at = min(opens - timedelta(hours=1), at.replace(hour=7) + timedelta(minutes=rng.randint(0, 180)))
        return at + timedelta(seconds=rng.randint(0, 59))


def _drawn(rng: Random, weights: dict[T, int]) -> T:
    return rng.choices(list(weights), list(weights.values()))[0]
