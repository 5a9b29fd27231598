"""The demo city as it stands before its first booking."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from paidan import demo
from paidan.accounts.access import actor_of_key
from paidan.accounts.constants import RoleCode
from paidan.accounts.models import ApiKey, User
from paidan.catalog.models import SkillNeed
from paidan.catalog.selectors import service_items, service_types
from paidan.demo.clock import shifts_extend
from paidan.demo.credentials import password_of
from paidan.demo.marker import Size
from paidan.kernel import clock
from paidan.kernel.geo import Point
from paidan.workforce.models import Shift, Technician, TechnicianSkill, Territory, TerritoryMembership
from paidan.workforce.selectors import territories_of_user, territory_containing

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("test_city")]  # one city for all


@pytest.fixture(scope="module", autouse=True)
def _city(django_db_setup: None, django_db_blocker: object) -> Iterator[None]:
    """One city for the whole module; each test's own changes are rolled back by its transaction."""
    with django_db_blocker.unblock(), transaction.atomic():  # type: ignore[attr-defined]
        demo.load(bookings=0)
        yield
        transaction.set_rollback(True)


def test_it_is_as_big_as_promised() -> None:
    assert Territory.objects.count() == 6
    assert Technician.objects.count() == 60
    assert len(service_types("en")) >= 6
    assert len(service_items("en")) >= 32


def test_every_territory_can_serve_every_item() -> None:
    needs = list(SkillNeed.objects.values_list("skill", "level"))
    for territory in Territory.objects.all():
        crew = TerritoryMembership.objects.filter(territory=territory).values("technician")
        for skill, level in needs:
            assert TechnicianSkill.objects.filter(technician__in=crew, skill=skill, level__gte=level).exists()


def test_homes_lie_in_the_territory_where_their_owner_works() -> None:
    homes = TerritoryMembership.objects.select_related("technician", "territory")

    for membership in homes:
        found = territory_containing(Point(membership.technician.home_lat, membership.technician.home_lng))
        assert found is not None
        assert found.id == membership.territory_id


def test_there_is_one_account_per_role_and_it_opens() -> None:
    accounts = demo.accounts()

    assert [account.role for account in accounts] == list(RoleCode)
    for account in accounts:
        user = authenticate(username=account.login, password=account.password)
        assert isinstance(user, User)
        assert user.role.code == account.role
        assert actor_of_key(account.api_key, now=clock.now()).user_id == user.pk


def test_accounts_are_the_same_each_time_and_their_keys_made_once() -> None:
    assert demo.accounts() == demo.accounts()
    assert ApiKey.objects.count() == len(RoleCode)


@pytest.mark.parametrize("role", RoleCode)
def test_demo_passwords_satisfy_the_policy(role: RoleCode) -> None:
    validate_password(password_of(role))


def test_a_second_load_changes_nothing() -> None:
    before = list(User.objects.order_by("pk").values_list("pk", "name"))

    demo.load(bookings=0, seed=99)

    assert list(User.objects.order_by("pk").values_list("pk", "name")) == before


def test_dispatchers_watch_their_territories_and_technicians_work_in_one() -> None:
    dispatcher = User.objects.filter(role__code=RoleCode.DISPATCHER).order_by("pk")[0]
    technician = Technician.objects.all()[0]

    assert len(territories_of_user(dispatcher.pk, now=clock.now())) == 2
    assert len(territories_of_user(technician.user_id, now=clock.now())) == 1


def test_shifts_reach_far_enough_ahead_however_long_it_is_left_running() -> None:
    now = clock.now()
    assert shifts_extend(now) == 0

    for days in (10, 20, 80):
        later = now + timedelta(days=days)
        assert shifts_extend(later) > 0
        assert shifts_extend(later) == 0
        assert Shift.objects.filter(service_date__gte=later.date() + timedelta(days=15)).exists()


def test_a_city_too_small_to_staff_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 60"):
        Size(technicians=59)
