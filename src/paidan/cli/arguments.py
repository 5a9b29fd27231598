"""Every command and its options."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from paidan.cli.sentences import _

if TYPE_CHECKING:
    _Commands: TypeAlias = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001  has no public name

_DEFAULT_PORT = 8000


def parser_make() -> argparse.ArgumentParser:
    """The parser; each command's ``module`` is the part of this package that runs it."""
    parser = argparse.ArgumentParser(prog="paidan", description=_("Field-service dispatch."))
    commands = parser.add_subparsers(required=True, metavar=_("command"))
    _add_serving(commands)
    _add_demo(commands)
    _add_accounts(commands)
    _add_keeping(commands)
    _add_engine(commands)
    return parser


def _command(commands: _Commands, name: str, module: str, text: str) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text)
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(os.environ.get("PAIDAN_DATA", "var")),
        metavar="DIR",
        help=_("data folder, with the embedded database (default: var)"),
    )
    parser.set_defaults(module=module)
    return parser


def _add_address(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", metavar="H", help=_("address to listen on"))
    parser.add_argument("--port", type=_port, default=_DEFAULT_PORT, metavar="N", help=_("port to listen on"))


def _port(text: str) -> int:
    port = int(text)
    if not 0 < port < 2**16:
        raise argparse.ArgumentTypeError(_("a port lies between 1 and 65535"))
    return port


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(_("must be at least 1"))
    return number


def _add_serving(commands: _Commands) -> None:
    up = _command(commands, "up", "up", _("run everything on this machine"))
    _add_address(up)
    up.add_argument("--demo", action="store_true", help=_("load the demo city first, once"))
    up.add_argument("--with-parent", action="store_true", help=_("stop when the starting process ends"))
    up.add_argument(
        "--split", action="store_true", help=_("run web and events as processes of their own behind one port")
    )
    for name, text in (
        ("web", _("serve pages and API only")),
        ("events", _("serve the live event stream only")),
        ("whole", _("serve pages, API and live events in one process")),
    ):
        part = _command(commands, name, "serving", text)
        _add_address(part)
        part.set_defaults(part=name)
    door = _command(commands, "door", "front_door", _("share one port between web and events by path"))
    _add_address(door)
    door.add_argument("--web-port", type=_port, required=True, metavar="N")
    door.add_argument("--events-port", type=_port, required=True, metavar="N")
    _command(commands, "worker", "worker", _("run jobs, clocks and dispatch only"))
    _command(commands, "migrate", "migrate", _("bring the database to this version"))
    manage = _command(commands, "manage", "manage", _("run one of Django's commands"))
    manage.add_argument("arguments", nargs=argparse.REMAINDER, metavar="…")


def _add_demo(commands: _Commands) -> None:
    demo = commands.add_parser("demo", help=_("the demo city"))
    parts = demo.add_subparsers(required=True, metavar=_("command"))
    load = _command(parts, "load", "demo", _("load a believable city with history"))
    load.set_defaults(part="load")
    for name in ("technicians", "bookings", "days", "seed"):
        load.add_argument(f"--{name}", type=_positive, metavar=name[0].upper())
    accounts = _command(parts, "accounts", "demo", _("show one account of each role"))
    accounts.set_defaults(part="accounts")
    accounts.add_argument("--json", action="store_true", help=_("as JSON"))


def _add_accounts(commands: _Commands) -> None:
    apikey = commands.add_parser("apikey", help=_("API keys"))
    parts = apikey.add_subparsers(required=True, metavar=_("command"))
    create = _command(parts, "create", "apikey", _("make an API key and print it once"))
    create.add_argument("--user", required=True, metavar="LOGIN", help=_("whose rights the key has"))
    create.add_argument("--scopes", default="", help=_("permissions, separated by commas (default: all)"))
    create.add_argument("--expires", type=_positive, metavar="DAYS", help=_("days until the key ends"))


def _add_keeping(commands: _Commands) -> None:
    backup = _command(commands, "backup", "backup", _("write database and files into one archive"))
    backup.add_argument("file", type=Path)
    restore = _command(commands, "restore", "restore", _("bring a back-up back"))
    restore.add_argument("file", type=Path)
    restore.add_argument("--force", action="store_true", help=_("replace what the database holds now"))
    _command(commands, "check", "check", _("check that the data is consistent"))


def _add_engine(commands: _Commands) -> None:
    engine = commands.add_parser("engine", help=_("the dispatch engine on files"))
    parts = engine.add_subparsers(required=True, metavar=_("command"))
    match = _command(parts, "match", "engine", _("match tasks and technicians to the optimum"))
    match.add_argument("file", type=Path)
    match.add_argument("--k", type=_positive, metavar="K", help=_("nearest eligible technicians per task"))
    match.set_defaults(part="match")
    solve = _command(parts, "solve", "engine", _("plan the routes of a day"))
    solve.add_argument("file", type=Path)
    solve.add_argument("--seconds", metavar="S", help=_("CPU seconds to search (default: 10)"))
    solve.add_argument("--seed", metavar="N", help=_("another seed, another search (default: 0)"))
    solve.add_argument("--out", metavar="FILE", type=Path, help=_("also write the answer to this file"))
    solve.set_defaults(part="solve")
