"""Writes on the catalog: versions that were sold never change."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from paidan.catalog.models import FeeTable, ServiceItemVersion
from paidan.kernel.errors import NotFound, Refused


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
    needs = list(source.needs.all())
    newest = ServiceItemVersion.objects.filter(item=source.item_id).aggregate(newest=Max("version"))["newest"]
    source.pk = None
    source._state.adding = True  # noqa: SLF001  # Django's documented way to copy a row
    source.version = newest + 1
    source.effective_at = now + timedelta(days=1)
    source.save()
    for need in needs:
        need.pk = None
        need._state.adding = True  # noqa: SLF001  # the same
        need.version = source
        need.save()
    return source


@transaction.atomic
def fee_table_copy(table_id: int, *, now: datetime) -> FeeTable:
    """A new version of a fee table with the same rules, in force from tomorrow unless changed before.

    Raises:
        NotFound: there is no such table.
    """
    source = FeeTable.objects.select_for_update().filter(pk=table_id).first()
    if source is None:
        raise NotFound
    rules = list(source.rules.all())
    newest = FeeTable.objects.filter(code=source.code).aggregate(newest=Max("version"))["newest"]
    source.pk = None
    source._state.adding = True  # noqa: SLF001  # Django's documented way to copy a row
    source.version = newest + 1
    source.effective_at = now + timedelta(days=1)
    source.save()
    for rule in rules:
        rule.pk = None
        rule._state.adding = True  # noqa: SLF001  # the same
        rule.table = source
        rule.save()
    return source
