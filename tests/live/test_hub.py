"""Fan-out inside one process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from typing import Any

import pytest

from paidan.api.live.admission import Credential, CredentialKind, Visitor
from paidan.api.live.frames import Change, Farewell
from paidan.api.live.hub import Hub, Subscriber
from paidan.kernel.actors import Actor, ActorKind
from tests.live.readers import Told, told_of_block


def run(coroutine: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(coroutine, 20))


def visitor(*topics: str, user_id: int = 7) -> Visitor:
    actor = Actor(kind=ActorKind.USER, user_id=user_id, role="technician")
    return Visitor(Credential(CredentialKind.SESSION, f"s{user_id}"), actor, frozenset(topics))


def joined(hub: Hub, *topics: str, user_id: int = 7, queue_frames: int = 16) -> Subscriber:
    subscriber = Subscriber(visitor(*topics, user_id=user_id), queue_frames=queue_frames)
    hub.join(subscriber, since=hub.mark())
    return subscriber


def change(event_id: int, *topics: str) -> Change:
    return Change(event_id, "visit.assigned", ("V0000000000A1",), topics)


async def told(subscriber: Subscriber) -> list[Told]:
    blocks = (await subscriber.take()).decode().split("\n\n")
    return [told_of_block(block) for block in blocks if block]


def test_a_change_reaches_those_who_share_a_topic_and_nobody_else() -> None:
    async def scenario() -> None:
        hub = Hub()
        worker = joined(hub, "user:1", "hall:3", user_id=1)
        other = joined(hub, "user:2", "hall:4", user_id=2)

        reached = hub.publish(change(5, "user:1", "desk:3"))

        assert reached == 1
        frames = await told(worker)
        assert [(frame.event_id, frame.kind) for frame in frames] == [(5, "change")]
        assert frames[0].data == {"name": "visit.assigned", "refs": ["V0000000000A1"], "topics": ["user:1"]}
        assert other.is_idle

    run(scenario())


def test_a_reader_with_two_matching_topics_hears_once_and_learns_of_no_other_topic() -> None:
    async def scenario() -> None:
        hub = Hub()
        reader = joined(hub, "hall:3", "desk:3", "everyone")

        hub.publish(change(5, "desk:3", "hall:3", "user:99", "office"))

        frames = await told(reader)
        assert len(frames) == 1
        assert frames[0].data["topics"] == ["desk:3", "hall:3"]

    run(scenario())


def test_an_event_heard_twice_is_told_once() -> None:
    async def scenario() -> None:
        hub = Hub()
        reader = joined(hub, "hall:3")

        assert hub.publish(change(5, "hall:3")) == 1
        assert hub.publish(change(5, "hall:3")) == 0

        assert len(await told(reader)) == 1
        assert reader.is_idle

    run(scenario())


def test_what_was_told_between_the_mark_and_joining_is_delivered_in_order() -> None:
    async def scenario() -> None:
        hub = Hub()
        hub.publish(change(4, "hall:3"))
        mark = hub.mark()
        hub.publish(change(6, "hall:3"))
        hub.publish(change(5, "hall:3"))
        hub.publish(change(7, "hall:4"))
        reader = Subscriber(visitor("hall:3"))

        hub.join(reader, since=mark)

        assert [frame.event_id for frame in await told(reader)] == [6, 5]

    run(scenario())


def test_a_slow_reader_is_cut_and_the_others_hear_everything() -> None:
    async def scenario() -> None:
        hub = Hub()
        slow = joined(hub, "hall:3", user_id=1, queue_frames=3)
        quick = joined(hub, "hall:3", user_id=2, queue_frames=100)
        cut = asyncio.Event()
        slow.on_cut = cut.set

        for number in range(1, 11):
            hub.publish(change(number, "hall:3"))

        assert cut.is_set()
        assert len(await told(slow)) == 3
        assert slow.send(b"x") is False
        assert [frame.event_id for frame in await told(quick)] == list(range(1, 11))

    run(scenario())


def test_the_owners_oldest_stream_leaves_when_there_are_too_many() -> None:
    async def scenario() -> None:
        hub = Hub(streams_per_owner=2)
        first, second, third = (joined(hub, "hall:3") for _ in range(3))
        foreign = joined(hub, "hall:3", user_id=8)

        reached = hub.publish(change(5, "hall:3"))

        assert reached == 3
        assert len(hub) == 3
        farewell = await told(first)
        assert (farewell[0].kind, farewell[0].data) == ("bye", {"reason": "too_many"})
        assert first.is_over
        for subscriber in (second, third, foreign):
            assert [frame.event_id for frame in await told(subscriber)] == [5]

    run(scenario())


def test_leaving_leaves_nothing_behind() -> None:
    async def scenario() -> None:
        hub = Hub()
        reader = joined(hub, "hall:3", "user:1")

        hub.leave(reader)
        hub.leave(reader)
        hub.move(reader, visitor("hall:9"))

        assert len(hub) == 0
        assert hub.publish(change(5, "hall:3", "hall:9")) == 0
        assert reader.is_idle

    run(scenario())


def test_moving_to_other_topics_stops_the_old_ones_and_resets_for_the_new_ones() -> None:
    async def scenario() -> None:
        hub = Hub()
        reader = joined(hub, "hall:3")

        hub.move(reader, visitor("hall:4"))
        hub.publish(change(5, "hall:3"))
        hub.publish(change(6, "hall:4"))

        assert [(frame.kind, frame.event_id) for frame in await told(reader)] == [("reset", 0), ("change", 6)]

    run(scenario())


def test_losing_a_topic_is_silent() -> None:
    async def scenario() -> None:
        hub = Hub()
        reader = joined(hub, "hall:3", "user:7")

        hub.move(reader, visitor("user:7"))

        assert hub.publish(change(5, "hall:3")) == 0
        assert reader.is_idle

    run(scenario())


@pytest.mark.parametrize("reason", list(Farewell))
def test_closing_sends_what_is_queued_then_the_reason(reason: Farewell) -> None:
    async def scenario() -> None:
        hub = Hub()
        reader = joined(hub, "hall:3")
        hub.publish(change(5, "hall:3"))

        hub.close(reason)
        hub.close(reason)

        frames = await told(reader)
        assert [frame.kind for frame in frames] == ["change", "bye"]
        assert frames[-1].data == {"reason": reason.value}
        assert reader.is_over

    run(scenario())


def test_a_frame_is_valid_event_stream_text_whatever_the_refs_hold() -> None:
    async def scenario() -> None:
        hub = Hub()
        reader = joined(hub, "hall:3")

        hub.publish(Change(5, "visit.assigned", ("a\nb\r\n\n", "师傅"), ("hall:3",)))

        text = (await reader.take()).decode()
        assert text.count("\n\n") == 1
        data = next(line for line in text.split("\n") if line.startswith("data: "))
        assert json.loads(data.removeprefix("data: "))["refs"] == ["a\nb\r\n\n", "师傅"]

    run(scenario())
