"""Reads on partners: imports with their rows, orders with their status, and files of both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from paidan.booking.constants import TONES, BookingStatus
from paidan.catalog.selectors import service_items
from paidan.customers.access import may_see_unmasked
from paidan.kernel.actors import Actor
from paidan.kernel.constants import Tone
from paidan.kernel.errors import Forbidden
from paidan.kernel.paging import PAGE_SIZE, Slice, cursor_values, sliced
from paidan.kernel.sheets import Cell, Sheet
from paidan.kernel.timespan import TimeSpan
from paidan.partners.access import import_for, partners_visible_to
from paidan.partners.constants import ASKED, EXPLAINED, ROW_TONES, Column, ImportStatus, RowStatus
from paidan.partners.models import ImportRow, PartnerImport, PartnerOrder
from paidan.visits.constants import VisitStatus
from paidan.workforce.selectors import territories

IMPORTS_SHOWN = 50
ROWS_SHOWN = 200


@dataclass(frozen=True, slots=True)
class PartnerRow:
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong in a row: column as a code and in the reader's language (empty for the whole row)."""

    column: str
    column_label: str
    sentence: str


@dataclass(frozen=True, slots=True)
class ResultRow:
    """What became of a row."""

    number: int
    external_number: str
    status: RowStatus
    booking_ref: str
    errors: tuple[RowError, ...]

    @property
    def status_label(self) -> str:
        return str(self.status.label)

    @property
    def tone(self) -> Tone:
        return ROW_TONES[self.status]


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """An import with how many of its rows are where."""

    ref: str
    partner_name: str
    file_name: str
    created_at: datetime
    is_done: bool
    total: int
    booked: int
    known: int
    rejected: int

    @property
    def looked_at(self) -> int:
        return self.booked + self.known + self.rejected

    @property
    def percent(self) -> int:
        return self.looked_at * 100 // self.total if self.total else 100


