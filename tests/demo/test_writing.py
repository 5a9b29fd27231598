"""The pen of the past takes only declared steps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from paidan.accounts.constants import RoleCode
from paidan.booking.models import Booking
from paidan.demo.history.writing import HistoryWriter, StepRefused
from paidan.kernel.actors import SYSTEM, Actor, ActorKind
from paidan.kernel.transitions import TransitionRefused
from paidan.visits.models import Visit

PRESENT = datetime(2026, 3, 1, 12, tzinfo=UTC)
EARLIER = PRESENT - timedelta(days=2)
TECHNICIAN = Actor(kind=ActorKind.USER, user_id=7, role=RoleCode.TECHNICIAN)


def _visit(status: str) -> Visit:
    return Visit(ref="V000000000001", status=status, created_at=EARLIER)


def test_a_declared_step_moves_the_visit_and_stamps_it() -> None:
    writer, visit = HistoryWriter(until=PRESENT), _visit("accepted")

    writer.visit_move(visit, "depart", actor=TECHNICIAN, at=EARLIER)

    assert (visit.status, visit.departed_at) == ("en_route", EARLIER)


def test_an_undeclared_step_is_refused_and_changes_nothing() -> None:
    writer, visit = HistoryWriter(until=PRESENT), _visit("pending")

    with pytest.raises(TransitionRefused):
        writer.visit_move(visit, "finish", actor=TECHNICIAN, at=EARLIER)

    assert (visit.status, visit.finished_at) == ("pending", None)


def test_a_step_of_another_role_is_refused() -> None:
    writer, visit = HistoryWriter(until=PRESENT), _visit("accepted")

    with pytest.raises(StepRefused, match="system does not depart"):
        writer.visit_move(visit, "depart", actor=SYSTEM, at=EARLIER)


def test_a_step_without_what_it_requires_is_refused() -> None:
    writer, visit = HistoryWriter(until=PRESENT), _visit("assigned")

    with pytest.raises(StepRefused, match="decline needs reason"):
        writer.visit_move(visit, "decline", actor=TECHNICIAN, at=EARLIER)


def test_history_does_not_reach_beyond_the_present() -> None:
    writer, visit = HistoryWriter(until=PRESENT), _visit("accepted")

    with pytest.raises(StepRefused, match="not beyond the present"):
        writer.visit_move(visit, "depart", actor=TECHNICIAN, at=PRESENT + timedelta(seconds=1))


def test_history_does_not_run_backwards() -> None:
    writer, visit = HistoryWriter(until=PRESENT), _visit("accepted")
    writer.visit_move(visit, "depart", actor=TECHNICIAN, at=EARLIER)

    with pytest.raises(StepRefused, match="goes forward"):
        writer.visit_move(visit, "arrive", actor=TECHNICIAN, at=EARLIER - timedelta(seconds=1))


def test_a_booking_walks_its_table_too() -> None:
    writer = HistoryWriter(until=PRESENT)
    booking = Booking(ref="B000000000001", channel="web", created_at=EARLIER)
    writer.booking_take(booking, actor=SYSTEM)

    writer.booking_move(booking, "confirm", actor=SYSTEM, at=EARLIER)

    assert (booking.status, booking.confirmed_at) == ("confirmed", EARLIER)
    with pytest.raises(TransitionRefused):
        writer.booking_move(booking, "close", actor=SYSTEM, at=EARLIER)
