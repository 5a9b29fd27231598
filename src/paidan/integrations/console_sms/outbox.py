"""Where messages end when there is no provider: ``<data folder>/sms/outbox.jsonl``, one JSON object a line."""

from __future__ import annotations

import json
import os
from pathlib import Path

import structlog
from django.conf import settings

from paidan.kernel import clock

log = structlog.get_logger(__name__)


def outbox_path() -> Path:
    """The file, readable by its owner only."""
    return Path(settings.DATA_DIR) / "sms" / "outbox.jsonl"


def message_write(*, phone: str, kind: str, text: str, **facts: str) -> None:
    """Append a message.

    A notice may hold an address and the key of a link, so that the log says only that it was written.

    Raises:
        OSError: the data folder cannot be written.
    """
    path = outbox_path()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    line = json.dumps(
        {"at": clock.now().isoformat(), "phone": phone, "kind": kind, "text": text, **facts}, ensure_ascii=False
    )
    # One write to a file opened for appending: lines of several processes do not mix.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "ab", buffering=0) as file:
        file.write(f"{line}\n".encode())
    log.debug("sms_written", kind=kind)
