"""Orders of partners by file: good rows are booked, bad ones named, nothing twice and nothing lost."""

from __future__ import annotations

import csv
import io
import threading
import zipfile
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db import connection

from paidan.accounts.constants import RoleCode
from paidan.booking.constants import Channel
from paidan.booking.models import Booking
from paidan.kernel import sheet_files
from paidan.kernel.actors import Actor
from paidan.kernel.errors import Busy, Forbidden, Invalid
from paidan.kernel.sheets import Sheet, xlsx_file
from paidan.partners.models import ImportRow, PartnerImport, PartnerOrder
from paidan.partners.privacy import forget
from paidan.partners.selectors import import_view, rejected_sheet, template_sheets
from paidan.partners.services import importing, imports_resume
from tests.booking.scene import Scene, make_scene
from tests.partners.files import HEADER, bytes_of, cells, csv_file, make_partner, run, sent

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    scene = make_scene()
    make_partner()
    return scene


@pytest.fixture
def desk(scene: Scene) -> Actor:
    return scene.staff(RoleCode.CUSTOMER_SERVICE)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_row_becomes_a_booking_in_its_encoding(scene: Scene, desk: Actor, encoding: str) -> None:
    batch = sent(csv_file(cells(scene), encoding=encoding), desk, scene)

    (row,) = run(batch, scene)

    booking = Booking.objects.get()
    assert (row.status, row.errors, row.values) == ("booked", [], {})
    assert (booking.channel, booking.contact_name, booking.status) == (Channel.PARTNER, "李女士", "confirmed")
    assert booking.created_by_id == desk.user_id
    assert booking.window_start_at == scene.window(14).start
    assert row.order is not None
    assert (row.order.external_number, row.order.booking_id, row.order.status) == ("A-1", booking.pk, "confirmed")
    assert batch.status == "done"


def test_a_workbook_is_read_with_numbers_and_days_as_excel_keeps_them(scene: Scene, desk: Actor) -> None:
    serial = scene.day.toordinal() - 693594
    row: list[object] = [*cells(scene)]
    row[3], row[7] = 13800138000, serial
    content = bytes_of(Sheet("x", HEADER, [row]), "xlsx")  # type: ignore[list-item]  # a test's own cells

    (result,) = run(sent(content, desk, scene), scene)

    assert result.status == "booked"
    assert Booking.objects.get().contact_phone == "+8613800138000"


def test_the_template_names_every_column_and_is_read_back() -> None:
    make_scene()
    first, explained = template_sheets()

    with xlsx_file(first, explained) as file:
        rows = sheet_files.table_read(file.read(), bytes_most=10**6, rows_most=10)

    assert rows[0] == list(first.columns)
    assert len(rows) == 2
    assert len(list(explained.rows)) > len(first.columns)


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"number": ""}, "external_number"),
        ({"service": "nothing"}, "service"),
        ({"phone": "12"}, "contact_phone"),
        ({"name": ""}, "contact_name"),
        ({"district": "Atlantis"}, "district"),
        ({"address": ""}, "address"),
        ({"date": "someday"}, "date"),
        ({"date": "2026-13-41"}, "date"),
        ({"date": "2020-01-01"}, "window"),
        ({"window": "morning"}, "window"),
        ({"window": "16:00-14:00"}, "window"),
        ({"window": "14:07-16:07"}, "window"),
    ],
)
def test_a_bad_row_is_named_and_the_good_one_is_booked(
    scene: Scene, desk: Actor, change: dict[str, str], column: str
) -> None:
    batch = sent(
        csv_file(cells(scene, "A-2", **{k: v for k, v in change.items() if k != "number"}), cells(scene)), desk, scene
    )
    if "number" in change:
        ImportRow.objects.filter(number=2).update(values={})

    bad, good = run(batch, scene)

    assert (bad.status, good.status) == ("rejected", "booked")
    assert column in [error["column"] for error in bad.errors]
    assert all(error["sentence"] for error in bad.errors)
    assert PartnerOrder.objects.get().external_number == "A-1"


