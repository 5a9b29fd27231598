"""Recurring plans as their customer and the desk see them (B9)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from paidan.accounts.access import require
from paidan.accounts.constants import Permission
from paidan.booking.access import plan_for, plans_visible_to
from paidan.booking.constants import PlanStatus, PlanVisitStatus
from paidan.booking.labels import booking_shown
from paidan.booking.models import PlanVisit, RecurringPlan
from paidan.booking.offering import offering_of
from paidan.booking.pricing import order_price
from paidan.booking.recurrence import Cadence, HolidayRule, Occurrence, next_occurrences, rule_sentence
from paidan.dispatch.slots import need_of, slots_free, slots_nearest
from paidan.kernel.actors import Actor, ActorKind
from paidan.kernel.constants import Tone
from paidan.kernel.errors import Invalid
from paidan.kernel.geo import Point
from paidan.kernel.texts import localized
from paidan.kernel.timespan import TimeSpan, local_date

AHEAD = 6
PAST = timedelta(days=60)
AROUND = timedelta(days=3)
PLANS_AT_MOST = 50
PLAN_TONES = {
    PlanStatus.ACTIVE: Tone.PROGRESS,
    PlanStatus.PAUSED: Tone.WARNING,
    PlanStatus.ENDED: Tone.NEUTRAL,
}


class DayState(StrEnum):
    """Where a day of a plan stands."""

    BOOKED = "booked"
    OPEN = "open"
    SKIPPED = "skipped"
    HOLIDAY = "holiday"
    AHEAD = "ahead"


@dataclass(frozen=True, slots=True)
class PlanDayView:
    """A day of a plan.

    Attributes:
        nearest: windows free now, where the wanted one was not.
        new_price_minor: what each visit costs now, where that is why nothing was booked; else 0.
    """

    original: date
    window: TimeSpan | None
    state: DayState
    booking_ref: str = ""
    label: str = ""
    tone: Tone = Tone.NEUTRAL
    nearest: tuple[TimeSpan, ...] = ()
    new_price_minor: int = 0


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A plan in a list; ``sentence`` is its rule in words."""

    ref: str
    item_name: str
    sentence: str
    holidays_label: str
    status: str
    status_label: str
    tone: Tone
    price_minor: int
    time_zone: str
    start_time: str
    has_open: bool

    @property
    def is_live(self) -> bool:
        return self.status != PlanStatus.ENDED


@dataclass(frozen=True, slots=True)
class PlanView:
    """A plan with the days behind and ahead."""

    row: PlanRow
    rule: str
    holidays: str
    days: tuple[PlanDayView, ...]


def plans_list(actor: Actor, *, customer_ref: str = "") -> tuple[PlanRow, ...]:
    """The plans the reader may know of, running ones first; constant number of queries.

    Raises:
        Forbidden: the role does not see bookings.
    """
    if actor.kind is not ActorKind.LINK:
        require(actor, Permission.VIEW_BOOKINGS)
    plans = _with_names(plans_visible_to(actor))
    if customer_ref:
        plans = plans.filter(customer__ref=customer_ref)
    found = list(plans.order_by("ended_at", "-created_at")[:PLANS_AT_MOST])
    waiting = set(PlanVisit.objects.filter(plan__in=found, status=PlanVisitStatus.OPEN).values_list("plan", flat=True))
    return tuple(_row(plan, has_open=plan.pk in waiting) for plan in found)


def plan_view(actor: Actor, ref: str, *, now: datetime) -> PlanView:
    """A plan's own page.

    Raises:
        NotFound, Forbidden: it is not theirs to see.
    """
    plan = _with_names(RecurringPlan.objects.filter(pk=plan_for(actor, ref, Permission.VIEW_BOOKINGS).pk)).get()
    rows = list(
        PlanVisit.objects.filter(plan=plan, window_start_at__gte=now - PAST)
        .select_related("booking")
        .order_by("window_start_at")
    )
    days = sorted([*(_dealt(plan, row, now) for row in rows), *_ahead(plan, rows, now)], key=lambda one: one.original)
    has_open = any(one.state is DayState.OPEN for one in days)
    return PlanView(_row(plan, has_open=has_open), plan.rule, plan.holidays, tuple(days))


