"""The product's routes, and three that it does not have."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.urls import path
from ninja import Schema

from paidan.accounts.constants import Permission
from paidan.accounts.rules import may
from paidan.api.v1.api import PaidanAPI
from paidan.api.v1.booking_schemas import SlotHoldIn
from paidan.api.v1.requests import ApiRequest
from paidan.api.v1.routes import Routes
from paidan.booking.offering import offering_of
from paidan.config import urls as product
from paidan.dispatch.constants import HoldStatus
from paidan.dispatch.errors import OfferGone, SlotTaken
from paidan.dispatch.models import SlotHold
from paidan.dispatch.slots import need_of, slots_free, territory_at
from paidan.kernel import clock
from paidan.kernel.geo import Point

routes = Routes("Control")


class RowOut(Schema):
    row: int


@routes.post("rows/{row}/claim", access=may(Permission.GRAB_OFFERS), response=RowOut)
def row_claim(request: ApiRequest, row: int) -> RowOut:
    """One conditional update: the least a claim can be."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE bench_row SET status = 'taken', closed_at = %s WHERE id = %s AND status = 'open'",
            [clock.now(), row],
        )
        if cursor.rowcount != 1:
            raise OfferGone
    return RowOut(row=row)


@routes.post("rows/{row}/unguarded", access=may(Permission.GRAB_OFFERS), response=RowOut)
def row_unguarded(request: ApiRequest, row: int) -> RowOut:
    """Read, decide, write: no lock, no condition, no constraint. What a race test has to catch."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT status FROM bench_row WHERE id = %s", [row])
        if cursor.fetchone()[0] != "open":
            raise OfferGone
        cursor.execute("INSERT INTO bench_win (row_id, winner) VALUES (%s, %s)", [row, request.actor.user_id])
        cursor.execute("UPDATE bench_row SET status = 'taken', closed_at = %s WHERE id = %s", [clock.now(), row])
    return RowOut(row=row)


@routes.post("holds-unguarded", access=may(Permission.BOOK_FOR_SELF), response={201: RowOut})
def hold_unguarded(request: ApiRequest, body: SlotHoldIn) -> RowOut:
    """Look for the window, then write the hold: no lock, no plan."""
    now, place, window = clock.now(), Point(body.lat, body.lng), body.window.span()
    version = offering_of(body.service_item, now=now)
    territory = territory_at(place)
    if territory is None:
        raise SlotTaken
    need = need_of(version, place)
    free = slots_free(need, territory, start=window.start, end=window.end, now=now)
    held = SlotHold.objects.filter(window_start_at=window.start, status=HoldStatus.LIVE).exists()
    if held or window not in [slot.window for slot in free]:
        raise SlotTaken
    hold = SlotHold.objects.create(
        territory=territory,
        item_version=version,
        lat=place.lat,
        lng=place.lng,
        window_start_at=window.start,
        window_end_at=window.end,
        holder_key=str(request.actor.user_id),
        created_at=now,
        expires_at=now + timedelta(minutes=5),
    )
    return RowOut(row=hold.pk)


urlpatterns = [path("control/", PaidanAPI([routes], namespace="control").urls), *product.urlpatterns]
handler400, handler403 = product.handler400, product.handler403
handler404, handler500 = product.handler404, product.handler500
