"""Bookings: made, seen, confirmed, moved and called off."""

from __future__ import annotations

from typing import Annotated

from django.http import StreamingHttpResponse
from ninja import Query, Schema
from pydantic import Field

from paidan.accounts.constants import LinkPurpose, Permission, RoleCode
from paidan.accounts.rules import PUBLIC, may
from paidan.accounts.services import BOOKINGS, HOLDS_OF_CUSTOMER
from paidan.api.v1.booking_schemas import (
    AcceptedOut,
    BookingDetailOut,
    BookingIn,
    BookingOut,
    BookingTotalOut,
    CalendarOut,
    CancelIn,
    CancelOut,
    CompensationIn,
    CompensationOut,
    ContactOut,
    ConversationOut,
    Group,
    MessageIn,
    MoveCostIn,
    MoveCostOut,
    PriceIn,
    PriceLineOut,
    PriceOut,
    RescheduleIn,
    SlotHoldIn,
    SlotHoldOut,
    UnmaskIn,
)
from paidan.api.v1.dispatch import Window
from paidan.api.v1.paging import CursorText, Limit, Page
from paidan.api.v1.requests import ApiRequest
from paidan.api.v1.routes import Routes
from paidan.booking import selectors, services
from paidan.booking.constants import Channel
from paidan.booking.forms import NewBooking
from paidan.booking.pricing import offer_price
from paidan.booking.services import BookingView, Terms
from paidan.customers.services import NewAddress
from paidan.kernel import clock
from paidan.kernel.actors import Actor
from paidan.kernel.errors import DomainError
from paidan.kernel.geo import Point
from paidan.kernel.paging import Slice
from paidan.kernel.sheets import SheetFormat, csv_lines

routes = Routes("Bookings")

BOOKS = may(Permission.BOOK_FOR_SELF, Permission.BOOK_FOR_OTHERS)
SEES = may(Permission.VIEW_BOOKINGS)
CHANGES = may(Permission.CHANGE_BOOKINGS).or_link(LinkPurpose.BOOKING)
_NESTED = {"district": "address.district", "address_text": "address.text", "door": "address.door"}


def _holder_key(actor: Actor) -> str:
    """Holds made by the API belong to its caller."""
    return f"api:{actor.key}"


def _accepted(view: BookingView) -> AcceptedOut:
    return AcceptedOut(
        ref=view.ref,
        status=view.status,
        window=Window.of(view.window),
        price_minor=view.price_minor,
        visit_ref=view.visit_ref,
    )


def _order(body: BookingIn, actor: Actor) -> NewBooking:
    address = body.address
    return NewBooking(
        item_code=body.service_item,
        window=body.window.span(),
        contact_name=body.contact_name,
        contact_phone=body.contact_phone,
        address_ref=body.address_ref,
        address=NewAddress(
            district=address.district,
            text=address.text,
            door=address.door,
            label=address.label,
            place=Point(address.lat, address.lng),
        )
        if address is not None
        else None,
        description=body.description,
        special_requirements=body.special_requirements,
        urgency=body.urgency,
        add_ons=tuple(body.add_ons),
        answers=body.answers,
        hold_ref=body.hold_ref,
        holder_key=_holder_key(actor),
        expected_price_minor=body.expected_price_minor,
        consent=body.consent,
    )


@routes.post(
    "holds",
    access=BOOKS,
    response={201: SlotHoldOut},
    summary="Keep a free window for some minutes",
    rate=HOLDS_OF_CUSTOMER,
)
def hold_create(request: ApiRequest, body: SlotHoldIn) -> SlotHoldOut:
    """At most two at a time; 409 ``slot_taken`` names the nearest free windows."""
    hold = services.booking_hold(
        item_code=body.service_item,
        place=Point(body.lat, body.lng),
        window=body.window.span(),
        holder_key=_holder_key(request.actor),
        now=clock.now(),
        add_ons=body.add_ons,
        urgency=body.urgency,
    )
    return SlotHoldOut(ref=hold.ref, window=Window.of(hold.window), expires_at=hold.expires_at)


@routes.post("prices", access=PUBLIC, response=PriceOut, summary="What a booking would cost")
def price_ask(request: ApiRequest, body: PriceIn) -> PriceOut:
    """The item with its add-ons and urgency at this moment; writes nothing."""
    price = offer_price(body.service_item, add_ons=body.add_ons, urgency=body.urgency, now=clock.now())
    return PriceOut(
        lines=[PriceLineOut.of(line) for line in price.lines],
        total_minor=price.total_minor,
        duration_minutes=price.duration_minutes,
    )


