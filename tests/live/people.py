"""Invented people and places for the tests of live updates."""

from __future__ import annotations

from datetime import date, timedelta
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from psycopg.types.range import Range

from paidan.accounts.constants import RoleCode
from paidan.accounts.models import User
from paidan.accounts.services import user_create
from paidan.workforce.models import Technician, Territory, TerritoryMembership, TerritoryScope


def person(role: RoleCode, number: int) -> User:
    """A user with a role; numbers keep them apart."""
    return user_create(role=role, name=f"测试 {number}", phone=f"+861390000{number:04d}")


def territory(code: str) -> Territory:
    return Territory.objects.create(code=code, name={"zh": code, "en": code}, ring=[])


def technician_of(user: User, *territories: Territory, days: tuple[int, int] = (-10, 10)) -> Technician:
    """A technician who works in the territories from ``days[0]`` to ``days[1]`` days from today."""
    technician = Technician.objects.create(
        user=user, staff_number=f"T{user.pk}", name=user.name, home_lat=31.2, home_lng=121.5
    )
    for place in territories:
        work_in(technician, place, days=days)
    return technician


def work_in(technician: Technician, place: Territory, *, days: tuple[int, int]) -> None:
    first, last = (date.today() + timedelta(days=offset) for offset in days)
    TerritoryMembership.objects.create(technician=technician, territory=place, dates=Range(first, last))


def watch_over(user: User, *territories: Territory) -> None:
    for place in territories:
        TerritoryScope.objects.create(user=user, territory=place)


def session_of(user: User) -> str:
    """Log the user in and return the session's key."""
    store: Any = import_module(settings.SESSION_ENGINE).SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.save()
    return str(store.session_key)


def cookie_of(user: User) -> dict[str, str]:
    """The header a logged-in browser sends."""
    return {"Cookie": f"{settings.SESSION_COOKIE_NAME}={session_of(user)}"}
