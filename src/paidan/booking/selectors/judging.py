"""What is known of a booking when the house's rules judge it, and the rules in force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from paidan.booking.constants import BookingStatus, CancelReason
from paidan.booking.models import Booking, ReviewRuleSet
from paidan.booking.review import (
    ANSWERABLE,
    DEFAULT_RULES,
    Earlier,
    Finding,
    OrderFacts,
    ReviewRule,
    SameAs,
    Verdict,
    findings_of,
    rule_read,
    verdict_of,
)
from paidan.customers.models import Address, Customer
from paidan.kernel.geo import Point
from paidan.kernel.timespan import TimeSpan
from paidan.visits.models import VisitStep

TRIED_ON = 200
TRIED_SHOWN = 10
_OVER = (BookingStatus.COMPLETED, BookingStatus.CLOSED, BookingStatus.CANCELLED, BookingStatus.REJECTED)
_ABSENT = VisitStep.objects.filter(visit__booking_ref=OuterRef("ref"), action="fail", data__reason="customer_absent")


@dataclass(frozen=True, slots=True)
class Trial:
    """What rules would have done with the latest bookings.

    Attributes:
        judged: how many were looked at; ``counts``: how many of them came to each verdict but passing.
        shown: references of some that would not have passed, with what was found.
    """

    judged: int
    counts: Mapping[Verdict, int]
    shown: tuple[tuple[str, tuple[Finding, ...]], ...]

    @property
    def stopped(self) -> int:
        return sum(self.counts.values())


def rules_in_force(*, now: datetime) -> tuple[ReviewRule, ...]:
    """The rules bookings are judged by at an instant."""
    newest = (
        ReviewRuleSet.objects.filter(is_draft=False, effective_at__lte=now)
        .order_by("-effective_at", "-version")
        .first()
    )
    return DEFAULT_RULES if newest is None else rules_of(newest.rules)


def rules_of(kept: Iterable[Mapping[str, object]]) -> tuple[ReviewRule, ...]:
    """Rules as they are kept."""
    return tuple(rule_read(one) for one in kept)


def facts_of(booking: Booking, *, at: datetime) -> OrderFacts:
    """What is known of one booking at an instant: two queries."""
    earlier = _around([booking])
    return _facts(booking, earlier, at)


def rules_trial(rules: Sequence[ReviewRule]) -> Trial:
    """Judge the latest bookings as of the instant they were made; a constant number of queries."""
    latest = list(Booking.objects.select_related("address", "territory", "item_version").order_by("-pk")[:TRIED_ON])
    around = _around(latest)
    counts: dict[Verdict, int] = {}
    shown: list[tuple[str, tuple[Finding, ...]]] = []
    for booking in latest:
        found = findings_of(rules, _facts(booking, around, booking.created_at))
        verdict = verdict_of(found)
        if verdict is Verdict.PASS:
            continue
        counts[verdict] = counts.get(verdict, 0) + 1
        if len(shown) < TRIED_SHOWN:
            shown.append((booking.ref, found))
    return Trial(len(latest), counts, tuple(shown))


@dataclass(frozen=True, slots=True)
class OrderAsked:
    """An order that is not written yet; ``texts`` by the names of ``review.ANSWERABLE``."""

    window: TimeSpan
    price_minor: int
    territory: str
    texts: Mapping[str, str]
    item_id: int
    place: Point


def order_facts(order: OrderAsked, customer: Customer, rules: Sequence[ReviewRule], *, at: datetime) -> OrderFacts:
    """What is known of an order that is not written yet; one query, and one more if a rule asks for its door."""
    place = (order.place.lat, order.place.lng)
    which = Q(customer=customer)
    if _ask_for_doors(rules):
        which |= Q(address__in=_doors([place]))
    earlier = tuple(_earlier(one, customer.pk, place, order.item_id) for one in _others(which))
    return OrderFacts(at, order.window, order.price_minor, order.territory, order.texts, earlier)


def _ask_for_doors(rules: Sequence[ReviewRule]) -> bool:
    return any(rule.parameters.get("same") == SameAs.PLACE for rule in rules)


def _facts(booking: Booking, around: Sequence[Booking], at: datetime) -> OrderFacts:
    place = (booking.address.lat, booking.address.lng)
    item_id = booking.item_version.item_id
    earlier = tuple(
        _earlier(one, booking.customer_id, place, item_id)
        for one in around
        if one.pk != booking.pk and (one.created_at, one.pk) < (at, booking.pk)
    )
    return OrderFacts(
        at=at,
        window=TimeSpan(booking.window_start_at, booking.window_end_at),
        price_minor=booking.price_minor,
        territory=booking.territory.code if booking.territory is not None else "",
        texts={name: getattr(booking, name) for name in ANSWERABLE},
        earlier=earlier,
    )


def _around(bookings: Sequence[Booking]) -> list[Booking]:
    """Every booking of the same customers or at the same doors."""
    places = [(one.address.lat, one.address.lng) for one in bookings]
    customers = {one.customer_id for one in bookings}
    return _others(Q(customer__in=customers) | Q(address__in=_doors(places)))


def _doors(places: Sequence[tuple[float, float]]) -> Sequence[int]:
    """Saved addresses at these very points, whoever's they are."""
    wanted = set(places)
    lats, lngs = {lat for lat, _ in wanted}, {lng for _, lng in wanted}
    found = Address.objects.filter(lat__in=lats, lng__in=lngs).values_list("pk", "lat", "lng")
    return [pk for pk, lat, lng in found if (lat, lng) in wanted]


def _others(which: Q) -> list[Booking]:
    return list(
        Booking.objects.filter(which)
        .select_related("address", "item_version")
        .annotate(was_absent=Exists(_ABSENT))
        .order_by("pk")
    )


def _earlier(other: Booking, customer_id: int | None, place: tuple[float, float], item_id: int) -> Earlier:
    is_over = other.status in _OVER
    by_customer = other.status == BookingStatus.CANCELLED and other.cancel_reason not in {
        CancelReason.COMPANY,
        CancelReason.NOBODY_CAME,
    }
    return Earlier(
        is_same_customer=other.customer_id == customer_id,
        is_same_place=(other.address.lat, other.address.lng) == place,
        is_same_item=other.item_version.item_id == item_id,
        window=TimeSpan(other.window_start_at, other.window_end_at),
        created_at=other.created_at,
        ended_at=(other.cancelled_at or other.completed_at or other.created_at) if is_over else None,
        is_cancelled=by_customer,
        is_absent=bool(getattr(other, "was_absent", False)),
    )
