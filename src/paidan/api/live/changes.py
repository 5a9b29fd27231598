"""Reading the event log: what somebody missed, in one statement.

Ids are given out before commit, so a reader who has seen event 11 may still miss event 10. A replay
therefore also repeats what was created up to ``LATE_SECONDS`` before the last event seen; readers
treat a repeated frame as harmless. An event whose transaction stayed open for longer than that after
it was written would be missed: the statement, lock and idle time-outs make that not happen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from paidan.api.live.frames import Change, Frame, FrameKind, change_frame

LATE_SECONDS = 30
REPLAY_FRAMES = 500
REPLAY_EVENTS = 10_000
AGE_SECONDS_MAX = 120
COMMIT_SECONDS = 3

# ``around`` is materialised so that the planner reads those seconds by their index, and nothing else.
_SINCE = """
WITH head AS (SELECT coalesce(max(id), 0) AS id FROM kernel_event),
anchor AS (SELECT id, created_at FROM kernel_event WHERE id <= %(after)s ORDER BY id DESC LIMIT 1),
fresh AS (
    SELECT id, name, refs, topics FROM kernel_event
    WHERE id > %(after)s AND id <= %(after)s + %(events)s AND topics && %(topics)s
    ORDER BY id LIMIT %(frames)s + 1
),
around AS MATERIALIZED (
    SELECT id, name, refs, topics FROM kernel_event
    WHERE created_at > (SELECT created_at - make_interval(secs => %(late)s) FROM anchor)
      AND created_at < (SELECT created_at + make_interval(secs => %(late)s) FROM anchor)
      AND id < %(after)s
),
late AS (SELECT * FROM around WHERE topics && %(topics)s ORDER BY id DESC LIMIT %(frames)s)
SELECT head.id, anchor.id, found.id, found.name, found.refs, found.topics
FROM head LEFT JOIN anchor ON true LEFT JOIN (TABLE fresh UNION ALL TABLE late) AS found ON true
ORDER BY found.id
"""
_RECENT = """
WITH head AS (SELECT coalesce(max(id), 0) AS id FROM kernel_event),
recent AS (
    SELECT id, name, refs, topics FROM kernel_event
    WHERE created_at > now() - make_interval(secs => %(age)s) AND topics && %(topics)s
    ORDER BY id LIMIT %(frames)s + 1
)
SELECT head.id, NULL, found.id, found.name, found.refs, found.topics
FROM head LEFT JOIN recent AS found ON true
ORDER BY found.id
"""


@dataclass(frozen=True, slots=True)
class Replay:
    """What a returning reader gets.

    Attributes:
        changes: what happened, oldest first, late ones included.
        head: the newest event's id when it was read; 0 for an empty log.
        lost: more happened than can be told, or the log does not know the reader's place.
    """

    changes: tuple[Change, ...]
    head: int
    lost: bool

    def frames(self, topics: Collection[str]) -> list[Frame]:
        """The frames to send, closed by a ``hello`` that tells where the reader now stands."""
        if self.lost:
            return [Frame(FrameKind.RESET, self.head), Frame(FrameKind.HELLO, self.head)]
        told = [change_frame(change, topics) for change in self.changes]
        return [*told, Frame(FrameKind.HELLO, self.head)]


def changes_since(after: int, topics: Collection[str]) -> Replay:
    """What readers of these topics missed since the event ``after``, and what may have come late before it."""
    rows = _rows(
        _SINCE,
        {
            "after": after,
            "topics": list(topics),
            "events": REPLAY_EVENTS,
            "frames": REPLAY_FRAMES,
            "late": LATE_SECONDS,
        },
    )
    head, anchor = int(rows[0][0]), rows[0][1]
    changes = _changes(rows)
    unknown_place = after > head or (anchor is None and after > 0)
    too_many = sum(change.event_id > after for change in changes) > REPLAY_FRAMES
    lost = unknown_place or too_many or head - after > REPLAY_EVENTS
    return Replay(changes=() if lost else changes, head=head, lost=lost)


def changes_recent(age_seconds: float, topics: Collection[str]) -> Replay:
    """What happened while a page was on its way, which it may not show yet.

    Args:
        age_seconds: since the page was asked for; the time a commit may take is added.
    """
    age = min(max(age_seconds, 0.0), AGE_SECONDS_MAX) + COMMIT_SECONDS
    rows = _rows(_RECENT, {"age": age, "topics": list(topics), "frames": REPLAY_FRAMES})
    changes = _changes(rows)
    lost = len(changes) > REPLAY_FRAMES
    return Replay(changes=() if lost else changes, head=int(rows[0][0]), lost=lost)


def changes_of_rows(rows: Iterable[tuple[Any, ...]]) -> list[Change]:
    """Rows of (id, name, refs, topics) as changes."""
    return [Change(int(row[0]), str(row[1]), tuple(row[2]), tuple(row[3])) for row in rows]


def _changes(rows: list[tuple[Any, ...]]) -> tuple[Change, ...]:
    return tuple(changes_of_rows(row[2:] for row in rows if row[2] is not None))


def _rows(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
