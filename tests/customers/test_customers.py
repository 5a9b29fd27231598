"""Customers: found by who they proved to be, their doors kept once and shown to few (U6)."""

from __future__ import annotations

import pytest

from paidan.accounts.access import actor_of_user
from paidan.accounts.constants import RoleCode
from paidan.accounts.models import User
from paidan.customers.models import Address, Consent, Customer
from paidan.customers.phones import phone_masked, phone_national, phone_normalized
from paidan.customers.selectors import caller_find, consent_needed, own_addresses, own_customer_view
from paidan.customers.services import (
    ADDRESSES_EACH,
    NewAddress,
    address_retire,
    address_save,
    consent_give,
    customer_by_phone,
    customer_for_user,
)
from paidan.kernel import clock
from paidan.kernel.actors import ANONYMOUS
from paidan.kernel.errors import Forbidden, Invalid, NotFound, Unauthenticated
from paidan.kernel.geo import Point
from tests import city
from tests.booking.scene import race, refusal_codes, winners

HOME = NewAddress(district="样例区", text="样例路 8 号", door="502", label="家", place=Point(31.05, 121.05))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("13800138000", "+8613800138000"),
        (" 138 0013-8000 ", "+8613800138000"),
        ("+86 138 0013 8000", "+8613800138000"),
        ("0086 13800138000", "+8613800138000"),
        ("+44 20 7946 0958", "+442079460958"),
        ("", ""),
        ("1380013800", ""),
        ("+861380013800", ""),
        ("12345678901", ""),
        ("+0123456789", ""),
        ("13800138000x", ""),
        ("１３８００１３８０００", ""),
        ("\0", ""),
    ],
)
def test_phones_are_read_as_people_write_them(typed: str, kept: str) -> None:
    assert phone_normalized(typed) == kept


def test_phones_are_masked_and_shown_without_the_home_code() -> None:
    assert phone_masked("+8613812348888") == "138****8888"
    assert phone_masked("12345") == "****"
    assert phone_national("+8613812348888") == "13812348888"
    assert phone_national("+442079460958") == "+442079460958"


@pytest.mark.django_db
def test_a_verified_phone_joins_its_history() -> None:
    user = city.make_user(RoleCode.CUSTOMER)
    caller = customer_by_phone(phone=str(user.phone), name="打过电话的人", now=clock.now())

    mine = customer_for_user(user_id=user.pk, name="李女士", now=clock.now())
    again = customer_for_user(user_id=user.pk, name="李女士", now=clock.now())

    assert (mine.pk, again.pk, mine.name) == (caller.pk, caller.pk, "打过电话的人")


@pytest.mark.django_db
def test_an_unverified_phone_joins_nobodys_history() -> None:
    user = city.make_user(RoleCode.CUSTOMER)
    User.objects.filter(pk=user.pk).update(phone_verified=False)
    caller = customer_by_phone(phone=str(user.phone), name="打过电话的人", now=clock.now())

    mine = customer_for_user(user_id=user.pk, name="李女士", now=clock.now())

    assert mine.pk != caller.pk
    assert mine.phone is None


@pytest.mark.django_db
def test_a_phone_that_belongs_to_another_account_stays_there() -> None:
    first, second = city.make_user(RoleCode.CUSTOMER), city.make_user(RoleCode.CUSTOMER)
    taken = Customer.objects.create(user=first, name="甲", phone=second.phone)

    mine = customer_for_user(user_id=second.pk, name="乙", now=clock.now())

    assert (mine.phone, Customer.objects.get(pk=taken.pk).user_id) == (None, first.pk)


@pytest.mark.django_db
def test_addresses_are_saved_listed_and_taken_off() -> None:
    actor = actor_of_user(city.make_user(RoleCode.CUSTOMER))

    saved = address_save(address=HOME, actor=actor, now=clock.now())
    address_save(address=HOME, actor=actor, now=clock.now())
    listed = own_addresses(actor)
    address_retire(ref=saved.ref, actor=actor, now=clock.now())

    assert [view.ref for view in listed] == [saved.ref]
    assert listed[0].line == "样例区 样例路 8 号 502"
    assert own_addresses(actor) == ()
    with pytest.raises(NotFound):
        address_retire(ref=saved.ref, actor=actor, now=clock.now())


