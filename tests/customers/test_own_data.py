"""One's own data: complete, in one archive, and gone when asked for; what the law keeps names nobody."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.urls import reverse

from paidan.accounts.access import actor_of_user
from paidan.accounts.constants import RoleCode
from paidan.accounts.models import User
from paidan.accounts.personal_data import personal_parts
from paidan.billing.models import Charge, LedgerEntry
from paidan.booking.models import Booking, BookingStep
from paidan.booking.services import booking_cancel
from paidan.customers.models import Address, Consent, Customer
from paidan.customers.own_data import NotErasable, outlived_forget, own_data_erase
from paidan.files.models import StoredFile
from paidan.files.services import file_store
from paidan.kernel import clock
from paidan.kernel.models import Event
from paidan.notifications.models import Delivery
from paidan.visits.models import Visit, VisitStep
from paidan.workforce.models import Position
from tests import city
from tests.booking.scene import Scene, make_scene, photo
from tests.web.clients import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene()


def links_to_people() -> dict[str, str]:
    """Every model of ours with a foreign key to an account or a customer, and that key."""
    people = {User, Customer}
    return {
        model._meta.label: field.name
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if model.__module__.startswith("paidan.")
        and (field.many_to_one or field.one_to_one)
        and not field.auto_created
        and field.related_model in people
    }


def test_every_model_that_points_at_a_person_is_covered_or_exempt_with_a_reason() -> None:
    covered = {label for part in personal_parts() for label in part.covered}
    exempt = {label: reason for part in personal_parts() for label, reason in part.exempt.items()}
    known = {model._meta.label for model in apps.get_models()}

    assert set(links_to_people()) - covered - set(exempt) == set()
    assert (covered | set(exempt)) - known == set(), "a part speaks of a model that does not exist"
    assert covered & set(exempt) == set()
    assert all(len(reason) > 20 for reason in exempt.values())


def test_the_archive_holds_everything_to_read_and_for_programs(scene: Scene) -> None:
    booking, _ = scene.booked()
    user = User.objects.get(pk=booking.customer.user_id)
    file_store(subject_ref=booking.ref, kind="need", upload=photo(), actor=actor_of_user(user), now=clock.now())
    other, _ = scene.booked(window=scene.window(10))

    answer = client_of(user).post(reverse("portal:own-data-archive"))
    archive = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    data = json.loads(archive.read("data.json"))
    page = archive.read("index.html").decode()

    assert answer.headers["Content-Disposition"].endswith('.zip"')
    assert [row["ref"] for row in data["bookings"]] == [booking.ref]
    assert data["account"][0]["phone"] == user.phone
    assert booking.contact_name in page
    assert other.ref not in page + json.dumps(data)
    assert [name for name in archive.namelist() if name.startswith("photos/")] != []
    assert archive.testzip() is None


def test_the_api_gives_the_same_data_and_only_ones_own(scene: Scene) -> None:
    booking, _visit = scene.booked()
    user = User.objects.get(pk=booking.customer.user_id)

    data = client_of(user).get("/api/v1/own-data").json()

    assert [row["ref"] for row in data["bookings"]] == [booking.ref]
    assert client_of().get("/api/v1/own-data").status_code == 401


def test_an_open_booking_stands_in_the_way_and_nothing_changes(scene: Scene) -> None:
    booking, _visit = scene.booked()
    user = User.objects.get(pk=booking.customer.user_id)
    browser = client_of(user)

    page = browser.get(reverse("portal:own-data")).content.decode()
    refused = browser.post("/api/v1/own-data/erase", {"confirm": True}, content_type="application/json")

    assert "You still have open bookings." in page
    assert (refused.status_code, refused.json()["code"]) == (409, "not_erasable")
    user.refresh_from_db()
    assert user.is_active
    assert Customer.objects.get(pk=booking.customer_id).phone == booking.customer.phone


def test_who_works_here_cannot_erase_themselves() -> None:
    worker = city.make_worker(city.make_territory())

    with pytest.raises(NotErasable):
        own_data_erase(actor=actor_of_user(worker.user), now=clock.now())

    assert User.objects.get(pk=worker.user.pk).is_active


def traces(words: list[str]) -> list[str]:
    """Tables in which one of the words still stands: the whole database is searched."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT row_to_json(t)::text FROM "{table}" t')
            rows = "\n".join(row[0] for row in cursor.fetchall())
            found += [f"{table}: {word}" for word in words if word and word in rows]
    return found


