"""Whether the web part answers yet."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable
from http import HTTPStatus

from paidan.cli.sentences import Refusal, gettext_noop

_PATIENCE_SECONDS = 120.0
_PAUSE_SECONDS = 0.1
_ANSWER_SECONDS = 5
_NO_ANSWER = gettext_noop("The web part does not answer on port %(port)s after %(seconds)d s; its log says why.")
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104  compared with, not listened on


def reachable_address(host: str, port: int) -> str:
    """Where a browser on this machine finds what listens on ``host``."""
    return f"http://{_ANYWHERE.get(host, host)}:{port}"


def web_wait(host: str, port: int, meanwhile: Callable[[], None]) -> None:
    """Wait until the web part is alive, doing ``meanwhile`` between two tries.

    Raises:
        Refusal: it is not after two minutes.
    """
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not _alive(_ANYWHERE.get(host, host), port):
        if time.monotonic() > deadline:
            raise Refusal(_NO_ANSWER, port=port, seconds=_PATIENCE_SECONDS)
        meanwhile()
        time.sleep(_PAUSE_SECONDS)


def _alive(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host.strip("[]"), port, timeout=_ANSWER_SECONDS)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
