"""Holds: a window kept for somebody who is still filling in the form (B4)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from paidan.catalog.models import ServiceItemVersion
from paidan.dispatch.constants import HoldStatus
from paidan.dispatch.errors import HoldLapsed, SlotTaken, TooManyHolds
from paidan.dispatch.models import SlotHold
from paidan.dispatch.slots import (
    Need,
    need_of,
    reserve_allows,
    slots_free,
    slots_nearest,
    spare_of_scope,
    territory_at,
    window_check,
)
from paidan.dispatch.standing_plan import PlanScope, book_load, book_save, days_lock, hold_key, scope_of, stop_drop
from paidan.kernel.clocks import each_due
from paidan.kernel.errors import Invalid, NotFound
from paidan.kernel.geo import Point
from paidan.kernel.locking import busy_on_lock_timeout
from paidan.kernel.settings import HOLD_SECONDS
from paidan.kernel.timespan import TimeSpan
from paidan.workforce.models import Territory
from paidan_engine.repair import Refusal, fit

FIT_STEPS = 6_000
HOLDS_EACH = 2
AROUND = timedelta(days=3)
"""How far from a lost window others are looked for."""


@dataclass(frozen=True, slots=True)
class HoldView:
    """A window kept for somebody: until when, and what it is for."""

    ref: str
    window: TimeSpan
    expires_at: datetime
    territory_id: int


def hold_create(
    *,
    item_version: ServiceItemVersion,
    place: Point,
    window: TimeSpan,
    holder_key: str,
    now: datetime,
    extra_minutes: int = 0,
    is_urgent: bool = False,
    phone: str = "",
) -> HoldView:
    """Keep a free window for a while; only what is urgent may use the emergency reserve.

    A holder keeps at most two, and so does a phone in however many browsers; holding the same window again renews
    nothing and answers the same hold.

    Raises:
        Invalid: the place is not served, or the window is not one of those offered.
        SlotTaken: no plan holds all promises and this one; ``facts["nearest"]`` names free windows.
        TooManyHolds: two are live already.
    """
    territory = territory_at(place)
    if territory is None:
        raise Invalid(code="not_served", fields={"address": _("We do not serve this address yet.")})
    need = need_of(item_version, place, extra_minutes=extra_minutes, is_urgent=is_urgent)
    window_check(window, ZoneInfo(territory.time_zone), round_the_clock=need.is_round_the_clock, now=now)
    with nearest_named(), busy_on_lock_timeout():
        hold = _hold_place(need, territory, window, Holder(holder_key, _phone_key(phone)), now)
    return HoldView(hold.ref, window, hold.expires_at, territory.pk)


class SlotLost(SlotTaken):
    """A window is lost; ``nearest_named`` completes it once the plan is no longer locked."""

    def __init__(self, need: Need, territory: Territory, window: TimeSpan, now: datetime) -> None:
        super().__init__()
        self._need = need
        self._territory = territory
        self._window = window
        self._now = now

    def with_nearest(self) -> SlotTaken:
        """The same refusal with the nearest free windows as ``facts["nearest"]``."""
        start, end = self._window.start - AROUND, self._window.end + AROUND
        free = slots_free(self._need, self._territory, start=start, end=end, now=self._now)
        nearest = [
            {"start": slot.window.start.isoformat(), "end": slot.window.end.isoformat()}
            for slot in slots_nearest(free, self._window.start)
        ]
        return SlotTaken(facts={"nearest": nearest})


@contextmanager
def nearest_named() -> Iterator[None]:
    """Around a transaction, as a decorator too: whoever lost a window is told others, and holds nobody up meanwhile.

    Rolling back lets go of the plan, even where the transaction stands within another.

    Raises:
        SlotTaken: instead of ``SlotLost``.
    """
    try:
        yield
    except SlotLost as lost:
        raise lost.with_nearest() from lost


@dataclass(frozen=True, slots=True)
class Holder:
    """For whom a window is kept: a browser or a program, and the phone typed there, hashed; empty for none."""

    key: str
    phone_key: str = ""


def _phone_key(phone: str) -> str:
    return salted_hmac("paidan.hold_phone", phone, algorithm="sha256").hexdigest() if phone else ""


@transaction.atomic
def _hold_place(need: Need, territory: Territory, window: TimeSpan, holder: Holder, now: datetime) -> SlotHold:
    scope = scope_of(territory.pk, territory.time_zone, window)
    days = days_lock([scope])
    with connection.cursor() as cursor:
        # In one order for everybody: two browsers with two phones must not wait for each other.
        for key in sorted({holder.key, holder.phone_key} - {""}):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 7))", [key])
    live = SlotHold.objects.filter(status=HoldStatus.LIVE, expires_at__gt=now)
    own = list(live.filter(holder_key=holder.key))
    same = next((hold for hold in own if _keeps(hold, need, window)), None)
    if same is not None:
        return same
    if len(own) >= HOLDS_EACH:
        raise TooManyHolds
    if holder.phone_key and live.filter(phone_key=holder.phone_key).count() >= HOLDS_EACH:
        raise TooManyHolds
    book = book_load(scope, now=now)
    if not reserve_allows(need, territory, spare_of_scope(book, scope)):
        raise SlotLost(need, territory, window, now)
    hold = SlotHold.objects.create(
        territory=territory,
        item_version_id=need.item_version_id,
        lat=need.place.lat,
        lng=need.place.lng,
        window_start_at=window.start,
        window_end_at=window.end,
        extra_minutes=need.extra_minutes,
        is_urgent=need.is_urgent,
        holder_key=holder.key,
        phone_key=holder.phone_key,
        created_at=now,
        expires_at=now + timedelta(seconds=HOLD_SECONDS.value()),
    )
    plan = fit(book.plan, need.task(window, hold_key(hold.pk)), book.travel, book.now, budget=FIT_STEPS)
    if isinstance(plan, Refusal):
        raise SlotLost(need, territory, window, now)
    book_save(book, plan, days=days)
    return hold


def _keeps(hold: SlotHold, need: Need, window: TimeSpan) -> bool:
    """Whether a hold keeps this window for this service at this place."""
    same_window = (hold.window_start_at, hold.window_end_at) == (window.start, window.end)
    same_place = (hold.lat, hold.lng) == (need.place.lat, need.place.lng)
    same_length = hold.extra_minutes == need.extra_minutes
    allowed = hold.is_urgent <= need.is_urgent
    return same_window and same_place and same_length and allowed and hold.item_version_id == need.item_version_id


def hold_release(*, ref: str, holder_key: str, now: datetime) -> None:
    """Give a held window back; doing it twice, or too late, changes nothing."""
    hold = SlotHold.objects.select_related("territory").filter(ref=ref, holder_key=holder_key).first()
    if hold is not None:
        _hold_end(hold, HoldStatus.RELEASED)


@transaction.atomic
def _hold_end(hold: SlotHold, status: HoldStatus) -> None:
    with busy_on_lock_timeout():
        days_lock([scope_of_hold(hold)])
    if SlotHold.objects.filter(pk=hold.pk, status=HoldStatus.LIVE).update(status=status):
        stop_drop(hold_id=hold.pk)


def scope_of_hold(hold: SlotHold) -> PlanScope:
    window = TimeSpan(hold.window_start_at, hold.window_end_at)
    return scope_of(hold.territory_id, hold.territory.time_zone, window)


def holds_lapse(now: datetime) -> None:
    """Free the windows whose time to decide is over; a clock of the worker."""
    due = SlotHold.objects.select_related("territory").filter(status=HoldStatus.LIVE, expires_at__lte=now)
    each_due(due.order_by("expires_at")[:200], lambda hold: _hold_end(hold, HoldStatus.LAPSED), name="holds_lapse")


def hold_for(*, ref: str, holder_key: str, now: datetime) -> SlotHold:
    """The live hold of a holder.

    Raises:
        NotFound: no such hold of this holder.
        HoldLapsed: its time is over.
    """
    hold = SlotHold.objects.select_related("territory", "item_version").filter(ref=ref, holder_key=holder_key).first()
    if hold is None:
        raise NotFound
    if hold.status != HoldStatus.LIVE or hold.expires_at <= now:
        raise HoldLapsed
    return hold


def hold_take_over(*, hold: SlotHold, owner: str, now: datetime) -> SlotHold | None:
    """Let a live hold belong to the booking made from it, in the caller's transaction; its holder has it no more.

    Returns:
        The hold; ``None`` when it ended, or of two bookings made from it at once the other was first.
    """
    with busy_on_lock_timeout():
        days_lock([scope_of_hold(hold)])
    there = SlotHold.objects.filter(pk=hold.pk, holder_key=hold.holder_key, status=HoldStatus.LIVE, expires_at__gt=now)
    if not there.update(holder_key=owner, phone_key=""):
        return None
    hold.holder_key = owner
    return hold


def hold_prolong(*, hold: SlotHold, until: datetime) -> None:
    """Keep a live hold longer, while a person looks at the booking; never shorter."""
    SlotHold.objects.filter(pk=hold.pk, status=HoldStatus.LIVE, expires_at__lt=until).update(expires_at=until)
