"""The regular look whether the readers of open streams may still read, and what."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace

import structlog
from django.db import DatabaseError, InterfaceError

from paidan.api.live.admission import Credential, CredentialKind, actors_of
from paidan.api.live.database import DatabaseThreads
from paidan.api.live.frames import Farewell
from paidan.api.live.hub import Hub, Subscriber
from paidan.api.live.topics import topics_for
from paidan.kernel import clock
from paidan.kernel.actors import Actor

CHECK_SECONDS = 30.0
CHECK_CREDENTIALS = 500
TOPIC_ROUNDS = 10
_log = structlog.get_logger(__name__)


class Watch:
    """Ends the streams of those who logged out, and follows changes of role and territory.

    Whether somebody is still logged in is asked for everyone every ``CHECK_SECONDS``, in two
    statements for 500 streams. Topics are worked out again at once when the role changed, on every
    round for links, and for everyone else within ``TOPIC_ROUNDS`` rounds, some each round.
    """

    def __init__(self, hub: Hub, database: DatabaseThreads, *, check_seconds: float = CHECK_SECONDS) -> None:
        self._hub = hub
        self._database = database
        self._check_seconds = check_seconds
        self._round = 0

    async def run(self) -> None:
        """Check until cancelled. While the database is away nobody is sent away."""
        while True:
            await asyncio.sleep(self._check_seconds)
            try:
                await self.check()
            except (DatabaseError, InterfaceError) as error:
                _log.warning("live.watch_failed", error=type(error).__name__)

    async def check(self) -> None:
        """Look once."""
        self._round += 1
        streams: dict[Credential, list[Subscriber]] = {}
        for subscriber in self._hub.subscribers():
            streams.setdefault(subscriber.visitor.credential, []).append(subscriber)
        credentials = list(streams)
        for start in range(0, len(credentials), CHECK_CREDENTIALS):
            part = credentials[start : start + CHECK_CREDENTIALS]
            actors = await self._database.run(actors_of, part, now=clock.now())
            await self._apply({credential: streams[credential] for credential in part}, actors)

    async def _apply(self, streams: dict[Credential, list[Subscriber]], actors: dict[Credential, Actor]) -> None:
        due: dict[Credential, Actor] = {}
        for credential, subscribers in streams.items():
            actor = actors.get(credential)
            if actor is None:
                for subscriber in subscribers:
                    subscriber.end(Farewell.SIGNED_OUT)
            elif any(self._is_due(subscriber, actor) for subscriber in subscribers):
                due[credential] = actor
        topics = await self._database.run(_topics_of, due.values()) if due else {}
        for credential, actor in due.items():
            for subscriber in streams[credential]:
                visitor = replace(subscriber.visitor, actor=actor, topics=topics[actor])
                if visitor != subscriber.visitor:
                    self._hub.move(subscriber, visitor)

    def _is_due(self, subscriber: Subscriber, actor: Actor) -> bool:
        return (
            actor != subscriber.visitor.actor
            or subscriber.visitor.credential.kind is CredentialKind.LINK
            or subscriber.turn % TOPIC_ROUNDS == self._round % TOPIC_ROUNDS
        )


def _topics_of(actors: Iterable[Actor]) -> dict[Actor, frozenset[str]]:
    return {actor: topics_for(actor) for actor in set(actors)}
