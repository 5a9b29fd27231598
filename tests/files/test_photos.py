"""A photo is decoded, turned upright, made smaller and stripped of all it carried besides the picture."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.test import override_settings
from PIL import Image, PngImagePlugin

from paidan.files import ports
from paidan.files.constants import MAX_BYTES
from paidan.files.errors import NotAPicture, PictureTooLarge, UploadEmpty, UploadRefused, UploadTooLarge
from paidan.files.models import StoredFile
from paidan.files.selectors import file_findings, file_open, files_of, files_of_many
from paidan.files.services import file_store
from paidan.kernel.actors import ANONYMOUS, Actor, ActorKind
from paidan.kernel.errors import NotFound

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
VISIT = "V000000000001"
TECHNICIAN = Actor(kind=ActorKind.USER, user_id=7, role="technician")
ORIENTATION = 0x0112
GPS = 0x8825


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(ports, "_doors", {})
    with override_settings(MEDIA_ROOT=tmp_path):
        yield


def _encoded(picture: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    target = BytesIO()
    picture.save(target, kind, **options)
    return target.getvalue()


def _stored(data: bytes) -> tuple[Image.Image, StoredFile]:
    view = file_store(subject_ref=VISIT, kind="completion", upload=ContentFile(data), actor=TECHNICIAN, now=NOW)
    row = StoredFile.objects.get(ref=view.ref)
    with row.content.open("rb") as content:
        picture = Image.open(BytesIO(content.read()))
    return picture, row


def _png_claiming(width: int, height: int) -> bytes:
    """A tiny PNG whose header claims an enormous picture."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + name + data + zlib.crc32(name + data).to_bytes(4)

    header = width.to_bytes(4) + height.to_bytes(4) + bytes((8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"0")) + chunk(b"IEND", b"")


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_photo_is_kept_as_jpeg_of_at_most_2048_pixels(kind: str) -> None:
    picture, row = _stored(_encoded(Image.new("RGB", (4000, 1000), "red"), kind))

    assert (picture.format, picture.size) == ("JPEG", (2048, 512))
    assert (row.content_type, row.uploaded_by_key, row.kind) == ("image/jpeg", "user:7", "completion")
    assert row.size_bytes == row.content.size
    assert str(row.content.name).endswith(f"{row.ref}.jpg")


@pytest.mark.django_db
def test_small_photo_is_not_enlarged() -> None:
    picture, _ = _stored(_encoded(Image.new("RGB", (40, 30))))

    assert picture.size == (40, 30)


@pytest.mark.django_db
def test_place_and_orientation_are_gone_and_the_photo_stands_upright() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif[GPS] = {1: "N", 2: (31.0, 14.0, 0.0)}
    lying = Image.new("RGB", (400, 200), "blue")
    lying.paste("red", (0, 0, 200, 200))

    picture, _ = _stored(_encoded(lying, exif=exif))

    assert dict(picture.getexif()) == {}
    assert "exif" not in picture.info
    assert picture.size == (200, 400)
    red, _, blue = picture.convert("RGB").getpixel((100, 20))  # type: ignore[misc]  # three bands
    assert red > 200
    assert blue < 60


@pytest.mark.django_db
def test_text_hidden_in_a_picture_is_gone() -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "<script>alert(1)</script>")

    _, row = _stored(_encoded(Image.new("RGB", (10, 10)), "PNG", pnginfo=notes) + b"<?php trailing")

    with row.content.open("rb") as content:
        data = content.read()
    assert b"script" not in data
    assert b"php" not in data


@pytest.mark.django_db
def test_what_shines_through_becomes_white() -> None:
    picture, _ = _stored(_encoded(Image.new("RGBA", (10, 10), (255, 0, 0, 0)), "PNG"))

    assert picture.convert("RGB").getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (b"", UploadEmpty),
        (b"\0" * (MAX_BYTES + 1), UploadTooLarge),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", NotAPicture),
        (b"%PDF-1.4 not a picture", NotAPicture),
        (b"GIF89a" + b"\0" * 40, NotAPicture),
        (_encoded(Image.effect_noise((300, 300), 50))[:2000], NotAPicture),
        (_png_claiming(20, 20), NotAPicture),
        (_png_claiming(8_000, 8_000), PictureTooLarge),
        (_png_claiming(60_000, 60_000), PictureTooLarge),
    ],
    ids=["empty", "12 MB and more", "svg", "pdf", "gif", "cut off", "no pixels", "64 MP", "bomb"],
)
def test_what_is_no_photo_is_refused_with_a_sentence_and_leaves_nothing(
    data: bytes, refusal: type[UploadRefused], tmp_path: Path
) -> None:
    with pytest.raises(refusal) as caught:
        file_store(subject_ref=VISIT, kind="completion", upload=ContentFile(data), actor=TECHNICIAN, now=NOW)

    assert list(caught.value.fields) == ["photo"]
    assert caught.value.status == 422
    assert not StoredFile.objects.exists()
    assert list(tmp_path.rglob("*.jpg")) == []


@pytest.mark.django_db
def test_only_the_door_of_the_subject_opens_a_file() -> None:
    def only_technician_7(actor: Actor, subject_ref: str) -> None:
        if (actor.user_id, subject_ref) != (7, VISIT):
            raise NotFound

    _, row = _stored(_encoded(Image.new("RGB", (10, 10))))
    with pytest.raises(NotFound):
        file_open(TECHNICIAN, row.ref)

    ports.door_register("V", only_technician_7)
    opened = file_open(TECHNICIAN, row.ref)
    with opened.content as content:
        assert len(content.read()) == opened.size_bytes

    for actor, ref in ((ANONYMOUS, row.ref), (TECHNICIAN, "F000000000000")):
        with pytest.raises(NotFound):
            file_open(actor, ref)


@pytest.mark.django_db
def test_files_are_listed_by_subject_and_a_lost_content_is_found() -> None:
    _, row = _stored(_encoded(Image.new("RGB", (10, 10))))

    assert [view.ref for view in files_of(VISIT)] == [row.ref]
    assert files_of(VISIT, kind="damage") == ()
    assert list(files_of_many([VISIT, "V000000000002"])) == [VISIT]
    assert file_findings() == []

    row.content.storage.delete(str(row.content.name))

    assert file_findings() == [f"The content of file {row.ref} is missing."]
    ports.door_register("V", lambda _actor, _ref: None)
    with pytest.raises(NotFound):
        file_open(TECHNICIAN, row.ref)
