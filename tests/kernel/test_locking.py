"""What the database refuses because others were first is a refusal, wherever it comes up."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from paidan.kernel.errors import Busy
from paidan.kernel.locking import busy_on_lock_timeout
from paidan.workforce.constants import CommitmentKind
from paidan.workforce.models import Commitment, Technician
from tests import city

pytestmark = pytest.mark.django_db


def occupy(technician: Technician, subject_id: int) -> None:
    span = city.window(city.tomorrow(), 10).as_range()
    Commitment.objects.create(
        technician=technician, kind=CommitmentKind.VISIT, subject_id=subject_id, work=span, span=span
    )


def test_time_that_another_has_just_taken_is_a_refusal() -> None:
    technician = city.make_worker(city.make_territory()).technician
    occupy(technician, 1)

    with pytest.raises(Busy), busy_on_lock_timeout(), transaction.atomic():
        occupy(technician, 2)

    assert Commitment.objects.count() == 1


def test_any_other_fault_of_the_data_stays_one() -> None:
    area = city.make_territory()

    with pytest.raises(IntegrityError), busy_on_lock_timeout(), transaction.atomic():
        city.make_territory(code=area.code)
