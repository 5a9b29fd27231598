"""The districts we serve, for people who choose one from a list or place a pin on a map."""

from __future__ import annotations

import json
from dataclasses import dataclass

from django.conf import settings

from paidan.kernel.geo import Point
from paidan.workforce.borders import middle_of
from paidan.workforce.selectors import TerritoryRow, territories, territory_containing

DISTRICT_ZOOM = 14


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where the work is to be done.

    Attributes:
        district: name of the served district, in the language addresses are kept in; empty outside all of them.
        is_approximate: the middle of the district stands for the door.
    """

    place: Point
    district: str
    is_approximate: bool


def district_choices() -> list[tuple[str, str]]:
    """Code and name of every served district, in the reader's language."""
    return [(row.code, row.name) for row in territories()]


def whereabouts_of_pin(place: Point) -> Whereabouts:
    """An exact place; its district is the one it lies in."""
    row = territory_containing(place, settings.LANGUAGE_CODE)
    return Whereabouts(place, row.name if row is not None else "", is_approximate=False)


def whereabouts_of_district(code: str) -> Whereabouts | None:
    """The middle of a district, for an address without a pin; ``None`` when it is not served."""
    row = next((row for row in territories(settings.LANGUAGE_CODE) if row.code == code), None)
    return None if row is None else Whereabouts(middle_of(row.ring), row.name, is_approximate=True)


def picker_data(district: str = "") -> str:
    """What the map island needs to let somebody place a pin: ``MapData`` of ``frontend/src/entries/map.ts`` as JSON."""
    rows = territories()
    data: dict[str, object] = {
        "territories": [_drawn(row) for row in rows],
        "pick": {"lat": "id_lat", "lng": "id_lng"},
    }
    chosen = next((row for row in rows if row.code == district), None)
    if chosen is not None:
        middle = middle_of(chosen.ring)
        data |= {"center": [middle.lat, middle.lng], "zoom": DISTRICT_ZOOM}
    return json.dumps(data, ensure_ascii=False)


def _drawn(row: TerritoryRow) -> dict[str, object]:
    return {"name": row.name, "rings": [[[lat, lng] for lng, lat in row.ring]]}
