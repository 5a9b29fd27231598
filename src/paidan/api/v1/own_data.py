"""What we hold of the caller: given out, or erased."""

from __future__ import annotations

from typing import Any

from ninja import Schema
from pydantic import Field

from paidan.accounts.rules import OWN
from paidan.api.v1.requests import ApiRequest
from paidan.api.v1.routes import Routes
from paidan.customers import own_data as service
from paidan.kernel import clock
from paidan.kernel.errors import Invalid

routes = Routes("Own data")


class EraseIn(Schema):
    """``confirm`` must be true: this cannot be taken back."""

    confirm: bool = Field(description="True, when the account shall really be closed and erased.")


class ErasedOut(Schema):
    is_erased: bool


@routes.get("own-data", access=OWN, response=dict[str, Any], summary="Everything we hold of the caller")
def own_data(request: ApiRequest) -> dict[str, Any]:
    """By kind of data; the archive with photos is on the account page."""
    return dict(service.own_data(request.actor))


@routes.post("own-data/erase", access=OWN, response=ErasedOut, summary="Close the account and erase its data")
def own_data_erase(request: ApiRequest, body: EraseIn) -> ErasedOut:
    """409 ``not_erasable`` while a booking is under way."""
    if not body.confirm:
        raise Invalid(fields={"confirm": Invalid.message})
    service.own_data_erase(actor=request.actor, now=clock.now())
    return ErasedOut(is_erased=True)
