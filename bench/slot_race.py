"""Many customers want the last free window at the same instant, over HTTP: one gets it, the others hear three others.

Once by keeping it (a hold), once by booking at once without a hold. The same race on an endpoint that looks and then
writes, without lock and plan, has more than one winner: it shows that the race is one.

    python -m bench.slot_race --customers 64 --races 12
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.house import CONTROL_SETTINGS, house, part
from bench.invariants import invariants
from bench.report import Table
from bench.slot_city import SlotCity, slot_city_fill
from bench.wire import Answer, Request, together, wires

ALTERNATIVES = 3
KINDS = ("hold", "book", "unguarded")


@dataclass(slots=True)
class SlotRaces:
    """What came of several races of one kind.

    Attributes:
        winners: of each race, how many were told that the window is theirs.
        refusals: what the others were told, by status and code.
        helped: how many of those were told at least three other windows.
    """

    winners: list[int] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)
    helped: int = 0
    seconds: list[float] = field(default_factory=list)

    def add(self, answers: Sequence[Answer], seconds: float) -> None:
        """One race."""
        lost = [answer for answer in answers if answer.status != 201]
        self.winners.append(len(answers) - len(lost))
        self.refusals.update(f"{answer.status} {answer.code}" for answer in lost)
        self.helped += sum(len(_nearest(answer)) >= ALTERNATIVES for answer in lost)
        self.seconds.append(seconds)

    @property
    def are_fair(self) -> bool:
        """One winner each, and everybody else heard of other times."""
        return set(self.winners) == {1} and self.helped == self.refusals.total()


def _nearest(answer: Answer) -> list[object]:
    named = answer.data.get("facts", {}).get("nearest", [])
    return named if isinstance(named, list) else []


async def slot_races(port: int, city: SlotCity, kind: str, windows: Sequence[tuple[str, str]]) -> SlotRaces:
    """All customers ask for the same window at once; one race for each window."""
    races = SlotRaces()
    async with wires(port, len(city.keys)) as lines:
        for start, end in windows:
            window = {"start": start, "end": end}
            requests = [_wish(kind, city, window, key, number) for number, key in enumerate(city.keys)]
            began = time.perf_counter()
            races.add(await together(lines, requests), time.perf_counter() - began)
    return races


def _wish(kind: str, city: SlotCity, window: dict[str, str], key: str, number: int) -> Request:
    if kind == "book":
        address = {"district": "样例区", "text": f"样例路 {number} 号", "lat": city.lat, "lng": city.lng}
        order = {
            "service_item": city.service_item,
            "window": window,
            "contact_name": "样例客户",
            "contact_phone": f"1380000{number:04d}",
            "address": address,
            "consent": True,
        }
        return Request.post("/api/v1/bookings", key, body=order)
    path = "/api/v1/holds" if kind == "hold" else "/control/holds-unguarded"
    return Request.post(path, key, body={**city.place, "window": window})


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 when a guarded race was not fair, or the unguarded one was."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=64)
    parser.add_argument("--races", type=int, default=12, help="of each kind, at most 18")
    parser.add_argument("--write", action="store_true", help="keep the table in the documentation")
    options = parser.parse_args(arguments)
    table = Table(
        "The last free window",
        "slot-race",
        ("way", "customers", "races", "one winner", "most winners", "losers told", "with three others", "median ms"),
        notes="Over HTTP, connections opened before. “Unguarded” is a control endpoint that looks and then writes.",
    )
    fair = {}
    for kind in KINDS:
        with house() as home:
            city = slot_city_fill(home, options.customers, min(18, options.races))
            environment = home.environment(DJANGO_SETTINGS_MODULE=CONTROL_SETTINGS)
            with part(home.folder, environment) as web, home.connect() as connection:
                races = asyncio.run(slot_races(web.port, city, kind, city.windows))
                fair[kind] = races.are_fair and (kind == "unguarded" or invariants(connection) == {})
        table.add(
            kind,
            options.customers,
            len(races.winners),
            sum(won == 1 for won in races.winners),
            max(races.winners),
            ", ".join(f"{code} × {count}" for code, count in races.refusals.most_common()),
            races.helped,
            f"{1000 * statistics.median(races.seconds):.0f}",
        )
    table.show(write=options.write)
    return 0 if fair == {"hold": True, "book": True, "unguarded": False} else 1


if __name__ == "__main__":
    sys.exit(main())