def test_errors_are_told_in_the_language_of_who_sent_the_file(scene: Scene, desk: Actor) -> None:
    batch = sent(csv_file(cells(scene, district="Atlantis")), desk, scene)
    PartnerImport.objects.update(language="en")

    (row,) = run(PartnerImport.objects.get(pk=batch.pk), scene)

    assert "We do not serve this district" in row.errors[0]["sentence"]


def test_a_taken_time_names_free_ones(scene: Scene, desk: Actor) -> None:
    rows = [cells(scene, f"A-{number}", phone=f"138001380{number:02d}") for number in range(12)]

    results = run(sent(csv_file(*rows), desk, scene), scene)

    refused = [row for row in results if row.status == "rejected"]
    assert refused
    assert refused[0].errors[0]["column"] == "window"
    assert f"{scene.day:%Y-%m-}" in refused[0].errors[0]["sentence"]


def test_the_same_file_again_books_nothing(scene: Scene, desk: Actor) -> None:
    content = csv_file(cells(scene))
    run(sent(content, desk, scene), scene)

    (row,) = run(sent(content, desk, scene), scene)

    assert (row.status, Booking.objects.count()) == ("known", 1)
    view = import_view(desk, row.batch.ref)
    assert view.rows[0].booking_ref == Booking.objects.get().ref


def test_numbers_belong_to_their_partner(scene: Scene, desk: Actor) -> None:
    make_partner("midea")
    run(sent(csv_file(cells(scene)), desk, scene), scene)

    (row,) = run(sent(csv_file(cells(scene, window="10:00-12:00")), desk, scene, partner="midea"), scene)

    assert (row.status, Booking.objects.count()) == ("booked", 2)


def test_a_run_that_died_goes_on_where_it_stopped(scene: Scene, desk: Actor) -> None:
    batch = sent(csv_file(cells(scene), cells(scene, "A-2", window="10:00-12:00")), desk, scene)
    real, calls = importing.order_place, iter(range(9))

    def dies_at_the_second(**arguments: object) -> object:
        if next(calls) == 1:
            raise KeyboardInterrupt
        return real(**arguments)  # type: ignore[arg-type]  # passed on as they came

    with patch.object(importing, "order_place", dies_at_the_second), pytest.raises(KeyboardInterrupt):
        run(batch, scene)
    batch.refresh_from_db()
    assert (batch.status, Booking.objects.count()) == ("waiting", 1)

    rows = run(batch, scene)

    assert [row.status for row in rows] == ["booked", "booked"]
    assert [row.status for row in run(batch, scene)] == ["booked", "booked"]
    assert Booking.objects.count() == 2


def test_an_import_whose_worker_died_is_taken_up_after_a_minute(scene: Scene, desk: Actor) -> None:
    batch = sent(csv_file(cells(scene)), desk, scene)

    imports_resume(now=scene.now + timedelta(seconds=30))
    assert not Booking.objects.exists()
    imports_resume(now=scene.now + timedelta(seconds=90))

    batch.refresh_from_db()
    assert (batch.status, Booking.objects.count()) == ("done", 1)


def test_a_busy_plan_leaves_the_row_for_the_next_try(scene: Scene, desk: Actor) -> None:
    batch = sent(csv_file(cells(scene)), desk, scene)

    with patch("paidan.partners.services.ordering.booking_submit", side_effect=Busy), pytest.raises(Busy):
        run(batch, scene)

    assert ImportRow.objects.get().status == "waiting"
    assert not PartnerOrder.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_uploads_of_the_same_orders_at_once_book_them_once() -> None:
    scene = make_scene(workers=3)
    make_partner()
    desk = scene.staff(RoleCode.MANAGER)
    content = csv_file(cells(scene), cells(scene, "A-2", window="10:00-12:00"))
    batches = [sent(content, desk, scene) for _ in range(2)]
    barrier, faults = threading.Barrier(2, timeout=10), []

    def upload(batch: PartnerImport) -> None:
        try:
            connection.ensure_connection()
            barrier.wait()
            importing.import_run(import_id=batch.pk)
        except BaseException as fault:  # shown in the test's own thread
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=upload, args=(batch,)) for batch in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert faults == []
    assert (Booking.objects.count(), PartnerOrder.objects.count()) == (2, 2)
    assert sorted(ImportRow.objects.values_list("status", flat=True)) == ["booked", "booked", "known", "known"]


