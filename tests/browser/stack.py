"""The processes of ``paidan up`` on the demo city, as a person starts them: the ground of the browser tests."""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from secrets import randbelow
from typing import Any

import httpx
import psutil
import psycopg

from paidan.cli.listening import free_port
from paidan.kernel.embedded_postgres.lock import running_url
from tests.plugins.database import migrated_folder

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 300.0
COMMAND_SECONDS = 180.0
STOP_SECONDS = 40.0
PAUSE_SECONDS = 0.1
CALL_SECONDS = 120.0
BUSY_TRIES = 5
KEPT = "PAIDAN_TEST_CITY"
ALL_FROM_HERE = 100_000  # every browser of the tests comes from one network address
logging.getLogger("httpx").setLevel(logging.WARNING)
_NOT_OURS = ("DATABASE_URL", "PAIDAN_DATA", "PAIDAN_SECRET_KEY", "PAIDAN_PUBLIC_URL")


@dataclass(frozen=True, slots=True)
class Account:
    """How somebody of the demo city gets in."""

    role: str
    login: str
    password: str
    api_key: str = ""


class Stack:
    """A running ``paidan up --demo`` in a data folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, *options: str) -> None:
        """Start everything and wait until the web answers and the worker is at work."""
        command = ["up", "--demo", "--with-parent", "--port", str(self.port), "--data", str(self.folder), *options]
        with (self.folder / "up.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "paidan.cli", *command], env=_environment(), stdout=log, stderr=log, cwd=ROOT
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._is_whole():
            ended = self.process.poll() is not None
            assert not ended, self.log()
            assert time.monotonic() < deadline, self.log()
            time.sleep(PAUSE_SECONDS)

    def stop(self) -> None:
        """Ask it to stop as Ctrl-C does; whatever is left after a while is killed, by its id."""
        if self.process is None:
            return
        if self.process.poll() is not None:
            return
        family = self.family()
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            for member in family:
                if member.is_running():
                    member.kill()
            self.process.wait(STOP_SECONDS)
        self.process = None

    def log(self) -> str:
        """The end of what the processes said."""
        return (self.folder / "up.log").read_text(errors="replace")[-6000:]

    def family(self) -> list[psutil.Process]:
        """The supervisor and everything below it."""
        assert self.process is not None
        supervisor = psutil.Process(self.process.pid)
        return [supervisor, *supervisor.children(recursive=True)]

    def part(self, name: str) -> psutil.Process | None:
        """The supervisor's child that runs this command of ours, if it lives."""
        assert self.process is not None
        for child in psutil.Process(self.process.pid).children():
            try:
                if name in child.cmdline():
                    return child
            except psutil.NoSuchProcess:
                continue
        return None

    def _is_whole(self) -> bool:
        try:
            state = httpx.get(f"{self.address}/readyz", timeout=10).json()
        except (httpx.HTTPError, ValueError):
            return False
        return bool(state.get("status") == "ready" and state.get("worker") == "alive")

    def command(self, *arguments: str) -> str:
        """Run a command of ours on this data folder; returns what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "paidan.cli", *arguments, "--data", str(self.folder)],
            env=_environment(),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @property
    def database_url(self) -> str:
        url = running_url(self.folder / "postgres")
        assert url is not None, self.log()
        return url

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """What a statement answers on the running database."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def value(self, statement: str, *values: object) -> Any:
        """The one value a statement answers."""
        ((found,),) = self.rows(statement, *values)
        return found

    @contextmanager
    def settings(self, **values: int) -> Iterator[None]:
        """Business settings for a while; ``dispatch__offer_seconds`` means ``dispatch.offer_seconds``."""
        names = {name.replace("__", "."): value for name, value in values.items()}
        before = dict(self.rows("SELECT name, value FROM kernel_setting WHERE name = ANY(%s)", list(names)))
        for name, value in names.items():
            self._set(name, value)
        try:
            yield
        finally:
            for name in names:
                if name in before:
                    self._set(name, before[name])
                else:
                    self.rows("DELETE FROM kernel_setting WHERE name = %s", name)

    def _set(self, name: str, value: object) -> None:
        self.rows(
            "INSERT INTO kernel_setting (name, value, changed_at) VALUES (%s, %s, now())"
            " ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value, changed_at = now()",
            name,
            json.dumps(value),
        )

    @cached_property
    def accounts(self) -> dict[str, Account]:
        """One account of each role, as ``paidan demo accounts`` names them."""
        return {row["role"]: Account(**row) for row in json.loads(self.command("demo", "accounts", "--json"))}

    def crew_account(self, technician_ref: str) -> Account:
        """The account of a technician or team lead; those of one role share a password."""
        role, phone = self.rows(
            "SELECT r.code, u.phone FROM workforce_technician t JOIN accounts_user u ON u.id = t.user_id"
            " JOIN accounts_role r ON r.id = u.role_id WHERE t.ref = %s",
            technician_ref,
        )[0]
        return Account(role, phone.removeprefix("+86"), self.accounts[role].password)

    def call(self, role: str, method: str, path: str, **options: Any) -> Any:
        """Call the API with the key of a role's demo account; returns the answer's content.

        Where others hold the same lock for long, the answer asks to try again, and that is done.
        """
        headers = {"Authorization": f"Bearer {self.accounts[role].api_key}", "Accept-Language": "en"}
        for _attempt in range(BUSY_TRIES):
            if method != "GET":
                headers["Idempotency-Key"] = os.urandom(12).hex()
            answer = httpx.request(
                method, f"{self.address}/api/v1/{path}", headers=headers, timeout=CALL_SECONDS, **options
            )
            if answer.status_code != httpx.codes.CONFLICT or answer.json()["code"] != "busy":
                break
        assert answer.is_success, f"{answer.status_code} {answer.text}"
        return answer.json()

    def phone_new(self) -> str:
        """A number nobody of the demo city has."""
        return f"15409{randbelow(10**6):06d}"

    def messages(self, phone: str, kind: str = "") -> list[dict[str, Any]]:
        """SMS delivered to a phone, the oldest first."""
        outbox = self.folder / "sms" / "outbox.jsonl"
        lines = outbox.read_text().splitlines() if outbox.exists() else []
        found = [json.loads(line) for line in lines]
        return [m for m in found if m["phone"].endswith(phone) and (not kind or m["kind"] == kind)]


def _environment() -> dict[str, str]:
    return {**{name: value for name, value in os.environ.items() if name not in _NOT_OURS}, "LC_ALL": "C.UTF-8"}


@contextmanager
def started(folder: Path) -> Iterator[Stack]:
    """A demo city that runs.

    Its tables are copied from the migrated database of the tests if there is one. Whoever writes browser
    tests names a folder in ``PAIDAN_TEST_CITY``: the city stays there, and the next run need not load it.
    """
    kept = os.environ.get(KEPT)
    home = Path(kept) if kept else folder
    home.mkdir(parents=True, exist_ok=True)
    migrated = migrated_folder()
    if migrated is not None and not (home / "postgres").exists():
        subprocess.run(["cp", "-a", migrated, home / "postgres"], check=True)
    stack = Stack(home)
    try:
        stack.start()
        with stack.settings(accounts__attempts_before_challenge=ALL_FROM_HERE):
            yield stack
    finally:
        stack.stop()
        if not kept:
            shutil.rmtree(home, ignore_errors=True)
