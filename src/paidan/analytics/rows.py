"""The rows a number is computed from (S5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from paidan.accounts.access import require
from paidan.accounts.constants import Permission
from paidan.analytics.indicators import BY_CODE, Indicator
from paidan.analytics.selectors import Figure, days_span, figure_of
from paidan.billing.models import Charge
from paidan.booking.constants import BookingStatus
from paidan.booking.models import Booking
from paidan.kernel.actors import Actor
from paidan.kernel.errors import NotFound
from paidan.kernel.texts import localized
from paidan.reviews.models import Review
from paidan.visits.constants import VisitStatus
from paidan.visits.models import Visit

ROWS_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One row behind a number: what, when, how much.

    Attributes:
        ref: the visit or booking it is about.
        at: the moment that puts it into the days asked for.
        counts: for a share, whether it counts towards it.
    """

    ref: str
    title: str
    status: str
    at: datetime
    counts: bool
    amount_minor: int | None = None
    stars: float | None = None


@dataclass(frozen=True, slots=True)
class FigureRows:
    """A number, one page of the rows it is computed from, and how many rows there are."""

    figure: Figure
    rows: tuple[FigureRow, ...]
    total: int


def figure_rows(actor: Actor, code: str, *, first: date, last: date, page: int = 1) -> FigureRows:
    """A number and the rows it is computed from, newest first; constant number of queries.

    Raises:
        Forbidden: the actor may not see reports.
        NotFound: no such indicator.
    """
    require(actor, Permission.VIEW_REPORTS)
    indicator = BY_CODE.get(code)
    if indicator is None:
        raise NotFound
    rows = indicator.rows(days_span(first, last))
    shown = rows.order_by(f"-{indicator.moment}", "-pk").select_related(*_BESIDE[indicator.opens])
    make = _ROW[indicator.opens]
    return FigureRows(
        figure=figure_of(indicator, first=first, last=last),
        rows=tuple(make(row, indicator) for row in shown[(page - 1) * ROWS_A_PAGE : page * ROWS_A_PAGE]),
        total=rows.count(),
    )


def _at(row: Any, indicator: Indicator) -> datetime:
    at: datetime = getattr(row, indicator.moment)
    return at


def _visit_row(visit: Visit, indicator: Indicator) -> FigureRow:
    return FigureRow(
        ref=visit.ref,
        title=localized(visit.item_version.name),
        status=str(VisitStatus(visit.status).label),
        at=_at(visit, indicator),
        counts=indicator.counts is None or indicator.counts(visit),
    )


def _booking_row(booking: Booking, indicator: Indicator) -> FigureRow:
    return FigureRow(
        ref=booking.ref,
        title=localized(booking.item_name),
        status=str(BookingStatus(booking.status).label),
        at=_at(booking, indicator),
        counts=True,
        amount_minor=booking.price_minor,
    )


def _charge_row(charge: Charge, indicator: Indicator) -> FigureRow:
    return FigureRow(
        ref=charge.subject_ref,
        title=charge.get_kind_display(),
        status=charge.get_status_display(),
        at=_at(charge, indicator),
        counts=True,
        amount_minor=charge.total_minor,
    )


def _review_row(review: Review, indicator: Indicator) -> FigureRow:
    return FigureRow(
        ref=review.visit.ref,
        title=review.technician.name,
        status=review.technician.staff_number,
        at=_at(review, indicator),
        counts=True,
        stars=(review.attitude + review.quality + review.response + review.skill) / 4,
    )


_ROW: dict[str, Callable[[Any, Indicator], FigureRow]] = {
    "visits": _visit_row,
    "bookings": _booking_row,
    "charges": _charge_row,
    "reviews": _review_row,
}
_BESIDE: dict[str, tuple[str, ...]] = {
    "visits": ("item_version",),
    "bookings": (),
    "charges": (),
    "reviews": ("visit", "technician"),
}
