"""Who works where and when: rows for screens, programs and the apps above."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet

from paidan.accounts.access import require
from paidan.accounts.constants import Permission, RoleCode
from paidan.kernel.actors import Actor
from paidan.kernel.errors import NotFound
from paidan.kernel.geo import Point, ring_contains
from paidan.kernel.texts import localized
from paidan.kernel.timespan import TimeSpan, local_date
from paidan.workforce.constants import CommitmentKind, Grade
from paidan.workforce.models import (
    Commitment,
    Shift,
    Technician,
    TechnicianSkill,
    Territory,
    TerritoryMembership,
    TerritoryScope,
)


@dataclass(frozen=True, slots=True)
class TerritoryRow:
    """A territory; ``ring`` is its closed border as ``((lng, lat), …)``, WGS-84."""

    id: int
    code: str
    name: str
    ring: tuple[tuple[float, float], ...]
    time_zone: str


@dataclass(frozen=True, slots=True)
class SkillHeld:
    code: str
    name: str
    level: int
    valid_until_date: date | None


@dataclass(frozen=True, slots=True)
class TechnicianCard:
    """What others may know of a technician: ``call_name`` is family name and form of address (张师傅)."""

    ref: str
    staff_number: str
    call_name: str
    grade: str
    grade_label: str
    experience_years: int
    rating_mean: float
    rating_count: int


@dataclass(frozen=True, slots=True)
class TechnicianRow:
    """A technician as the office and the desk see them."""

    id: int
    ref: str
    user_id: int
    staff_number: str
    name: str
    grade: str
    grade_label: str
    experience_years: int
    team: str
    territory_id: int | None
    territory: str
    skills: tuple[SkillHeld, ...]
    load_cap: int
    rating_mean: float
    rating_count: int
    is_paused: bool


@dataclass(frozen=True, slots=True)
class ShiftRow:
    """A shift; ``service_date`` is the local date it starts on."""

    id: int
    technician_id: int
    territory_id: int
    service_date: date
    span: TimeSpan
    is_on_call: bool


def territories(language: str | None = None) -> tuple[TerritoryRow, ...]:
    """Every served territory, by code."""
    return tuple(_territory_row(row, language) for row in Territory.objects.filter(retired_at__isnull=True))


def territory_containing(place: Point, language: str | None = None) -> TerritoryRow | None:
    """The served territory a place lies in; on a shared border the first by code."""
    return next((row for row in territories(language) if ring_contains(row.ring, place)), None)


def territories_of_user(user_id: int, *, now: datetime) -> frozenset[int]:
    """The territories a user has to do with: a dispatcher's scopes, and where a technician works today."""
    watched = TerritoryScope.objects.filter(user=user_id).values_list("territory", flat=True)
    memberships = TerritoryMembership.objects.filter(technician__user=user_id).select_related("territory")
    worked = {
        row.territory_id for row in memberships if _holds(row, local_date(now, ZoneInfo(row.territory.time_zone)))
    }
    return frozenset({*watched, *worked})


def territories_in_scope(user_id: int) -> frozenset[str]:
    """Codes of the territories a user was given to watch over."""
    return frozenset(TerritoryScope.objects.filter(user=user_id).values_list("territory__code", flat=True))


def technician_id_of_user(user_id: int) -> int | None:
    """The technician a user is, if any."""
    return Technician.objects.filter(user=user_id).values_list("pk", flat=True).first()


def technician_card(technician_id: int) -> TechnicianCard:
    """A technician as a customer sees them: no full name, no phone.

    Raises:
        Technician.DoesNotExist: there is none; ids come from rows that refer to one.
    """
    return _card(Technician.objects.get(pk=technician_id))


def technician_cards(technician_ids: Collection[int]) -> dict[int, TechnicianCard]:
    """Several cards in one query, by id."""
    return {row.pk: _card(row) for row in Technician.objects.filter(pk__in=technician_ids)}


def technicians(
    *, territory_ids: Collection[int] | None = None, on_date: date, language: str | None = None
) -> tuple[TechnicianRow, ...]:
    """Who works for the company on a local date, by staff number; ``None`` means every territory."""
    memberships = TerritoryMembership.objects.filter(dates__contains=on_date, technician__retired_at__isnull=True)
    if territory_ids is not None:
        memberships = memberships.filter(territory__in=territory_ids)
    rows = list(memberships.select_related("technician__team", "territory").order_by("technician__staff_number"))
    skills = skills_held([row.technician_id for row in rows], language)
    return tuple(_technician_row(row, skills.get(row.technician_id, ()), language) for row in rows)


def skills_held(technician_ids: Collection[int], language: str | None = None) -> dict[int, tuple[SkillHeld, ...]]:
    """Skills by technician, highest level first; expired ones are listed with their date."""
    held: dict[int, list[SkillHeld]] = {}
    rows = TechnicianSkill.objects.filter(technician__in=technician_ids).select_related("skill")
    for row in rows.order_by("technician", "-level", "skill__code"):
        name = localized(row.skill.name, language)
        held.setdefault(row.technician_id, []).append(SkillHeld(row.skill.code, name, row.level, row.valid_until_date))
    return {technician: tuple(rows) for technician, rows in held.items()}


