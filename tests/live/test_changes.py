"""What a returning reader is told, from a real event log."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
from django.db import connection

from paidan.api.live import changes
from paidan.api.live.changes import changes_recent, changes_since
from tests.live.log import event_insert, second_connection

pytestmark = pytest.mark.django_db(transaction=True)
HALL = {"hall:3", "user:7"}


def ids(replay: changes.Replay) -> list[int]:
    return [change.event_id for change in replay.changes]


def test_an_empty_log_says_hello_at_zero() -> None:
    replay = changes_since(0, HALL)

    assert (replay.changes, replay.head, replay.lost) == ((), 0, False)
    assert [frame.as_json() for frame in replay.frames(HALL)] == [{"id": 0, "event": "hello", "data": {}}]


def test_only_what_shares_a_topic_is_replayed_and_the_head_moves_along() -> None:
    first = event_insert(connection, "hall:3", age=timedelta(minutes=5))
    mine = event_insert(connection, "hall:3", "desk:1")
    foreign = event_insert(connection, "hall:4", "user:8")

    replay = changes_since(first, HALL)

    assert ids(replay) == [mine]
    assert replay.head == foreign
    assert replay.frames(HALL)[0].as_json()["data"]["topics"] == ["hall:3"]
    assert [frame.as_json()["id"] for frame in replay.frames(HALL)] == [mine, foreign]


def test_an_event_that_commits_after_a_later_one_is_told_on_return() -> None:
    event_insert(connection, "hall:3", age=timedelta(minutes=5))
    with second_connection() as slow:
        tenth = event_insert(slow, "hall:3")
        eleventh = event_insert(connection, "hall:3")
        assert ids(changes_since(eleventh - 2, HALL))[-1] == eleventh
        assert tenth not in ids(changes_since(tenth - 1, HALL))

        slow.commit()

    assert tenth < eleventh
    assert tenth in ids(changes_since(eleventh, HALL))


def test_what_is_older_than_the_late_window_is_not_repeated() -> None:
    old = event_insert(connection, "hall:3", age=timedelta(seconds=changes.LATE_SECONDS + 60))
    last = event_insert(connection, "hall:3")

    assert changes_since(last, HALL).changes == ()
    assert ids(changes_since(old, HALL)) == [last]


def test_too_many_changes_ask_for_a_reset() -> None:
    first = event_insert(connection, "hall:3", age=timedelta(minutes=5))
    many(changes.REPLAY_FRAMES + 1, "hall:3")

    replay = changes_since(first, HALL)

    assert replay.lost
    assert [frame.kind.value for frame in replay.frames(HALL)] == ["reset", "hello"]
    assert not changes_since(first, {"hall:4"}).lost


def test_exactly_the_most_is_still_told() -> None:
    first = event_insert(connection, "hall:3", age=timedelta(minutes=5))
    many(changes.REPLAY_FRAMES, "hall:3")

    replay = changes_since(first, HALL)

    assert not replay.lost
    assert len(replay.changes) == changes.REPLAY_FRAMES


def test_a_place_too_far_back_asks_for_a_reset_without_reading_the_log() -> None:
    first = event_insert(connection, "hall:3", age=timedelta(hours=5))
    many(changes.REPLAY_EVENTS + 1, "office")

    assert changes_since(first, HALL).lost
    assert not changes_since(first + 1, HALL).lost


@pytest.mark.parametrize("distance", [1, 10**12])
def test_a_place_the_log_does_not_know_asks_for_a_reset(distance: int) -> None:
    last = event_insert(connection, "hall:3")

    assert changes_since(last + distance, HALL).lost


def test_a_place_whose_rows_are_gone_asks_for_a_reset() -> None:
    event_insert(connection, "hall:3")
    newest = event_insert(connection, "hall:3")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM kernel_event WHERE id < %s", [newest])

    assert changes_since(newest - 1, HALL).lost
    assert not changes_since(newest, HALL).lost


def test_a_new_page_hears_what_happened_while_it_was_on_its_way() -> None:
    event_insert(connection, "hall:3", age=timedelta(seconds=60))
    meanwhile = event_insert(connection, "hall:3", age=timedelta(seconds=5))
    event_insert(connection, "hall:4")

    assert ids(changes_recent(6, HALL)) == [meanwhile]
    assert ids(changes_recent(0, HALL)) == []


def test_reading_costs_one_statement(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]  # fixture
    last = event_insert(connection, "hall:3")

    with django_assert_num_queries(1):
        changes_since(last, HALL)
    with django_assert_num_queries(1):
        changes_recent(5, HALL)


def test_the_notice_arrives_with_the_commit_and_carries_the_id() -> None:
    with second_connection() as listener:
        listener.autocommit = True
        listener.execute("LISTEN paidan_event")

        event_id = event_insert(connection, "hall:3")

        notices = list(listener.notifies(timeout=5, stop_after=1))
    assert [notice.payload for notice in notices] == [str(event_id)]


def many(count: int, topic: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kernel_event (name, payload, refs, topics, created_at)"
            " SELECT 'visit.assigned', '{}', '{}', ARRAY[%s], now() FROM generate_series(1, %s)",
            [topic, count],
        )


def test_the_second_connection_is_a_different_one() -> None:
    with second_connection() as other, connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")

        assert isinstance(other, psycopg.Connection)
        assert other.info.backend_pid != cursor.fetchone()[0]
