"""The product's routes, and two that it does not have."""

from __future__ import annotations

from django.db import connection
from django.urls import path
from ninja import Schema

from paidan.accounts.constants import Permission
from paidan.accounts.rules import may
from paidan.api.v1.api import PaidanAPI
from paidan.api.v1.requests import ApiRequest
from paidan.api.v1.routes import Routes
from paidan.config import urls as product
from paidan.dispatch.errors import OfferGone
from paidan.kernel import clock

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


urlpatterns = [path("control/", PaidanAPI([routes], namespace="control").urls), *product.urlpatterns]
handler400, handler403 = product.handler400, product.handler403
handler404, handler500 = product.handler404, product.handler500
