"""Live updates: every open screen hears of a change as soon as it is committed.

Frames carry ids only; a client that hears of a change fetches what it shows again, through the same
access doors as before. Delivery is at least once.

* ``application`` (``paidan.api.live.stream``) is the native ASGI stream for ``/events``.
* ``paidan.api.live.views.changes`` is the polling answer of the web process, for when the stream is down.
"""

from __future__ import annotations

from paidan.api.live.stream import application

__all__ = ["application"]
