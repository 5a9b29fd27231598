"""The phone desk for programs: calls come in, callers are found and opened."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from ninja import Query, Schema
from pydantic import Field

from paidan.accounts.constants import Permission
from paidan.accounts.rules import may
from paidan.api.v1.requests import ApiRequest
from paidan.api.v1.routes import Routes
from paidan.customers import callers, calling
from paidan.kernel import clock

routes = Routes("Phone desk")
BOOKS_FOR_OTHERS = may(Permission.BOOK_FOR_OTHERS)


class CallIn(Schema):
    """A call as the telephone system knows it."""

    call_key: str = Field(max_length=80, description="The telephone system's own name for the call.")
    phone: str = Field(default="", max_length=40, description="The caller's number; empty when it is hidden.")
    extension: str = Field(max_length=20, description="Where it rings.")


class CallOut(Schema):
    """A call; the number is masked. ``customer_ref`` is empty for an unknown number."""

    ref: str
    phone: str
    name: str
    customer_ref: str
    at: datetime


class CallerOut(Schema):
    """A customer whose number fits, masked."""

    ref: str
    name: str
    phone: str
    district: str


class CallerAddressOut(Schema):
    ref: str
    label: str
    line: str


class CallerOpenOut(Schema):
    """A caller in full."""

    ref: str
    name: str
    phone: str
    addresses: list[CallerAddressOut]


class ExtensionIn(Schema):
    extension: str = Field(default="", max_length=20, description="Empty: no calls come up any more.")


class ExtensionOut(Schema):
    extension: str


@routes.post("calls", access=BOOKS_FOR_OTHERS, response={201: CallOut}, summary="A call comes in")
def call_create(request: ApiRequest, body: CallIn) -> callers.CallRow:
    """The caller comes up on the screen of whoever sits at the extension. The same ``call_key`` is one call."""
    return calling.call_report(
        call_key=body.call_key, phone=body.phone, extension=body.extension, actor=request.actor, now=clock.now()
    )


@routes.get("calls", access=BOOKS_FOR_OTHERS, response=list[CallOut], summary="Calls that ring here")
def calls_list(request: ApiRequest) -> list[callers.CallRow]:
    """Those of the last ten minutes at one's own extension that nobody looks after yet."""
    return list(callers.calls_ringing(request.actor, now=clock.now()))


@routes.post("calls/{ref}/take", access=BOOKS_FOR_OTHERS, response=CallOut, summary="Look after a call")
def call_take(request: ApiRequest, ref: str) -> callers.CallRow:
    """It leaves the screen; twice changes nothing."""
    return calling.call_take(ref=ref, actor=request.actor, now=clock.now())


@routes.put("desk-line", access=BOOKS_FOR_OTHERS, response=ExtensionOut, summary="Sit down at an extension")
def desk_line_set(request: ApiRequest, body: ExtensionIn) -> ExtensionOut:
    """Whoever sat there before has left."""
    kept = calling.extension_set(extension=body.extension, actor=request.actor, now=clock.now())
    return ExtensionOut(extension=kept)


@routes.get("callers", access=BOOKS_FOR_OTHERS, response=list[CallerOut], summary="Find a caller by number")
def callers_list(
    request: ApiRequest,
    digits: Annotated[str, Query(max_length=40, description="At least four digits of the number.")] = "",
) -> list[callers.CallerRow]:
    """At most eight, masked; nothing below four digits."""
    return list(callers.callers_like(request.actor, digits))


@routes.post("callers/{ref}/open", access=BOOKS_FOR_OTHERS, response=CallerOpenOut, summary="Open a caller")
def caller_open(request: ApiRequest, ref: str) -> CallerOpenOut:
    """Name, number and addresses in full, for a booking; the audit keeps who opened whom."""
    caller = calling.caller_open(ref=ref, actor=request.actor, now=clock.now())
    addresses = [CallerAddressOut(ref=one.ref, label=one.label, line=one.line) for one in caller.addresses]
    return CallerOpenOut(ref=caller.ref, name=caller.name, phone=caller.phone, addresses=addresses)