def test_rejected_rows_come_back_with_their_error_and_can_be_sent_again(scene: Scene, desk: Actor) -> None:
    batch = sent(csv_file(cells(scene, description="=1+1", district="Atlantis")), desk, scene)
    run(batch, scene)

    text = bytes_of(rejected_sheet(desk, batch.ref)).decode("utf-8-sig")
    _header, row = csv.reader(io.StringIO(text))

    assert "'=1+1" in row
    assert row[-1]
    again = text.replace("Atlantis", scene.territory.code).encode()
    (result,) = run(sent(again, desk, scene), scene)
    assert result.status == "booked"
    assert Booking.objects.get().description == "=1+1"


def test_only_the_sender_and_who_sees_customers_gets_rows_back(scene: Scene, desk: Actor) -> None:
    batch = sent(csv_file(cells(scene, district="Atlantis")), desk, scene)
    run(batch, scene)

    assert len(list(rejected_sheet(scene.staff(RoleCode.MANAGER), batch.ref).rows)) == 1
    with pytest.raises(Forbidden):
        rejected_sheet(scene.staff(RoleCode.CUSTOMER_SERVICE), batch.ref)


def test_what_was_not_booked_is_forgotten(scene: Scene, desk: Actor) -> None:
    run(sent(csv_file(cells(scene, district="Atlantis")), desk, scene), scene)

    forget(scene.now + timedelta(days=89))
    assert ImportRow.objects.get().values
    forget(scene.now + timedelta(days=91))

    assert ImportRow.objects.get().values == {}


@pytest.mark.parametrize("role", [RoleCode.TECHNICIAN, RoleCode.TEAM_LEAD, RoleCode.CUSTOMER])
def test_others_cannot_import(scene: Scene, role: RoleCode) -> None:
    with pytest.raises(Forbidden):
        sent(csv_file(cells(scene)), scene.staff(role), scene)

    assert not PartnerImport.objects.exists()


def archive(name: str, content: bytes, *, more: dict[str, bytes] | None = None) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(name, content)
        for other, words in (more or {}).items():
            file.writestr(other, words)
    return target.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
NAMESPACE = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
BOMB = b"<worksheet %s><sheetData>%s</sheetData></worksheet>" % (NAMESPACE, b"<row/>" * 6_000_000)
ENTITIES = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet %s/>' % NAMESPACE


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"  \r\n ",
        b"<html><table><tr><td>x</td></tr></table></html>",
        b"PK\x03\x04 broken",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        b"a,b\0c",
        b"\x81\xff" * 50,
        archive(SHEET, BOMB),
        archive(SHEET, ENTITIES),
        archive(SHEET, b"<worksheet"),
        archive(SHEET, b'<worksheet %s><row><c t="s"><v>9</v></c></row></worksheet>' % NAMESPACE),
        archive("word/document.xml", b"<x/>"),
        b"x" * (6 * 2**20),
        b"one,two\r\n1,2",
        csv_file(),
        csv_file(*[["A"] * 10] * 5_001),
        csv_file(["A"] * 11, header=[*HEADER, "手机号"]),
    ],
    ids=lambda content: f"{len(content)}-{content[:8]!r}",
)
def test_a_hostile_or_foreign_file_is_refused_with_a_sentence(scene: Scene, desk: Actor, content: bytes) -> None:
    with pytest.raises(Invalid) as refusal:
        sent(content, desk, scene)

    assert refusal.value.fields["file"]
    assert not PartnerImport.objects.exists()
