"""The back office: opened by our permissions, validated in sentences, written through services, audited."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pghistory.models
import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from psycopg.types.range import TimestamptzRange

from paidan.accounts.constants import Permission, RoleCode
from paidan.accounts.models import Role, User
from paidan.accounts.services import role_of
from paidan.catalog.models import FeeTable, ServiceItemVersion, ServiceType, Skill
from paidan.kernel import clock
from paidan.workforce.constants import CommitmentKind
from paidan.workforce.models import Absence, Commitment, Shift, Territory, TerritoryMembership
from tests import city

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Client:
    """An administrator's browser."""
    browser = Client(HTTP_ACCEPT_LANGUAGE="en")
    browser.force_login(city.make_user(RoleCode.ADMINISTRATOR))
    return browser


def moment(name: str, instant: Any) -> dict[str, str]:
    local = instant.astimezone(city.ZONE)
    return {f"{name}_0": local.strftime("%Y-%m-%d"), f"{name}_1": local.strftime("%H:%M:%S")}


def rows(prefix: str, *entries: dict[str, Any], initial: int = 0) -> dict[str, Any]:
    """The management form of inline rows and the rows themselves."""
    form: dict[str, Any] = {
        f"{prefix}-TOTAL_FORMS": len(entries),
        f"{prefix}-INITIAL_FORMS": initial,
        f"{prefix}-MIN_NUM_FORMS": 0,
        f"{prefix}-MAX_NUM_FORMS": 1000,
    }
    for index, entry in enumerate(entries):
        form |= {f"{prefix}-{index}-{name}": value for name, value in entry.items()}
    return form


def errors_of(response: Any) -> str:
    assert response.status_code == 200, "a refused form is shown again"
    form = response.context["adminform"].form
    formsets = [str(error) for formset in response.context["inline_admin_formsets"] for error in formset.formset.errors]
    return str(form.errors.as_data()) + "".join(formsets)


@pytest.mark.parametrize("model", list(admin.site._registry), ids=lambda model: model._meta.label)
def test_every_table_opens(office: Client, model: Any) -> None:
    address = f"admin:{model._meta.app_label}_{model._meta.model_name}"

    assert office.get(reverse(f"{address}_changelist")).status_code == 200
    assert office.get(reverse(f"{address}_changelist"), {"q": "a\0b'%"}).status_code in {200, 302}
    assert office.get(reverse(f"{address}_add")).status_code in {200, 403}


def test_master_data_follow_the_matrix_not_djangos_rights() -> None:
    manager = city.make_user(RoleCode.MANAGER)
    browser = Client()
    browser.force_login(manager)
    before = browser.get(reverse("admin:catalog_skill_changelist")).status_code

    Role.objects.filter(pk=manager.role_id).update(
        permissions=[*role_of(RoleCode.MANAGER).permissions, Permission.EDIT_MASTER_DATA]
    )

    assert (before, browser.get(reverse("admin:catalog_skill_changelist")).status_code) == (403, 200)
    assert browser.get(reverse("admin:accounts_user_changelist")).status_code == 403


def test_rows_are_never_deleted_in_bulk(office: Client) -> None:
    skill = Skill.objects.create(code="locks", name={"zh": "开锁"})

    office.post(
        reverse("admin:catalog_skill_changelist"),
        {"action": "delete_selected", "_selected_action": [skill.pk], "post": "yes"},
    )
    office.post(reverse("admin:catalog_skill_delete", args=[skill.pk]), {"post": "yes"})

    assert Skill.objects.filter(pk=skill.pk).exists()


@pytest.mark.parametrize(
    "name",
    [
        "visits_visit",
        "booking_booking",
        "dispatch_offer",
        "dispatch_decision",
        "billing_charge",
        "billing_ledgertransaction",
        "notifications_delivery",
    ],
)
def test_what_only_services_write_is_read_only(office: Client, name: str) -> None:
    assert office.get(reverse(f"admin:{name}_add")).status_code == 403
    assert office.post(reverse(f"admin:{name}_add"), {}).status_code == 403


def test_a_visit_is_shown_without_contact_and_cannot_be_changed(office: Client) -> None:
    visit = city.make_visit(city.make_territory(), city.make_item(), city.window(city.tomorrow(), 9), planned=False)

    page = office.get(reverse("admin:visits_visit_change", args=[visit.pk]))
    refused = office.post(reverse("admin:visits_visit_change", args=[visit.pk]), {"status": "cancelled"})

    assert page.status_code == 200
    assert visit.contact_phone not in page.content.decode()
    assert refused.status_code == 403


