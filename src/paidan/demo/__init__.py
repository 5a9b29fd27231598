"""The demo city: an invented place with people, a catalog and history, for trying Paidan out.

``load`` and ``accounts`` are the two entries of the command line. They import their parts when called:
Django imports this package before its models may be touched.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paidan.demo.credentials import DemoAccount


def load(
    *,
    technicians: int = 60,
    bookings: int = 2000,
    days: int = 90,
    seed: int = 1,
    report: Callable[[str], None] = lambda sentence: None,
) -> None:
    """Fill an empty database with the demo city; a second call changes nothing.

    ``bookings`` are spread over the last ``days`` days; with none there is neither history nor present.
    ``report`` hears one sentence per stage.

    Raises:
        Refused: the database already holds people or a catalog that are not the demo's.
        ValueError: fewer than 60 technicians cannot staff the six territories round the clock.
    """
    from paidan.demo.loading import city_load
    from paidan.demo.marker import Size

    city_load(Size(technicians=technicians, bookings=bookings, days=days, seed=seed), report=report)


def accounts() -> list[DemoAccount]:
    """One account per role, with the password and the API key that open it.

    Raises:
        Refused: this is not a demo database.
    """
    from paidan.demo.credentials import demo_accounts

    return demo_accounts()
