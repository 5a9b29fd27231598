"""Photos sent with a booking: kept while the form is written, the booking's own with it, and nobody else's to see."""

from __future__ import annotations

import zipfile
import zlib
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from paidan.accounts.constants import LinkPurpose, RoleCode
from paidan.accounts.limits import PHOTOS_PER_ADDRESS_PER_HOUR
from paidan.booking.models import Booking
from paidan.files.models import StoredFile
from paidan.files.services import drafts_forget, files_move
from paidan.kernel import clock
from paidan.visits.models import Visit
from tests import city
from tests.booking.scene import Scene, make_scene
from tests.web.clients import FRAGMENT, client_of
from tests.web.test_portal import book_url, code_sent, form, link_to

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene()


def picture(name: str = "damage.jpg", colour: str = "red") -> SimpleUploadedFile:
    target = BytesIO()
    Image.new("RGB", (60, 40), colour).save(target, "JPEG")
    return SimpleUploadedFile(name, target.getvalue(), content_type="image/jpeg")


def chosen(browser: Client, scene: Scene, *photos: SimpleUploadedFile) -> str:
    """Choose photos in the form; what its part of the page says then."""
    sent = {**form(scene), "step": "photos", "photos": list(photos)}
    answer = browser.post(book_url(scene), sent, headers=FRAGMENT)
    assert answer.status_code == 200
    return answer.content.decode()


