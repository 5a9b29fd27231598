"""Visits as the engine sees them, read for many at once."""

from __future__ import annotations

from collections.abc import Sequence

from paidan.catalog.models import SkillNeed
from paidan.dispatch.constants import GIVEN_BACK
from paidan.dispatch.standing_plan import epoch, visit_key
from paidan.visits.models import Visit
from paidan_engine.problem import Task


def skills_by_version(version_ids: Sequence[int]) -> dict[int, tuple[tuple[int, int], ...]]:
    needs: dict[int, list[tuple[int, int]]] = {}
    for version_id, skill_id, level in SkillNeed.objects.filter(version__in=set(version_ids)).values_list(
        "version_id", "skill_id", "level"
    ):
        needs.setdefault(version_id, []).append((skill_id, level))
    return {key: tuple(value) for key, value in needs.items()}


def task_planned(visit: Visit, skills: tuple[tuple[int, int], ...], excluded: frozenset[int] = frozenset()) -> Task:
    return Task(
        key=visit_key(visit.pk),
        place=(visit.lat, visit.lng),
        earliest=epoch(visit.window_start_at),
        latest=epoch(visit.window_end_at),
        duration=visit.duration_minutes * 60,
        skills=skills,
        excluded=excluded,
    )


def gave_back(visit: Visit) -> frozenset[int]:
    """Technicians who had the visit and shall not get it again by themselves."""
    ended = visit.assignments.filter(end_reason__in=GIVEN_BACK)
    return frozenset(ended.values_list("technician_id", flat=True))
