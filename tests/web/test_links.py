"""Links without log-in: what they open, what they do not, and where their token does not go (B6)."""

from __future__ import annotations

import io
import logging
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from paidan.accounts.access import token_hash
from paidan.accounts.constants import LinkPurpose, RoleCode
from paidan.accounts.models import Link
from paidan.accounts.services import link_create
from paidan.booking.models import Booking
from paidan.booking.selectors.calendar import folded
from paidan.booking.services import booking_cancel, booking_hold_again, booking_reschedule
from paidan.kernel import clock
from paidan.kernel.logs import logging_configure
from paidan.visits.models import Visit
from tests import city
from tests.booking.scene import Scene, make_scene
from tests.web.clients import client_of

pytestmark = pytest.mark.django_db
PAGES = ("", "-cancel", "-reschedule", "-sign-off", "-calendar")


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@pytest.fixture
def booked(scene: Scene) -> tuple[Booking, Visit]:
    return scene.booked()


def link_to(booking: Booking, days: int = 30) -> str:
    return link_create(purpose=LinkPurpose.BOOKING, subject=booking.ref, now=clock.now(), days=days)


def page(token: str, kind: str = "") -> str:
    return reverse(f"portal:booking-link{kind}", args=[token])


def test_a_token_has_160_bits_and_only_its_hash_is_kept(booked: tuple[Booking, Visit]) -> None:
    token = link_to(booked[0])

    kept = Link.objects.get(token_hash=token_hash(token))
    assert len(token) * 6 >= 160
    assert token.encode() not in bytes(kept.token_hash)
    assert token not in {kept.subject, kept.purpose}


@pytest.mark.parametrize("kind", PAGES)
def test_a_guessed_or_changed_token_opens_nothing(booked: tuple[Booking, Visit], kind: str) -> None:
    token = link_to(booked[0])

    guesses = [token[:-1] + ("A" if token[-1] != "A" else "B"), token.swapcase(), token + "A", booked[0].ref]

    assert [client_of().get(page(guess, kind)).status_code for guess in guesses] == [404] * 4


@pytest.mark.parametrize("kind", PAGES)
def test_an_expired_token_opens_nothing(booked: tuple[Booking, Visit], kind: str) -> None:
    token = link_to(booked[0], days=1)

    with time_machine.travel(clock.now() + timedelta(days=1, seconds=1), tick=False):
        answer = client_of().get(page(token, kind))

    assert answer.status_code == 404


def test_a_token_of_one_purpose_does_nothing_of_another(booked: tuple[Booking, Visit]) -> None:
    booking, visit = booked
    review = link_create(purpose=LinkPurpose.REVIEW, subject=visit.ref, now=clock.now())

    answers = [client_of().get(page(review, kind)).status_code for kind in PAGES]
    cancelled = client_of().post(page(review, "-cancel"), {"reason": "other", "agreed": "0"})
    by_call = client_of().post(
        f"/api/v1/bookings/{booking.ref}/cancel?link={review}", {"reason": "other"}, content_type="application/json"
    )

    assert answers == [404] * len(PAGES)
    assert (cancelled.status_code, by_call.status_code) in {(404, 404), (404, 401)}
    booking.refresh_from_db()
    assert booking.status == "confirmed"


def test_a_token_opens_its_own_booking_only(scene: Scene, booked: tuple[Booking, Visit]) -> None:
    other, _visit = scene.booked(window=scene.window(10))

    token = link_to(booked[0])
    shown = client_of().get(page(token)).content.decode()
    foreign = client_of().get(f"/api/v1/bookings/{other.ref}?link={token}")

    assert booked[0].ref in shown
    assert other.ref not in shown
    assert foreign.status_code in {401, 404}


@pytest.mark.parametrize("kind", PAGES)
def test_no_page_of_a_link_tells_its_address_to_others_or_to_caches(booked: tuple[Booking, Visit], kind: str) -> None:
    answer = client_of().get(page(link_to(booked[0]), kind))

    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "address", ["/l/{}/", "/l/{}/cancel/", "/r/{}/", "/files/F000000000001/{}/", "/events?link={}"]
)
def test_no_log_holds_a_token(booked: tuple[Booking, Visit], address: str) -> None:
    token = link_to(booked[0])
    before, stream = logging.getLogger().handlers, io.StringIO()
    try:
        logging_configure({})
        handler = logging.getLogger().handlers[0]
        assert isinstance(handler, logging.StreamHandler)
        handler.setStream(stream)
        where = address.format(token)
        logging.getLogger("web").warning("Opened %s", where)
        logging.getLogger("web").warning("opened", extra={"request": _Request(where), "path": where})
    finally:
        logging.getLogger().handlers = before

    assert stream.getvalue().count("…") == 3
    assert token not in stream.getvalue()


class _Request:
    """As Django shows a request in its log."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __repr__(self) -> str:
        return f"<WSGIRequest: GET '{self.path}'>"


def lines_of(text: str) -> dict[str, str]:
    """The content lines of a calendar entry, unfolded; of equal names the first."""
    lines = text.replace("\r\n ", "").split("\r\n")
    return dict(reversed([(name, value) for name, _, value in (line.partition(":") for line in lines)]))


def calendar(client: Client, address: str) -> dict[str, str]:
    answer = client.get(address)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Content-Disposition"].startswith("attachment;")
    assert all(len(line.encode()) <= 75 for line in answer.content.decode().split("\r\n"))
    return lines_of(answer.content.decode())


def test_a_calendar_entry_moves_and_vanishes_with_its_booking(scene: Scene) -> None:
    customer = scene.customer_actor()
    booking, _visit = scene.booked(customer)
    address = page(link_to(booking), "-calendar")
    first = calendar(client_of(), address)
    window = scene.window(10, days=1)
    hold = booking_hold_again(ref=booking.ref, window=window, holder_key="h", actor=customer, now=scene.now)
    booking_reschedule(ref=booking.ref, hold_ref=hold.ref, holder_key="h", actor=customer, now=scene.now)
    moved = calendar(client_of(), address)
    booking_cancel(ref=booking.ref, reason="other", actor=customer, now=scene.now)
    cancelled = calendar(client_of(), address)

    entries = (first, moved, cancelled)
    assert {entry["UID"] for entry in entries} == {f"{booking.ref}@paidan"}
    assert [entry["SEQUENCE"] for entry in entries] == ["0", "1", "2"]
    assert [entry["METHOD"] for entry in entries] == ["PUBLISH", "PUBLISH", "CANCEL"]
    assert [entry["STATUS"] for entry in entries] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert moved["DTSTART"] == f"{city.local(window.start.date(), 2):%Y%m%dT%H}0000Z"
    assert first["LOCATION"] == "样例区 样例路 8 号 3 单元 502"


def test_the_calendar_of_a_foreign_booking_is_absent(booked: tuple[Booking, Visit]) -> None:
    stranger = client_of(city.make_user(RoleCode.CUSTOMER))

    answer = stranger.get(reverse("portal:booking-calendar", args=[booked[0].ref]))

    assert answer.status_code == 404


def test_long_lines_are_folded_between_letters() -> None:
    line = "SUMMARY:" + "空调" * 40

    parts = folded(line).split("\r\n")

    assert all(len(part.encode()) <= 75 for part in parts)
    assert parts[0] + "".join(part[1:] for part in parts[1:]) == line
