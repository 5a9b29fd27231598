"""Links that open a navigation app at the door, each with the coordinates its maps use."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from paidan.kernel.datum import bd09_of, gcj02_of
from paidan.kernel.geo import Point


@dataclass(frozen=True, slots=True)
class NavigationLink:
    label: str
    url: str


def navigation_links(place: Point, name: str) -> tuple[NavigationLink, ...]:
    """One link for each map people have on their phone.

    Formats: AMap URI API, Baidu Map URI API, Tencent Map URI API, Apple Map Links, Google Maps URLs.
    """
    chinese, baidu = gcj02_of(place), bd09_of(place)
    return (
        NavigationLink(
            _("AMap"),
            "https://uri.amap.com/navigation?"
            + urlencode({"to": f"{chinese.lng:.6f},{chinese.lat:.6f},{name}", "mode": "car", "callnative": 1}),
        ),
        NavigationLink(
            _("Baidu Maps"),
            "https://api.map.baidu.com/marker?"
            + urlencode(
                {"location": f"{baidu.lat:.6f},{baidu.lng:.6f}", "title": name, "output": "html", "src": "paidan"}
            ),
        ),
        NavigationLink(
            _("Tencent Maps"),
            "https://apis.map.qq.com/uri/v1/routeplan?"
            + urlencode(
                {"type": "drive", "to": name, "tocoord": f"{chinese.lat:.6f},{chinese.lng:.6f}", "referer": "paidan"}
            ),
        ),
        NavigationLink(
            _("Apple Maps"),
            "https://maps.apple.com/?" + urlencode({"daddr": f"{chinese.lat:.6f},{chinese.lng:.6f}", "dirflg": "d"}),
        ),
        NavigationLink(
            _("Google Maps"),
            "https://www.google.com/maps/dir/?"
            + urlencode({"api": 1, "destination": f"{chinese.lat:.6f},{chinese.lng:.6f}"}),
        ),
    )
