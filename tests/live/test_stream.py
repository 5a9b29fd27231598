"""The stream itself: opened over ASGI in this process, fed by a real PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.conf import settings

from paidan.accounts.constants import LinkPurpose, RoleCode
from paidan.accounts.models import ApiKey, Link
from paidan.accounts.services import api_key_create, link_create
from paidan.api.live import watch
from paidan.api.live.stream import LiveStreams
from tests.live.log import event_insert, second_connection
from tests.live.people import cookie_of, person, session_of, technician_of, territory
from tests.live.readers import StreamReader, reading

pytestmark = pytest.mark.django_db(transaction=True)
Database = psycopg.Connection[Any]


@asynccontextmanager
async def live(**options: float) -> AsyncIterator[LiveStreams]:
    streams = LiveStreams(**options)
    try:
        yield streams
    finally:
        await streams.stop()


def play(scenario: Callable[[LiveStreams, Database], Awaitable[None]], **options: float) -> None:
    """Run a scenario with a running stream application and a second, autocommitting connection."""

    async def run() -> None:
        with second_connection() as database:
            database.autocommit = True
            async with asyncio.timeout(40), live(**options) as streams:
                await scenario(streams, database)

    asyncio.run(run())


async def silence(reader: StreamReader, seconds: float = 0.5) -> None:
    """Nothing arrives for a while."""
    with pytest.raises(TimeoutError):
        await reader.next(seconds=seconds)


def test_a_new_reader_is_greeted_with_the_newest_id_and_hears_what_follows() -> None:
    user = person(RoleCode.CUSTOMER, 1)
    cookie = cookie_of(user)

    async def scenario(streams: LiveStreams, database: Database) -> None:
        newest = event_insert(database, "user:0", age=timedelta(minutes=1))
        async with reading(streams, headers=cookie) as reader:
            assert reader.status == 200
            assert reader.headers["content-type"] == "text/event-stream; charset=utf-8"
            assert reader.headers["cache-control"] == "no-store"
            hello = await reader.until_hello()
            assert [(frame.kind, frame.event_id) for frame in hello] == [("hello", newest)]
            assert reader.body.startswith(b"retry: 3000\n\n")

            told_id = event_insert(database, f"user:{user.pk}", "desk:1", name="visit.accepted", refs=("V1", "B1"))

            told = await reader.next(seconds=2)
            assert told.event_id == told_id
            assert told.data == {"name": "visit.accepted", "refs": ["V1", "B1"], "topics": [f"user:{user.pk}"]}

    play(scenario)


def test_a_technician_never_receives_what_is_anothers() -> None:
    here, there = territory("a"), territory("b")
    mine, other = person(RoleCode.TECHNICIAN, 1), person(RoleCode.TECHNICIAN, 2)
    technician_of(mine, here)
    technician_of(other, there)
    cookie = cookie_of(mine)

    async def scenario(streams: LiveStreams, database: Database) -> None:
        before = event_insert(database, f"hall:{there.pk}", age=timedelta(minutes=2))
        event_insert(database, f"user:{other.pk}")
        query = f"after={before}&topics=user:{other.pk}&topic=desk:{there.pk}"
        async with reading(streams, query, cookie) as reader:
            assert [frame.kind for frame in await reader.until_hello()] == ["hello"]

            for topic in (f"user:{other.pk}", f"hall:{there.pk}", f"desk:{here.pk}", "office", "visit:1"):
                event_insert(database, topic)
            own = event_insert(database, f"hall:{here.pk}", f"user:{other.pk}", "office")

            told = await reader.next(seconds=2)
            assert told.event_id == own
            assert told.data["topics"] == [f"hall:{here.pk}"]
            await silence(reader)

    play(scenario)


def test_a_late_commit_reaches_open_streams_and_returning_readers() -> None:
    user = person(RoleCode.CUSTOMER, 1)
    cookie, topic = cookie_of(user), f"user:{user.pk}"

    async def scenario(streams: LiveStreams, database: Database) -> None:
        with second_connection() as slow:
            async with reading(streams, headers=cookie) as reader:
                await reader.until_hello()
                tenth = event_insert(slow, topic)
                eleventh = event_insert(database, topic)
                assert (await reader.next(seconds=2)).event_id == eleventh

            async with reading(streams, headers=cookie) as witness:
                await witness.until_hello()
                slow.commit()
                assert (await witness.next(seconds=2)).event_id == tenth

        async with reading(streams, headers={**cookie, "Last-Event-ID": str(eleventh)}) as returned:
            frames = await returned.until_hello()
            assert [frame.event_id for frame in frames] == [tenth, eleventh]
            assert [frame.kind for frame in frames] == ["change", "hello"]

    play(scenario)


def test_the_header_counts_before_the_address() -> None:
    user = person(RoleCode.CUSTOMER, 1)
    cookie, topic = cookie_of(user), f"user:{user.pk}"

    async def scenario(streams: LiveStreams, database: Database) -> None:
        first = event_insert(database, topic, age=timedelta(minutes=9))
        second = event_insert(database, topic, age=timedelta(minutes=5))
        third = event_insert(database, topic)
        async with reading(streams, f"after={first}", cookie) as reader:
            assert [frame.event_id for frame in await reader.until_hello()] == [second, third, third]
        async with reading(streams, f"after={first}", {**cookie, "Last-Event-ID": str(second)}) as reader:
            assert [frame.event_id for frame in await reader.until_hello()] == [third, third]

    play(scenario)


def test_a_reader_too_far_behind_is_told_to_fetch_everything_again() -> None:
    user = person(RoleCode.CUSTOMER, 1)
    cookie = cookie_of(user)

    async def scenario(streams: LiveStreams, database: Database) -> None:
        last = event_insert(database, "office")
        async with reading(streams, f"after={last + 1000}", cookie) as reader:
            frames = await reader.until_hello()
            assert [(frame.kind, frame.event_id) for frame in frames] == [("reset", last), ("hello", last)]

    play(scenario)


def test_a_quiet_stream_is_kept_warm_and_moves_the_readers_place_along() -> None:
    cookie = cookie_of(person(RoleCode.CUSTOMER, 1))

    async def scenario(streams: LiveStreams, database: Database) -> None:
        async with reading(streams, headers=cookie) as reader:
            await reader.until_hello()
            foreign = event_insert(database, "user:0")
            beats = [await reader.next("", seconds=2) for _ in range(3)]
            assert beats[-1].comment == "beat"
            assert beats[-1].event_id == foreign

    play(scenario, heartbeat_seconds=0.1)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("", {}),
        ("", {"Cookie": "sessionid=unknown"}),
        ("", {"Authorization": "Bearer pd_unknown"}),
        ("link=unknown", {}),
        ("link=%00", {}),
    ],
)
def test_who_shows_nothing_valid_is_refused(query: str, headers: dict[str, str], language: str) -> None:
    async def scenario(streams: LiveStreams, database: Database) -> None:
        async with reading(streams, query, {**headers, "Accept-Language": language}) as reader:
            await reader.ended()
            assert reader.status == 401
            assert reader.headers["content-type"] == "application/problem+json"
            assert b'"code": "unauthenticated"' in reader.body
            assert len(streams.hub) == 0

    play(scenario)


@pytest.mark.parametrize("after", ["x", "-1", "1.5", "٣", "9" * 19, "9" * 400])
def test_a_place_that_is_no_number_is_refused_with_its_field(after: str) -> None:
    cookie = cookie_of(person(RoleCode.CUSTOMER, 1))

    async def scenario(streams: LiveStreams, database: Database) -> None:
        async with reading(streams, headers={**cookie, "Accept-Language": "en"}, query=f"after={after}") as reader:
            await reader.ended()
            assert reader.status == 422
            assert b'"fields": {"after": "Must be a whole number."}' in reader.body

    play(scenario)


def test_only_reading_is_allowed() -> None:
    cookie = cookie_of(person(RoleCode.CUSTOMER, 1))

    async def scenario(streams: LiveStreams, database: Database) -> None:
        async with reading(streams, headers=cookie, method="POST") as reader:
            await reader.ended()
            assert reader.status == 405
            assert reader.headers["allow"] == "GET"

    play(scenario)


def test_a_key_and_a_link_open_the_stream() -> None:
    user = person(RoleCode.CUSTOMER, 1)
    key = api_key_create(user_id=user.pk, label="", scopes=[], expires_at=None)
    token = link_create(purpose=LinkPurpose.BOOKING, subject="B0", now=datetime.now(UTC))

    async def scenario(streams: LiveStreams, database: Database) -> None:
        async with (
            reading(streams, headers={"Authorization": f"Bearer {key}"}) as by_key,
            reading(streams, f"link={token}") as by_link,
        ):
            await by_key.until_hello()
            await by_link.until_hello()
            event_insert(database, f"user:{user.pk}", name="visit.accepted")
            event_insert(database, "everyone", name="notice.published")
            assert (await by_key.next(seconds=2)).data["name"] == "visit.accepted"
            assert (await by_link.next(seconds=2)).data["name"] == "notice.published"

    play(scenario)


def _log_out(database: Database, secret: str) -> None:
    database.execute("DELETE FROM django_session WHERE session_key = %s", [secret])


def _expire(database: Database, secret: str) -> None:
    database.execute("UPDATE django_session SET expire_date = now() WHERE session_key = %s", [secret])


def _disable(database: Database, _secret: str) -> None:
    database.execute("UPDATE accounts_user SET is_active = false")


def _change_password(database: Database, _secret: str) -> None:
    database.execute("UPDATE accounts_user SET password = 'argon2$changed'")


@pytest.mark.parametrize("leave", [_log_out, _expire, _disable, _change_password])
def test_the_stream_ends_when_the_session_does(leave: Callable[[Database, str], None]) -> None:
    user, stays = person(RoleCode.CUSTOMER, 1), person(RoleCode.CUSTOMER, 2)
    secret, cookie = session_of(user), cookie_of(stays)
    key = api_key_create(user_id=stays.pk, label="", scopes=[], expires_at=None)

    async def scenario(streams: LiveStreams, database: Database) -> None:
        own = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={secret}"}
        async with reading(streams, headers=own) as leaving, reading(streams, headers=cookie) as staying:
            await leaving.until_hello()
            await staying.until_hello()

            leave(database, secret)

            assert (await leaving.next("bye", seconds=5)).data == {"reason": "signed_out"}
            await leaving.ended()
            if leave in {_log_out, _expire}:
                event_insert(database, f"user:{stays.pk}")
                await staying.next(seconds=2)
        async with reading(streams, headers=own) as again:
            assert again.status == 401
        assert key

    play(scenario, check_seconds=0.1)


def test_the_stream_ends_when_the_key_is_revoked_or_the_link_expires() -> None:
    user = person(RoleCode.CUSTOMER, 1)
    key = api_key_create(user_id=user.pk, label="", scopes=[], expires_at=None)
    token = link_create(purpose=LinkPurpose.BOOKING, subject="B0", now=datetime.now(UTC))
    keys, links = ApiKey._meta.db_table, Link._meta.db_table

    async def scenario(streams: LiveStreams, database: Database) -> None:
        async with (
            reading(streams, headers={"Authorization": f"Bearer {key}"}) as by_key,
            reading(streams, f"link={token}") as by_link,
        ):
            await by_key.until_hello()
            await by_link.until_hello()
            database.execute(f"UPDATE {keys} SET revoked_at = now()")
            database.execute(f"UPDATE {links} SET expires_at = now()")
            await by_key.next("bye", seconds=5)
            await by_link.next("bye", seconds=5)

    play(scenario, check_seconds=0.1)


def test_a_technician_lent_to_another_territory_hears_of_its_hall_without_logging_in_again() -> None:
    here, there = territory("a"), territory("b")
    user = person(RoleCode.TECHNICIAN, 1)
    technician = technician_of(user, here)
    cookie = cookie_of(user)

    async def scenario(streams: LiveStreams, database: Database) -> None:
        async with reading(streams, headers=cookie) as reader:
            await reader.until_hello()
            database.execute(
                "UPDATE workforce_territorymembership SET territory_id = %s WHERE technician_id = %s",
                [there.pk, technician.pk],
            )
            await reader.next("reset", seconds=5)
            event_insert(database, f"hall:{here.pk}")
            moved = event_insert(database, f"hall:{there.pk}")
            assert (await reader.next(seconds=2)).event_id == moved

    play(scenario, check_seconds=0.05)


def test_two_thousand_events_of_one_transaction_cut_nobody() -> None:
    user = person(RoleCode.CUSTOMER, 1)
    cookie = cookie_of(user)

    async def scenario(streams: LiveStreams, database: Database) -> None:
        async with reading(streams, headers=cookie) as reader:
            await reader.until_hello()
            database.execute(
                "INSERT INTO kernel_event (name, payload, refs, topics, created_at)"
                " SELECT 'visit.created', '{}', '{}', ARRAY[%s], now() FROM generate_series(1, 2000)",
                [f"user:{user.pk}"],
            )
            told = {(await reader.next(seconds=5)).event_id for _ in range(2000)}
            assert len(told) == 2000

    play(scenario)


def test_a_lost_listening_connection_comes_back_and_nothing_is_missed() -> None:
    user = person(RoleCode.CUSTOMER, 1)
    cookie, topic = cookie_of(user), f"user:{user.pk}"

    async def scenario(streams: LiveStreams, database: Database) -> None:
        async with reading(streams, headers=cookie) as reader:
            await reader.until_hello()
            told: set[int | None] = set()
            sent = set()
            for _ in range(5):
                database.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'paidan-events'"
                    " AND datname = current_database()"
                )
                sent.add(event_insert(database, topic))
                while not sent <= told:
                    told.add((await reader.next(seconds=8)).event_id)
            assert told == sent

    play(scenario)


def test_a_look_that_fails_for_an_unknown_reason_is_not_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = session_of(person(RoleCode.CUSTOMER, 1))
    own = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={secret}"}
    failures = iter([ValueError("unforeseen")])
    look = watch.actors_of

    def fail_once(*args: Any, **options: Any) -> Any:
        for failure in failures:
            raise failure
        return look(*args, **options)

    monkeypatch.setattr(watch, "actors_of", fail_once)

    async def scenario(streams: LiveStreams, database: Database) -> None:
        async with reading(streams, headers=own) as reader:
            await reader.until_hello()
            _log_out(database, secret)
            assert (await reader.next("bye", seconds=5)).data == {"reason": "signed_out"}

    play(scenario, check_seconds=0.1)


def test_leaving_readers_leave_nothing_behind() -> None:
    cookie = cookie_of(person(RoleCode.CUSTOMER, 1))

    async def scenario(streams: LiveStreams, database: Database) -> None:
        for _ in range(3):
            async with reading(streams, headers=cookie) as reader:
                await reader.until_hello()
                assert len(streams.hub) == 1
            assert len(streams.hub) == 0
        tasks = {task for task in asyncio.all_tasks() if "_for_ever" not in repr(task)}
        assert tasks == {asyncio.current_task()}

    play(scenario)


def test_a_stopping_process_says_so_and_takes_no_new_readers() -> None:
    cookie = cookie_of(person(RoleCode.CUSTOMER, 1))

    async def scenario(streams: LiveStreams, database: Database) -> None:
        async with reading(streams, headers=cookie) as reader:
            await reader.until_hello()
            streams.drain()
            assert (await reader.next("bye", seconds=2)).data == {"reason": "restart"}
            await reader.ended()
        async with reading(streams, headers=cookie) as late:
            assert late.status == 503
            assert late.headers["retry-after"] == "2"

    play(scenario)
