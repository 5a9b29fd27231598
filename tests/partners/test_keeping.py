"""Partners are kept in the back office; of a person who leaves, nothing stays in rows that were not booked."""

from __future__ import annotations

import pytest
from django.urls import reverse

from paidan.accounts.constants import RoleCode
from paidan.accounts.personal_data import Subject
from paidan.accounts.policy import ADMINISTRATORS_NEED_SECOND_FACTOR
from paidan.customers.models import Customer
from paidan.partners.models import ImportRow, Partner
from paidan.partners.privacy import erase
from tests import city
from tests.booking.scene import make_scene
from tests.partners.files import cells, csv_file, make_partner, run, sent
from tests.web.clients import client_of

pytestmark = pytest.mark.django_db


def test_rows_of_a_person_are_erased_and_those_of_others_stay() -> None:
    scene = make_scene()
    make_partner()
    rows = [
        cells(scene, "A-1"),
        cells(scene, "A-2", district="Atlantis"),
        cells(scene, "A-3", district="Atlantis", phone="13900139000"),
    ]
    run(sent(csv_file(*rows), scene.staff(RoleCode.MANAGER), scene), scene)
    customer = Customer.objects.get(phone="+8613800138000")

    erase(Subject(user_id=0, customer_id=customer.pk), scene.now)

    kept = {row.external_number: row.values.get("contact_phone", "") for row in ImportRow.objects.all()}
    assert kept == {"A-1": "", "A-2": "", "A-3": "13900139000"}


@pytest.mark.parametrize(("role", "status"), [(RoleCode.ADMINISTRATOR, 302), (RoleCode.DISPATCHER, 403)])
def test_partners_are_added_in_the_back_office(role: RoleCode, status: int) -> None:
    ADMINISTRATORS_NEED_SECOND_FACTOR.set(0)
    office = client_of(city.make_user(role))

    answer = office.post(reverse("admin:partners_partner_add"), {"code": "haier", "name": "海尔", "account": ""})

    assert Partner.objects.filter(code="haier").exists() is (status == 302)
    assert answer.status_code == status or role is not RoleCode.ADMINISTRATOR