def enormous_png(width: int, height: int) -> bytes:
    """Its header claims an enormous picture."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + name + data + zlib.crc32(name + data).to_bytes(4)

    header = width.to_bytes(4) + height.to_bytes(4) + bytes((8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"0")) + chunk(b"IEND", b"")


def zip_bomb() -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("photo.jpg", b"\0" * 60_000_000)
    return packed.getvalue()


def test_photos_go_with_the_booking_and_whoever_works_on_it_sees_them(scene: Scene) -> None:
    customer = city.make_user(RoleCode.CUSTOMER, "李女士")
    browser = client_of(customer)
    page = chosen(browser, scene, picture(), picture("label.png", "blue"))

    answer = browser.post(book_url(scene), form(scene))
    booking = Booking.objects.get()
    scene.assigned(Visit.objects.get(booking_ref=booking.ref))
    kept = StoredFile.objects.filter(subject_ref=booking.ref, kind="request")
    address = reverse("web:file", args=[kept[0].ref])

    assert page.count("<img") == 2
    assert answer.status_code == 303
    assert kept.count() == 2
    assert address in browser.get(reverse("portal:booking", args=[booking.ref])).content.decode()
    crew = client_of(scene.worker.technician.user)
    visit = reverse("crew:visit", args=[Visit.objects.get().ref])
    assert address in crew.get(visit).content.decode()
    desk = client_of(city.make_user(RoleCode.CUSTOMER_SERVICE))
    assert address in desk.get(reverse("desk:booking", args=[booking.ref])).content.decode()
    assert [one.get(address).status_code for one in (browser, crew, desk)] == [200, 200, 200]
    token = link_to(LinkPurpose.BOOKING, booking.ref, scene)
    assert Client().get(reverse("web:file-by-link", args=[kept[0].ref, token])).status_code == 200


def test_nobody_else_sees_them_before_or_after(scene: Scene) -> None:
    browser = client_of(city.make_user(RoleCode.CUSTOMER))
    chosen(browser, scene, picture())
    ref = StoredFile.objects.get().ref
    draft = reverse("portal:draft-photo", args=[scene.item_code, ref])
    address = reverse("web:file", args=[ref])
    stranger, technician = (client_of(city.make_user(role)) for role in (RoleCode.CUSTOMER, RoleCode.TECHNICIAN))

    before = [one.get(draft).status_code for one in (browser, stranger, Client())]
    by_ref = [one.get(address).status_code for one in (browser, stranger)]
    browser.post(book_url(scene), form(scene))

    assert (before, by_ref) == ([200, 404, 404], [404, 404])
    assert [one.get(address).status_code for one in (browser, stranger, technician)] == [200, 404, 404]
    assert browser.get(draft).status_code == 404


def test_a_stranger_keeps_them_through_the_code_and_through_corrections(scene: Scene) -> None:
    browser = client_of()
    chosen(browser, scene, picture())

    faulty = browser.post(book_url(scene), form(scene, contact_name=""))
    asked = browser.post(book_url(scene), form(scene))
    done = browser.post(book_url(scene), form(scene, code=code_sent()))

    assert faulty.status_code == 422
    assert all("photo-drop:" in page.content.decode() for page in (faulty, asked))
    assert done.status_code == 303
    assert StoredFile.objects.get().subject_ref == Booking.objects.get().ref


def test_without_a_script_they_are_sent_along_with_the_form(scene: Scene) -> None:
    browser = client_of(city.make_user(RoleCode.CUSTOMER))

    refused = browser.post(
        book_url(scene), {**form(scene), "photos": [picture("no.svg"), SimpleUploadedFile("x", b"")]}
    )
    booked = browser.post(book_url(scene), form(scene))

    assert refused.status_code == 422
    assert "x: " in refused.content.decode()
    assert booked.status_code == 303
    assert StoredFile.objects.get().subject_ref == Booking.objects.get().ref


def test_a_photo_is_taken_back_and_a_seventh_is_not_kept(scene: Scene) -> None:
    browser = client_of(city.make_user(RoleCode.CUSTOMER))
    page = chosen(browser, scene, *(picture(f"{number}.jpg") for number in range(7)))
    first = StoredFile.objects.order_by("pk")[0].ref

    shown = browser.post(book_url(scene), {**form(scene), "step": f"photo-drop:{first}"}, headers=FRAGMENT)
    again = browser.post(book_url(scene), {**form(scene), "step": f"photo-drop:{first}"}, headers=FRAGMENT)
    foreign = client_of().post(
        book_url(scene), {**form(scene), "step": f"photo-drop:{StoredFile.objects.first().ref}"}, headers=FRAGMENT
    )

    assert "At most 6 photos" in page
    assert page.count("<img") == 6
    assert 'type="file"' not in page
    assert shown.content.decode().count("<img") == 5
    assert 'type="file"' in shown.content.decode()
    assert (again.status_code, foreign.status_code) == (200, 200)
    assert StoredFile.objects.count() == 5


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("empty.jpg", b"", "empty"),
        ("large.jpg", b"\xff\xd8\xff" + b"\0" * 50 * 2**20, "MB"),
        ("bomb.jpg", zip_bomb(), "photo"),
        ("wide.png", enormous_png(30_000, 30_000), "pixels"),
        ("drawn.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "photo"),
        ("page.jpg", b"<!doctype html><script>alert(1)</script>", "photo"),
    ],
    ids=["empty", "50 MB", "zip bomb", "30,000 x 30,000", "svg", "html as jpeg"],
)
def test_what_is_no_photo_is_refused_with_a_sentence_and_the_form_stays(
    scene: Scene, name: str, content: bytes, sentence: str
) -> None:
    browser = client_of(city.make_user(RoleCode.CUSTOMER))

    page = chosen(browser, scene, SimpleUploadedFile(name, content, content_type="image/jpeg"), picture())

    assert name in page
    assert sentence in page.partition('role="alert"')[2].partition("</div>")[0]
    assert page.count("<img") == 1, "the good one is kept"
    assert StoredFile.objects.count() == 1


def test_a_name_that_climbs_out_of_the_folder_goes_nowhere(scene: Scene) -> None:
    browser = client_of(city.make_user(RoleCode.CUSTOMER))
    photo = picture().read()
    body = b"".join(
        [
            b'--x\r\nContent-Disposition: form-data; name="step"\r\n\r\nphotos\r\n',
            b'--x\r\nContent-Disposition: form-data; name="photos"; filename="../../../etc/cron.d/<b>a</b>.jpg"\r\n',
            b"Content-Type: image/jpeg\r\n\r\n" + photo + b"\r\n--x--\r\n",
        ]
    )

    answer = browser.generic("POST", book_url(scene), body, "multipart/form-data; boundary=x", headers=FRAGMENT)

    row = StoredFile.objects.get()
    assert answer.status_code == 200
    assert row.content.name.endswith(f"/{row.ref}.jpg")
    assert ".." not in row.content.name
    assert "<b>" not in answer.content.decode()


def test_an_address_uploads_only_so_much(scene: Scene) -> None:
    PHOTOS_PER_ADDRESS_PER_HOUR.set(1)

    page = chosen(client_of(), scene, picture(), picture("second.jpg"))

    assert "Too many attempts" in page
    assert page.count("<img") == 1


def test_what_was_never_sent_is_forgotten_after_a_day_and_a_booking_keeps_its_own(
    scene: Scene, django_capture_on_commit_callbacks: object
) -> None:
    booked, other = client_of(city.make_user(RoleCode.CUSTOMER)), client_of()
    chosen(booked, scene, picture())
    booked.post(book_url(scene), form(scene))
    chosen(other, scene, picture())
    left = StoredFile.objects.latest("pk")

    drafts_forget(now=clock.now())
    young = StoredFile.objects.count()
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]  # pytest-django's
        drafts_forget(now=clock.now() + timedelta(days=2))

    assert young == 2
    assert StoredFile.objects.get().subject_ref == Booking.objects.get().ref
    assert not left.content.storage.exists(left.content.name)


def test_only_a_draft_gives_its_files_away() -> None:
    with pytest.raises(ValueError, match="draft"):
        files_move(draft_ref="B000000000001", subject_ref="B000000000002")