def test_names_are_typed_in_two_languages(office: Client) -> None:
    office.post(
        reverse("admin:catalog_servicetype_add"),
        {"code": "repair", "name_zh": "家电维修", "name_en": "Appliance repair", "position": 1},
    )
    refused = office.post(
        reverse("admin:catalog_servicetype_add"), {"code": "empty", "name_zh": " ", "name_en": "", "position": 1}
    )

    assert ServiceType.objects.get().name == {"zh": "家电维修", "en": "Appliance repair"}
    assert "at least one language" in errors_of(refused)


RING = city.RING


@pytest.mark.parametrize(
    ("ring", "sentence"),
    [
        (RING[:-1], "not closed"),
        ([[121.0, 31.0], [121.1, 31.1], [121.1, 31.0], [121.0, 31.1], [121.0, 31.0]], "crosses itself (121.05 31.05)"),
        ([[121.0, 31.0], [121.1, 31.0], [121.0, 31.0]], "at least three corners"),
        ([[121.0, 31.0]] * 4, "encloses nothing"),
        ([[31.0, 121.0]] * 5, "list of corners"),
        ({"type": "Polygon"}, "list of corners"),
        ([["a", "b"]] * 5, "list of corners"),
        ([[121.0]] * 5, "list of corners"),
    ],
)
def test_a_border_is_refused_in_a_sentence(office: Client, ring: object, sentence: str) -> None:
    refused = office.post(
        reverse("admin:workforce_territory_add"),
        {
            "code": "new",
            "name_zh": "新区",
            "ring": json.dumps(ring),
            "time_zone": "Asia/Shanghai",
            "reserve_percent": 0,
        },
    )

    assert sentence in errors_of(refused)
    assert "新区" in refused.content.decode()
    assert not Territory.objects.exists()


def test_a_territory_is_drawn(office: Client) -> None:
    form = {
        "code": "new",
        "name_zh": "新区",
        "ring": json.dumps(RING),
        "time_zone": "Mars/Olympus",
        "reserve_percent": 0,
    }

    refused = office.post(reverse("admin:workforce_territory_add"), form)
    accepted = office.post(reverse("admin:workforce_territory_add"), {**form, "time_zone": "Asia/Shanghai"})

    assert "time zone does not exist" in errors_of(refused)
    assert accepted.status_code == 302
    assert Territory.objects.get().ring == RING


def test_a_shift_takes_its_territory_and_day_from_the_membership(office: Client) -> None:
    worker = city.make_worker(city.make_territory())
    day = city.tomorrow()
    form = {
        "technician": worker.pk,
        **moment("starts_at", city.local(day, 22)),
        **moment("ends_at", city.local(day + timedelta(days=1), 6)),
    }

    accepted = office.post(reverse("admin:workforce_shift_add"), form)
    overlapping = office.post(reverse("admin:workforce_shift_add"), form)

    assert accepted.status_code == 302
    shift = Shift.objects.get()
    assert (shift.service_date, shift.territory_id) == (day, worker.technician.memberships.get().territory_id)
    assert "covers part of this time" in errors_of(overlapping)


def test_a_shift_that_cannot_be_is_refused_at_its_field(office: Client) -> None:
    worker = city.make_worker(city.make_territory())
    TerritoryMembership.objects.all().delete()
    day = city.tomorrow()

    homeless = office.post(
        reverse("admin:workforce_shift_add"),
        {
            "technician": worker.pk,
            **moment("starts_at", city.local(day, 8)),
            **moment("ends_at", city.local(day, 18)),
        },
    )
    backwards = office.post(
        reverse("admin:workforce_shift_add"),
        {
            "technician": worker.pk,
            **moment("starts_at", city.local(day, 18)),
            **moment("ends_at", city.local(day, 8)),
        },
    )

    assert "belongs to no territory" in errors_of(homeless)
    assert "after the beginning" in errors_of(backwards)
    assert not Shift.objects.exists()


def occupied(worker: city.Worker, shift: Shift, start_hour: int, end_hour: int) -> Commitment:
    day = shift.service_date
    span = TimestamptzRange(city.local(day, start_hour), city.local(day, end_hour))
    return Commitment.objects.create(
        technician=worker.technician, shift=shift, kind=CommitmentKind.VISIT, subject_id=7, work=span, span=span
    )