@routes.post("bookings", access=BOOKS, response={201: AcceptedOut}, summary="Book", rate=BOOKINGS)
def booking_create(request: ApiRequest, body: BookingIn) -> AcceptedOut:
    """Customers book for themselves; the desk for whoever the phone number belongs to.

    Confirmed at once, or ``in_review`` when a person looks first. 409 ``slot_taken`` names free windows.
    """
    for_others = request.actor.role != RoleCode.CUSTOMER
    channel = Channel.PHONE if for_others and body.channel == "phone" else Channel.API
    try:
        view = services.booking_submit(
            form=_order(body, request.actor), actor=request.actor, channel=channel, now=clock.now()
        )
    except DomainError as error:
        if not body.address_ref:
            error.fields = {_NESTED.get(name, name): sentence for name, sentence in error.fields.items()}
        raise
    return _accepted(view)


class BookingQuery(Schema):
    """Which bookings a list, or a file of it, holds; what is left out filters nothing."""

    group: Group | None = Field(default=None, description="One of the four groups.")
    search: str = Field(default="", max_length=80, description="Reference, phone, name or service, also in pinyin.")
    territory: str = Field(default="", max_length=60, description="Code of a territory.")
    service_item: str = Field(default="", max_length=60, description="Code of a service item.")
    channel: str = Field(default="", max_length=20, description="Where the booking came from.")

    def which(self) -> selectors.BookingFilter:
        return selectors.BookingFilter(
            group=self.group or "",
            search=self.search,
            territory_code=self.territory,
            item_code=self.service_item,
            channel=self.channel,
        )


@routes.get("bookings", access=SEES, response=Page[BookingOut], summary="Bookings the caller may see")
def bookings_list(
    request: ApiRequest, limit: Limit, cursor: CursorText, query: Query[BookingQuery]
) -> Slice[BookingOut]:
    """The latest first; phones and addresses are masked unless they are one's own or the role needs them."""
    page = selectors.bookings_list(request.actor, which=query.which(), cursor=cursor, limit=limit)
    return Slice(tuple(BookingOut.of(row) for row in page.items), page.next_cursor)


@routes.get("bookings/totals", access=SEES, response=list[BookingTotalOut], summary="Totals by month and kind")
def bookings_totals(request: ApiRequest) -> list[BookingTotalOut]:
    """Bookings that were not called off, and everything charged, by the month of their promised windows."""
    return [
        BookingTotalOut(
            month=total.month.strftime("%Y-%m"),
            type_name=total.type_name,
            bookings=total.bookings,
            charged_minor=total.charged_minor,
        )
        for total in selectors.bookings_totals(request.actor)
    ]


@routes.get("bookings/export", access=SEES, response={200: None}, summary="The list as a CSV file")
def bookings_export(request: ApiRequest, query: Query[BookingQuery]) -> StreamingHttpResponse:
    """All rows that the list would page through, masked as there; no cell is a formula."""
    sheet = selectors.bookings_sheet(request.actor, query.which())
    return StreamingHttpResponse(csv_lines(sheet), content_type=SheetFormat.CSV.content_type)


@routes.get(
    "bookings/{ref}", access=SEES.or_link(LinkPurpose.BOOKING), response=BookingDetailOut, summary="One booking"
)
def booking_read(request: ApiRequest, ref: str) -> BookingDetailOut:
    """Where it stands, its visits, charges and history, and what the caller may do now."""
    return BookingDetailOut.of_detail(selectors.booking_detail(request.actor, ref, now=clock.now()))


@routes.get(
    "bookings/{ref}/calendar",
    access=SEES.or_link(LinkPurpose.BOOKING),
    response=CalendarOut,
    summary="The booking as a calendar entry",
)
def booking_calendar(request: ApiRequest, ref: str) -> CalendarOut:
    """The text of an .ics file; the same ``UID`` after every change, with a higher ``SEQUENCE``."""
    return CalendarOut(ics=selectors.booking_calendar(request.actor, ref, now=clock.now()))


@routes.post("bookings/{ref}/confirm", access=CHANGES, response=AcceptedOut, summary="The customer will be there")
def booking_confirm(request: ApiRequest, ref: str) -> AcceptedOut:
    """Said by the customer or the holder of their link; twice changes nothing."""
    return _accepted(services.booking_confirm_by_customer(ref=ref, actor=request.actor, now=clock.now()))


@routes.post(
    "bookings/{ref}/unmask",
    access=may(Permission.UNMASK_CUSTOMERS),
    response=ContactOut,
    summary="Show the full contact, with a reason",
)
def booking_unmask(request: ApiRequest, ref: str, body: UnmaskIn) -> ContactOut:
    """For half an hour, to the caller only; who looked and why is kept in the audit."""
    services.booking_unmask(ref=ref, reason=body.reason, actor=request.actor, now=clock.now())
    return ContactOut.of(selectors.booking_detail(request.actor, ref, now=clock.now()).row.contact)


