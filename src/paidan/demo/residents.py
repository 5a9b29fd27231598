"""The demo city's customers and their doors."""

from __future__ import annotations

from random import Random

from django.contrib.auth.hashers import make_password

from paidan.accounts.constants import RoleCode
from paidan.accounts.models import User
from paidan.accounts.services import role_of
from paidan.customers.constants import PRIVACY_DOCUMENT, PRIVACY_VERSION
from paidan.customers.models import Address, Consent, Customer
from paidan.demo.credentials import password_of
from paidan.demo.geography import areas, near
from paidan.demo.identity import CUSTOMER_PHONES, person_name, phone_number, reference
from paidan.kernel.clock import now
from paidan.kernel.texts import pinyin_key

WITH_ACCOUNT = 0.7
"""Share of the customers who can log in; the others book by phone."""


def residents_settle(*, customers: int, rng: Random) -> None:
    """Settle so many customers all over the city; the first ones have accounts, the others book by phone."""
    users = _users(round(customers * WITH_ACCOUNT), rng)
    rows = [_customer(number, users[number] if number < len(users) else None, rng) for number in range(customers)]
    Customer.objects.bulk_create(rows)
    Address.objects.bulk_create(_address(row, number, rng) for number, row in enumerate(rows))
    given_at = now()
    Consent.objects.bulk_create(
        Consent(customer=row, document=PRIVACY_DOCUMENT, version=PRIVACY_VERSION, given_at=given_at) for row in rows
    )


def _users(count: int, rng: Random) -> list[User]:
    password = make_password(password_of(RoleCode.CUSTOMER))
    role = role_of(RoleCode.CUSTOMER)
    users = [
        User(
            phone=phone_number(CUSTOMER_PHONES, number),
            phone_verified=True,
            name=person_name(rng),
            role=role,
            password=password,
        )
        for number in range(1, count + 1)
    ]
    return User.objects.bulk_create(users)


def _customer(number: int, user: User | None, rng: Random) -> Customer:
    name = user.name if user is not None else person_name(rng)
    return Customer(
        ref=reference(rng, "C"),
        user=user,
        name=name,
        name_key=pinyin_key(name),
        phone=phone_number(CUSTOMER_PHONES, number + 1),
        language="zh-hans",
    )


def _address(customer: Customer, number: int, rng: Random) -> Address:
    area = areas()[number % len(areas())]
    estate = rng.choice(area.estates)
    place = near(estate, area, rng, metres=250)
    return Address(
        ref=reference(rng, "A"),
        customer=customer,
        label="家",
        district=estate.district,
        text=f"{estate.road} {estate.name}",
        door=f"{rng.randint(1, 28)}栋{rng.randint(1, 3)}单元{rng.randint(1, 18)}{rng.randint(1, 4):02d}",
        lat=place.lat,
        lng=place.lng,
    )