def test_a_shift_in_use_may_grow_but_not_leave_its_visits(office: Client) -> None:
    worker = city.make_worker(city.make_territory())
    day = city.tomorrow()
    shift = city.make_shift(worker, day)
    occupied(worker, shift, 16, 17)
    address = reverse("admin:workforce_shift_change", args=[shift.pk])

    def change(start: int, end: int) -> Any:
        return office.post(
            address,
            {
                "technician": worker.pk,
                **moment("starts_at", city.local(day, start)),
                **moment("ends_at", city.local(day, end)),
            },
        )

    shorter, longer = change(8, 16), change(7, 19)
    office.post(reverse("admin:workforce_shift_delete", args=[shift.pk]), {"post": "yes"})

    assert "Visits are planned on this shift" in errors_of(shorter)
    assert longer.status_code == 302
    shift.refresh_from_db()
    assert shift.span.lower == city.local(day, 7)


def test_a_free_shift_can_be_removed(office: Client) -> None:
    shift = city.make_shift(city.make_worker(city.make_territory()), city.tomorrow())

    office.post(reverse("admin:workforce_shift_delete", args=[shift.pk]), {"post": "yes"})

    assert not Shift.objects.exists()


def absence_form(worker: city.Worker, start_hour: int, end_hour: int) -> dict[str, Any]:
    day = city.tomorrow()
    return {
        "technician": worker.pk,
        "kind": "leave",
        **moment("starts_at", city.local(day, start_hour)),
        **moment("ends_at", city.local(day, end_hour)),
    }


def test_an_absence_occupies_the_time_until_it_is_cancelled(office: Client) -> None:
    worker = city.make_worker(city.make_territory())
    shift = city.make_shift(worker, city.tomorrow())
    add = reverse("admin:workforce_absence_add")

    accepted = office.post(add, absence_form(worker, 9, 12))
    again = office.post(add, absence_form(worker, 11, 13))
    commitment = Commitment.objects.get()
    absence = Absence.objects.get()

    assert accepted.status_code == 302
    assert "covers part of this time" in errors_of(again)
    assert (commitment.kind, commitment.subject_id, commitment.live) == (CommitmentKind.ABSENCE, absence.pk, True)
    office.post(reverse("admin:workforce_absence_delete", args=[absence.pk]), {"post": "yes"})
    absence.refresh_from_db()
    commitment.refresh_from_db()
    assert absence.cancelled_at is not None
    assert not commitment.live
    occupied(worker, shift, 9, 10)


def test_an_absence_over_assigned_visits_is_refused(office: Client) -> None:
    worker = city.make_worker(city.make_territory())
    occupied(worker, city.make_shift(worker, city.tomorrow()), 10, 11)

    refused = office.post(reverse("admin:workforce_absence_add"), absence_form(worker, 9, 12))

    assert "Give them to somebody else first" in errors_of(refused)
    assert not Absence.objects.exists()
    assert Commitment.objects.count() == 1


@pytest.mark.parametrize("field", ["paused_at", "retired_at"])
def test_who_still_has_assigned_visits_is_not_paused_or_retired(office: Client, field: str) -> None:
    worker = city.make_worker(city.make_territory())
    technician = worker.technician
    occupied(worker, city.make_shift(worker, city.tomorrow()), 10, 11)
    address = reverse("admin:workforce_technician_change", args=[technician.pk])
    form = {
        "user": worker.user.pk,
        "staff_number": technician.staff_number,
        "name": technician.name,
        "grade": technician.grade,
        "experience_years": 5,
        "load_cap": 8,
        "home_lat": 31.05,
        "home_lng": 121.05,
        f"{field}_0": "2026-01-01",
        f"{field}_1": "08:00",
        **rows("skills"),
        **rows("memberships"),
    }

    refused = office.post(address, form)
    Commitment.objects.update(live=False)
    accepted = office.post(address, form)

    assert "Assigned visits: 1. Give them to somebody else first." in errors_of(refused)
    technician.refresh_from_db()
    assert accepted.status_code == 302
    assert getattr(technician, field) is not None