@dataclass(frozen=True, slots=True)
class ImportView:
    """An import with rows; ``may_download``: the reader may have back what the partner wrote."""

    summary: ImportSummary
    rows: tuple[ResultRow, ...]
    may_download: bool


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order as its partner sees it."""

    partner_code: str
    external_number: str
    booking_ref: str
    status: str
    visit_status: str
    window: TimeSpan | None
    price_minor: int
    updated_at: datetime

    @property
    def status_label(self) -> str:
        return str(BookingStatus(self.status).label)

    @property
    def visit_label(self) -> str:
        return str(VisitStatus(self.visit_status).label) if self.visit_status else ""

    @property
    def tone(self) -> Tone:
        return TONES[BookingStatus(self.status)]


def partners_shown(actor: Actor) -> tuple[PartnerRow, ...]:
    """Partners that order today, by name."""
    rows = partners_visible_to(actor).filter(retired_at__isnull=True).order_by("name", "code")
    return tuple(PartnerRow(row.code, row.name) for row in rows)


def imports_list(actor: Actor) -> tuple[ImportSummary, ...]:
    """The latest imports first; at most fifty."""
    batches = _counted(PartnerImport.objects.filter(partner__in=partners_visible_to(actor)))
    return tuple(_summary(batch) for batch in batches.order_by("-created_at", "-pk")[:IMPORTS_SHOWN])


def import_view(actor: Actor, ref: str, *, rejected_only: bool = False) -> ImportView:
    """One import with up to two hundred rows.

    Raises:
        NotFound: there is none, or it is not theirs to see.
    """
    found = import_for(actor, ref)
    batch = _counted(PartnerImport.objects.filter(pk=found.pk)).get()
    rows = ImportRow.objects.filter(batch=batch).select_related("order__booking").order_by("number")
    shown = rows.filter(status=RowStatus.REJECTED) if rejected_only else rows
    return ImportView(_summary(batch), tuple(map(_result, shown[:ROWS_SHOWN])), _may_download(actor, batch))


def rejected_sheet(actor: Actor, ref: str) -> Sheet:
    """The rows that were not booked, as they came, with what is wrong: to be corrected and sent again.

    Raises:
        Forbidden: the reader neither sent the file nor sees customers' phones and addresses.
        NotFound: there is no such import.
    """
    batch = import_for(actor, ref)
    if not _may_download(actor, batch):
        raise Forbidden
    rows = ImportRow.objects.filter(batch=batch, status=RowStatus.REJECTED).order_by("number")
    columns = [str(column.label) for column in (*ASKED, Column.ERROR)]
    return Sheet(f"{_('not-booked')}-{batch.ref}", columns, [_rejected_cells(row) for row in rows])


def template_sheets() -> tuple[Sheet, Sheet]:
    """An empty file with one example, and what belongs into each column."""
    items, places = service_items(), territories()
    today = datetime.now(ZoneInfo(settings.TIME_ZONE)).date()
    examples = {one.column: one.example for one in EXPLAINED} | {
        Column.SERVICE: items[0].name if items else "",
        Column.DISTRICT: places[0].name if places else "",
        Column.DATE: f"{today + timedelta(days=2):%Y-%m-%d}",
    }
    columns = [str(column.label) for column in ASKED]
    explained: list[Sequence[Cell]] = [(str(one.column.label), str(one.explanation)) for one in EXPLAINED]
    explained += [("", "")] + [(_("Service"), f"{row.name} ({row.code})") for row in items]
    explained += [(_("District"), f"{row.name} ({row.code})") for row in places]
    first = Sheet(_("partner-orders"), columns, [[examples[column] for column in ASKED]])
    return first, Sheet(_("Columns"), [_("Column"), _("What belongs there")], explained)


def orders_list(
    actor: Actor,
    *,
    partner_code: str = "",
    updated_since: datetime | None = None,
    cursor: str = "",
    limit: int = PAGE_SIZE,
) -> Slice[OrderRow]:
    """Orders with their status, the longest unchanged first: the last instant seen is the next ``updated_since``.

    Raises:
        Invalid: the cursor belongs to another list.
    """
    orders = _orders(actor, partner_code)
    if updated_since is not None:
        orders = orders.filter(updated_at__gte=updated_since)
    after = cursor_values(cursor, datetime, int)
    if after is not None:
        orders = orders.filter(Q(updated_at__gt=after[0]) | Q(updated_at=after[0], pk__gt=after[1]))
    rows = list(orders.order_by("updated_at", "pk")[: limit + 1])
    page = sliced(rows, limit=limit, key=lambda order: (order.updated_at, order.pk))
    return Slice(tuple(map(_order_row, page.items)), page.next_cursor)


def orders_sheet(actor: Actor, partner_code: str = "") -> Sheet:
    """Every order with its status, the latest change first; no contacts."""
    columns = [_("External number"), _("Reference"), _("Partner"), _("State"), _("Visit")]
    columns += [_("Day and time from"), _("Until"), _("Price"), _("Changed at")]
    return Sheet(_("partner-orders"), columns, _order_cells(_orders(actor, partner_code)))


def _orders(actor: Actor, partner_code: str) -> QuerySet[PartnerOrder]:
    orders = PartnerOrder.objects.filter(partner__in=partners_visible_to(actor), booking__isnull=False)
    if partner_code:
        orders = orders.filter(partner__code=partner_code.replace("\0", ""))
    return orders.select_related("partner", "booking")


def _order_cells(orders: QuerySet[PartnerOrder]) -> Iterator[Sequence[Cell]]:
    language = get_language()  # whoever writes the rows may do so after the request's own language has ended
    zone = ZoneInfo(settings.TIME_ZONE)
    for order in orders.order_by("-updated_at", "-pk").iterator(chunk_size=500):
        with override(language):
            row = _order_row(order)
            window = (
                (row.window.start.astimezone(zone), row.window.end.astimezone(zone)) if row.window else (None, None)
            )
            cells = (row.external_number, row.booking_ref, order.partner.name, row.status_label, row.visit_label)
            cells_at: tuple[Cell, ...] = (*window, row.price_minor / 100, row.updated_at.astimezone(zone))
        yield (*cells, *cells_at)


def _order_row(order: PartnerOrder) -> OrderRow:
    start, end = order.window_start_at, order.window_end_at
    return OrderRow(
        partner_code=order.partner.code,
        external_number=order.external_number,
        booking_ref=order.booking.ref if order.booking is not None else "",
        status=order.status,
        visit_status=order.visit_status,
        window=TimeSpan(start, end) if start is not None and end is not None else None,
        price_minor=order.booking.price_minor if order.booking is not None else 0,
        updated_at=order.updated_at,
    )


def _counted(batches: QuerySet[PartnerImport]) -> QuerySet[PartnerImport]:
    counts = {f"count_{status}": Count("rows", filter=Q(rows__status=status)) for status in RowStatus}
    return batches.select_related("partner").annotate(**counts)


def _summary(batch: PartnerImport) -> ImportSummary:
    counts = {status: int(getattr(batch, f"count_{status}")) for status in RowStatus}
    return ImportSummary(
        ref=batch.ref,
        partner_name=batch.partner.name,
        file_name=batch.file_name,
        created_at=batch.created_at,
        is_done=batch.status == ImportStatus.DONE,
        total=batch.rows_total,
        booked=counts[RowStatus.BOOKED],
        known=counts[RowStatus.KNOWN],
        rejected=counts[RowStatus.REJECTED],
    )


def _may_download(actor: Actor, batch: PartnerImport) -> bool:
    return batch.created_by_id == actor.user_id or may_see_unmasked(actor)


def _result(row: ImportRow) -> ResultRow:
    booking = row.order.booking if row.order is not None else None
    return ResultRow(
        number=row.number,
        external_number=row.external_number,
        status=RowStatus(row.status),
        booking_ref=booking.ref if booking is not None else "",
        errors=tuple(RowError(one["column"], _label(one["column"]), one["sentence"]) for one in row.errors),
    )


def _label(column: str) -> str:
    return str(Column(column).label) if column in set(Column) and column != Column.ERROR else ""


def _rejected_cells(row: ImportRow) -> list[Cell]:
    texts = [f"{_label(one['column'])}: {one['sentence']}".removeprefix(": ") for one in row.errors]
    return [*(row.values.get(column.value, "") for column in ASKED), " ".join(texts)]
