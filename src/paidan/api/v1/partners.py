"""Orders of partners by program: sent in bulk, answered order by order, their status fetched."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from ninja import Query, Schema
from pydantic import Field

from paidan.accounts.constants import Permission
from paidan.accounts.rules import may
from paidan.api.v1.catalog import CODE_LONGEST, Instant, Latitude, Longitude
from paidan.api.v1.dispatch import Window
from paidan.api.v1.paging import CursorText, Limit, Page
from paidan.api.v1.requests import ApiRequest
from paidan.api.v1.routes import Routes
from paidan.kernel import clock
from paidan.kernel.paging import Slice
from paidan.partners import selectors, services
from paidan.partners.constants import CELL_LONGEST, NUMBER_LONGEST, ORDERS_AT_ONCE, ORDERS_EACH_CALL
from paidan.partners.selectors import ImportView, OrderRow

routes = Routes("Partner orders")
ORDERS = may(Permission.ORDER_FOR_PARTNERS)
Code = Annotated[str, Field(max_length=CODE_LONGEST)]
Text = Annotated[str, Field(max_length=200)]


class PartnerOrderIn(Schema):
    """One order, as a row of a file has it; what is wrong is answered with the order, not with the call."""

    external_number: str = Field(min_length=1, max_length=NUMBER_LONGEST, description="Your own number.")
    service: Text = Field(description="Code or name of a service item.")
    contact_name: Text
    contact_phone: Text
    district: Text = Field(description="Code or name of a territory.")
    address: Text = Field(description="Street and estate.")
    door: Text = ""
    date: Text = Field(description="Local day, e.g. 2026-12-01.")
    window: Text = Field(description="Local time, e.g. 10:00-12:00; one of the windows of GET slots.")
    description: str = Field(default="", max_length=CELL_LONGEST)
    urgency: Text = "normal"
    lat: Latitude | None = None
    lng: Longitude | None = None

    def values(self) -> dict[str, str]:
        """As the cells of a row; what is empty is left out."""
        return {name: str(value) for name, value in self.dict().items() if value not in (None, "")}


class PartnerOrdersIn(Schema):
    partner: Code = Field(description="Code of the partner.")
    orders: Annotated[list[PartnerOrderIn], Field(min_length=1, max_length=ORDERS_EACH_CALL)]


class OrderErrorOut(Schema):
    field: str = Field(description="Field of the order; empty for the order as a whole.")
    message: str


class OrderResultOut(Schema):
    """``status``: booked, known (booked before), rejected, or waiting until the worker has booked it."""

    external_number: str
    status: str
    booking_ref: str
    errors: list[OrderErrorOut]


class PartnerImportOut(Schema):
    ref: str
    is_done: bool
    booked: int
    known: int
    rejected: int
    results: list[OrderResultOut]

    @staticmethod
    def of(view: ImportView) -> PartnerImportOut:
        results = [
            OrderResultOut(
                external_number=row.external_number,
                status=str(row.status),
                booking_ref=row.booking_ref,
                errors=[
                    OrderErrorOut(field=error.column if error.column_label else "", message=error.sentence)
                    for error in row.errors
                ],
            )
            for row in view.rows
        ]
        one = view.summary
        return PartnerImportOut(
            ref=one.ref,
            is_done=one.is_done,
            booked=one.booked,
            known=one.known,
            rejected=one.rejected,
            results=results,
        )


class PartnerOrderOut(Schema):
    """An order with the status of its booking and of the visit; texts are for people, codes for programs."""

    partner: str
    external_number: str
    booking_ref: str
    status: str
    status_label: str
    visit_status: str
    window: Window | None
    price_minor: int
    updated_at: datetime

    @staticmethod
    def of(row: OrderRow) -> PartnerOrderOut:
        return PartnerOrderOut(
            partner=row.partner_code,
            external_number=row.external_number,
            booking_ref=row.booking_ref,
            status=row.status,
            status_label=row.status_label,
            visit_status=row.visit_status,
            window=Window.of(row.window) if row.window is not None else None,
            price_minor=row.price_minor,
            updated_at=row.updated_at,
        )


class PartnerOrderQuery(Schema):
    partner: str = Field(default="", max_length=CODE_LONGEST, description="Code of a partner.")
    updated_since: Instant | None = Field(
        default=None, description="Only orders that changed at this instant or later."
    )


@routes.post("partner-orders", access=ORDERS, response={200: PartnerImportOut}, summary="Orders of a partner in bulk")
def partner_orders_create(request: ApiRequest, body: PartnerOrdersIn) -> PartnerImportOut:
    """Each order is answered by itself; the same external number is booked once, however often it is sent.

    Up to ten are booked before the answer; of more each is ``waiting``: ask ``GET partner-imports/{ref}``.
    """
    ref = services.import_rows(
        partner_code=body.partner,
        rows=[order.values() for order in body.orders],
        at_once=ORDERS_AT_ONCE,
        actor=request.actor,
        now=clock.now(),
    )
    return PartnerImportOut.of(selectors.import_view(request.actor, ref))


@routes.get("partner-imports/{ref}", access=ORDERS, response=PartnerImportOut, summary="What became of orders sent")
def partner_import_read(request: ApiRequest, ref: str) -> PartnerImportOut:
    """The first two hundred rows of a call or file, in their order."""
    return PartnerImportOut.of(selectors.import_view(request.actor, ref))


@routes.get("partner-orders", access=ORDERS, response=Page[PartnerOrderOut], summary="Orders with their status")
def partner_orders_list(
    request: ApiRequest, limit: Limit, cursor: CursorText, query: Query[PartnerOrderQuery]
) -> Slice[PartnerOrderOut]:
    """The longest unchanged first: hand the last ``updated_at`` back as ``updated_since`` the next time."""
    page = selectors.orders_list(
        request.actor, partner_code=query.partner, updated_since=query.updated_since, cursor=cursor, limit=limit
    )
    return Slice(tuple(PartnerOrderOut.of(row) for row in page.items), page.next_cursor)
