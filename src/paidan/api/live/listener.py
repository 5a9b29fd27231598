"""The process's one LISTEN connection: hears of commits, reads the events, hands them to the hub."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import psycopg
import structlog
from django.db import connections
from psycopg import AsyncConnection

from paidan.api.live.changes import LATE_SECONDS, changes_of_rows
from paidan.api.live.frames import Change
from paidan.api.live.hub import Hub
from paidan.kernel.outbox import CHANNEL

PROBE_SECONDS = 10.0
ANSWER_SECONDS = 5.0
RETRY_SECONDS_MAX = 5.0
CATCH_UP_EVENTS = 5_000
BREATH_EVENTS = 20

_HEAD = "SELECT coalesce(max(id), 0) FROM kernel_event"
_BY_ID = "SELECT id, name, refs, topics FROM kernel_event WHERE id = ANY(%s) ORDER BY id"
_CATCH_UP = """
WITH anchor AS (SELECT created_at FROM kernel_event WHERE id <= %(head)s ORDER BY id DESC LIMIT 1)
SELECT id, name, refs, topics FROM kernel_event WHERE id > %(head)s
UNION ALL
SELECT id, name, refs, topics FROM kernel_event
WHERE created_at > (SELECT created_at - make_interval(secs => %(late)s) FROM anchor)
  AND created_at < (SELECT created_at + make_interval(secs => %(late)s) FROM anchor)
  AND id < %(head)s
ORDER BY id LIMIT %(events)s + 1
"""
_log = structlog.get_logger(__name__)

Rows = list[tuple[Any, ...]]


class Listener:
    """Follows the event log and survives restarts of the database.

    After each reconnection it reads what was committed meanwhile, so that subscribers who stayed
    connected to this process miss nothing.
    """

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._connected = asyncio.Event()
        self._has_followed = False

    @property
    def is_connected(self) -> bool:
        return self._connected.is_set()

    async def connected(self, timeout_seconds: float) -> bool:
        """Wait until the connection stands; returns whether it does."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._connected.wait(), timeout_seconds)
        return self.is_connected

    async def run(self) -> None:
        """Follow until cancelled; back-off doubles from 0.25 s to 5 s."""
        pause = 0.25
        while True:
            try:
                await self._session()
            except (psycopg.Error, OSError, TimeoutError) as error:
                _log.warning("live.listener_lost", error=type(error).__name__)
            if self.is_connected:
                pause = 0.25
            self._connected.clear()
            await asyncio.sleep(pause)
            pause = min(pause * 2, RETRY_SECONDS_MAX)

    async def _session(self) -> None:
        connection = await asyncio.wait_for(_connect(), ANSWER_SECONDS * 2)
        async with connection:
            await connection.execute(f"LISTEN {CHANNEL}")
            await self._catch_up(connection)
            self._connected.set()
            _log.info("live.listener_connected", head=self._hub.head)
            while True:
                await self._follow(connection)

    async def _catch_up(self, connection: AsyncConnection) -> None:
        if not self._has_followed:
            rows = await _rows(connection, _HEAD, None)
            self._hub.head = max(self._hub.head, int(rows[0][0]))
            self._has_followed = True
            return
        values = {"head": self._hub.head, "late": LATE_SECONDS, "events": CATCH_UP_EVENTS}
        changes = changes_of_rows(await _rows(connection, _CATCH_UP, values))
        if len(changes) > CATCH_UP_EVENTS:
            self._hub.reset(int((await _rows(connection, _HEAD, None))[0][0]))
            return
        await self._publish(changes)

    async def _follow(self, connection: AsyncConnection) -> None:
        heard = [notice.payload async for notice in connection.notifies(timeout=PROBE_SECONDS, stop_after=1)]
        ids = [int(payload) for payload in heard if payload.isdecimal()]
        if ids:
            await self._publish(changes_of_rows(await _rows(connection, _BY_ID, [ids])))
        elif not heard:
            # Nothing came for a while: a connection that died without a word must not look quiet.
            await _rows(connection, "SELECT 1", None)

    async def _publish(self, changes: list[Change]) -> None:
        for number, change in enumerate(changes, start=1):
            self._hub.publish(change)
            if number % BREATH_EVENTS == 0:
                # One transaction may bring thousands: let the writers empty their queues between.
                await asyncio.sleep(0)


async def _connect() -> AsyncConnection:
    parameters = connections["default"].get_connection_params()
    for name in ("context", "cursor_factory", "prepare_threshold"):
        parameters.pop(name, None)
    parameters |= {"application_name": "paidan-events", "keepalives_idle": 10, "keepalives_interval": 5}
    return await AsyncConnection.connect(**parameters, autocommit=True, prepare_threshold=None)


async def _rows(connection: AsyncConnection, statement: Any, values: Any) -> Rows:
    cursor = await asyncio.wait_for(connection.execute(statement, values), ANSWER_SECONDS)
    return await cursor.fetchall()
