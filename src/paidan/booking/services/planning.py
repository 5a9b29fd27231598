"""Recurring plans (B9): agreed to, paused, resumed, changed and ended by the customer or the desk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from paidan.accounts.constants import Permission
from paidan.booking.access import booking_for, plan_for
from paidan.booking.answers import answers_again
from paidan.booking.constants import PlanStatus, PlanVisitStatus
from paidan.booking.errors import NotRecurring, PlanChanged, PriceChanged
from paidan.booking.models import Booking, PlanVisit, RecurringPlan
from paidan.booking.offering import offering_of
from paidan.booking.pricing import add_on_codes, order_price
from paidan.booking.recurrence import HolidayRule, Occurrence, next_occurrences, occurrences, rule_check
from paidan.booking.services.plan_booking import cadence_of, day_book, window_of, work_settle, yesterday
from paidan.dispatch.services import nearest_named
from paidan.kernel.actors import Actor
from paidan.kernel.errors import Invalid
from paidan.kernel.timespan import TimeSpan, local_date
from paidan.worklist.constants import WorkKind
from paidan.worklist.services import work_close

SHOWN = 6
"""How many visits are shown before a plan is agreed to."""


@dataclass(frozen=True, slots=True)
class PlanAsked:
    """How a booking is to be repeated; ``rule`` is an RRULE of days."""

    rule: str
    holidays: HolidayRule = HolidayRule.NEXT_WORKDAY


@dataclass(frozen=True, slots=True)
class PlanDay:
    """A day that a plan will have: ``window`` is ``None`` where a holiday leaves it out."""

    original: date
    window: TimeSpan | None
    is_moved: bool


@dataclass(frozen=True, slots=True)
class PlanOffer:
    """What somebody agrees to: the next visits and the price of each."""

    days: tuple[PlanDay, ...]
    price_minor: int
    time_zone: str


def plan_offer(*, ref: str, asked: PlanAsked, actor: Actor, now: datetime) -> PlanOffer:
    """What repeating a booking would bring; nothing is written.

    Raises:
        NotFound, Forbidden: the booking is not the actor's.
        NotRecurring: this service is not sold again and again.
        Invalid: the rule is none; the field is ``rule``.
    """
    booking = booking_for(actor, ref, Permission.CHANGE_BOOKINGS)
    plan = _draft(booking, asked, actor, now)
    days = next_occurrences(cadence_of(plan), after=_begin_after(booking, plan, now), count=SHOWN)
    return PlanOffer(tuple(_day(plan, one) for one in days), plan.price_minor, plan.territory.time_zone)


@transaction.atomic
def plan_create(*, ref: str, asked: PlanAsked, agreed_price_minor: int, actor: Actor, now: datetime) -> str:
    """Repeat a booking from its day on; returns the plan's reference.

    Raises:
        NotFound, Forbidden, NotRecurring, Invalid: as for ``plan_offer``.
        PriceChanged: each visit costs another amount than was agreed.
    """
    booking = booking_for(actor, ref, Permission.CHANGE_BOOKINGS)
    # One at a time: a second click finds the plan that the first one made.
    Booking.objects.select_for_update(no_key=True, of=("self",)).get(pk=booking.pk)
    known = PlanVisit.objects.filter(booking=booking).select_related("plan").first()
    if known is not None:
        raise PlanChanged(facts={"plan": known.plan.ref})
    plan = _draft(booking, asked, actor, now)
    if plan.price_minor != agreed_price_minor:
        raise PriceChanged(facts={"price_minor": plan.price_minor})
    plan.check_at = now
    plan.save()
    # The booking it was made from is the first day, whatever became of it.
    PlanVisit.objects.create(
        plan=plan,
        original_date=plan.first_date,
        status=PlanVisitStatus.BOOKED,
        window_start_at=booking.window_start_at,
        window_end_at=booking.window_end_at,
        booking=booking,
        at=now,
    )
    return plan.ref


@transaction.atomic
def plan_pause(*, ref: str, actor: Actor, now: datetime) -> None:
    """Book no further days until the plan goes on; what is booked stays.

    Raises:
        NotFound, Forbidden: it is not the actor's.
        PlanChanged: it is not active any more.
    """
    plan = _locked(actor, ref)
    _step(plan, {PlanStatus.ACTIVE}, PlanStatus.PAUSED, check_at=None)


@transaction.atomic
def plan_resume(*, ref: str, actor: Actor, now: datetime) -> None:
    """Go on with a plan that was paused; days that passed meanwhile are not made up for.

    Raises:
        NotFound, Forbidden: it is not the actor's.
        PlanChanged: it is not paused.
    """
    plan = _locked(actor, ref)
    _step(plan, {PlanStatus.PAUSED}, PlanStatus.ACTIVE, check_at=now)


@transaction.atomic
def plan_end(*, ref: str, actor: Actor, now: datetime) -> None:
    """Book no further days, for good; what is booked stays until it is cancelled itself.

    Raises:
        NotFound, Forbidden: it is not the actor's.
        PlanChanged: it has ended.
    """
    plan = _locked(actor, ref)
    _step(plan, {PlanStatus.ACTIVE, PlanStatus.PAUSED}, PlanStatus.ENDED, check_at=None, ended_at=now)
    work_close(kind=WorkKind.PLAN_DAY, subject_ref=plan.ref, actor=actor, now=now)


@transaction.atomic
def plan_day_skip(*, ref: str, day: date, actor: Actor, now: datetime) -> None:
    """Leave one day out; a day that is booked is cancelled as a booking instead.

    Raises:
        NotFound, Forbidden: it is not the actor's.
        Invalid: the plan has no such day ahead; the field is ``day``.
        PlanChanged: it is booked or skipped already, or the plan has ended.
    """
    plan = _locked(actor, ref)
    if plan.status == PlanStatus.ENDED:
        raise PlanChanged
    window = _window_ahead(plan, day, now)
    row = PlanVisit.objects.filter(plan=plan, original_date=day).first()
    if row is not None and row.status != PlanVisitStatus.OPEN:
        raise PlanChanged
    PlanVisit.objects.update_or_create(
        plan=plan,
        original_date=day,
        defaults={
            "status": PlanVisitStatus.SKIPPED,
            "window_start_at": window.start,
            "window_end_at": window.end,
            "at": now,
        },
    )
    work_settle(plan, actor, now)


@nearest_named()
@transaction.atomic
def plan_day_place(*, ref: str, day: date, window: TimeSpan, actor: Actor, now: datetime) -> str:
    """Book one day of a plan at another time, e.g. at one of the free times proposed; returns the booking.

    Raises:
        NotFound, Forbidden: it is not the actor's.
        Invalid: the plan has no such day ahead, or the window is none of those offered.
        PlanChanged: the day is booked or skipped already, or the plan has ended.
        SlotTaken: the window is lost; ``facts["nearest"]`` names free ones.
    """
    plan = _locked(actor, ref)
    if plan.status == PlanStatus.ENDED:
        raise PlanChanged
    _window_ahead(plan, day, now)
    row = PlanVisit.objects.filter(plan=plan, original_date=day).first()
    if row is not None and row.status != PlanVisitStatus.OPEN:
        raise PlanChanged
    booking_ref = day_book(plan, day, window, now)
    work_settle(plan, actor, now)
    return booking_ref


@transaction.atomic
def plan_price_agree(*, ref: str, agreed_price_minor: int, actor: Actor, now: datetime) -> None:
    """Go on at the price that is asked now; days that waited for that are booked.

    Raises:
        NotFound, Forbidden: it is not the actor's.
        PlanChanged: the plan has ended.
        PriceChanged: it is another price than was agreed to; ``facts["price_minor"]`` is the present one.
    """
    plan = _locked(actor, ref)
    if plan.status == PlanStatus.ENDED:
        raise PlanChanged
    price = order_price(offering_of(plan.item.code, now=now), add_ons=plan.add_ons).total_minor
    if price != agreed_price_minor:
        raise PriceChanged(facts={"price_minor": price})
    waiting = PlanVisit.objects.filter(plan=plan, status=PlanVisitStatus.OPEN, problem=PriceChanged.code)
    waiting.filter(window_start_at__gt=now).delete()
    RecurringPlan.objects.filter(pk=plan.pk).update(
        price_minor=price, check_at=now if plan.status == PlanStatus.ACTIVE else None
    )
    work_settle(plan, actor, now)


@transaction.atomic
def plan_change_from(
    *, ref: str, day: date, asked: PlanAsked, start: time, first: date, actor: Actor, now: datetime
) -> None:
    """Move a day and all later ones: from it on the plan follows another rule, day and hour.

    Days that are booked already stay as they are and are changed singly.

    Raises:
        NotFound, Forbidden: it is not the actor's.
        Invalid: the rule is none, or begins in the past; the fields are ``rule`` and ``first``.
        PlanChanged: the plan has ended.
    """
    plan = _locked(actor, ref)
    if plan.status == PlanStatus.ENDED:
        raise PlanChanged
    rule_check(asked.rule)
    zone = ZoneInfo(plan.territory.time_zone)
    if first <= local_date(now, zone):
        raise Invalid(fields={"first": _("Please choose a day in the future.")})
    PlanVisit.objects.filter(plan=plan, original_date__gte=day, status=PlanVisitStatus.OPEN).delete()
    _step(
        plan,
        {PlanStatus.ACTIVE, PlanStatus.PAUSED},
        PlanStatus(plan.status),
        rule=asked.rule,
        holidays=asked.holidays,
        first_date=first,
        start_time=start,
        check_at=now if plan.status == PlanStatus.ACTIVE else None,
    )
    work_settle(plan, actor, now)


def _locked(actor: Actor, ref: str) -> RecurringPlan:
    plan = plan_for(actor, ref, Permission.CHANGE_BOOKINGS)
    return (
        RecurringPlan.objects.select_for_update(of=("self",))
        .select_related("customer", "item", "address", "territory")
        .get(pk=plan.pk)
    )


def _step(plan: RecurringPlan, sources: set[PlanStatus], target: PlanStatus, **columns: object) -> None:
    if plan.status not in sources:
        raise PlanChanged(facts={"plan": plan.ref})
    RecurringPlan.objects.filter(pk=plan.pk).update(status=target, **columns)


def _draft(booking: Booking, asked: PlanAsked, actor: Actor, now: datetime) -> RecurringPlan:
    """A plan from a booking, not kept yet."""
    rule_check(asked.rule)
    version = offering_of(booking.item_version.item.code, now=now)
    if not version.is_recurring or booking.territory is None:
        raise NotRecurring
    zone = ZoneInfo(booking.territory.time_zone)
    start = booking.window_start_at.astimezone(zone)
    add_ons = add_on_codes(booking.price_lines)
    return RecurringPlan(
        customer=booking.customer,
        item=version.item,
        address=booking.address,
        territory=booking.territory,
        contact_name=booking.contact_name,
        contact_phone=booking.contact_phone,
        description=booking.description,
        special_requirements=booking.special_requirements,
        add_ons=add_ons,
        answers=answers_again(booking.answers),
        price_minor=order_price(version, add_ons=add_ons).total_minor,
        rule=asked.rule,
        holidays=asked.holidays,
        first_date=start.date(),
        start_time=start.time(),
        window_minutes=TimeSpan(booking.window_start_at, booking.window_end_at).seconds // 60,
        created_by_id=actor.user_id,
        created_at=now,
    )


def _begin_after(booking: Booking, plan: RecurringPlan, now: datetime) -> date:
    return max(plan.first_date, yesterday(plan, now))


def _day(plan: RecurringPlan, one: Occurrence) -> PlanDay:
    window = window_of(plan, one.day) if one.day is not None else None
    return PlanDay(one.original, window, is_moved=one.day not in {None, one.original})


def _window_ahead(plan: RecurringPlan, day: date, now: datetime) -> TimeSpan:
    """The window of one of the plan's days that is still ahead."""
    row = PlanVisit.objects.filter(plan=plan, original_date=day).first()
    if row is not None:
        window = TimeSpan(row.window_start_at, row.window_end_at)
    else:
        found = next(islice(occurrences(cadence_of(plan), after=day - timedelta(days=1)), 1), None)
        if found is None or found.original != day or found.day is None:
            raise Invalid(fields={"day": _("The plan has no such day.")})
        window = window_of(plan, found.day)
    if window.start <= now:
        raise Invalid(fields={"day": _("This day has passed.")})
    return window