@pytest.mark.django_db
def test_a_foreign_address_cannot_be_taken_off() -> None:
    mine, other = (actor_of_user(city.make_user(RoleCode.CUSTOMER)) for _ in range(2))
    saved = address_save(address=HOME, actor=mine, now=clock.now())
    address_save(address=HOME, actor=other, now=clock.now())

    with pytest.raises(NotFound):
        address_retire(ref=saved.ref, actor=other, now=clock.now())

    assert len(own_addresses(mine)) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "field"),
    [({"district": " "}, "district"), ({"text": "x" * 201}, "address_text"), ({"label": "x\0"}, "label")],
)
def test_a_fault_in_an_address_is_named(changes: dict[str, str], field: str) -> None:
    actor = actor_of_user(city.make_user(RoleCode.CUSTOMER))
    parts = {"district": "样例区", "text": "样例路", "label": "", **changes}

    with pytest.raises(Invalid) as refusal:
        address_save(address=NewAddress(place=HOME.place, **parts), actor=actor, now=clock.now())

    assert set(refusal.value.fields) == {field}
    assert not Address.objects.exists()


@pytest.mark.django_db
def test_a_list_of_addresses_has_an_end() -> None:
    actor = actor_of_user(city.make_user(RoleCode.CUSTOMER))
    for number in range(ADDRESSES_EACH):
        address = NewAddress(district="样例区", text=f"样例路 {number} 号", place=HOME.place)
        address_save(address=address, actor=actor, now=clock.now())

    with pytest.raises(Invalid):
        address_save(address=HOME, actor=actor, now=clock.now())
    with pytest.raises(Unauthenticated):
        address_save(address=HOME, actor=ANONYMOUS, now=clock.now())


@pytest.mark.django_db
def test_consent_is_given_once_per_version() -> None:
    user = city.make_user(RoleCode.CUSTOMER)
    actor = actor_of_user(user)
    customer = customer_for_user(user_id=user.pk, name="李女士", now=clock.now())
    before = consent_needed(actor)

    for _ in range(2):
        consent_give(customer=customer, now=clock.now())

    assert (before, consent_needed(actor), consent_needed(ANONYMOUS)) == (True, False, True)
    assert Consent.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(("role", "door"), [(RoleCode.DISPATCHER, "2 单元 301"), (RoleCode.CUSTOMER_SERVICE, "")])
def test_the_desk_finds_a_caller_and_sees_what_its_role_may(role: RoleCode, door: str) -> None:
    customer = city.make_customer("王先生")
    city.make_address(customer)
    desk = actor_of_user(city.make_user(role))

    found = caller_find(desk, str(customer.phone).removeprefix("+86"))

    assert found is not None
    assert (found.name, found.has_account, found.addresses[0].door) == ("王先生", False, door)
    assert ("*" in found.phone) == (door == "")
    assert caller_find(desk, "13700000000") is None
    assert caller_find(desk, "nonsense") is None


@pytest.mark.django_db
def test_only_the_desk_looks_callers_up() -> None:
    for role in (RoleCode.CUSTOMER, RoleCode.TECHNICIAN):
        with pytest.raises(Forbidden):
            caller_find(actor_of_user(city.make_user(role)), "13800138000")


@pytest.mark.django_db
def test_somebody_new_has_no_page_yet() -> None:
    actor = actor_of_user(city.make_user(RoleCode.CUSTOMER))

    assert own_customer_view(actor) is None
    address_save(address=HOME, actor=actor, now=clock.now())
    mine = own_customer_view(actor)
    assert mine is not None
    assert len(mine.addresses) == 1


@pytest.mark.django_db(transaction=True)
def test_somebody_new_twice_at_once_is_one_customer() -> None:
    user = city.make_user(RoleCode.CUSTOMER)

    outcomes = race([lambda: customer_for_user(user_id=user.pk, name="李女士", now=clock.now()).pk] * 4)

    assert refusal_codes(outcomes) == []
    assert len(set(winners(outcomes))) == 1
    assert Customer.objects.count() == 1
