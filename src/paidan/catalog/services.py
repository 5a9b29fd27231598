"""Writes on the catalog: versions that were sold never change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from paidan.catalog.constants import Reached
from paidan.catalog.fee_terms import FeeTerms
from paidan.catalog.models import AddOn, FeeRule, FeeTable, ItemQuestion, ServiceItemVersion, SkillNeed
from paidan.catalog.selectors.fees import fee_table_for_sale, table_is_open
from paidan.kernel.errors import Invalid, NotFound, Refused
from paidan.kernel.texts import Texts


class VersionInForce(Refused):
    """Customers may have been promised it; what comes next is a new version."""

    code = "version_in_force"
    message = _("This version is in force and stays as it is. Make a new version of it instead.")


def version_is_open(effective_at: datetime, *, now: datetime) -> bool:
    """Whether a version may still be edited: nobody can have been sold it yet."""
    return effective_at > now


@transaction.atomic
def item_version_copy(version_id: int, *, now: datetime) -> ServiceItemVersion:
    """A new version of an item, the same but for its number, in force from tomorrow unless changed before.

    Raises:
        NotFound: there is no such version.
    """
    source = ServiceItemVersion.objects.select_for_update().filter(pk=version_id).first()
    if source is None:
        raise NotFound
    parts: list[SkillNeed | AddOn | ItemQuestion] = [
        *source.needs.all(),
        *source.add_ons.all(),
        *source.questions.all(),
    ]
    newest = ServiceItemVersion.objects.filter(item=source.item_id).aggregate(newest=Max("version"))["newest"]
    source.pk = None
    source._state.adding = True  # noqa: SLF001  # Django's documented way to copy a row
    source.version = newest + 1
    source.effective_at = now + timedelta(days=1)
    source.sold_at = None
    source.save()
    for part in parts:
        part.pk = None
        part._state.adding = True  # noqa: SLF001  # the same
        part.version = source
        part.save()
    return source


def version_mark_sold(version: ServiceItemVersion, *, now: datetime) -> None:
    """Note the first sale of a version; from then on the database lets nothing of it change."""
    if version.sold_at is None:
        ServiceItemVersion.objects.filter(pk=version.pk, sold_at__isnull=True).update(sold_at=now)


FEE_RULES_AT_MOST = 40


@transaction.atomic
def fee_table_copy(table_id: int, *, now: datetime) -> FeeTable:
    """A new version of a fee table with the same rules: a draft until it is put in force.

    Raises:
        NotFound: there is no such table.
    """
    source = FeeTable.objects.filter(pk=table_id).first()
    if source is None:
        raise NotFound
    versions = list(FeeTable.objects.select_for_update().filter(code=source.code).order_by("pk"))
    rules = list(source.rules.order_by("pk"))
    draft = FeeTable.objects.create(
        code=source.code,
        version=max(table.version for table in versions) + 1,
        name=source.name,
        effective_at=now + timedelta(days=1),
        is_draft=True,
    )
    for rule in rules:
        rule.pk = None
        rule._state.adding = True  # noqa: SLF001  # Django's documented way to copy a row
        rule.table = draft
        rule.save()
    return draft


@transaction.atomic
def fee_table_write(table_id: int, *, name: Texts, rules: Sequence[FeeTerms], now: datetime) -> FeeTable:
    """Put other rules into a version that nobody was sold anything under.

    Raises:
        NotFound: there is no such version.
        VersionInForce: it is in force, or was sold: it stays as it is.
        Invalid: there are too many rules, or a rule has its ceiling below its floor; the field is ``rules``.
    """
    table = _open_table(table_id, now)
    _rules_check(rules)
    table.name = name
    table.save(update_fields=("name",))
    table.rules.all().delete()
    for rule in rules:
        FeeRule.objects.create(table=table, **_columns(rule))
    return table


@transaction.atomic
def fee_table_publish(table_id: int, *, effective_at: datetime, now: datetime) -> FeeTable:
    """Put a version in force from an instant on: what is booked from then on is sold under it.

    Raises:
        NotFound: there is no such version.
        VersionInForce: it is in force already, or was sold.
        Invalid: the instant is past; the field is ``effective_at``.
    """
    table = _open_table(table_id, now)
    if effective_at <= now:
        raise Invalid(fields={"effective_at": str(_("A new version begins in the future."))})
    table.effective_at, table.is_draft = effective_at, False
    table.save(update_fields=("effective_at", "is_draft"))
    return table


def fee_table_sell(table_id: int, *, now: datetime) -> int:
    """The id of the version that a booking made now is sold under; from its first sale on it never changes."""
    table = fee_table_for_sale(table_id, now=now)
    if table.sold_at is None:
        FeeTable.objects.filter(pk=table.pk, sold_at__isnull=True).update(sold_at=now)
    return table.pk


def _open_table(table_id: int, now: datetime) -> FeeTable:
    table = FeeTable.objects.select_for_update().filter(pk=table_id).first()
    if table is None:
        raise NotFound
    if not table_is_open(table, now=now):
        raise VersionInForce
    return table


def _rules_check(rules: Sequence[FeeTerms]) -> None:
    if len(rules) > FEE_RULES_AT_MOST:
        raise Invalid(fields={"rules": str(_("These are too many rules for one table."))})
    for rule in rules:
        if rule.maximum_minor is not None and rule.maximum_minor < rule.minimum_minor:
            raise Invalid(fields={"rules": str(_("The ceiling of a rule is not below its floor."))})
        if not 0 <= rule.percent <= 100:  # per cent
            raise Invalid(fields={"rules": str(_("A share lies between 0 and 100 %."))})


def _columns(rule: FeeTerms) -> dict[str, object]:
    return {
        "occasion": rule.occasion,
        "party": rule.party,
        "reason": rule.reason,
        "notice_below_minutes": rule.notice_below_minutes,
        "after_assignment": rule.reached is not Reached.BOOKED,
        "after_departure": rule.reached is Reached.DEPARTED,
        "percent": rule.percent,
        "fixed_minor": rule.fixed_minor,
        "minimum_minor": rule.minimum_minor,
        "maximum_minor": rule.maximum_minor,
    }