def _with_names(plans: QuerySet[RecurringPlan]) -> QuerySet[RecurringPlan]:
    return plans.select_related("item", "territory", "customer", "address").prefetch_related("item__versions")


def _row(plan: RecurringPlan, *, has_open: bool) -> PlanRow:
    status = PlanStatus(plan.status)
    newest = max(plan.item.versions.all(), key=lambda version: version.version)
    return PlanRow(
        ref=plan.ref,
        item_name=localized(newest.name),
        sentence=rule_sentence(_cadence(plan)),
        holidays_label=str(HolidayRule(plan.holidays).label),
        status=plan.status,
        status_label=str(status.label),
        tone=PLAN_TONES[status],
        price_minor=plan.price_minor,
        time_zone=plan.territory.time_zone,
        start_time=f"{plan.start_time:%H:%M}",
        has_open=has_open,
    )


def _dealt(plan: RecurringPlan, row: PlanVisit, now: datetime) -> PlanDayView:
    window = TimeSpan(row.window_start_at, row.window_end_at)
    if row.booking is not None:
        shown = booking_shown(row.booking.status, for_customer=False)
        current = TimeSpan(row.booking.window_start_at, row.booking.window_end_at)
        return PlanDayView(row.original_date, current, DayState.BOOKED, row.booking.ref, shown.label, shown.tone)
    if row.status == PlanVisitStatus.OPEN:
        return _open_day(plan, row, window, now)
    return PlanDayView(row.original_date, window, DayState.SKIPPED, "", str(PlanVisitStatus.SKIPPED.label))


def _open_day(plan: RecurringPlan, row: PlanVisit, window: TimeSpan, now: datetime) -> PlanDayView:
    """A day that needs a decision: the times that are free nearby now, or the price that is asked now."""
    label = str(PlanVisitStatus.OPEN.label)
    try:
        version = offering_of(plan.item.code, now=now)
        price = order_price(version, add_ons=plan.add_ons)
    except Invalid:
        return PlanDayView(row.original_date, window, DayState.OPEN, "", label, Tone.WARNING)
    if price.total_minor != plan.price_minor:
        changed = str(_("The price has changed"))
        return PlanDayView(
            row.original_date, window, DayState.OPEN, "", changed, Tone.WARNING, new_price_minor=price.total_minor
        )
    need = need_of(version, Point(plan.address.lat, plan.address.lng), extra_minutes=price.extra_minutes)
    start, end = max(now, window.start - AROUND), window.end + AROUND
    free = slots_free(need, plan.territory, start=start, end=max(start, end), now=now)
    nearest = tuple(slot.window for slot in slots_nearest(free, window.start))
    return PlanDayView(row.original_date, window, DayState.OPEN, "", label, Tone.WARNING, nearest)


def _ahead(plan: RecurringPlan, rows: Sequence[PlanVisit], now: datetime) -> Iterable[PlanDayView]:
    """The next days that nobody has dealt with yet; none of a plan that has ended."""
    if plan.status == PlanStatus.ENDED:
        return
    zone = ZoneInfo(plan.territory.time_zone)
    dealt = {row.original_date for row in rows}
    for one in next_occurrences(_cadence(plan), after=local_date(now, zone), count=AHEAD + len(dealt)):
        if one.original not in dealt:
            yield _day(plan, one, zone)


def _day(plan: RecurringPlan, one: Occurrence, zone: ZoneInfo) -> PlanDayView:
    if one.day is None:
        return PlanDayView(one.original, None, DayState.HOLIDAY)
    start = datetime.combine(one.day, plan.start_time, tzinfo=zone)
    return PlanDayView(one.original, TimeSpan(start, start + timedelta(minutes=plan.window_minutes)), DayState.AHEAD)


def _cadence(plan: RecurringPlan) -> Cadence:
    return Cadence(plan.rule, plan.first_date, HolidayRule(plan.holidays))
