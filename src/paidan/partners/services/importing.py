"""A file or call of orders: kept row by row, then booked row by row, each in a transaction of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from paidan.accounts.access import actor_of_user_id
from paidan.kernel import clock
from paidan.kernel.actors import Actor
from paidan.kernel.errors import Busy, DomainError, Forbidden, Invalid
from paidan.kernel.outbox import defer
from paidan.kernel.sheet_files import table_read
from paidan.partners.access import partner_for
from paidan.partners.constants import (
    BYTES_MOST,
    IMPORT_JOB,
    NUMBER_LONGEST,
    ROWS_MOST,
    ImportStatus,
    RowStatus,
)
from paidan.partners.models import ImportRow, PartnerImport
from paidan.partners.reading import Lookups, Values, columns_of, values_of
from paidan.partners.services.ordering import order_place

ROWS_AT_ONCE = 500
RESUMED_AFTER = timedelta(minutes=1)
FIRST_ROW = 2
"""Row 1 of a file is its header."""


@transaction.atomic
def import_file(*, partner_code: str, file_name: str, content: bytes, actor: Actor, now: datetime) -> str:
    """Keep the rows of a file; the worker books them. Returns the import's reference.

    Raises:
        Invalid: the field ``file`` says why it cannot be read; nothing was written.
        NotFound: there is no such partner.
    """
    table = table_read(content, bytes_most=BYTES_MOST, rows_most=ROWS_MOST)
    columns = columns_of(table[0] if table else [])
    numbered = [(number, values_of(columns, cells)) for number, cells in enumerate(table[1:], FIRST_ROW)]
    rows = [(number, values) for number, values in numbered if values]
    if not rows:
        raise Invalid(fields={"file": _("There is no order in this file, only its first row.")})
    batch = _import_keep(partner_code, _name_kept(file_name), rows, actor, now)
    defer(IMPORT_JOB, import_id=batch.pk)
    return batch.ref


@transaction.atomic
def import_rows(*, partner_code: str, rows: Sequence[Values], at_once: int, actor: Actor, now: datetime) -> str:
    """Orders of a program: few are booked before this returns, more by the worker.

    Raises:
        NotFound: there is no such partner, or it is not the caller's.
        Busy: others change the same plans; nothing was written.
    """
    batch = _import_keep(partner_code, "", list(enumerate(rows, 1)), actor, now)
    if len(rows) <= at_once:
        _rows_run(batch, actor)
    else:
        defer(IMPORT_JOB, import_id=batch.pk)
    return batch.ref


def import_run(*, import_id: int) -> None:
    """Book the rows that wait, unless another worker does; called again after whatever stopped it, it goes on there.

    Raises:
        Busy: others change the same plan; the row waits for the next call.
    """
    with _alone(import_id) as is_alone:
        batch = PartnerImport.objects.get(pk=import_id)
        if is_alone and batch.status == ImportStatus.WAITING:
            _rows_run(batch, actor_of_user_id(batch.created_by_id))


def imports_resume(*, now: datetime) -> None:
    """Go on with imports whose worker died: a process that is gone keeps no lock."""
    waiting = PartnerImport.objects.filter(status=ImportStatus.WAITING, created_at__lt=now - RESUMED_AFTER)
    for import_id in waiting.order_by("pk").values_list("pk", flat=True):
        with suppress(Busy):
            import_run(import_id=import_id)


@contextmanager
def _alone(import_id: int) -> Iterator[bool]:
    """Whether nobody else runs this import; the lock ends with the connection, however that ends."""
    key = [f"{IMPORT_JOB}:{import_id}"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", key)
        is_alone = bool(cursor.fetchone()[0])
    try:
        yield is_alone
    finally:
        if is_alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", key)


def _name_kept(name: str) -> str:
    printable = "".join(letter for letter in name if letter.isprintable())
    return printable[-120:]


def _import_keep(
    partner_code: str, file_name: str, rows: Sequence[tuple[int, Values]], actor: Actor, now: datetime
) -> PartnerImport:
    partner = partner_for(actor, partner_code)
    if actor.user_id is None:
        raise Forbidden
    batch = PartnerImport.objects.create(
        partner=partner,
        file_name=file_name,
        language=get_language() or "",
        rows_total=len(rows),
        created_by_id=actor.user_id,
        created_at=now,
    )
    ImportRow.objects.bulk_create(
        [
            ImportRow(batch=batch, number=number, external_number=_number_shown(values), values=dict(values))
            for number, values in rows
        ],
        batch_size=ROWS_AT_ONCE,
    )
    return batch


def _number_shown(values: Values) -> str:
    return values.get("external_number", "")[:NUMBER_LONGEST]


def _rows_run(batch: PartnerImport, actor: Actor) -> None:
    lookups = Lookups()
    with override(batch.language or None):
        while _row_take(batch, lookups, actor, clock.now()):  # partners ask what changed since an instant
            pass
    open_rows = ImportRow.objects.filter(batch=batch, status=RowStatus.WAITING)
    if not open_rows.exists():
        waiting = PartnerImport.objects.filter(pk=batch.pk, status=ImportStatus.WAITING)
        waiting.update(status=ImportStatus.DONE, finished_at=clock.now())


@transaction.atomic
def _row_take(batch: PartnerImport, lookups: Lookups, actor: Actor, now: datetime) -> bool:
    """Take one row that waits and nobody else holds; whether there was one."""
    waiting = ImportRow.objects.filter(batch=batch, status=RowStatus.WAITING).order_by("number")
    row = waiting.select_for_update(skip_locked=True).first()
    if row is None:
        return False
    try:
        placed = order_place(partner_id=batch.partner_id, values=row.values, lookups=lookups, actor=actor, now=now)
    except Busy:
        raise
    except DomainError as error:
        row.status, row.errors = RowStatus.REJECTED, _errors(error)
    else:
        row.status = RowStatus.BOOKED if placed.is_new else RowStatus.KNOWN
        row.order, row.values = placed.order, {}
    row.save(update_fields=["status", "errors", "order", "values"])
    return True


def _errors(error: DomainError) -> list[dict[str, str]]:
    fields = error.fields or {"error": str(error)}
    return [{"column": str(name), "sentence": str(said)} for name, said in fields.items()]
