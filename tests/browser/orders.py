"""Bookings that browser tests start from, taken by customer service over the telephone's endpoint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

from PIL import Image

from tests.browser.stack import Stack

TRIES = 8
DAYS = 4
Candidates = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Order:
    """A confirmed booking and its visit."""

    ref: str
    visit_ref: str
    phone: str
    price_minor: int


def place_in(stack: Stack, territory: str) -> tuple[float, float]:
    """A latitude and longitude well inside a territory."""
    ring = stack.value("SELECT ring FROM workforce_territory WHERE code = %s", territory)[:-1]
    return sum(lat for _, lat in ring) / len(ring), sum(lng for lng, _ in ring) / len(ring)


def slots(stack: Stack, item: str, territory: str) -> list[dict[str, str]]:
    """Free windows of the next days, the nearest first."""
    lat, lng = place_in(stack, territory)
    now = datetime.now(UTC)
    span = {"from": now.isoformat(), "to": (now + timedelta(days=DAYS)).isoformat()}
    found = stack.call(
        "customer_service", "GET", "slots", params={"service_item": item, "lat": lat, "lng": lng, **span}
    )
    return [slot.get("window", slot) for slot in found["slots"]]


def book(stack: Stack, item: str, territory: str, window: dict[str, str], phone: str) -> dict[str, Any]:
    """What the API answers to a booking of this window for whoever has this phone."""
    lat, lng = place_in(stack, territory)
    made: dict[str, Any] = stack.call(
        "customer_service",
        "POST",
        "bookings",
        json={
            "service_item": item,
            "window": {"start": window["start"], "end": window["end"]},
            "contact_name": "陈晓",
            "contact_phone": phone,
            "address": {"district": "云湖区", "text": "晴湖路 8 号", "door": "2 栋 301", "lat": lat, "lng": lng},
            "description": "请带好工具。",
            "consent": True,
            "channel": "phone",
        },
    )
    return made


def order(
    stack: Stack,
    item: str,
    *,
    territory: str,
    when: Callable[[Candidates], bool] = lambda _: True,
    phone: str = "",
) -> Order:
    """Book a free window in which the candidates are as the test needs them; other windows are given back.

    Without a phone somebody new books; a known customer's window beside one like it is given back, too.
    """
    free = slots(stack, item, territory)
    step = max(1, len(free) // TRIES)
    for window in free[::step]:
        caller = phone or stack.phone_new()
        made = book(stack, item, territory, window, caller)
        assert made["status"] == "confirmed" or phone, made
        if made["status"] == "confirmed" and when(candidates(stack, made["visit_ref"])):
            return Order(made["ref"], made["visit_ref"], caller, made["price_minor"])
        stack.call("customer_service", "POST", f"bookings/{made['ref']}/cancel", json={"reason": "company"})
    raise AssertionError(f"No window of {item} in {territory} has the candidates this test needs.")


def candidates(stack: Stack, visit_ref: str) -> Candidates:
    """Everybody of the territory, and what speaks against each."""
    found: Candidates = stack.call("dispatcher", "GET", f"visits/{visit_ref}/candidates")
    return found


def eligible(found: Candidates) -> list[str]:
    """References of those who may take it."""
    return [one["technician_ref"] for one in found if one["is_eligible"]]


def photo() -> bytes:
    """A picture as a phone takes it."""
    content = BytesIO()
    Image.new("RGB", (800, 600), (90, 140, 180)).save(content, "JPEG")
    return content.getvalue()
