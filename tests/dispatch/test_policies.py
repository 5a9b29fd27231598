"""The policy in force: asked for by every decision, remembered for a moment."""

from __future__ import annotations

import pytest
from django.db import transaction

from paidan.dispatch.models import Policy
from paidan.dispatch.policies import policy_in_force
from tests import city

pytestmark = pytest.mark.django_db


def test_a_policy_whose_making_was_undone_is_not_remembered() -> None:
    Policy.objects.all().delete()
    with transaction.atomic():
        undone = policy_in_force()
        transaction.set_rollback(True)

    policy = policy_in_force()

    assert policy.id != undone.id
    assert Policy.objects.filter(pk=policy.id).exists()


def test_a_policy_is_asked_for_once_in_a_moment(django_assert_num_queries) -> None:
    city.make_policy()
    first = policy_in_force()

    with django_assert_num_queries(0):
        assert policy_in_force() == first
