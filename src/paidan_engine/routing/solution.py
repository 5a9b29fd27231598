"""An answer: who serves what and when."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RouteStop:
    """One seat of a visit, and when its work starts."""

    visit: str
    start: int
    seat: int = 0


@dataclass(frozen=True, slots=True)
class DayRoute:
    """What one technician does in one shift.

    Attributes:
        shift: number of the technician's shift.
        stops: in the order of service.
        breaks: start of each break of the shift, in the shift's order.
    """

    technician: str
    stops: tuple[RouteStop, ...]
    shift: int = 0
    breaks: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class RoutePlan:
    """The routes in use; a shift without a route stays empty, a visit without a stop unserved."""

    routes: tuple[DayRoute, ...]

    def __iter__(self) -> Iterator[DayRoute]:
        return iter(self.routes)

    def served(self) -> frozenset[str]:
        """Keys of the visits with at least one stop."""
        return frozenset(stop.visit for route in self.routes for stop in route.stops)
