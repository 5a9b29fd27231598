"""Technicians, for the desk."""

from __future__ import annotations

from ninja import Schema

from paidan.accounts.constants import Permission
from paidan.accounts.rules import may
from paidan.api.v1.requests import ApiRequest
from paidan.api.v1.routes import Routes
from paidan.kernel import clock
from paidan.workforce import selectors

routes = Routes("Technicians")


class SkillOut(Schema):
    code: str
    name: str
    level: int


class TechnicianOut(Schema):
    ref: str
    staff_number: str
    name: str
    grade: str
    territory: str
    team: str
    rating_mean: float
    rating_count: int
    is_paused: bool
    skills: list[SkillOut]


@routes.get(
    "technicians", access=may(Permission.VIEW_TECHNICIANS), response=list[TechnicianOut], summary="Who works today"
)
def technicians(request: ApiRequest) -> list[TechnicianOut]:
    """By staff number; a dispatcher sees those of their territories, a lead those of the team."""
    rows = selectors.technicians_visible_to(request.actor, now=clock.now())
    return [
        TechnicianOut(
            ref=row.ref,
            staff_number=row.staff_number,
            name=row.name,
            grade=row.grade,
            territory=row.territory,
            team=row.team,
            rating_mean=row.rating_mean,
            rating_count=row.rating_count,
            is_paused=row.is_paused,
            skills=[SkillOut(code=held.code, name=held.name, level=held.level) for held in row.skills],
        )
        for row in rows
    ]