def test_erasing_leaves_no_trace_of_the_person_but_keeps_the_books(
    scene: Scene, django_capture_on_commit_callbacks: Any
) -> None:
    booking, visit = scene.booked()
    user, customer = User.objects.get(pk=booking.customer.user_id), booking.customer
    Booking.objects.filter(pk=booking.pk).update(description="门铃坏了请敲门", special_requirements="家里有猫咪")
    Visit.objects.filter(pk=visit.pk).update(description="门铃坏了请敲门")
    stored = file_store(
        subject_ref=booking.ref, kind="need", upload=photo(), actor=actor_of_user(user), now=clock.now()
    )
    content = StoredFile.objects.get(ref=stored.ref).content
    booking_cancel(
        ref=booking.ref, reason="changed_mind", text="我要搬去外婆家", actor=actor_of_user(user), now=clock.now()
    )
    before = (
        Charge.objects.count(),
        LedgerEntry.objects.count(),
        BookingStep.objects.count(),
        VisitStep.objects.count(),
    )
    words = [
        user.phone or "-",
        user.email or "-",
        user.name,
        customer.name,
        booking.contact_phone,
        booking.contact_name,
        booking.address.text,
        booking.address.door,
        "门铃坏了",
        "猫咪",
        "外婆家",
        stored.ref,
    ]
    browser = client_of(user)

    with django_capture_on_commit_callbacks(execute=True):
        asked = browser.post(reverse("portal:own-data-erase"))
        done = browser.post(reverse("portal:own-data-erase"), {"confirmed": "1"})

    assert (asked.status_code, done.status_code) == (200, 303)
    assert traces([word for word in words if len(word) > 1]) == []
    assert browser.get("/account/").status_code == 302
    assert not content.storage.exists(str(content.name))
    after = (
        Charge.objects.count(),
        LedgerEntry.objects.count(),
        BookingStep.objects.count(),
        VisitStep.objects.count(),
    )
    assert after == before
    assert Consent.objects.filter(customer=customer).count() <= 1
    address = Address.objects.get(pk=booking.address_id)
    assert (address.district, round(address.lat, 1)) == (booking.address.district, address.lat)


def test_erasing_twice_changes_nothing_more(scene: Scene) -> None:
    user = city.make_user(RoleCode.CUSTOMER)
    actor = actor_of_user(user)

    own_data_erase(actor=actor, now=clock.now())
    own_data_erase(actor=actor, now=clock.now())

    user.refresh_from_db()
    assert (user.name, user.phone, user.email, user.is_active) == ("", None, f"erased-{user.pk}@paidan.invalid", False)


def test_the_same_phone_may_sign_up_anew_and_finds_nothing(scene: Scene) -> None:
    user = city.make_user(RoleCode.CUSTOMER)
    phone = user.phone or ""
    own_data_erase(actor=actor_of_user(user), now=clock.now())

    again = User.objects.create_user(phone=phone, phone_verified=True, role=user.role)

    assert client_of(again).get("/api/v1/own-data").json().get("bookings", []) == []


def test_what_has_outlived_its_purpose_is_forgotten_and_the_rest_stays(scene: Scene) -> None:
    worker, other, now = city.make_worker(city.make_territory()), city.make_worker(city.make_territory()), clock.now()
    Position.objects.create(technician=worker.technician, lat=1, lng=1, measured_at=now - timedelta(hours=25))
    Position.objects.create(technician=other.technician, lat=1, lng=1, measured_at=now - timedelta(hours=23))
    for days, status in ((366, "sent"), (366, "pending"), (364, "sent")):
        Delivery.objects.create(
            event_id=days, template=status, channel="inbox", user=worker.user, status=status,
            created_at=now - timedelta(days=days),
        )  # fmt: skip
    old = Event.objects.create(name="x", payload={}, created_at=now - timedelta(days=91))
    new = Event.objects.create(name="x", payload={}, created_at=now - timedelta(days=89))

    outlived_forget(now=now)
    outlived_forget(now=now)

    assert list(Position.objects.values_list("technician", flat=True)) == [other.technician.pk]
    assert sorted(Delivery.objects.filter(user=worker.user).values_list("event_id", "status")) == [
        (364, "sent"), (366, "pending"),
    ]  # fmt: skip
    assert list(Event.objects.filter(pk__in=[old.pk, new.pk]).values_list("pk", flat=True)) == [new.pk]
