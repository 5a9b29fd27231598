"""What somebody fills in to book."""

from __future__ import annotations

from dataclasses import dataclass

from paidan.customers.services import NewAddress
from paidan.kernel.timespan import TimeSpan
from paidan.visits.constants import Urgency


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBooking:
    """A booking as asked for; texts as typed.

    Attributes:
        address_ref: a saved address of the customer, instead of ``address``.
        address: a new door; it is kept for the next time.
        window: one of the slots shown.
        hold_ref, holder_key: the hold that keeps the window, if there is one.
        expected_price_minor: the price that was shown; ``None`` when none was.
        consent: the customer agreed to the privacy notice with this booking.
    """

    item_code: str
    window: TimeSpan
    contact_name: str
    contact_phone: str
    address_ref: str = ""
    address: NewAddress | None = None
    description: str = ""
    special_requirements: str = ""
    urgency: str = Urgency.NORMAL
    hold_ref: str = ""
    holder_key: str = ""
    expected_price_minor: int | None = None
    consent: bool = False
