"""The demo city's technicians, teams and shifts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from django.contrib.auth.hashers import make_password
from psycopg.types.range import DateRange

from paidan.accounts.constants import RoleCode
from paidan.accounts.models import User
from paidan.accounts.services import role_of
from paidan.catalog.models import Skill
from paidan.demo.credentials import password_of
from paidan.demo.geography import Area, areas, near
from paidan.demo.identity import TECHNICIAN_PHONES, person_name, phone_number, reference
from paidan.demo.marker import SHIFTS_UNTIL
from paidan.demo.rota import Seat, duties_between, seat_of
from paidan.kernel.models import Setting
from paidan.workforce.constants import Grade
from paidan.workforce.models import (
    Shift,
    Team,
    Technician,
    TechnicianSkill,
    Territory,
    TerritoryMembership,
)

SKILLS_OF_SEAT: dict[int, dict[str, int]] = {
    1: {"appliance": 5, "refrigeration": 4, "electrics": 2},
    2: {"refrigeration": 5, "appliance": 4, "installation": 3},
    3: {"cleaning": 5},
    4: {"cleaning": 4},
    5: {"installation": 5, "computing": 4, "electrics": 3},
    6: {"locks": 5, "plumbing": 3, "electrics": 3, "installation": 3},
    7: {"plumbing": 5, "locks": 3, "electrics": 3},
    8: {"electrics": 5, "plumbing": 4, "locks": 3},
    9: {"computing": 5, "installation": 4, "electrics": 3},
    10: {"plumbing": 4, "electrics": 4, "locks": 4, "appliance": 3},
}
"""Seat within its group → skill and level. Seats 6, 7, 8 and 10 each hold every emergency skill."""

_TEAMS = (("home", "居家班", "Home team", (1, 2, 3, 4, 5)), ("works", "抢修班", "Repair team", (6, 7, 8, 9, 10)))
_LEADS = frozenset({1, 6})
_CARD_SKILL = "electrics"
"""Electricians hold a licence that expires."""

SHIFT_DAYS_AHEAD = 24


@dataclass(frozen=True, slots=True)
class Hire:
    """A technician to be hired: where they sit in the rota and who they are."""

    seat: Seat
    user: User
    area: Area

    @property
    def is_lead(self) -> bool:
        return self.seat.number in _LEADS


def crew_hire(*, technicians: int, today: date, days: int, rng: Random) -> None:
    """Hire the technicians, form their teams and draw up their shifts around ``today`` (a local date)."""
    territories = {territory.code: territory for territory in Territory.objects.all()}
    hires = _users(technicians, rng)
    teams = _teams()
    rows = [_technician(hire, teams, rng) for hire in hires]
    Technician.objects.bulk_create(rows)
    _leads_name(teams, rows)
    _skills(rows, today, rng)
    first = today - timedelta(days=days + 1)
    TerritoryMembership.objects.bulk_create(
        TerritoryMembership(technician=row, territory=territories[hire.area.code], dates=DateRange(first, None))
        for hire, row in zip(hires, rows, strict=True)
    )
    last = today + timedelta(days=SHIFT_DAYS_AHEAD)
    shifts_draw(first=first, last=last)
    Setting.objects.create(pk=SHIFTS_UNTIL, value=last.isoformat())


def shifts_draw(*, first: date, last: date) -> int:
    """Draw up the shifts of every active demo technician between two local dates; returns how many are new."""
    territories = {territory.code: territory.pk for territory in Territory.objects.all()}
    by_number = [territories[area.code] for area in areas()]
    rows = []
    for technician in Technician.objects.filter(retired_at__isnull=True, paused_at__isnull=True):
        seat = seat_of(technician.staff_number)
        if seat is not None:
            rows += [
                Shift(
                    technician=technician,
                    territory_id=by_number[seat.territory],
                    service_date=day,
                    span=duty.span_on(day).as_range(),
                    is_on_call=duty.on_call,
                )
                for day, duty in duties_between(seat, first, last)
            ]
    before = Shift.objects.count()
    # A shift that a person has drawn meanwhile wins over the pattern.
    Shift.objects.bulk_create(rows, ignore_conflicts=True, batch_size=2000)
    return Shift.objects.count() - before


def _users(technicians: int, rng: Random) -> list[Hire]:
    passwords = {role: make_password(password_of(role)) for role in (RoleCode.TECHNICIAN, RoleCode.TEAM_LEAD)}
    hires = []
    for number in range(technicians):
        seat = Seat(territory=number % len(areas()), number=number // len(areas()) + 1)
        role = RoleCode.TEAM_LEAD if seat.number in _LEADS else RoleCode.TECHNICIAN
        user = User(
            phone=phone_number(TECHNICIAN_PHONES, seat.territory * 1000 + seat.number),
            phone_verified=True,
            name=person_name(rng),
            role=role_of(role),
            password=passwords[role],
        )
        hires.append(Hire(seat=seat, user=user, area=areas()[seat.territory]))
    User.objects.bulk_create(hire.user for hire in hires)
    return hires


def _teams() -> dict[tuple[int, int], Team]:
    """Two teams per territory; the answer maps (territory, seat within its group) to the team."""
    by_seat = {}
    rows = []
    for area in areas():
        for code, zh, en, seats in _TEAMS:
            short_zh = area.name["zh"].removesuffix("区").removesuffix("新")
            team = Team(code=f"{area.code}-{code}", name={"zh": short_zh + zh, "en": f"{area.name['en']} {en.lower()}"})
            rows.append(team)
            by_seat.update({(area.number, seat): team for seat in seats})
    Team.objects.bulk_create(rows)
    return by_seat


def _technician(hire: Hire, teams: dict[tuple[int, int], Team], rng: Random) -> Technician:
    years = max(1, round(rng.triangular(1, 22, 5))) + (4 if hire.is_lead else 0)
    home = near(rng.choice(hire.area.estates), hire.area, rng)
    return Technician(
        ref=reference(rng, "T"),
        user=hire.user,
        staff_number=hire.seat.staff_number,
        name=hire.user.name,
        grade=_grade(years, is_lead=hire.is_lead),
        experience_years=years,
        home_lat=home.lat,
        home_lng=home.lng,
        team=teams[hire.seat.territory, hire.seat.in_group],
        load_cap=6 if 3 <= hire.seat.in_group <= 4 else 8,
    )


def _grade(years: int, *, is_lead: bool) -> Grade:
    if is_lead or years >= 12:
        return Grade.MASTER
    if years >= 7:
        return Grade.SENIOR
    return Grade.REGULAR if years >= 3 else Grade.JUNIOR


def _leads_name(teams: dict[tuple[int, int], Team], rows: list[Technician]) -> None:
    for row in rows:
        seat = seat_of(row.staff_number)
        if seat is not None and seat.number in _LEADS:
            teams[seat.territory, seat.in_group].lead = row
    Team.objects.bulk_update(set(teams.values()), ["lead"])


def _skills(rows: list[Technician], today: date, rng: Random) -> None:
    skills = {skill.code: skill for skill in Skill.objects.all()}
    held = []
    for row in rows:
        seat = seat_of(row.staff_number)
        levels = SKILLS_OF_SEAT[seat.in_group] if seat is not None else {}
        for code, level in levels.items():
            expires = code == _CARD_SKILL and rng.random() < 0.5
            held.append(
                TechnicianSkill(
                    technician=row,
                    skill=skills[code],
                    level=min(5, level + (rng.random() < 0.2)),
                    valid_until_date=today + timedelta(days=rng.randint(240, 1200)) if expires else None,
                )
            )
    TechnicianSkill.objects.bulk_create(held)
