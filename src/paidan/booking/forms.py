"""What somebody fills in to book."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

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
        add_ons: codes of what is to be sold along with the item.
        answers: by code of the item's questions; of a list the words or the number from 1, else ``yes`` or ``no``.
        expected_price_minor: the total that was shown; ``None`` when none was.
        photos_ref: the draft that photos were uploaded for.
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
    add_ons: tuple[str, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)
    expected_price_minor: int | None = None
    photos_ref: str = ""
    consent: bool = False
