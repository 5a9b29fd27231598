"""What screens and the API see of orders: frozen, masked for their reader, in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django_stubs_ext import StrOrPromise

from paidan.billing.selectors import ChargeView, CompensationView
from paidan.booking.answers import AnswerView
from paidan.booking.finding_words import FindingView
from paidan.booking.pricing import PriceLine
from paidan.booking.review import AskedField
from paidan.booking.selectors.crew import CrewCard
from paidan.files.selectors import FileView
from paidan.kernel.constants import Tone
from paidan.kernel.geo import Point
from paidan.kernel.timespan import TimeSpan


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One thing that happened: ``who`` is ``customer``, ``technician``, ``desk`` or ``system``."""

    at: datetime
    action: str
    label: str
    tone: Tone
    who: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Arrival:
    """When to expect the technician.

    Attributes:
        at: the expected instant; ``None`` while nobody knows.
        is_estimate: worked out from the straight line to the door while the technician is on the way.
        arrived_at: when they came.
    """

    at: datetime | None
    is_estimate: bool
    arrived_at: datetime | None


@dataclass(frozen=True, slots=True)
class VisitCard:
    """The trip behind an order."""

    ref: str
    status: str
    status_label: str
    tone: Tone
    technician: CrewCard | None
    window: TimeSpan
    arrival: Arrival
    departed_at: datetime | None
    started_at: datetime | None
    resume_at: datetime | None
    finished_at: datetime | None
    signed_off_at: datetime | None
    photos: tuple[FileView, ...]
    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to meet and where; what the reader may not see is masked or empty."""

    name: str
    phone: str
    district: str
    address_text: str
    door: str
    place: Point | None
    is_masked: bool

    @property
    def address_line(self) -> str:
        """The address in one line, as far as it may be seen."""
        return " ".join(part for part in (self.district, self.address_text, self.door) if part)


@dataclass(frozen=True, slots=True)
class BookingRow:
    """A booking in a list.

    Attributes:
        status, status_label, tone: where the order stands; once confirmed its visit tells.
        group: the tab it belongs to (``BookingGroup``).
        price_minor: what it was sold for.
        due_minor: what is still to be paid, fees included; 0 before a charge is fixed.
    """

    ref: str
    item_name: str
    type_icon: str
    status: str
    status_label: str
    tone: Tone
    group: str
    channel: str
    channel_label: str
    urgency: str
    urgency_label: str
    window: TimeSpan
    time_zone: str
    territory_name: str
    contact: Contact
    customer_ref: str
    price_minor: int
    charged_minor: int
    due_minor: int
    created_at: datetime
    visit_ref: str
    visit_status: str
    technician: CrewCard | None


@dataclass(frozen=True, slots=True)
class AskedFieldView:
    """A field that the customer is asked to complete: what it is called, what stands there, and what helps."""

    name: str
    label: str
    value: str
    hint: str

    @property
    def is_long(self) -> bool:
        return self.name in {"description", "special_requirements"}


@dataclass(frozen=True, slots=True)
class Debt:
    """A fee that is still open; ``booking_ref`` is the booking it belongs to."""

    charge_ref: str
    booking_ref: str
    item_name: str
    amount_minor: int
    since: datetime


@dataclass(frozen=True, slots=True)
class BookingDetail:
    """A booking's own page.

    Attributes:
        row: what lists show of it.
        is_own: the reader stands on the customer's side.
        message: what the desk asks, or why it was rejected, while that is the state.
        price_lines: item, add-ons and urgency as sold; none for bookings from before lines were kept.
        answers: to the item's questions.
        photos: what the customer showed of it when booking.
        charges: the service and fees, fixed amounts with their payment state.
        compensations: what the customer gets because of us.
        debts: fees of the customer's other bookings that are still open.
        plan_ref: the recurring plan it belongs to; ``can_repeat``: it may become the first day of one.
        is_to_call: reminders were not answered, and the desk is asked to call; never told to customers.
        actions: what the reader may do now, the most likely first: ``answer``, ``acknowledge``, ``sign_off``,
            ``review``, ``reschedule``, ``cancel``; for the desk also ``approve``, ``ask``, ``reject``, ``close``.
    """

    row: BookingRow
    item_code: str
    description: str
    special_requirements: str
    price_lines: tuple[PriceLine, ...]
    answers: tuple[AnswerView, ...]
    photos: tuple[FileView, ...]
    notes: str
    is_own: bool
    confirmed_at: datetime | None
    confirmed_by_customer_at: datetime | None
    completed_at: datetime | None
    cancelled_at: datetime | None
    cancel_reason_label: str
    cancel_fee_minor: int
    message: str
    findings: tuple[FindingView, ...]
    asked_fields: tuple[AskedFieldView, ...]
    visits: tuple[VisitCard, ...]
    timeline: tuple[TimelineEntry, ...]
    charges: tuple[ChargeView, ...]
    compensations: tuple[CompensationView, ...]
    debts: tuple[Debt, ...]
    is_to_call: bool
    plan_ref: str
    can_repeat: bool
    actions: tuple[str, ...]

    @property
    def ref(self) -> str:
        return self.row.ref

    @property
    def answerable(self) -> list[tuple[str, StrOrPromise]]:
        """What the desk can ask the customer to complete: code and label."""
        return list(AskedField.choices)

    @property
    def visit(self) -> VisitCard | None:
        """The visit that counts now: the latest one."""
        return self.visits[-1] if self.visits else None
