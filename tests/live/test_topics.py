"""Who may hear of what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from paidan.accounts.access import actor_of_key, actor_of_user
from paidan.accounts.constants import LinkPurpose, Permission, RoleCode
from paidan.accounts.services import api_key_create
from paidan.api.live.topics import topics_for
from paidan.kernel.actors import ANONYMOUS, Actor, ActorKind
from tests.live.people import person, technician_of, territory, watch_over, work_in

pytestmark = pytest.mark.django_db


def test_the_anonymous_hear_nothing() -> None:
    assert topics_for(ANONYMOUS) == frozenset()


def test_a_technician_hears_of_himself_and_of_the_halls_where_he_works_today() -> None:
    here, elsewhere, formerly = territory("a"), territory("b"), territory("c")
    user, other = person(RoleCode.TECHNICIAN, 1), person(RoleCode.TECHNICIAN, 2)
    technician = technician_of(user, here)
    work_in(technician, formerly, days=(-40, -10))
    technician_of(other, elsewhere)

    topics = topics_for(actor_of_user(user))

    assert topics == {"everyone", f"user:{user.pk}", f"hall:{here.pk}"}
    assert f"user:{other.pk}" not in topics


def test_a_team_lead_hears_of_the_hall_and_not_of_the_desk() -> None:
    here = territory("a")
    user = person(RoleCode.TEAM_LEAD, 1)
    technician_of(user, here)

    assert topics_for(actor_of_user(user)) == {"everyone", f"user:{user.pk}", f"hall:{here.pk}"}


def test_a_dispatcher_hears_of_the_desks_he_watches_over() -> None:
    here, there, _elsewhere = territory("a"), territory("b"), territory("c")
    user = person(RoleCode.DISPATCHER, 1)
    watch_over(user, here, there)

    topics = topics_for(actor_of_user(user))

    assert topics == {"everyone", f"user:{user.pk}", f"desk:{here.pk}", f"desk:{there.pk}"}


def test_a_dispatcher_without_territories_hears_of_no_desk() -> None:
    territory("a")
    user = person(RoleCode.DISPATCHER, 1)

    assert topics_for(actor_of_user(user)) == {"everyone", f"user:{user.pk}"}


@pytest.mark.parametrize("role", [RoleCode.ADMINISTRATOR, RoleCode.MANAGER])
def test_the_office_hears_of_its_figures_and_of_every_desk(role: RoleCode) -> None:
    here, there = territory("a"), territory("b")
    user = person(role, 1)

    topics = topics_for(actor_of_user(user))

    assert topics == {"everyone", "office", f"user:{user.pk}", f"desk:{here.pk}", f"desk:{there.pk}"}


def test_customer_service_hears_of_every_desk_and_not_of_the_office() -> None:
    here = territory("a")
    user = person(RoleCode.CUSTOMER_SERVICE, 1)

    assert topics_for(actor_of_user(user)) == {"everyone", f"user:{user.pk}", f"desk:{here.pk}"}


def test_a_customer_hears_of_herself_only() -> None:
    territory("a")
    user = person(RoleCode.CUSTOMER, 1)

    assert topics_for(actor_of_user(user)) == {"everyone", f"user:{user.pk}"}


def test_a_key_hears_no_more_than_its_scopes() -> None:
    here = territory("a")
    user = person(RoleCode.MANAGER, 1)
    key = api_key_create(user_id=user.pk, label="", scopes=[Permission.VIEW_WORKLIST], expires_at=None)

    actor = actor_of_key(key, now=datetime.now(UTC) + timedelta(seconds=1))

    assert topics_for(actor) == {"everyone", f"user:{user.pk}", f"desk:{here.pk}"}


def test_a_link_to_a_booking_without_a_visit_hears_of_that_booking() -> None:
    actor = Actor(kind=ActorKind.LINK, link_purpose=LinkPurpose.BOOKING, link_subject="B000000000000")

    assert topics_for(actor) == {"everyone", "booking:B000000000000"}
