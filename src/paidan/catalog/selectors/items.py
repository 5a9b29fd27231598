"""What is sold, as rows for screens and programs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.db.models import Prefetch, QuerySet

from paidan.catalog.models import ItemQuestion, ServiceItemVersion, SkillNeed
from paidan.kernel.clock import now as present
from paidan.kernel.errors import NotFound
from paidan.kernel.texts import localized


@dataclass(frozen=True, slots=True)
class SkillNeeded:
    code: str
    name: str
    level: int


@dataclass(frozen=True, slots=True)
class AddOnRow:
    """Something sold along with an item; ``price_minor`` includes tax."""

    code: str
    name: str
    price_minor: int
    extra_minutes: int


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """What is asked about the work; ``choices`` are empty unless one of a list is to be chosen."""

    code: str
    text: str
    kind: str
    choices: tuple[str, ...]
    is_required: bool


@dataclass(frozen=True, slots=True)
class ServiceItemRow:
    """An item as it is sold now; texts are in the reader's language, ``price_minor`` includes tax."""

    code: str
    name: str
    type_code: str
    type_name: str
    description: str
    notes: str
    question: str
    checklist: tuple[str, ...]
    duration_minutes: int
    price_kind: str
    price_minor: int
    mode: str
    is_round_the_clock: bool
    is_demanding: bool
    needs: tuple[SkillNeeded, ...]
    version_id: int
    fee_table_id: int
    urgent_minor: int
    add_ons: tuple[AddOnRow, ...]
    questions: tuple[QuestionRow, ...]


@dataclass(frozen=True, slots=True)
class ServiceTypeRow:
    """A type with what is sold under it; ``icon`` is a Tabler icon's name."""

    code: str
    name: str
    icon: str
    items: tuple[ServiceItemRow, ...]


def service_types(language: str | None = None, *, at: datetime | None = None) -> tuple[ServiceTypeRow, ...]:
    """Every type with its items, in the catalog's order; types without items are left out."""
    versions = list(versions_sold(at or present()))
    return tuple(
        ServiceTypeRow(
            code=kind.code,
            name=localized(kind.name, language),
            icon=kind.icon,
            items=tuple(_row(version, language) for version in group),
        )
        for kind, group in groupby(versions, key=lambda version: version.item.type)
    )


def service_items(language: str | None = None, *, at: datetime | None = None) -> tuple[ServiceItemRow, ...]:
    """Every item that is sold, in the catalog's order."""
    return tuple(_row(version, language) for version in versions_sold(at or present()))


def service_item(code: str, language: str | None = None, *, at: datetime | None = None) -> ServiceItemRow:
    """One item as it is sold.

    Raises:
        NotFound: there is no such item, or it is not sold (any more, or yet).
    """
    # A code with a NUL in it is not even a question that the database takes.
    version = versions_sold(at or present()).filter(item__code=code).first() if code.isprintable() else None
    if version is None:
        raise NotFound
    return _row(version, language)


def service_item_sold(version_id: int, language: str | None = None) -> ServiceItemRow:
    """One item as it was sold under a version, which bookings keep.

    Raises:
        NotFound: there is no such version.
    """
    version = _with_all(ServiceItemVersion.objects.filter(pk=version_id)).first()
    if version is None:
        raise NotFound
    return _row(version, language)


def versions_in_force(at: datetime) -> QuerySet[ServiceItemVersion]:
    """The newest effective version of every item that is not retired."""
    effective = ServiceItemVersion.objects.filter(
        effective_at__lte=at, item__retired_at__isnull=True, item__type__retired_at__isnull=True
    )
    newest = effective.order_by("item_id", "-effective_at", "-version").distinct("item_id")
    return ServiceItemVersion.objects.filter(pk__in=newest.values("pk")).order_by(
        "item__type__position", "item__type__code", "item__position", "item__code"
    )


def versions_sold(at: datetime) -> QuerySet[ServiceItemVersion]:
    """The same with item, type and needs, in a fixed number of queries."""
    return _with_all(versions_in_force(at))


def _with_all(versions: QuerySet[ServiceItemVersion]) -> QuerySet[ServiceItemVersion]:
    needs = Prefetch("needs", SkillNeed.objects.select_related("skill"))
    return versions.select_related("item__type").prefetch_related(needs, "add_ons", "questions")


def _row(version: ServiceItemVersion, language: str | None) -> ServiceItemRow:
    return ServiceItemRow(
        code=version.item.code,
        name=localized(version.name, language),
        type_code=version.item.type.code,
        type_name=localized(version.item.type.name, language),
        description=localized(version.description, language),
        notes=localized(version.notes, language),
        question=localized(version.question, language),
        checklist=tuple(localized(line, language) for line in version.checklist),
        duration_minutes=version.duration_minutes,
        price_kind=version.price_kind,
        price_minor=version.price_minor,
        mode=version.mode,
        is_round_the_clock=version.is_round_the_clock,
        is_demanding=version.is_demanding,
        needs=_needs(version.needs.all(), language),
        version_id=version.pk,
        fee_table_id=version.fee_table_id,
        urgent_minor=version.urgent_minor,
        add_ons=tuple(
            AddOnRow(one.code, localized(one.name, language), one.price_minor, one.extra_minutes)
            for one in version.add_ons.all()
        ),
        questions=tuple(_question(one, language) for one in version.questions.all()),
    )


def _question(question: ItemQuestion, language: str | None) -> QuestionRow:
    return QuestionRow(
        code=question.code,
        text=localized(question.text, language),
        kind=question.kind,
        choices=tuple(localized(choice, language) for choice in question.choices),
        is_required=question.is_required,
    )


def _needs(needs: Iterable[SkillNeed], language: str | None) -> tuple[SkillNeeded, ...]:
    return tuple(SkillNeeded(need.skill.code, localized(need.skill.name, language), need.level) for need in needs)
