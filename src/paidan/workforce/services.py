"""Writes on the crew's time and the territories: what the back office changes has effects, so it comes through here."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, Q
from django.utils.translation import gettext_lazy as _

from paidan.accounts.services import person_lock
from paidan.kernel.actors import Actor
from paidan.kernel.errors import Invalid, NotFound
from paidan.kernel.locking import busy_on_lock_timeout, is_exclusion_violation
from paidan.kernel.outbox import publish
from paidan.kernel.texts import Texts
from paidan.kernel.timespan import TimeSpan, local_date
from paidan.workforce.borders import ring_checked
from paidan.workforce.constants import AbsenceKind, CommitmentKind
from paidan.workforce.errors import AbsenceOver, ShiftInUse, TimeTaken, VisitsInTheWay
from paidan.workforce.events import AvailabilityChanged, TerritoryChanged
from paidan.workforce.models import (
    Absence,
    Commitment,
    Shift,
    Technician,
    Territory,
    TerritoryMembership,
    TerritoryScope,
)

LONGEST_SHIFT = timedelta(hours=16)
LONGEST_ABSENCE = timedelta(days=400)
PLANNED_AHEAD = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class ShiftDraft:
    """A shift as somebody wants it; the territory is where the technician works that day."""

    technician_id: int
    span: TimeSpan
    is_on_call: bool = False


@transaction.atomic
def shift_create(draft: ShiftDraft) -> Shift:
    """Put a technician on duty. A night shift belongs to the local date it starts on.

    Raises:
        Invalid: too long or empty, or the technician works in no territory that day.
        TimeTaken: it overlaps another shift.
    """
    with busy_on_lock_timeout():
        technician = technician_lock(draft.technician_id)
        territory, service_date = _place_of(draft)
        shift = Shift(technician=technician, territory=territory, service_date=service_date)
        _shift_write(shift, draft)
    _availability_changed(technician.pk, draft.span)
    return shift


@transaction.atomic
def shift_change(shift_id: int, draft: ShiftDraft) -> Shift:
    """Move, lengthen or shorten a shift; what is planned on it must still lie inside.

    Raises:
        Invalid, TimeTaken: as for a new one.
        ShiftInUse: planned visits would fall outside it, or it would change its day.
    """
    with busy_on_lock_timeout():
        technician_lock(draft.technician_id)
        shift = _shift(shift_id)
        territory, service_date = _place_of(draft)
        used = Commitment.objects.filter(shift=shift, live=True)
        moved = (shift.technician_id, shift.territory_id, shift.service_date) != (
            draft.technician_id,
            territory.pk,
            service_date,
        )
        if used.exists() and (moved or used.exclude(span__contained_by=draft.span.as_range()).exists()):
            raise ShiftInUse
        before = TimeSpan(shift.span.lower, shift.span.upper)
        shift.technician_id = draft.technician_id
        shift.territory = territory
        shift.service_date = service_date
        _shift_write(shift, draft)
    _availability_changed(shift.technician_id, _hull(before, draft.span))
    return shift


@transaction.atomic
def shift_remove(shift_id: int) -> None:
    """Take a shift out of the roster.

    Raises:
        ShiftInUse: something is or was planned on it.
    """
    with busy_on_lock_timeout():
        shift = _shift(shift_id)
        technician_lock(shift.technician_id)
        span, technician_id = TimeSpan(shift.span.lower, shift.span.upper), shift.technician_id
        try:
            with transaction.atomic():
                shift.delete()
        except ProtectedError as error:
            raise ShiftInUse from error
    _availability_changed(technician_id, span)


@transaction.atomic
def absence_create(*, technician_id: int, kind: AbsenceKind, span: TimeSpan) -> Absence:
    """Note that a technician is away: the time is occupied like a visit's, and nobody is booked on it.

    Raises:
        Invalid: empty, or longer than a year.
        VisitsInTheWay: assigned visits, or the way to them, stand in it.
        TimeTaken: another absence does.
    """
    if not timedelta(0) < span.end - span.start <= LONGEST_ABSENCE:
        raise Invalid(fields={"span": _("An absence ends after it begins, and within 400 days.")})
    with busy_on_lock_timeout():
        technician = technician_lock(technician_id)
        in_the_way = _visits_in(technician.pk, span)
        if in_the_way:
            raise VisitsInTheWay(facts={"visits": in_the_way})
        absence = Absence.objects.create(technician=technician, kind=kind, span=span.as_range())
        try:
            with transaction.atomic():
                _occupy(absence, span)
        except IntegrityError as error:
            if not is_exclusion_violation(error):
                raise
            raise TimeTaken from error
    _availability_changed(technician.pk, span)
    return absence


@transaction.atomic
def absence_cancel(absence_id: int, *, now: datetime) -> Absence:
    """The technician is there after all; the time is free again.

    Raises:
        NotFound: there is none.
        AbsenceOver: it was cancelled before.
    """
    absence = Absence.objects.filter(pk=absence_id).first()
    if absence is None:
        raise NotFound
    with busy_on_lock_timeout():
        technician_lock(absence.technician_id)
        if not Absence.objects.filter(pk=absence_id, cancelled_at__isnull=True).update(cancelled_at=now):
            raise AbsenceOver
        Commitment.objects.filter(kind=CommitmentKind.ABSENCE, subject_id=absence_id, live=True).update(live=False)
    _availability_changed(absence.technician_id, TimeSpan(absence.span.lower, absence.span.upper))
    absence.refresh_from_db()
    return absence


@transaction.atomic
def territory_save(territory: Territory, *, name: Texts, ring: object, time_zone: str) -> Territory:
    """Draw a territory, new or anew.

    Raises:
        Invalid: the border is not a closed ring, or the time zone does not exist.
    """
    territory.ring = ring_checked(ring)
    try:
        ZoneInfo(time_zone)
    except (KeyError, ValueError, OSError) as error:
        raise Invalid(fields={"time_zone": _("This time zone does not exist, e.g. Asia/Shanghai.")}) from error
    territory.name = name
    territory.time_zone = time_zone
    territory.save()
    publish(TerritoryChanged(territory_id=territory.pk, topics=(f"desk:{territory.pk}", "office")))
    return territory


def technician_changed(technician_id: int, *, now: datetime) -> None:
    """A technician's skills, home, load cap or employment changed: whatever is planned from now on is looked at."""
    _availability_changed(technician_id, TimeSpan(now, now + PLANNED_AHEAD))


