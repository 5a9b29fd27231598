"""The events process as it is served: killed, stopped, with slow readers, on a database that restarts."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.live.log import event_insert
from tests.live.served import House, Part, connected, part

pytestmark = [pytest.mark.slow, pytest.mark.timeout(500), pytest.mark.xdist_group("served")]


@pytest.fixture(scope="module")
def events(home: House) -> Iterator[Part]:
    with part(home) as running:
        yield running


def test_a_commit_reaches_the_reader_over_a_socket(home: House, events: Part) -> None:
    person = home.people[0]

    async def scenario() -> None:
        async with connected(events.address, person.headers) as reader:
            await reader.until_hello()
            with home.connect() as database:
                began = time.monotonic()
                own = event_insert(database, f"hall:{home.territory_id}")
            assert (await reader.next()).event_id == own
            assert time.monotonic() - began < 2

    asyncio.run(scenario())


def test_nothing_is_missed_when_the_process_is_killed_and_comes_back(home: House) -> None:
    person = home.people[0]

    async def scenario(first: Part) -> None:
        with home.connect() as database:
            async with connected(first.address, person.headers) as reader:
                await reader.until_hello()
                seen = event_insert(database, f"user:{person.user_id}")
                assert (await reader.next()).event_id == seen

                first.kill()

                await reader.ended()
            missed = [event_insert(database, f"user:{person.user_id}") for _ in range(3)]
            await asyncio.to_thread(first.start)
            async with connected(first.address, person.headers, after=seen) as again:
                frames = await again.until_hello()
            assert set(missed) <= {frame.event_id for frame in frames if frame.kind == "change"}

    with part(home) as running:
        asyncio.run(scenario(running))


def test_a_process_told_to_stop_says_goodbye_and_is_gone_at_once(home: House) -> None:
    async def scenario(running: Part) -> None:
        async with (
            connected(running.address, home.people[0].headers) as first,
            connected(running.address, home.people[1].headers) as second,
        ):
            await first.until_hello()
            await second.until_hello()

            stopping = asyncio.create_task(asyncio.to_thread(running.stop))

            for reader in (first, second):
                assert (await reader.next("bye")).data == {"reason": "restart"}
                await reader.ended()
            assert await stopping < 15

    with part(home) as running:
        asyncio.run(scenario(running))


def test_a_reader_who_does_not_read_is_cut_and_the_others_hear_everything(home: House, events: Part) -> None:
    slow, quick = home.people[0], home.people[1]
    batches, size = 40, 100

    async def scenario() -> None:
        stuck = socket.create_connection(("127.0.0.1", events.port))
        stuck.sendall(f"GET /events HTTP/1.1\r\nHost: x\r\nCookie: {slow.headers['Cookie']}\r\n\r\n".encode())
        async with connected(events.address, quick.headers) as reader:
            await reader.until_hello()
            told: set[int | None] = set()
            with home.connect() as database:
                for _ in range(batches):
                    database.execute(
                        "INSERT INTO kernel_event (name, payload, refs, topics, created_at)"
                        " SELECT 'visit.assigned', '{}', ARRAY[repeat('x', 8000)], ARRAY[%s], now()"
                        " FROM generate_series(1, %s)",
                        [f"hall:{home.territory_id}", size],
                    )
                    told |= {(await reader.next()).event_id for _ in range(size)}
            assert len(told) == batches * size
        await asyncio.to_thread(_read_to_the_end, stuck)

    asyncio.run(scenario())


def _read_to_the_end(stuck: socket.socket) -> None:
    stuck.settimeout(10)
    got = b""
    while chunk := stuck.recv(1 << 20):
        got += chunk
    assert not got.endswith(b"0\r\n\r\n"), "cut, not completed"
    stuck.close()


def test_readers_stay_through_a_restart_of_the_database_and_miss_nothing(home: House, events: Part) -> None:
    person = home.people[2]

    async def scenario() -> None:
        async with connected(events.address, person.headers) as reader:
            await reader.until_hello()
            with home.connect() as database:
                before = event_insert(database, f"user:{person.user_id}")
            assert (await reader.next()).event_id == before

            home.postgres.stop()
            refused = await asyncio.to_thread(httpx.get, f"{events.address}/events", headers=person.headers, timeout=20)
            home.postgres.start()
            with home.connect() as database:
                meanwhile = event_insert(database, f"user:{person.user_id}")

            told = {(await reader.next(seconds=15)).event_id}
            while meanwhile not in told:
                told.add((await reader.next(seconds=15)).event_id)
            assert refused.status_code == 503
            assert refused.headers["retry-after"]

    asyncio.run(scenario())
