"""Fan-out inside one process: from one event to the screens that may know of it."""

from __future__ import annotations

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from paidan.api.live.admission import Visitor
from paidan.api.live.frames import Change, Farewell, Frame, FrameKind, change_frame

QUEUE_FRAMES = 1024
STREAMS_PER_OWNER = 12
REMEMBERED_EVENTS = 4096
_END = b""


class Subscriber:
    """One open stream: its queue of encoded frames and how it ends."""

    def __init__(self, visitor: Visitor, *, queue_frames: int = QUEUE_FRAMES) -> None:
        self.visitor = visitor
        self.owner = visitor.owner
        self.turn = secrets.randbelow(1 << 16)
        self.on_cut: Callable[[], object] = lambda: None
        self.is_over = False
        self._takes_more = True
        self._queue: asyncio.Queue[bytes] = asyncio.Queue(queue_frames)

    @property
    def is_idle(self) -> bool:
        """Nothing waits to be written."""
        return self._queue.empty()

    async def take(self) -> bytes:
        """What waits to be written, at least one frame; ``is_over`` tells whether it was the last."""
        frames = [await self._queue.get()]
        while not self._queue.empty():
            frames.append(self._queue.get_nowait())
        self.is_over = frames[-1] == _END
        return b"".join(frames)

    def send(self, frame: bytes) -> bool:
        """Queue a frame; a reader too slow for the queue is cut and will replay. Returns if it is kept."""
        if not self._takes_more:
            return False
        try:
            self._queue.put_nowait(frame)
        except asyncio.QueueFull:
            self.cut()
            return False
        return True

    def end(self, reason: Farewell) -> None:
        """Say why, then close; what is queued is still sent. Ending twice is harmless."""
        if self.send(Frame(FrameKind.BYE, data={"reason": reason.value}).as_stream()):
            self.send(_END)
            self._takes_more = False

    def cut(self) -> None:
        """Close without a word, also while a write to the reader is stuck."""
        self._takes_more = False
        self.on_cut()


class Hub:
    """Who listens to what. Used from one event loop only, so it needs no lock."""

    def __init__(self, *, streams_per_owner: int = STREAMS_PER_OWNER) -> None:
        self.head = 0
        self._streams_per_owner = streams_per_owner
        self._by_topic: dict[str, set[Subscriber]] = {}
        self._by_owner: dict[str, OrderedDict[Subscriber, None]] = {}
        self._told: OrderedDict[int, Change] = OrderedDict()
        self._told_count = 0

    def __len__(self) -> int:
        return sum(len(streams) for streams in self._by_owner.values())

    def subscribers(self) -> Iterator[Subscriber]:
        """All open streams, safe to change while iterating."""
        return iter([subscriber for streams in self._by_owner.values() for subscriber in streams])

    def mark(self) -> int:
        """A point in the order of telling, for ``join``."""
        return self._told_count

    def join(self, subscriber: Subscriber, *, since: int) -> None:
        """Deliver to this stream from now on, beginning with what was told after the mark ``since``.

        The owner's oldest stream leaves if there are too many.
        """
        streams = self._by_owner.setdefault(subscriber.owner, OrderedDict())
        streams[subscriber] = None
        self._listen(subscriber)
        missed = min(self._told_count - since, len(self._told))
        for change in reversed(list(islice(reversed(self._told.values()), missed))):
            self._tell(change, [subscriber])
        while len(streams) > self._streams_per_owner:
            oldest = next(iter(streams))
            self.leave(oldest)
            oldest.end(Farewell.TOO_MANY)

    def leave(self, subscriber: Subscriber) -> None:
        """Deliver no more; leaving twice is harmless."""
        self._unlisten(subscriber)
        streams = self._by_owner.get(subscriber.owner)
        if streams is None:
            return
        streams.pop(subscriber, None)
        if not streams:
            del self._by_owner[subscriber.owner]

    def move(self, subscriber: Subscriber, visitor: Visitor) -> None:
        """The stream's owner may now read other topics; new ones make its pages fetch again."""
        if subscriber not in self._by_owner.get(subscriber.owner, ()):
            return
        gained = visitor.topics - subscriber.visitor.topics
        self._unlisten(subscriber)
        subscriber.visitor = visitor
        self._listen(subscriber)
        if gained:
            subscriber.send(Frame(FrameKind.RESET, self.head).as_stream())

    def publish(self, change: Change) -> int:
        """Queue the change for everyone who may know of it, once; returns how many."""
        if change.event_id in self._told:
            return 0
        self._remember(change)
        readers: dict[Subscriber, None] = {
            subscriber: None for topic in change.topics for subscriber in self._by_topic.get(topic, ())
        }
        return self._tell(change, readers)

    def reset(self, head: int) -> None:
        """Tell everyone to fetch everything again: more happened than can be told."""
        self.head = max(self.head, head)
        frame = Frame(FrameKind.RESET, self.head).as_stream()
        for subscriber in self.subscribers():
            subscriber.send(frame)

    def close(self, reason: Farewell) -> None:
        """End every stream."""
        for subscriber in self.subscribers():
            subscriber.end(reason)

    @staticmethod
    def _tell(change: Change, readers: Iterable[Subscriber]) -> int:
        """Queue it for readers that share a topic with it; each set of shared topics is encoded once."""
        named = frozenset(change.topics)
        encoded: dict[frozenset[str], bytes] = {}
        sent = 0
        for subscriber in readers:
            shared = named & subscriber.visitor.topics
            if shared and shared not in encoded:
                encoded[shared] = change_frame(change, shared).as_stream()
            sent += bool(shared) and subscriber.send(encoded[shared])
        return sent

    def _remember(self, change: Change) -> None:
        self.head = max(self.head, change.event_id)
        self._told[change.event_id] = change
        self._told_count += 1
        if len(self._told) > REMEMBERED_EVENTS:
            self._told.popitem(last=False)

    def _listen(self, subscriber: Subscriber) -> None:
        for topic in subscriber.visitor.topics:
            self._by_topic.setdefault(topic, set()).add(subscriber)

    def _unlisten(self, subscriber: Subscriber) -> None:
        for topic in subscriber.visitor.topics:
            readers = self._by_topic.get(topic)
            if readers is not None:
                readers.discard(subscriber)
                if not readers:
                    del self._by_topic[topic]
