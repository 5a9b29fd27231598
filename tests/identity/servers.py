"""A vendor's server on this machine: answers in threads of the test, and notes what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Asked:
    """A request as the vendor's server got it; ``form`` is the JSON object or the form of its body."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    form: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Said:
    """What it answers: a JSON object, or any bytes."""

    body: dict[str, Any] | bytes
    status: int = 200


class Vendor(Protocol):
    """One vendor's protocol."""

    def answer(self, asked: Asked) -> Said: ...


class Running:
    """A vendor's server that runs."""

    def __init__(self, vendor: Vendor) -> None:
        self.vendor = vendor
        self.asked: list[Asked] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer._serve(self)

            def do_POST(self) -> None:
                outer._serve(self)

            def log_message(self, *_parts: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        text = handler.rfile.read(int(handler.headers.get("Content-Length") or 0)).decode()
        is_json = "json" in handler.headers.get("Content-Type", "")
        asked = Asked(
            method=handler.command,
            path=parts.path,
            query=single(parts.query),
            headers={name.lower(): value for name, value in handler.headers.items()},
            form=json.loads(text) if is_json and text else single(text),
        )
        self.asked.append(asked)
        said = self.vendor.answer(asked)
        body = said.body if isinstance(said.body, bytes) else json.dumps(said.body).encode()
        handler.send_response(said.status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)


@contextmanager
def running(vendor: Vendor) -> Iterator[Running]:
    """The vendor's server, for as long as it is needed."""
    server = Running(vendor)
    thread = threading.Thread(target=server.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.server.shutdown()
    server.server.server_close()
    thread.join()


def single(query: str) -> dict[str, str]:
    """``a=1&b=2`` as a dictionary; a name that comes twice is a mistake."""
    found = parse_qs(query, keep_blank_values=True)
    assert all(len(values) == 1 for values in found.values()), found
    return {name: values[0] for name, values in found.items()}