def test_a_technicians_skills_and_territories_are_edited_in_one_place(office: Client) -> None:
    here, elsewhere, skill = city.make_territory(), city.make_territory(), city.make_skill()
    user = city.make_user(RoleCode.TECHNICIAN)
    form = {
        "user": user.pk,
        "staff_number": "S1",
        "name": "张三",
        "grade": "senior",
        "experience_years": 5,
        "load_cap": 8,
        "home_lat": 31.05,
        "home_lng": 121.05,
        **rows("skills", {"skill": skill.pk, "level": 3}),
    }
    own = {"territory": here.pk, "kind": "own", "from_date": "2026-01-01", "until_date": "2026-05-31"}
    loan = {"territory": elsewhere.pk, "kind": "loan", "from_date": "2026-05-31"}

    overlapping = office.post(reverse("admin:workforce_technician_add"), form | rows("memberships", own, loan))
    loan["from_date"] = "2026-06-01"
    accepted = office.post(reverse("admin:workforce_technician_add"), form | rows("memberships", own, loan))

    assert overlapping.status_code == 200
    assert "more than one territory on one day" in overlapping.content.decode()
    assert accepted.status_code == 302
    dates = [row.dates for row in TerritoryMembership.objects.order_by("pk")]
    assert [(each.lower.isoformat(), each.upper and each.upper.isoformat()) for each in dates] == [
        ("2026-01-01", "2026-06-01"),
        ("2026-06-01", None),
    ]


def test_a_version_in_force_is_copied_not_changed(office: Client) -> None:
    version = city.make_item((city.make_skill(), 3))
    change = reverse("admin:catalog_serviceitemversion_change", args=[version.pk])
    action = reverse("admin:catalog_serviceitemversion_make_new_version", args=[version.pk])

    refused = office.post(change, {"price_minor": 1})
    asked = office.get(action)
    made = office.post(action)

    assert refused.status_code == 403
    assert asked.status_code == 200
    newest = ServiceItemVersion.objects.order_by("-version").first()
    assert newest is not None
    assert made["Location"].endswith(f"/{newest.pk}/change/")
    assert (newest.version, newest.item_id, newest.effective_at > clock.now()) == (2, version.item_id, True)
    assert [(need.skill_id, need.level) for need in newest.needs.all()] == [
        (need.skill_id, need.level) for need in version.needs.all()
    ]


def test_a_fee_table_in_force_is_copied_with_its_rules(office: Client) -> None:
    table = city.make_item().fee_table

    office.post(reverse("admin:catalog_feetable_make_new_version", args=[table.pk]))

    newest = FeeTable.objects.get(code=table.code, version=2)
    assert [rule.percent for rule in newest.rules.all()] == [rule.percent for rule in table.rules.all()]


def test_people_are_created_and_disabled(office: Client) -> None:
    role = role_of(RoleCode.DISPATCHER)
    add = reverse("admin:accounts_user_add")

    nameless = office.post(add, {"name": "调度", "role": role.pk, "is_active": "on"})
    made = office.post(add, {"name": "调度", "phone": "138 0013 8000", "role": role.pk, "is_active": "on"})
    user = User.objects.get(phone="+8613800138000")
    change = reverse("admin:accounts_user_change", args=[user.pk])
    disabled = office.post(change, {"name": "调度", "phone": "+8613800138000", "role": role.pk})

    assert "needed to log in" in errors_of(nameless)
    assert (made.status_code, disabled.status_code) == (302, 302)
    user.refresh_from_db()
    assert (user.is_active, user.role.code, user.is_staff) == (False, RoleCode.DISPATCHER, False)


def test_the_last_administrator_cannot_disable_themselves(office: Client) -> None:
    me = User.objects.get()

    refused = office.post(
        reverse("admin:accounts_user_change", args=[me.pk]),
        {"name": me.name, "phone": me.phone, "email": me.email, "role": me.role_id},
    )

    assert "last active administrator" in errors_of(refused)
    me.refresh_from_db()
    assert me.is_active


def test_the_matrix_is_ticked_and_its_change_names_who_did_it(office: Client) -> None:
    me = User.objects.get()
    role = role_of(RoleCode.CUSTOMER_SERVICE)

    office.post(
        reverse("admin:accounts_role_change", args=[role.pk]),
        {"name_zh": "客服", "name_en": "Service", "permissions": ["booking.view", "report.view"]},
    )

    role.refresh_from_db()
    assert role.permissions == ["booking.view", "report.view"]
    event = pghistory.models.Events.objects.tracks(role).order_by("-pgh_created_at", "-pgh_id").first()
    assert event is not None
    assert event.pgh_context["actor"] == f"user:{me.pk}"
    page = office.get(reverse("admin:accounts_role_history", args=[role.pk]))
    assert f"user:{me.pk}" in page.content.decode()


def test_djangos_own_log_stays_empty(office: Client) -> None:
    office.post(reverse("admin:catalog_skill_add"), {"code": "locks", "name_zh": "开锁"})

    assert Skill.objects.exists()
    assert not admin.models.LogEntry.objects.exists()