def shifts_overlapping(
    span: TimeSpan, *, territory_ids: Collection[int] | None = None, technician_ids: Collection[int] | None = None
) -> tuple[ShiftRow, ...]:
    """The shifts that share any time with a span, by start."""
    found = Shift.objects.filter(span__overlap=span.as_range())
    if territory_ids is not None:
        found = found.filter(territory__in=territory_ids)
    if technician_ids is not None:
        found = found.filter(technician__in=technician_ids)
    return tuple(_shift_row(row) for row in found.order_by("span", "technician"))


def technicians_on_duty(at: datetime, *, territory_ids: Collection[int] | None = None) -> tuple[ShiftRow, ...]:
    """The shifts that run at an instant, of technicians who are neither paused nor gone."""
    running: QuerySet[Shift] = Shift.objects.filter(
        span__contains=at, technician__paused_at__isnull=True, technician__retired_at__isnull=True
    )
    if territory_ids is not None:
        running = running.filter(territory__in=territory_ids)
    return tuple(_shift_row(row) for row in running.order_by("technician"))


def visits_ahead(technician_id: int, *, now: datetime) -> int:
    """How many visits a technician has before them or is at."""
    rows = Commitment.objects.filter(technician=technician_id, kind=CommitmentKind.VISIT, live=True)
    return rows.filter(span__endswith__gt=now).count()


def _holds(membership: TerritoryMembership, day: date) -> bool:
    lower, upper = membership.dates.lower, membership.dates.upper
    return (lower is None or lower <= day) and (upper is None or day < upper)


def _territory_row(row: Territory, language: str | None) -> TerritoryRow:
    ring = tuple((float(lng), float(lat)) for lng, lat in row.ring)
    return TerritoryRow(row.pk, row.code, localized(row.name, language), ring, row.time_zone)


def _shift_row(row: Shift) -> ShiftRow:
    return ShiftRow(
        id=row.pk,
        technician_id=row.technician_id,
        territory_id=row.territory_id,
        service_date=row.service_date,
        span=TimeSpan(row.span.lower, row.span.upper),
        is_on_call=row.is_on_call,
    )


def _call_name(name: str) -> str:
    """``张伟`` → ``张师傅``; a name in Latin letters keeps its first word."""
    first = name[:1]
    return f"{first}师傅" if "\u4e00" <= first <= "\u9fff" else name.split(" ", maxsplit=1)[0]


def _card(row: Technician) -> TechnicianCard:
    return TechnicianCard(
        ref=row.ref,
        staff_number=row.staff_number,
        call_name=_call_name(row.name),
        grade=row.grade,
        grade_label=str(Grade(row.grade).label),
        experience_years=row.experience_years,
        rating_mean=row.rating_mean,
        rating_count=row.rating_count,
    )


def _technician_row(
    membership: TerritoryMembership, skills: tuple[SkillHeld, ...], language: str | None
) -> TechnicianRow:
    row = membership.technician
    return TechnicianRow(
        id=row.pk,
        ref=row.ref,
        user_id=row.user_id,
        staff_number=row.staff_number,
        name=row.name,
        grade=row.grade,
        grade_label=str(Grade(row.grade).label),
        experience_years=row.experience_years,
        team=localized(row.team.name, language) if row.team is not None else "",
        territory_id=membership.territory_id,
        territory=localized(membership.territory.name, language),
        skills=skills,
        load_cap=row.load_cap,
        rating_mean=row.rating_mean,
        rating_count=row.rating_count,
        is_paused=row.paused_at is not None,
    )


def technicians_visible_to(actor: Actor, *, now: datetime) -> tuple[TechnicianRow, ...]:
    """Today's technicians the actor may know of: a dispatcher's territories, a lead's team, else everybody.

    Raises:
        Forbidden: the role does not see technicians.
    """
    require(actor, Permission.VIEW_TECHNICIANS)
    today = local_date(now, ZoneInfo(settings.TIME_ZONE))
    if actor.role == RoleCode.DISPATCHER and actor.user_id is not None:
        return technicians(territory_ids=territories_of_user(actor.user_id, now=now), on_date=today)
    rows = technicians(on_date=today)
    if actor.role != RoleCode.TEAM_LEAD:
        return rows
    team = set(Technician.objects.filter(team__lead__user=actor.user_id).values_list("pk", flat=True))
    return tuple(row for row in rows if row.id in team or row.user_id == actor.user_id)


@dataclass(frozen=True, slots=True)
class OwnPage:
    """What a technician sees of themselves."""

    row: TechnicianRow
    shifts: tuple[ShiftRow, ...]


def own_page(actor: Actor, *, now: datetime) -> OwnPage:
    """A technician's own data and the shifts of the next seven days.

    Raises:
        NotFound: the actor is no technician, or belongs to no territory today.
    """
    today = local_date(now, ZoneInfo(settings.TIME_ZONE))
    row = next((row for row in technicians(on_date=today) if row.user_id == actor.user_id), None)
    if row is None:
        raise NotFound
    week = TimeSpan(now, now + timedelta(days=7))
    return OwnPage(row, shifts_overlapping(week, technician_ids=[row.id]))
