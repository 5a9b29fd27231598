"""What goes into and comes out of the bookings' endpoints."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, cast

from django.utils.translation import gettext as _
from ninja import Schema
from pydantic import Field

from paidan.api.v1.catalog import CODE_LONGEST, Instant, Latitude, Longitude
from paidan.api.v1.dispatch import Window
from paidan.billing.selectors import ChargeView
from paidan.booking.constants import (
    ANSWER_LONGEST,
    DESCRIPTION_LONGEST,
    MESSAGE_LONGEST,
    REASON_LONGEST,
    REQUIREMENTS_LONGEST,
)
from paidan.booking.pricing import PriceLine
from paidan.booking.selectors import BookingDetail, BookingRow, Contact, CrewCard, TimelineEntry, VisitCard
from paidan.kernel.errors import Invalid
from paidan.kernel.texts import localized
from paidan.kernel.timespan import TimeSpan

REF_LONGEST = 13
MONEY_MOST = 2**31 - 1
OPTIONS_MOST = 30
AddOnCodes = Annotated[
    list[Annotated[str, Field(max_length=CODE_LONGEST)]], Field(max_length=OPTIONS_MOST, description="Codes.")
]
Group = Literal["pending", "confirmed", "done", "cancelled"]


class WindowIn(Schema):
    """One of the windows of ``GET slots``."""

    start: Instant
    end: Instant

    def span(self) -> TimeSpan:
        """As the services take it.

        Raises:
            Invalid: it ends before it starts.
        """
        if self.end < self.start:
            raise Invalid(fields={"window": _("The end must not be before the start.")})
        return TimeSpan(self.start, self.end)


class AddressIn(Schema):
    """A door and its place on the map."""

    district: str = Field(max_length=60)
    text: str = Field(max_length=200, description="Street and estate.")
    door: str = Field(default="", max_length=80, description="Building and door.")
    label: str = Field(default="", max_length=40)
    lat: Latitude
    lng: Longitude


class SlotHoldIn(Schema):
    service_item: str = Field(max_length=CODE_LONGEST)
    lat: Latitude
    lng: Longitude
    window: WindowIn
    add_ons: AddOnCodes = []
    urgency: Literal["normal", "urgent"] = "normal"


class SlotHoldOut(Schema):
    ref: str
    window: Window
    expires_at: datetime


class PriceLineOut(Schema):
    kind: Literal["item", "add_on", "urgency"]
    code: str
    name: str
    amount_minor: int
    extra_minutes: int

    @staticmethod
    def of(line: PriceLine) -> PriceLineOut:
        return PriceLineOut(
            kind=cast('Literal["item", "add_on", "urgency"]', str(line.kind)),
            code=line.code,
            name=line.label,
            amount_minor=line.amount_minor,
            extra_minutes=line.extra_minutes,
        )


class AnswerOut(Schema):
    code: str
    question: str
    answer: str


class PriceIn(Schema):
    """What a price is asked for."""

    service_item: str = Field(max_length=CODE_LONGEST)
    add_ons: AddOnCodes = []
    urgency: Literal["normal", "urgent", "emergency"] = "normal"


class PriceOut(Schema):
    """A price in lines; the total includes tax."""

    lines: list[PriceLineOut]
    total_minor: int
    duration_minutes: int


class BookingIn(Schema):
    """A booking as asked for; the window may be kept by a hold before."""

    service_item: str = Field(max_length=CODE_LONGEST)
    window: WindowIn
    contact_name: str = Field(max_length=80)
    contact_phone: str = Field(max_length=30, description="Of a desk's call: whose booking it is.")
    address: AddressIn | None = None
    address_ref: str = Field(default="", max_length=REF_LONGEST, description="A saved address instead of a new one.")
    description: str = Field(default="", max_length=DESCRIPTION_LONGEST)
    special_requirements: str = Field(default="", max_length=REQUIREMENTS_LONGEST)
    urgency: Literal["normal", "urgent", "emergency"] = "normal"
    add_ons: AddOnCodes = []
    answers: dict[Annotated[str, Field(max_length=CODE_LONGEST)], Annotated[str, Field(max_length=ANSWER_LONGEST)]] = (
        Field(
            default={},
            max_length=OPTIONS_MOST,
            description="By code of the item's questions; of a list the words or the number from 1; yes or no.",
        )
    )
    hold_ref: str = Field(default="", max_length=REF_LONGEST)
    expected_price_minor: int | None = Field(
        default=None, ge=0, le=MONEY_MOST, description="The total shown; another one is refused."
    )
    consent: bool = Field(default=False, description="The customer agrees to the privacy notice.")
    channel: Literal["api", "phone"] = Field(default="api", description="How it reached the desk; staff only.")


class AcceptedOut(Schema):
    """What became of a write on a booking."""

    ref: str
    status: str
    window: Window
    price_minor: int
    visit_ref: str


class RescheduleIn(Schema):
    window: WindowIn
    hold_ref: str = Field(default="", max_length=REF_LONGEST)
    agreed_fee_minor: int | None = Field(default=None, ge=0, le=MONEY_MOST)
    by_company: bool = Field(default=False, description="Because of us; staff only.")


class MoveCostIn(Schema):
    by_company: bool = Field(default=False, description="Because of us; staff only.")


class MoveCostOut(Schema):
    """What another time costs, or what the customer gets for it."""

    fee_minor: int
    compensation_minor: int
    sentence: str


class CalendarOut(Schema):
    ics: str = Field(description="RFC 5545.")


class CompensationIn(Schema):
    take: Literal["credit", "money"]


class CompensationOut(Schema):
    """What the customer gets because of us; ``left_minor`` is credit not used yet."""

    ref: str
    amount_minor: int
    left_minor: int
    status: str


class CancelIn(Schema):
    reason: str = Field(
        default="",
        max_length=20,
        description="changed_mind, wrong_time, wrong_item, found_other, other; nobody_came once the window is over; "
        "staff also company. "
        "A preview needs none.",
    )
    text: str = Field(default="", max_length=REASON_LONGEST)
    agreed_fee_minor: int | None = Field(default=None, ge=0, le=MONEY_MOST)


class CancelOut(Schema):
    ref: str
    fee_minor: int
    compensation_minor: int = Field(description="What the customer gets because of us.")
    sentence: str
    notice_minutes: int = Field(description="Until the promised window opens; negative once it is open.")
    departed: bool
    is_done: bool


class UnmaskIn(Schema):
    """Why the full contact is needed."""

    reason: str = Field(min_length=1, max_length=200)


class PlaceOut(Schema):
    lat: float
    lng: float


class ContactOut(Schema):
    """Whom to meet and where; masked or empty where the caller may not see it."""

    name: str
    phone: str
    district: str
    address_text: str
    door: str
    place: PlaceOut | None
    is_masked: bool

    @staticmethod
    def of(contact: Contact) -> ContactOut:
        place = contact.place
        return ContactOut(
            name=contact.name,
            phone=contact.phone,
            district=contact.district,
            address_text=contact.address_text,
            door=contact.door,
            place=PlaceOut(lat=place.lat, lng=place.lng) if place is not None else None,
            is_masked=contact.is_masked,
        )


class BookedTechnicianOut(Schema):
    """Who comes; customers read a form of address, staff the full name."""

    ref: str
    name: str
    staff_number: str
    grade: str
    rating: float | None

    @staticmethod
    def of(card: CrewCard | None) -> BookedTechnicianOut | None:
        if card is None:
            return None
        return BookedTechnicianOut(
            ref=card.ref, name=card.name, staff_number=card.staff_number, grade=card.grade_label, rating=card.rating
        )


class BookingOut(Schema):
    """A booking in a list; ``due_minor`` is what is still to be paid."""

    ref: str
    item_name: str
    status: str
    status_label: str
    group: str
    channel: str
    urgency: str
    window: Window
    time_zone: str
    territory: str
    contact: ContactOut
    price_minor: int
    charged_minor: int
    due_minor: int
    created_at: datetime
    visit_ref: str
    visit_status: str
    technician: BookedTechnicianOut | None

    @staticmethod
    def of(row: BookingRow) -> BookingOut:
        return BookingOut(**_row(row))


class BookedVisitOut(Schema):
    """A trip of the booking; ``expected_at`` is an estimate while ``is_estimate`` is true."""

    ref: str
    status: str
    status_label: str
    window: Window
    technician: BookedTechnicianOut | None
    expected_at: datetime | None
    is_estimate: bool
    departed_at: datetime | None
    arrived_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    signed_off_at: datetime | None
    photos: list[str] = Field(description="References of files.")

    @staticmethod
    def of(card: VisitCard) -> BookedVisitOut:
        return BookedVisitOut(
            ref=card.ref,
            status=card.status,
            status_label=card.status_label,
            window=Window.of(card.window),
            technician=BookedTechnicianOut.of(card.technician),
            expected_at=card.arrival.at,
            is_estimate=card.arrival.is_estimate,
            departed_at=card.departed_at,
            arrived_at=card.arrival.arrived_at,
            started_at=card.started_at,
            finished_at=card.finished_at,
            signed_off_at=card.signed_off_at,
            photos=[file.ref for file in card.photos],
        )


class BookingStepOut(Schema):
    at: datetime
    action: str
    label: str
    who: str
    text: str

    @staticmethod
    def of(entry: TimelineEntry) -> BookingStepOut:
        return BookingStepOut(at=entry.at, action=entry.action, label=entry.label, who=entry.who, text=entry.text)


class BookingChargeOut(Schema):
    ref: str
    kind: str
    name: str
    total_minor: int
    tax_minor: int
    status: str

    @staticmethod
    def of(charge: ChargeView) -> BookingChargeOut:
        return BookingChargeOut(
            ref=charge.ref,
            kind=str(charge.kind),
            name=localized(charge.lines[0].name) if charge.lines else "",
            total_minor=charge.total_minor,
            tax_minor=charge.tax_minor,
            status=str(charge.status),
        )


class BookingDetailOut(BookingOut):
    """One booking with all that belongs to it."""

    service_item: str = Field(description="The item's code.")
    description: str
    special_requirements: str
    price_lines: list[PriceLineOut]
    answers: list[AnswerOut]
    notes: str
    message: str
    confirmed_at: datetime | None
    confirmed_by_customer_at: datetime | None
    completed_at: datetime | None
    cancelled_at: datetime | None
    cancel_fee_minor: int
    visits: list[BookedVisitOut]
    timeline: list[BookingStepOut]
    charges: list[BookingChargeOut]
    compensations: list[CompensationOut]
    actions: list[str] = Field(description="What the caller may do now, the most likely first.")

    @staticmethod
    def of_detail(detail: BookingDetail) -> BookingDetailOut:
        return BookingDetailOut(
            **_row(detail.row),
            service_item=detail.item_code,
            description=detail.description,
            special_requirements=detail.special_requirements,
            price_lines=[PriceLineOut.of(line) for line in detail.price_lines],
            answers=[AnswerOut(code=one.code, question=one.question, answer=one.answer) for one in detail.answers],
            notes=detail.notes,
            message=detail.message,
            confirmed_at=detail.confirmed_at,
            confirmed_by_customer_at=detail.confirmed_by_customer_at,
            completed_at=detail.completed_at,
            cancelled_at=detail.cancelled_at,
            cancel_fee_minor=detail.cancel_fee_minor,
            visits=[BookedVisitOut.of(card) for card in detail.visits],
            timeline=[BookingStepOut.of(entry) for entry in detail.timeline],
            charges=[BookingChargeOut.of(charge) for charge in detail.charges],
            compensations=[
                CompensationOut(
                    ref=one.ref, amount_minor=one.amount_minor, left_minor=one.left_minor, status=str(one.status)
                )
                for one in detail.compensations
            ],
            actions=list(detail.actions),
        )


class MessageIn(Schema):
    text: str = Field(max_length=MESSAGE_LONGEST)


class MessageOut(Schema):
    """``side`` is ``customer`` or ``desk``, ``kind`` is ``text`` or ``urge``."""

    id: int
    side: str
    kind: str
    text: str
    author: str
    at: datetime
    is_own: bool
    is_unread: bool


class ConversationOut(Schema):
    """The last hundred messages, the oldest first."""

    messages: list[MessageOut]
    unread: int
    may_urge: bool


def _row(row: BookingRow) -> dict[str, Any]:
    return {
        "ref": row.ref,
        "item_name": row.item_name,
        "status": row.status,
        "status_label": row.status_label,
        "group": row.group,
        "channel": row.channel,
        "urgency": row.urgency,
        "window": Window.of(row.window),
        "time_zone": row.time_zone,
        "territory": row.territory_name,
        "contact": ContactOut.of(row.contact),
        "price_minor": row.price_minor,
        "charged_minor": row.charged_minor,
        "due_minor": row.due_minor,
        "created_at": row.created_at,
        "visit_ref": row.visit_ref,
        "visit_status": row.visit_status,
        "technician": BookedTechnicianOut.of(row.technician),
    }


class BookingTotalOut(Schema):
    """One month of one kind of service."""

    month: str = Field(description="Year and month, as 2026-03.")
    type_name: str
    bookings: int = Field(description="Not called off.")
    charged_minor: int = Field(description="Fees for calling off included.")
