"""Add-ons, urgency with its price, and the item's questions: priced here, kept with the booking (B2, M2)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.utils import ProgrammingError
from django.utils.translation import override

from paidan.booking.answers import answer_views
from paidan.booking.errors import PriceChanged
from paidan.booking.models import Booking
from paidan.booking.pricing import offer_price
from paidan.booking.selectors import slots_for
from paidan.booking.services import booking_hold
from paidan.catalog.constants import QuestionKind
from paidan.catalog.lint import version_findings
from paidan.catalog.models import AddOn, ItemQuestion, ServiceItemVersion
from paidan.catalog.services import item_version_copy
from paidan.dispatch.models import PlanStop, SlotHold
from paidan.fieldwork.services.finishing import charge_for
from paidan.kernel.errors import Invalid
from paidan.visits.models import Visit
from tests.booking.scene import PLACE, Scene, make_scene

pytestmark = pytest.mark.django_db


def _offered(scene: Scene) -> None:
    ServiceItemVersion.objects.filter(pk=scene.version.pk).update(urgent_minor=3_000)
    AddOn.objects.create(
        version=scene.version,
        code="gas",
        name={"zh": "补充制冷剂", "en": "Refill"},
        price_minor=12_000,
        extra_minutes=20,
    )
    ItemQuestion.objects.create(
        version=scene.version,
        code="kind",
        text={"zh": "哪一种？", "en": "Which kind?"},
        kind=QuestionKind.CHOICE,
        choices=[{"zh": "挂机", "en": "Wall unit"}, {"zh": "柜机", "en": "Floor unit"}],
        is_required=True,
        position=1,
    )
    ItemQuestion.objects.create(
        version=scene.version, code="count", text={"zh": "几台？"}, kind=QuestionKind.NUMBER, position=2
    )
    scene.version.refresh_from_db()


def _offering() -> Scene:
    scene = make_scene()
    _offered(scene)
    return scene


def test_the_price_is_item_add_ons_and_urgency() -> None:
    scene = _offering()

    price = offer_price(scene.item_code, add_ons=("gas",), urgency="urgent", now=scene.now)

    base = scene.version.price_minor
    assert [(line.kind, line.amount_minor) for line in price.lines] == [
        ("item", base),
        ("add_on", 12_000),
        ("urgency", 3_000),
    ]
    assert (price.total_minor, price.duration_minutes) == (base + 15_000, scene.version.duration_minutes + 20)


def test_a_booking_keeps_its_price_lines_and_answers_and_the_plan_its_minutes() -> None:
    scene = _offering()
    total = scene.version.price_minor + 12_000

    booking, visit = scene.booked(add_ons=("gas",), answers={"kind": "2", "count": "3"}, expected_price_minor=total)

    assert booking.price_minor == total
    assert [line["code"] for line in booking.price_lines] == [scene.item_code, "gas"]
    with override("en"):
        assert [(one.code, one.answer) for one in answer_views(booking.answers)] == [
            ("kind", "Floor unit"),
            ("count", "3"),
        ]
    assert visit.duration_minutes == scene.version.duration_minutes + 20
    stop = PlanStop.objects.get(visit=visit)
    assert stop.end_at - stop.start_at == timedelta(minutes=visit.duration_minutes)


def test_the_charge_has_a_line_for_each_and_sums_to_the_price() -> None:
    scene = _offering()
    booking, visit = scene.booked(add_ons=("gas",), answers={"kind": "1"}, urgency="urgent")

    charge = charge_for(visit, now=scene.now)

    assert [line.unit_minor for line in charge.lines] == [scene.version.price_minor, 12_000, 3_000]
    assert charge.total_minor == booking.price_minor


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"answers": {}}, {"q_kind"}),
        ({"answers": {"kind": "3"}}, {"q_kind"}),
        ({"answers": {"kind": "挂机", "count": "zwei"}}, {"q_count"}),
        ({"answers": {"kind": "1", "count": "1\x00"}}, {"q_count"}),
        ({"answers": {"kind": "1"}, "add_ons": ("gold",)}, {"add_ons"}),
    ],
)
def test_what_does_not_fit_the_version_is_refused_by_its_field(changes: dict[str, object], fields: set[str]) -> None:
    scene = _offering()

    with pytest.raises(Invalid) as refusal:
        scene.book(**changes)

    assert set(refusal.value.fields) == fields
    assert not Booking.objects.exists()


def test_another_total_than_the_one_shown_is_refused() -> None:
    scene = _offering()

    with pytest.raises(PriceChanged) as refusal:
        scene.book(add_ons=("gas",), answers={"kind": "1"}, expected_price_minor=scene.version.price_minor)

    assert refusal.value.facts == {"price_minor": scene.version.price_minor + 12_000}
    assert not Booking.objects.exists()


def test_a_hold_keeps_the_longer_time_and_fits_only_that() -> None:
    scene = _offering()
    hold = booking_hold(
        item_code=scene.item_code,
        place=PLACE,
        window=scene.window(),
        holder_key="browser-1",
        now=scene.now,
        add_ons=("gas",),
    )
    kept = SlotHold.objects.get(ref=hold.ref)
    stop = PlanStop.objects.get(hold=kept)

    assert stop.end_at - stop.start_at == timedelta(minutes=scene.version.duration_minutes + 20)
    with pytest.raises(Invalid) as refusal:
        scene.book(hold_ref=hold.ref, holder_key="browser-1", answers={"kind": "1"})
    assert set(refusal.value.fields) == {"window"}
    _booking, visit = scene.booked(hold_ref=hold.ref, holder_key="browser-1", add_ons=("gas",), answers={"kind": "1"})
    assert PlanStop.objects.get().visit_id == visit.pk


def test_what_takes_longer_leaves_fewer_windows() -> None:
    scene = make_scene(workers=1, minutes=100)
    _offered(scene)
    AddOn.objects.filter(code="gas").update(extra_minutes=480)
    span = scene.window(8).start, scene.window(20).start

    def count(*add_ons: str) -> int:
        page = slots_for(
            item_code=scene.item_code, place=PLACE, start=span[0], end=span[1], now=scene.now, add_ons=add_ons
        )
        return len(page.slots)

    assert count("gas") < count()


def test_a_sold_version_and_its_parts_never_change() -> None:
    scene = _offering()
    version = scene.version
    scene.book(answers={"kind": "1"})

    version.refresh_from_db()
    assert version.sold_at == scene.now
    for change in (
        lambda: ServiceItemVersion.objects.filter(pk=version.pk).update(price_minor=1),
        lambda: AddOn.objects.filter(version=version).update(price_minor=1),
        lambda: AddOn.objects.filter(version=version).delete(),
        lambda: ItemQuestion.objects.create(version=version, code="new", text={"zh": "新"}),
        lambda: version.needs.all().delete(),
    ):
        with pytest.raises((IntegrityError, ProgrammingError)), transaction.atomic():
            change()


def test_a_new_version_takes_over_add_ons_and_questions_and_may_change() -> None:
    scene = _offering()
    scene.book(answers={"kind": "1"})

    copy = item_version_copy(scene.version.pk, now=scene.now)
    AddOn.objects.filter(version=copy).update(price_minor=9_000)

    assert (copy.sold_at, copy.version) == (None, scene.version.version + 1)
    assert [question.code for question in copy.questions.all()] == ["kind", "count"]
    assert AddOn.objects.get(version=scene.version).price_minor == 12_000
    assert Visit.objects.get().item_version_id == scene.version.pk


def test_what_is_amiss_with_a_version_is_named_before_it_takes_effect() -> None:
    scene = _offering()
    copy = item_version_copy(scene.version.pk, now=scene.now)
    assert version_findings(copy) == ()

    ServiceItemVersion.objects.filter(pk=copy.pk).update(name={"en": "Repair"}, price_minor=0)
    copy.needs.all().delete()
    ItemQuestion.objects.filter(version=copy, code="kind").update(choices=[])
    copy = ServiceItemVersion.objects.get(pk=copy.pk)

    with override("en"):
        assert version_findings(copy) == (
            "It has no Chinese name.",
            "It has a fixed price of 0.",
            "It asks for no skill: every technician could be sent.",
            "The question “Which kind?” has nothing to choose from.",
        )
