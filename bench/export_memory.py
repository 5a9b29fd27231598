"""How much memory it takes to export a long list of bookings, as CSV and as a workbook.

python -m bench.export_memory --rows 100000
"""

from __future__ import annotations

import argparse
import http.client
import json
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench.house import ROOT, House, Part, house, part
from bench.report import Table

GOAL_MEGABYTES = 200
CHUNK = 1 << 16
_COPY = """
    INSERT INTO booking_booking (ref, status, channel, item_name, price_minor, description, special_requirements,
           urgency, contact_name, contact_phone, window_start_at, window_end_at, findings, cancel_reason,
           cancel_fee_minor, created_at, confirmed_at, address_id, customer_id, item_version_id, territory_id,
           fee_table_id, answers, price_lines)
    SELECT 'B' || lpad(n::text, 12, '0'), status, channel, item_name, price_minor + n %% 1000, description,
           special_requirements, urgency, contact_name, contact_phone, window_start_at + n * interval '1 second',
           window_end_at + n * interval '1 second', findings, cancel_reason, cancel_fee_minor,
           created_at - n * interval '1 second', confirmed_at, address_id, customer_id, item_version_id, territory_id,
           fee_table_id, answers, price_lines
      FROM (SELECT * FROM booking_booking ORDER BY id LIMIT 1) one, generate_series(1, %s) n
"""


@dataclass(frozen=True, slots=True)
class Key:
    """How a caller shows who they are."""

    api_key: str
    session: str


@dataclass(frozen=True, slots=True)
class Measured:
    """One download."""

    megabytes: float
    seconds: float
    before: float
    peak: float


def build() -> Key:
    """A manager, a full day and the keys; Django is set up."""
    from importlib import import_module

    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from bench.full_city import build as city_build
    from paidan.accounts.constants import RoleCode
    from paidan.accounts.models import User

    filled = city_build(2, 1, 0.8)
    manager = User.objects.get(role__code=RoleCode.MANAGER)
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(manager.pk)
    session[BACKEND_SESSION_KEY] = "paidan.accounts.backends.PasswordBackend"
    session[HASH_SESSION_KEY] = manager.get_session_auth_hash()
    session.save()
    return Key(filled.manager_key, session.session_key)


def download(web: Part, path: str, headers: dict[str, str]) -> Measured:
    """Fetch a file, and look at the memory of the web processes meanwhile."""
    before = peak = _megabytes(web)
    done = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.05):
            peak = max(peak, _megabytes(web))

    watcher = threading.Thread(target=watch)
    watcher.start()
    began, size = time.perf_counter(), 0
    try:
        connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=600)
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        if answer.status != 200:
            raise RuntimeError(f"{answer.status} {answer.read()[:300]!r}")
        while chunk := answer.read(CHUNK):
            size += len(chunk)
    finally:
        done.set()
        watcher.join()
    return Measured(size / 1e6, time.perf_counter() - began, before, peak)


def _megabytes(web: Part) -> float:
    """Resident memory of the largest of the web processes: the one that answers."""
    return max(member.memory_info().rss for member in web.members()) / 1e6


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 when an export takes more than the goal."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--write", action="store_true", help="keep the table in the documentation")
    parser.add_argument("--build", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.build:
        return _build_here()
    table = Table(
        "Exporting a long list",
        "export-memory",
        ("file", "rows", "megabytes", "seconds", "memory before, MB", "at most, MB", "growth, MB"),
        notes=f"The desk's list of bookings over HTTP; memory is that of the web process that answers. The goal is"
        f" {GOAL_MEGABYTES} MB of growth at most.",
    )
    with house(durable=False) as home:
        key = _fill(home, options.rows)
        found = []
        with part(home.folder, home.environment()) as web:
            authorised = {"Authorization": f"Bearer {key.api_key}"}
            found.append(("CSV, API", download(web, "/api/v1/bookings/export", authorised)))
            cookie = {"Cookie": f"sessionid={key.session}"}
            found.append(("CSV, desk", download(web, "/desk/bookings.csv", cookie)))
            found.append(("XLSX, desk", download(web, "/desk/bookings.xlsx", cookie)))
    for name, measured in found:
        table.add(
            name,
            options.rows,
            f"{measured.megabytes:.1f}",
            f"{measured.seconds:.1f}",
            f"{measured.before:.0f}",
            f"{measured.peak:.0f}",
            f"{measured.peak - measured.before:.0f}",
        )
    table.show(write=options.write)
    return 0 if all(measured.peak - measured.before <= GOAL_MEGABYTES for _, measured in found) else 1


def _fill(home: House, rows: int) -> Key:
    command = [sys.executable, "-m", "bench.export_memory", "--build"]
    done = subprocess.run(command, env=home.environment(), cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    with home.connect() as connection:
        connection.execute(_COPY, (rows,))
        connection.execute("ANALYZE booking_booking")
    return Key(**json.loads(done.stdout.splitlines()[-1]))


def _build_here() -> int:
    from dataclasses import asdict

    from paidan.cli.django_ready import django_setup

    django_setup()
    print(json.dumps(asdict(build())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
