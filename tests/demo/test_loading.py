"""Where the demo city may be loaded, and that it is always the same."""

from __future__ import annotations

import pytest
from django.db import transaction

from paidan import demo
from paidan.accounts.constants import RoleCode
from paidan.accounts.models import User
from paidan.accounts.services import user_create
from paidan.demo.loading import NotEmpty
from paidan.demo.marker import NotADemo
from paidan.kernel.models import Setting
from paidan.workforce.models import Technician

pytestmark = pytest.mark.django_db


def _people(seed: int) -> list[tuple[str, str, float]]:
    with transaction.atomic():
        demo.load(bookings=0, seed=seed)
        people = list(Technician.objects.values_list("ref", "name", "home_lat"))
        transaction.set_rollback(True)
    return people


def test_the_same_seed_makes_the_same_people_and_another_seed_others() -> None:
    first = _people(7)

    assert _people(7) == first
    assert _people(8) != first


def test_a_city_is_never_mixed_with_real_people() -> None:
    user_create(role=RoleCode.MANAGER, name="Real", email="real@example.org")

    with pytest.raises(NotEmpty):
        demo.load()

    assert list(User.objects.values_list("name", flat=True)) == ["Real"]
    assert not Setting.objects.exists()


def test_demo_accounts_are_shown_in_a_demo_only() -> None:
    with pytest.raises(NotADemo):
        demo.accounts()
