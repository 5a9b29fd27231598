"""Bookings as a table for a spreadsheet, and their totals by month and kind of service (B7)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Coalesce, TruncMonth
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from paidan.accounts.access import require
from paidan.accounts.constants import Permission
from paidan.billing.models import Charge
from paidan.booking.access import bookings_visible_to
from paidan.booking.constants import GROUP_STATES, BookingGroup
from paidan.booking.models import Booking, BookingVisit
from paidan.booking.selectors.bookings import BookingFilter, bookings_filtered
from paidan.booking.selectors.rows import AROUND_A_ROW, booking_rows
from paidan.booking.selectors.views import BookingRow
from paidan.kernel.actors import Actor
from paidan.kernel.sheets import Cell, Sheet
from paidan.kernel.texts import localized

READ_AT_ONCE = 500
MONTHS_OF_TOTALS = 24


def bookings_sheet(actor: Actor, which: BookingFilter | None = None) -> Sheet:
    """Every booking of a list as a table, masked for its reader as the list is, the latest first.

    Rows are read while they are written, so many at once; whoever books meanwhile is not among them.

    Raises:
        Forbidden: the role does not see bookings.
    """
    require(actor, Permission.VIEW_BOOKINGS)
    columns = [_("Reference"), _("Service"), _("State"), _("Urgency"), _("Day and time from"), _("Until")]
    columns += [_("Territory"), _("Contact"), _("Phone"), _("District"), _("Address")]
    columns += [_("Technician"), _("Staff number"), _("Price"), _("Charged"), _("To be paid")]
    columns += [_("Channel"), _("Booked at")]
    wanted = bookings_filtered(actor, which or BookingFilter())
    return Sheet(_("bookings"), columns, _cells(actor, wanted))


def _cells(actor: Actor, wanted: QuerySet[Booking]) -> Iterator[Sequence[Cell]]:
    language = get_language()  # whoever writes the rows may do so after the request's own language has ended
    last: Booking | None = None
    while True:
        rest = wanted if last is None else wanted.filter(_after(last))
        found = list(rest.select_related(*AROUND_A_ROW).order_by("-created_at", "-pk")[:READ_AT_ONCE])
        with override(language):
            rows = [_row(row) for row in booking_rows(actor, found)]
        yield from rows
        if len(found) < READ_AT_ONCE:
            return
        last = found[-1]


def _after(last: Booking) -> Q:
    return Q(created_at__lt=last.created_at) | Q(created_at=last.created_at, pk__lt=last.pk)


def _row(row: BookingRow) -> tuple[Cell, ...]:
    zone = ZoneInfo(row.time_zone or settings.TIME_ZONE)
    contact, technician = row.contact, row.technician
    return (
        *(row.ref, row.item_name, str(row.status_label), row.urgency_label),
        *(row.window.start.astimezone(zone), row.window.end.astimezone(zone), row.territory_name),
        *(contact.name, contact.phone, contact.district, f"{contact.address_text} {contact.door}".strip()),
        *((technician.name, technician.staff_number) if technician is not None else ("", "")),
        *(row.price_minor / 100, row.charged_minor / 100, row.due_minor / 100),
        *(row.channel_label, row.created_at.astimezone(zone)),
    )


@dataclass(frozen=True, slots=True)
class BookingTotal:
    """What was booked in one month of one kind of service.

    Attributes:
        month: its first day, of the promised windows.
        bookings: those not called off.
        charged_minor: everything charged, fees for calling off included.
    """

    month: date
    type_name: str
    bookings: int
    charged_minor: int


def bookings_totals(actor: Actor) -> tuple[BookingTotal, ...]:
    """Totals of the bookings the reader may know of, the latest month first; one query.

    Raises:
        Forbidden: the role does not see bookings.
    """
    require(actor, Permission.VIEW_BOOKINGS)
    kind, called_off = "item_version__item__type__name", GROUP_STATES[BookingGroup.CANCELLED]
    rows = (
        bookings_visible_to(actor)
        .annotate(month=TruncMonth("window_start_at", tzinfo=ZoneInfo(settings.TIME_ZONE)), charged=_charged())
        .values("month", kind)
        .annotate(number=Count("pk", filter=~Q(status__in=called_off)), total=Sum(F("charged")))
        .order_by("-month", "item_version__item__type__position")
    )
    months: set[date] = set()
    totals = []
    for row in rows:
        months.add(row["month"].date())
        if len(months) > MONTHS_OF_TOTALS:
            break
        totals.append(BookingTotal(row["month"].date(), localized(row[kind]), row["number"], row["total"]))
    return tuple(totals)


def _charged() -> CombinedExpression:
    """What was charged for a booking and for its visits."""
    own = Charge.objects.filter(subject_ref=OuterRef("ref")).order_by().values("subject_ref")
    visits = BookingVisit.objects.filter(booking=OuterRef(OuterRef("pk"))).values("visit__ref")
    of_visits = Charge.objects.filter(subject_ref__in=visits).order_by().annotate(one=F("id") * 0).values("one")
    return Coalesce(_sum_of(own), 0) + Coalesce(_sum_of(of_visits), 0)


def _sum_of(charges: QuerySet[Charge, Any]) -> Subquery:
    return Subquery(charges.annotate(sum=Sum("total_minor")).values("sum"), output_field=IntegerField())
