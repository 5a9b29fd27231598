"""The row that says: this database is a demo."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from django.utils.translation import gettext_lazy as _

from paidan.accounts.policy import ADMINISTRATORS_NEED_SECOND_FACTOR
from paidan.kernel.errors import Refused
from paidan.kernel.models import Setting
from paidan.kernel.settings import DEMO_MARKER

SHIFTS_UNTIL = "demo.shifts_until"
"""The local date up to which the pattern of shifts is drawn."""


@dataclass(frozen=True, slots=True)
class Size:
    """How big the demo city is, and the seed that everything in it is drawn from.

    Raises:
        ValueError: fewer than 60 technicians cannot staff six territories round the clock.
    """

    technicians: int = 60
    bookings: int = 2000
    days: int = 90
    seed: int = 1

    def __post_init__(self) -> None:
        if self.technicians < 60 or self.bookings < 0 or self.days < 1:
            raise ValueError("The demo city needs at least 60 technicians, 0 bookings and 1 day.")


class NotADemo(Refused):
    """Demo accounts are never shown, nor demo people invented, in a database that serves real customers."""

    code = "not_a_demo"
    message = _("This database is not the demo city.")


def size_loaded() -> Size | None:
    """The size of the demo city in this database, or ``None`` when there is none."""
    value = Setting.objects.filter(pk=DEMO_MARKER).values_list("value", flat=True).first()
    return None if value is None else Size(**value)


def size_mark(size: Size) -> None:
    """Mark this database as a demo. Its administrator logs in with a password that everybody may read."""
    Setting.objects.create(pk=DEMO_MARKER, value=asdict(size))
    ADMINISTRATORS_NEED_SECOND_FACTOR.set(0)


def demo_require() -> Size:
    """Let pass only in a demo database.

    Raises:
        NotADemo: it is not one.
    """
    size = size_loaded()
    if size is None:
        raise NotADemo
    return size
