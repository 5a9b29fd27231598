"""Fee tables in the office, and what a change costs on the pages of the customer and the desk."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from paidan.accounts.constants import RoleCode
from paidan.accounts.models import User
from paidan.billing.models import Compensation
from paidan.booking.models import Booking
from paidan.booking.services import booking_cancel
from paidan.catalog.constants import FeeOccasion, Party
from paidan.catalog.models import FeeRule, FeeTable
from paidan.catalog.services import fee_table_copy
from paidan.kernel import clock
from tests import city
from tests.booking.scene import Scene, make_scene
from tests.web.clients import client_of

pytestmark = pytest.mark.django_db
BLANK = {"occasion": "cancel", "party": "customer", "reached": "booked"}
CASE = {"price": "200", "occasion": "cancel", "party": "customer", "reached": "booked", "notice": "60", "reason": ""}


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@pytest.fixture
def office() -> Client:
    return client_of(city.make_user(RoleCode.ADMINISTRATOR))


@pytest.fixture
def draft() -> FeeTable:
    return fee_table_copy(city.make_item().fee_table_id, now=clock.now())


def sent(step: str, *rows: dict[str, str], kept: int = 1, **case: str) -> dict[str, str]:
    """The form of a table as a browser sends it."""
    fields = {
        "step": step,
        "zh": "取消规则",
        "en": "",
        "rules-TOTAL_FORMS": str(len(rows)),
        "rules-INITIAL_FORMS": str(kept),
        "rules-MIN_NUM_FORMS": "0",
        "rules-MAX_NUM_FORMS": "40",
    }
    for number, row in enumerate(rows):
        fields |= {f"rules-{number}-{name}": value for name, value in {**BLANK, **row}.items()}
    return fields | {f"case-{name}": value for name, value in {**CASE, **case}.items()}


def page(table: FeeTable) -> str:
    return reverse("office:fee-table", args=[table.pk])


def test_the_list_says_each_rule_in_words(office: Client, draft: FeeTable) -> None:
    answer = office.get(reverse("office:fees"))

    words = "Cancelling with less than 2 hours notice costs 20 % of the price, at least ¥20."
    assert answer.content.decode().count(words) == 2
    assert f'href="{page(draft)}"' in answer.content.decode()


def test_an_empty_list_offers_words(office: Client) -> None:
    assert "There is no fee table yet." in office.get(reverse("office:fees")).content.decode()


def test_what_is_typed_can_be_tried_before_it_is_kept(office: Client, draft: FeeTable) -> None:
    answer = office.post(page(draft), sent("try", {"percent": "35", "notice": "90"}, {}))

    assert answer.status_code == 200
    assert "¥70.00" in answer.content.decode()
    assert 'value="35"' in answer.content.decode()
    assert [rule.percent for rule in draft.rules.all()] == [20]


def test_rules_are_kept_added_and_removed(office: Client, draft: FeeTable) -> None:
    added = {"occasion": "wasted_trip", "fixed": "30.50", "maximum": "50"}

    answer = office.post(page(draft), sent("keep", {"percent": "20", "DELETE": "on"}, added, {}))

    assert (answer.status_code, answer["Location"]) == (302, page(draft))
    rule = draft.rules.get()
    assert (rule.occasion, rule.fixed_minor, rule.maximum_minor) == (FeeOccasion.WASTED_TRIP, 3_050, 5_000)


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"percent": "101"}, "Ensure this value is less than or equal to 100."),
        ({"minimum": "5", "maximum": "4"}, "The ceiling of a rule is not below its floor."),
    ],
)
def test_a_wrong_rule_is_said_and_nothing_typed_is_lost(
    office: Client, draft: FeeTable, row: dict[str, str], sentence: str
) -> None:
    answer = office.post(page(draft), sent("keep", row, {"fixed": "77"}))

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert 'value="77"' in answer.content.decode()
    assert [rule.percent for rule in draft.rules.all()] == [20]


def test_a_draft_is_put_in_force_and_then_only_looked_at(office: Client, draft: FeeTable) -> None:
    past = office.post(page(draft), {"step": "publish", "effective_at": "2020-01-01T08:00"})
    begins = clock.now() + timedelta(hours=2)
    done = office.post(
        page(draft), {"step": "publish", "effective_at": f"{begins.astimezone(city.ZONE):%Y-%m-%dT%H:%M}"}
    )
    draft.refresh_from_db()
    with time_machine.travel(begins + timedelta(hours=1), tick=False):
        shown = office.get(page(draft))
        refused = office.post(page(draft), sent("keep", {"percent": "99"}))
        copied = office.post(page(draft), {"step": "copy"})

    assert (past.status_code, done.status_code) == (422, 302)
    assert (draft.is_draft, draft.effective_at > clock.now()) == (False, True)
    assert "it stays as it is" in shown.content.decode()
    assert 'value="keep"' not in shown.content.decode()
    assert [rule.percent for rule in draft.rules.all()] == [20]
    assert refused.status_code in {302, 303, 409, 422}
    assert copied["Location"] == page(FeeTable.objects.get(code=draft.code, version=3))


def test_the_api_reads_tries_writes_and_publishes(office: Client, draft: FeeTable) -> None:
    rule = {"percent": 10, "fixed_minor": 100, "notice_below_minutes": 60}
    body = {"name_zh": "新", "rules": [rule]}

    listed = office.get("/api/v1/fee-tables").json()
    written = office.put(f"/api/v1/fee-tables/{draft.pk}", body, content_type="application/json")
    tried = office.post(
        f"/api/v1/fee-tables/{draft.pk}/try",
        {"price_minor": 10_000, "notice_minutes": 59},
        content_type="application/json",
    )
    begins = (clock.now() + timedelta(days=1)).isoformat()
    published = office.post(
        f"/api/v1/fee-tables/{draft.pk}/publish", {"effective_at": begins}, content_type="application/json"
    )
    absent = office.post("/api/v1/fee-tables/x/copy", content_type="application/json")

    assert [(table["version"], table["is_draft"]) for table in listed] == [(2, True), (1, False)]
    assert (written.status_code, written.json()["rules"][0]["fixed_minor"]) == (200, 100)
    assert tried.json()["amount_minor"] == 1_100
    assert (published.json()["is_draft"], absent.status_code) == (False, 404)


def own(scene: Scene) -> tuple[Client, Booking]:
    actor = scene.customer_actor()
    booking, _visit = scene.booked(actor)
    return client_of(User.objects.get(pk=actor.user_id)), booking


def test_the_page_of_another_time_shows_its_price_and_asks_again_when_it_changed(scene: Scene) -> None:
    FeeRule.objects.create(table=scene.version.fee_table, occasion=FeeOccasion.RESCHEDULE, percent=0, fixed_minor=1_000)
    client, booking = own(scene)
    address = reverse("portal:booking-reschedule", args=[booking.ref])
    window = scene.window(10, days=1)
    chosen = f"{window.start.isoformat()}/{window.end.isoformat()}"

    shown = client.get(address)
    stale = client.post(address, {"window": chosen, "agreed": "0"})
    agreed = client.post(address, {"window": chosen, "agreed": "1000"})

    assert "Changing the time costs ¥10." in shown.content.decode()
    assert (stale.status_code, agreed.status_code) == (409, 303)
    booking.refresh_from_db()
    assert booking.window_start_at == window.start


def test_a_customer_chooses_what_to_do_with_a_compensation(scene: Scene) -> None:
    FeeRule.objects.create(table=scene.version.fee_table, party=Party.COMPANY, percent=0, fixed_minor=1_500)
    client, booking = own(scene)
    booking_cancel(ref=booking.ref, reason="company", actor=scene.staff(RoleCode.MANAGER), now=scene.now)
    address = reverse("portal:booking", args=[booking.ref])
    ref = Compensation.objects.get().ref

    before = client.get(address).content.decode()
    chosen = client.post(
        reverse("portal:booking-compensation", args=[booking.ref]), {"compensation": ref, "as": "money"}
    )
    again = client.post(
        reverse("portal:booking-compensation", args=[booking.ref]), {"compensation": ref, "as": "credit"}
    )
    desk = client_of(city.make_user(RoleCode.CUSTOMER_SERVICE))
    asked = desk.get(reverse("desk:booking", args=[booking.ref])).content.decode()
    paid = desk.post(reverse("desk:booking-refund", args=[booking.ref]), {"compensation": ref})

    assert "We are sorry. How would you like to have it?" in before
    assert (chosen.status_code, again.status_code, paid.status_code) == (303, 303, 303)
    assert "Refund paid out" in asked
    assert Compensation.objects.get().status == "paid"


def test_what_is_open_stands_above_the_next_booking(scene: Scene) -> None:
    client, booking = own(scene)
    late = scene.window().start - timedelta(minutes=10)
    booking_cancel(ref=booking.ref, reason="other", actor=scene.staff(RoleCode.MANAGER), now=late)

    shown = client.get(reverse("portal:book", args=[scene.item_code])).content.decode()

    assert "Still open from before" in shown
    assert "¥40.00" in shown
