"""Booking the days of a recurring plan ahead (B9), each as any other booking.

A plan's row is its lock: whoever books, skips or changes a day holds it. A day is booked in one transaction with
its row, which is unique, so that a worker that dies leaves nothing half done and two never book a day twice.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from paidan.booking.constants import Channel, PlanStatus, PlanVisitStatus
from paidan.booking.events import PlanDayOpen
from paidan.booking.forms import NewBooking
from paidan.booking.models import Booking, PlanVisit, RecurringPlan
from paidan.booking.recurrence import Cadence, HolidayRule, Occurrence, occurrences
from paidan.booking.services.submitting import booking_submit_for
from paidan.dispatch.services import nearest_named
from paidan.kernel.actors import Actor
from paidan.kernel.clocks import each_due
from paidan.kernel.errors import Busy, DomainError
from paidan.kernel.outbox import publish
from paidan.kernel.settings import PLAN_HORIZON_DAYS
from paidan.kernel.timespan import TimeSpan, local_date
from paidan.worklist.constants import WorkKind
from paidan.worklist.services import work_close, work_open

BATCH = 50


def plans_tick(now: datetime) -> None:
    """Book every day that has come within the horizon; a clock of the worker."""
    due = list(
        RecurringPlan.objects.filter(check_at__lte=now).order_by("check_at", "pk").values_list("pk", flat=True)[:BATCH]
    )
    each_due(due, lambda plan_id: plan_advance(plan_id, now=now), name="plans")


@transaction.atomic
def plan_advance(plan_id: int, *, now: datetime) -> bool:
    """Book the next day of a plan that has come within the horizon; says whether a day was dealt with."""
    plan = (
        RecurringPlan.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("customer", "item", "address", "territory")
        .filter(pk=plan_id, status=PlanStatus.ACTIVE, check_at__lte=now)
        .first()
    )
    if plan is None:
        return False
    found = _next_open(plan, now)
    if found is None:
        RecurringPlan.objects.filter(pk=plan.pk).update(status=PlanStatus.ENDED, ended_at=now, check_at=None)
        return False
    occurrence, window = found
    due_at = window.start - timedelta(days=PLAN_HORIZON_DAYS.value())
    if due_at > now:
        RecurringPlan.objects.filter(pk=plan.pk).update(check_at=due_at)
        return False
    try:
        with nearest_named(), transaction.atomic():
            day_book(plan, occurrence.original, window, now)
    except Busy:
        raise
    except DomainError as refusal:
        _propose(plan, occurrence.original, window, refusal, now)
    return True


def _next_open(plan: RecurringPlan, now: datetime) -> tuple[Occurrence, TimeSpan] | None:
    """The first day ahead that nobody has dealt with."""
    dealt = set(PlanVisit.objects.filter(plan=plan).values_list("original_date", flat=True))
    for one in occurrences(cadence_of(plan), after=yesterday(plan, now)):
        if one.day is None or one.original in dealt:
            continue
        window = window_of(plan, one.day)
        if window.start > now + timedelta(minutes=5):
            return one, window
    return None


def day_book(plan: RecurringPlan, day: date, window: TimeSpan, now: datetime) -> str:
    """One day as a booking like any other, under the plan's lock."""
    view = booking_submit_for(
        customer_id=plan.customer_id,
        form=NewBooking(
            item_code=plan.item.code,
            window=window,
            contact_name=plan.contact_name,
            contact_phone=plan.contact_phone,
            address_ref=plan.address.ref,
            description=plan.description,
            special_requirements=plan.special_requirements,
            add_ons=tuple(plan.add_ons),
            answers=plan.answers,
            expected_price_minor=plan.price_minor,
        ),
        channel=Channel.PLAN,
        now=now,
    )
    PlanVisit.objects.update_or_create(
        plan=plan,
        original_date=day,
        defaults={
            "status": PlanVisitStatus.BOOKED,
            "booking": Booking.objects.get(ref=view.ref),
            "window_start_at": window.start,
            "window_end_at": window.end,
            "nearest": [],
            "problem": "",
            "at": now,
        },
    )
    return view.ref


def _propose(plan: RecurringPlan, day: date, window: TimeSpan, refusal: DomainError, now: datetime) -> None:
    """No place for a day: the customer is offered free times nearby, and the desk knows."""
    PlanVisit.objects.create(
        plan=plan,
        original_date=day,
        status=PlanVisitStatus.OPEN,
        window_start_at=window.start,
        window_end_at=window.end,
        nearest=refusal.facts.get("nearest", []),
        problem=refusal.code[:40],
        at=now,
    )
    work_open(
        kind=WorkKind.PLAN_DAY,
        subject_ref=plan.ref,
        territory_id=plan.territory_id,
        facts={"window_start": window.start.isoformat()},
        due_at=window.start - timedelta(days=1),
        now=now,
    )
    publish(
        PlanDayOpen(
            plan_id=plan.pk,
            plan_ref=plan.ref,
            window_start_at=window.start,
            window_end_at=window.end,
            topics=_topics(plan),
            refs=(plan.ref,),
        )
    )


def work_settle(plan: RecurringPlan, actor: Actor, now: datetime) -> None:
    """Nothing is left to decide: the entry goes."""
    if not PlanVisit.objects.filter(plan=plan, status=PlanVisitStatus.OPEN, window_start_at__gt=now).exists():
        work_close(kind=WorkKind.PLAN_DAY, subject_ref=plan.ref, actor=actor, now=now)


def _topics(plan: RecurringPlan) -> tuple[str, ...]:
    topics = ["office", f"desk:{plan.territory_id}"]
    return (*topics, f"user:{plan.customer.user_id}") if plan.customer.user_id is not None else tuple(topics)


def cadence_of(plan: RecurringPlan) -> Cadence:
    return Cadence(plan.rule, plan.first_date, HolidayRule(plan.holidays))


def yesterday(plan: RecurringPlan, now: datetime) -> date:
    return local_date(now, ZoneInfo(plan.territory.time_zone)) - timedelta(days=1)


def window_of(plan: RecurringPlan, day: date) -> TimeSpan:
    start = datetime.combine(day, plan.start_time, tzinfo=ZoneInfo(plan.territory.time_zone))
    return TimeSpan(
        start.astimezone(ZoneInfo("UTC")), start.astimezone(ZoneInfo("UTC")) + timedelta(minutes=plan.window_minutes)
    )
