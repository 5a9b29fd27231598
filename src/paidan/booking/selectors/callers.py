"""What a caller had before: one click takes the service and the address over."""

from __future__ import annotations

from dataclasses import dataclass

from paidan.accounts.access import require
from paidan.accounts.constants import Permission
from paidan.booking.access import bookings_visible_to
from paidan.booking.selectors.rows import booking_rows
from paidan.booking.selectors.views import BookingRow
from paidan.kernel.actors import Actor
from paidan.kernel.refs import read_ref

LAST_ORDERS = 5


@dataclass(frozen=True, slots=True)
class PastOrder:
    """A caller's booking with what a new one can take from it; ``address_ref`` is empty once it was retired."""

    row: BookingRow
    item_code: str
    address_ref: str
    address_line: str


def last_orders(actor: Actor, customer_ref: str) -> tuple[PastOrder, ...]:
    """The latest bookings of a customer that the reader may know of; constant number of queries.

    Raises:
        Forbidden: the reader does not book for others.
    """
    require(actor, Permission.BOOK_FOR_OTHERS)
    found = list(
        bookings_visible_to(actor)
        .filter(customer__ref=read_ref(customer_ref))
        .select_related("customer", "address", "territory", "item_version__item__type")
        .order_by("-created_at", "-pk")[:LAST_ORDERS]
    )
    rows = booking_rows(actor, found)
    return tuple(
        PastOrder(
            row=row,
            item_code=booking.item_version.item.code,
            address_ref="" if booking.address.retired_at else booking.address.ref,
            address_line=row.contact.address_line,
        )
        for row, booking in zip(rows, found, strict=True)
    )
