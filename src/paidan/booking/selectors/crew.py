"""Who comes: technicians as customers and staff may see them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from paidan.kernel.texts import pinyin_key
from paidan.visits.models import Assignment
from paidan.workforce.constants import Grade
from paidan.workforce.models import Technician

_DOUBLE_SURNAMES = (
    "欧阳",
    "上官",
    "司马",
    "东方",
    "独孤",
    "南宫",
    "夏侯",
    "诸葛",
    "尉迟",
    "公羊",
    "澹台",
    "皇甫",
    "濮阳",
    "公孙",
    "慕容",
    "长孙",
    "宇文",
    "司徒",
    "司空",
    "令狐",
)


@dataclass(frozen=True, slots=True)
class CrewCard:
    """A technician on somebody's screen.

    Attributes:
        name: ``张师傅`` for customers, the full name for staff.
        rating: stars from 1 to 5, shrunk to the mean of all; ``None`` before the first review.
    """

    ref: str
    name: str
    staff_number: str
    grade_label: str
    experience_years: int
    rating: float | None
    rating_count: int


def crew_card(technician: Technician, *, for_customer: bool) -> CrewCard:
    """The card of a technician for a face."""
    return CrewCard(
        ref=technician.ref,
        name=polite_name(technician.name) if for_customer else technician.name,
        staff_number=technician.staff_number,
        grade_label=str(Grade(technician.grade).label),
        experience_years=technician.experience_years,
        rating=round(technician.rating_mean, 1) if technician.rating_count else None,
        rating_count=technician.rating_count,
    )


def polite_name(full_name: str) -> str:
    """How a customer addresses a technician: ``张伟`` is ``张师傅``, in English ``Technician Zhang``."""
    name = full_name.strip()
    if name[:1].isascii():
        surname = name.split(" ")[-1]
    else:
        surname = name[:2] if name[:2] in _DOUBLE_SURNAMES else name[:1]
        if (get_language() or "zh").startswith("en"):
            surname = pinyin_key(surname).capitalize()
    return _("Technician %(surname)s") % {"surname": surname}


def assignments_of(visit_ids: Collection[int]) -> dict[int, Assignment]:
    """The live assignment of each visit, with its technician, by visit id: one query."""
    rows = Assignment.objects.select_related("technician").filter(visit__in=visit_ids, ended_at__isnull=True)
    return {row.visit_id: row for row in rows}
