"""Whether an address can be listened on, asked before anything is started."""

from __future__ import annotations

import errno
import os
import socket

from paidan.cli.sentences import Refusal, gettext_noop

_BUSY = gettext_noop(
    "Port %(port)s on %(host)s is already in use: stop the other program, or choose another port with --port."
)
_FORBIDDEN = gettext_noop("You may not listen on port %(port)s: choose a port above 1023 with --port.")
_UNKNOWN = gettext_noop("This machine cannot listen on %(host)s:%(port)s: %(reason)s.")


def address_check(host: str, port: int) -> None:
    """Try the address.

    Raises:
        Refusal: it is taken, forbidden, or not this machine's.
    """
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except OSError as error:
        raise _refusal(error, host, port) from error


def free_port() -> int:
    """A port nobody listens on just now, for talk inside this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _refusal(error: OSError, host: str, port: int) -> Refusal:
    if error.errno == errno.EADDRINUSE:
        return Refusal(_BUSY, host=host, port=port)
    if error.errno in (errno.EACCES, errno.EPERM):
        return Refusal(_FORBIDDEN, port=port)
    reason = error.strerror or os.strerror(error.errno or 0)
    return Refusal(_UNKNOWN, host=host, port=port, reason=reason)