@routes.post("bookings/{ref}/reschedule", access=CHANGES, response=AcceptedOut, summary="Another time")
def booking_reschedule(request: ApiRequest, ref: str, body: RescheduleIn) -> AcceptedOut:
    """Whoever had the visit is released and told; without ``hold_ref`` the window is taken at this moment."""
    now, actor = clock.now(), request.actor
    hold_ref = body.hold_ref
    if not hold_ref:
        hold_ref = services.booking_hold_again(
            ref=ref, window=body.window.span(), holder_key=_holder_key(actor), actor=actor, now=now
        ).ref
    return _accepted(
        services.booking_reschedule(
            ref=ref,
            hold_ref=hold_ref,
            holder_key=_holder_key(actor),
            actor=actor,
            now=now,
            terms=Terms(agreed_fee_minor=body.agreed_fee_minor, by_company=body.by_company),
        )
    )


@routes.post(
    "bookings/{ref}/reschedule/cost", access=CHANGES, response=MoveCostOut, summary="What another time would cost"
)
def booking_reschedule_cost(request: ApiRequest, ref: str, body: MoveCostIn) -> MoveCostOut:
    """Changes nothing; hand the fee back as ``agreed_fee_minor``: 409 ``fee_changed`` when it is another by then."""
    cost = services.booking_reschedule_cost(ref=ref, actor=request.actor, now=clock.now(), by_company=body.by_company)
    return MoveCostOut(fee_minor=cost.fee_minor, compensation_minor=cost.compensation_minor, sentence=cost.sentence)


@routes.post(
    "bookings/{ref}/compensations/{code}",
    access=CHANGES,
    response=CompensationOut,
    summary="Take a compensation as credit or as money",
)
def booking_compensation_choose(request: ApiRequest, ref: str, code: str, body: CompensationIn) -> CompensationOut:
    """``code`` is the compensation's reference; 409 ``already_chosen`` when it was decided before."""
    chosen = services.booking_compensation_choose(
        ref=ref, compensation_ref=code, as_credit=body.take == "credit", actor=request.actor, now=clock.now()
    )
    return CompensationOut(
        ref=chosen.ref, amount_minor=chosen.amount_minor, left_minor=chosen.left_minor, status=str(chosen.status)
    )


@routes.post("bookings/{ref}/cancel", access=CHANGES, response=CancelOut, summary="Call off, or what that would cost")
def booking_cancel(
    request: ApiRequest,
    ref: str,
    body: CancelIn,
    preview: Annotated[bool, Query(description="Say what it costs and change nothing.")] = False,  # noqa: FBT002  # a query parameter
) -> CancelOut:
    """The fee follows the table the booking was sold under; 409 ``fee_changed`` when it is not what was agreed."""
    cost = services.booking_cancel(
        ref=ref,
        reason=body.reason,
        text=body.text,
        agreed_fee_minor=body.agreed_fee_minor,
        actor=request.actor,
        now=clock.now(),
        preview=preview,
    )
    return CancelOut(
        ref=cost.ref,
        fee_minor=cost.fee_minor,
        compensation_minor=cost.compensation_minor,
        sentence=cost.sentence,
        notice_minutes=cost.notice_minutes,
        departed=cost.departed,
        is_done=cost.is_done,
    )


@routes.get(
    "bookings/{ref}/messages",
    access=SEES.or_link(LinkPurpose.BOOKING),
    response=ConversationOut,
    summary="The conversation about a booking",
)
def booking_messages(request: ApiRequest, ref: str) -> selectors.Conversation:
    """The last hundred messages in order; reading them here does not mark them as read."""
    return selectors.conversation_of(request.actor, ref, now=clock.now())


@routes.post(
    "bookings/{ref}/messages", access=CHANGES, response={201: ConversationOut}, summary="Write about a booking"
)
def booking_message_send(request: ApiRequest, ref: str, body: MessageIn) -> selectors.Conversation:
    """To the desk, or from the desk to the customer."""
    return services.message_send(ref=ref, text=body.text, actor=request.actor, now=clock.now())


@routes.post("bookings/{ref}/messages/read", access=CHANGES, response=ConversationOut, summary="All has been read")
def booking_messages_read(request: ApiRequest, ref: str) -> selectors.Conversation:
    """Everything up to now counts as read by the caller's side."""
    services.conversation_read(ref=ref, actor=request.actor, now=clock.now())
    return selectors.conversation_of(request.actor, ref, now=clock.now())


@routes.post("bookings/{ref}/urge", access=CHANGES, response={201: ConversationOut}, summary="Please hurry")
def booking_urge(request: ApiRequest, ref: str) -> selectors.Conversation:
    """Said by the customer or the holder of their link, at most once in ten minutes."""
    return services.booking_urge(ref=ref, actor=request.actor, now=clock.now())