@transaction.atomic
def territory_scope_set(*, user_id: int, codes: Collection[str], actor: Actor) -> None:
    """Let a user watch over exactly these territories.

    Raises:
        NotFound: there is no such user.
        Forbidden: the actor does not edit users, or this one may do more than they.
        Invalid: a territory does not exist; nothing is kept.
    """
    user = person_lock(user_id, actor)
    wanted = {row.code: row for row in Territory.objects.filter(code__in=codes, retired_at__isnull=True)}
    if wanted.keys() != set(codes):
        raise Invalid(fields={"territories": _("One of these territories does not exist.")})
    TerritoryScope.objects.filter(user=user).exclude(territory__in=wanted.values()).delete()
    for territory in wanted.values():
        TerritoryScope.objects.get_or_create(user=user, territory=territory)


def technician_lock(technician_id: int) -> Technician:
    """Lock a technician before writing on their time.

    Raises:
        NotFound: there is none.
    """
    technician = Technician.objects.select_for_update().filter(pk=technician_id).first()
    if technician is None:
        raise NotFound
    return technician


def _shift(shift_id: int) -> Shift:
    shift = Shift.objects.filter(pk=shift_id).first()
    if shift is None:
        raise NotFound
    return shift


def _place_of(draft: ShiftDraft) -> tuple[Territory, date]:
    if not timedelta(0) < draft.span.end - draft.span.start <= LONGEST_SHIFT:
        raise Invalid(fields={"span": _("A shift ends after it begins, and within 16 hours.")})
    # Which day it belongs to depends on the zone of the territory, and the territory on the day.
    near = Q(dates__contains=draft.span.start.date()) | Q(dates__contains=draft.span.start.date() + timedelta(days=1))
    for row in TerritoryMembership.objects.select_related("territory").filter(near, technician=draft.technician_id):
        day = local_date(draft.span.start, ZoneInfo(row.territory.time_zone))
        if row.dates.lower <= day and (row.dates.upper is None or day < row.dates.upper):
            return row.territory, day
    raise Invalid(fields={"span": _("The technician belongs to no territory on this day.")})


def _shift_write(shift: Shift, draft: ShiftDraft) -> None:
    shift.span = draft.span.as_range()
    shift.is_on_call = draft.is_on_call
    try:
        with transaction.atomic():
            shift.save()
    except IntegrityError as error:
        if not is_exclusion_violation(error):
            raise
        raise TimeTaken from error


def _visits_in(technician_id: int, span: TimeSpan) -> int:
    return Commitment.objects.filter(
        technician=technician_id, kind=CommitmentKind.VISIT, live=True, span__overlap=span.as_range()
    ).count()


def _occupy(absence: Absence, span: TimeSpan) -> None:
    Commitment.objects.create(
        technician_id=absence.technician_id,
        kind=CommitmentKind.ABSENCE,
        subject_id=absence.pk,
        work=span.as_range(),
        span=span.as_range(),
    )


def _hull(one: TimeSpan, other: TimeSpan) -> TimeSpan:
    return TimeSpan(min(one.start, other.start), max(one.end, other.end))


def _availability_changed(technician_id: int, span: TimeSpan) -> None:
    shifts = Shift.objects.filter(technician=technician_id, span__overlap=span.as_range())
    territory_ids = tuple(sorted(set(shifts.values_list("territory_id", flat=True))))
    publish(
        AvailabilityChanged(
            technician_id=technician_id,
            territory_ids=territory_ids,
            start_at=span.start.isoformat(),
            end_at=span.end.isoformat(),
            topics=tuple(f"desk:{territory_id}" for territory_id in territory_ids),
        )
    )
