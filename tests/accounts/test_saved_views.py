"""Views of lists: one's own, under a name, so many."""

from __future__ import annotations

import pytest

from paidan.accounts.access import actor_of_user
from paidan.accounts.constants import RoleCode
from paidan.accounts.services import saved_views, view_delete, view_save
from paidan.accounts.services.saved_views import MOST_VIEWS
from paidan.kernel import clock
from paidan.kernel.actors import ANONYMOUS, Actor
from paidan.kernel.errors import Forbidden, Invalid, NotFound
from tests import city

pytestmark = pytest.mark.django_db
PAGE = "desk:bookings"


@pytest.fixture
def reader() -> Actor:
    return actor_of_user(city.make_user(RoleCode.MANAGER))


def keep(actor: Actor, name: str, query: str = "group=done") -> None:
    view_save(actor=actor, page=PAGE, name=name, query=query, now=clock.now())


def names(actor: Actor) -> list[tuple[str, str]]:
    return [(view.name, view.query) for view in saved_views(actor, PAGE)]


def test_a_view_of_the_same_name_is_replaced(reader: Actor) -> None:
    keep(reader, "今天")
    keep(reader, " 今天 ", "group=pending")

    assert names(reader) == [("今天", "group=pending")]


def test_a_view_without_a_name_is_not_kept(reader: Actor) -> None:
    for name in ("", "  ", "x" * 41):
        with pytest.raises(Invalid) as refusal:
            keep(reader, name)
        assert set(refusal.value.fields) == {"name"}

    assert names(reader) == []


def test_there_are_only_so_many(reader: Actor) -> None:
    for number in range(MOST_VIEWS):
        keep(reader, f"{number}")

    with pytest.raises(Invalid):
        keep(reader, "one more")
    keep(reader, "0", "group=cancelled")

    assert len(names(reader)) == MOST_VIEWS


def test_views_of_others_are_neither_seen_nor_deleted(reader: Actor) -> None:
    keep(reader, "今天")
    other = actor_of_user(city.make_user(RoleCode.MANAGER))
    (mine,) = saved_views(reader, PAGE)

    with pytest.raises(NotFound):
        view_delete(actor=other, view_id=mine.id)

    assert saved_views(other, PAGE) == ()
    assert names(reader) == [("今天", "group=done")]
    view_delete(actor=reader, view_id=mine.id)
    assert names(reader) == []


def test_nobody_keeps_no_view() -> None:
    with pytest.raises(Forbidden):
        keep(ANONYMOUS, "今天")
