"""``make bench``: every measurement, one after another, or those named.

    python -m bench                    all, printed
    python -m bench --write            all, and kept in docs/reference/benchmarks
    python -m bench grab_cost slots    some

Each can also be run by itself with options of its own: ``python -m bench.kill --help``.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from types import FrameType
from typing import NoReturn

TABLES = (
    "grab_cost",
    "slots",
    "start",
    "grab_race",
    "slot_race",
    "random_bookings",
    "kill",
    "engine_match",
    "engine_simulate",
)
OTHERS = ("engine_day_plan", "engine_home_care", "engine_live_repair", "engine_routing", "live_fanout")


def main() -> int:
    """Run them; 1 when one of them missed its goal."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help=", ".join(TABLES + OTHERS))
    parser.add_argument("--write", action="store_true", help="keep the tables in the documentation")
    options = parser.parse_args()
    unknown = set(options.names) - {*TABLES, *OTHERS}
    if unknown:
        parser.error(f"There is no measurement {', '.join(sorted(unknown))}.")
    signal.signal(signal.SIGTERM, _stop)
    return max(_run(name, write=options.write) for name in options.names or TABLES + OTHERS)


def _run(name: str, *, write: bool) -> int:
    print(f"\n=== {name}", flush=True)
    measure: Callable[[list[str]], int] = import_module(f"bench.{name}").main
    return measure(["--write"] if write and name in TABLES else [])


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    """What was started is ended on the way out."""
    raise SystemExit(143)


if __name__ == "__main__":
    sys.exit(main())
