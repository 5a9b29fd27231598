"""The audit trail, as people read it (X4)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.apps import apps
from django.db import connection, models
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from paidan.accounts.access import require
from paidan.accounts.constants import Permission
from paidan.accounts.models import User
from paidan.kernel.actors import Actor
from paidan.kernel.paging import CursorValue, Slice, cursor_values, sliced
from paidan.kernel.texts import localized

PAGE = 50
SHOWN_VALUES = 8
LONGEST_VALUE = 120
DASH = "–"


@dataclass(frozen=True, slots=True)
class Kind:
    """Something audited: its audit table, and how one of it is called (SQL on its id)."""

    table: str
    label: StrOrPromise
    subject: str


KINDS: dict[str, Kind] = {
    "role": Kind("accounts_roleevent", _("Role"), "SELECT code FROM accounts_role s WHERE s.id = e.pgh_obj_id"),
    "user": Kind("accounts_userevent", _("User"), "SELECT name FROM accounts_user s WHERE s.id = e.pgh_obj_id"),
    "identity": Kind(
        "accounts_identityevent",
        _("Linked log-in"),
        "SELECT name FROM accounts_user s WHERE s.id = e.user_id",
    ),
    "login_provider": Kind("accounts_loginproviderevent", _("Log-in provider"), "SELECT e.code"),
    "scope": Kind(
        "workforce_territoryscopeevent",
        _("Dispatcher's territory"),
        "SELECT name FROM accounts_user s WHERE s.id = e.user_id",
    ),
    "unmasking": Kind("customers_unmaskingevent", _("Look at a full contact"), "SELECT e.subject_ref"),
    "item": Kind(
        "catalog_serviceitemversionevent",
        _("Service item"),
        "SELECT i.code || ' v' || s.version FROM catalog_serviceitemversion s"
        " JOIN catalog_serviceitem i ON i.id = s.item_id WHERE s.id = e.pgh_obj_id",
    ),
    "technician": Kind(
        "workforce_technicianevent",
        _("Technician"),
        "SELECT staff_number FROM workforce_technician s WHERE s.id = e.pgh_obj_id",
    ),
    "skill": Kind(
        "workforce_technicianskillevent",
        _("Technician's skill"),
        "SELECT staff_number FROM workforce_technician s WHERE s.id = e.technician_id",
    ),
    "setting": Kind("kernel_settingevent", _("Setting"), "SELECT e.name"),
    "visit": Kind("visits_visitevent", _("Visit"), "SELECT ref FROM visits_visit s WHERE s.id = e.pgh_obj_id"),
    "caller": Kind(
        "customers_callerlookupevent",
        _("Caller looked up"),
        "SELECT ref FROM customers_customer s WHERE s.id = e.customer_id",
    ),
    "booking": Kind(
        "booking_bookingevent", _("Booking"), "SELECT ref FROM booking_booking s WHERE s.id = e.pgh_obj_id"
    ),
}
_HIDDEN = frozenset({"pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context_id", "id"})


@dataclass(frozen=True, slots=True)
class Change:
    """One audited change: who, what, and each value before and after."""

    id: int
    at: datetime
    actor: str
    kind: str
    subject: str
    is_new: bool
    changes: tuple[tuple[str, str, str], ...]


def kinds() -> tuple[tuple[str, StrOrPromise], ...]:
    """What is audited, for a filter."""
    return tuple((code, kind.label) for code, kind in KINDS.items())


def changes(actor: Actor, *, kind: str, cursor: str) -> Slice[Change]:
    """The latest changes, newest first; constant number of queries.

    Args:
        kind: a code of ``KINDS``; anything else means all.
        cursor: where the last page ended; empty for the first.

    Raises:
        Forbidden: the actor may not see the audit.
        Invalid: the cursor belongs to another list.
    """
    require(actor, Permission.VIEW_AUDIT)
    chosen = {kind: KINDS[kind]} if kind in KINDS else KINDS
    before = cursor_values(cursor, datetime, str, int)
    # Rows of one transaction share their instant: only with kind and number is the order total.
    after_it = "WHERE (e.pgh_created_at, %(kind_{0})s, e.pgh_id) < (%(at)s, %(kind)s, %(id)s)" if before else ""
    parts = [
        f"(SELECT %(kind_{code})s::text AS kind, e.pgh_id, e.pgh_created_at, e.pgh_obj_id::text AS pgh_obj_id,"
        f" e.pgh_context_id, to_jsonb(e) AS row, ({audited.subject}) AS subject,"
        f" (SELECT to_jsonb(p) FROM {audited.table} p WHERE p.pgh_obj_id = e.pgh_obj_id AND p.pgh_id < e.pgh_id"
        f"   ORDER BY p.pgh_id DESC LIMIT 1) AS earlier"
        f" FROM {audited.table} e {after_it.format(code)}"
        f" ORDER BY e.pgh_created_at DESC, e.pgh_id DESC LIMIT {PAGE + 1})"
        for code, audited in chosen.items()
    ]
    statement = (
        "SELECT a.kind, a.pgh_id, a.pgh_created_at, coalesce(a.subject, '#' || a.pgh_obj_id),"
        " a.row, a.earlier, c.metadata FROM ("
        + " UNION ALL ".join(parts)
        + ") a LEFT JOIN pghistory_context c ON c.id = a.pgh_context_id"
        + f' ORDER BY a.pgh_created_at DESC, a.kind COLLATE "C" DESC, a.pgh_id DESC LIMIT {PAGE + 1}'
    )
    values: dict[str, CursorValue] = {f"kind_{code}": code for code in chosen}
    if before:
        values |= dict(zip(("at", "kind", "id"), before, strict=True))
    with connection.cursor() as db:
        db.execute(statement, values)
        found = db.fetchall()
    page = sliced(found, limit=PAGE, key=lambda row: (row[2], row[0], row[1]))
    names = _names(page.items)
    return Slice(tuple(_change(row, names) for row in page.items), page.next_cursor)


def _names(rows: Sequence[tuple[Any, ...]]) -> dict[str, str]:
    """Names of the users who acted, by actor key."""
    keys = {str(_object(row[6]).get("actor", "")) for row in rows}
    ids = [int(key.removeprefix("user:")) for key in keys if key.removeprefix("user:").isdecimal()]
    return {f"user:{user.pk}": str(user) for user in User.objects.filter(pk__in=ids)}


def _object(value: Any) -> dict[str, Any]:
    return json.loads(value) if isinstance(value, str) else value or {}


def _change(row: tuple[Any, ...], names: dict[str, str]) -> Change:
    kind, number, at, subject, now, earlier, metadata = row
    new, old = _object(now), _object(earlier)
    key = str(_object(metadata).get("actor", ""))
    return Change(
        id=number,
        at=at,
        actor=names.get(key, key) or str(_("System")),
        kind=str(KINDS[kind].label),
        subject=subject,
        is_new=not old,
        changes=tuple(_differences(KINDS[kind].table, new, old))[:SHOWN_VALUES],
    )


def _differences(table: str, new: dict[str, Any], old: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """What changed, in words; of something new, what it was given."""
    fields = _fields(table)
    for name, value in new.items():
        if name in _HIDDEN or (old.get(name) == value if old else not value):
            continue
        field = fields.get(name)
        label = str(field.verbose_name) if field is not None else name
        yield label, _words(field, old.get(name)) if old else "", _words(field, value)


@lru_cache
def _fields(table: str) -> dict[str, models.Field[Any, Any]]:
    """The fields of an audit table by their column."""
    model = next(model for model in apps.get_models() if model._meta.db_table == table)  # noqa: SLF001  # Django documents it
    return {field.attname: field for field in model._meta.concrete_fields}  # noqa: SLF001  # Django documents it


def _words(field: models.Field[Any, Any] | None, value: Any) -> str:
    if value is None or value == "":
        return DASH
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    if isinstance(value, dict) and set(value) <= {"zh", "en"}:
        return localized(value)[:LONGEST_VALUE]
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)[:LONGEST_VALUE]
    if isinstance(field, models.DateTimeField):
        return date_format(localtime(datetime.fromisoformat(value)), "SHORT_DATETIME_FORMAT")
    choices = dict(field.flatchoices) if field is not None else {}
    return str(choices.get(value, value))[:LONGEST_VALUE]
