"""Photos made safe: decoded, turned upright, made smaller, and written anew without their metadata."""

from __future__ import annotations

import struct
from io import BytesIO

from PIL import Image, ImageOps

from paidan.files.constants import JPEG_QUALITY, MAX_EDGE_PIXELS, MAX_PIXELS, PHOTO_FORMATS
from paidan.files.errors import NotAPicture, PictureTooLarge

_UNREADABLE = (OSError, SyntaxError, ValueError, EOFError, TypeError, struct.error)
"""What Pillow raises for broken files; its plugins do not share one base class."""


def photo_reencoded(data: bytes, *, field: str) -> bytes:
    """The picture as JPEG, at most 2048 pixels long, without EXIF and the like.

    Nothing of the original bytes survives, so neither does a place, a name or a script in it.

    Raises:
        NotAPicture: it cannot be decoded as one of the formats read.
        PictureTooLarge: decoding it would take more memory than allowed.
    """
    try:
        with Image.open(BytesIO(data), formats=_formats()) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise PictureTooLarge(field)
            # JPEG can be decoded at half or a quarter of its size: a fraction of the memory and time.
            picture.draft("RGB", (MAX_EDGE_PIXELS, MAX_EDGE_PIXELS))
            return _jpeg(ImageOps.exif_transpose(picture))
    except Image.DecompressionBombError as error:
        raise PictureTooLarge(field) from error
    except _UNREADABLE as error:
        raise NotAPicture(field) from error


def _formats() -> list[str]:
    Image.init()
    return [name for name in PHOTO_FORMATS if name in Image.OPEN]


def _jpeg(picture: Image.Image) -> bytes:
    picture.thumbnail((MAX_EDGE_PIXELS, MAX_EDGE_PIXELS), Image.Resampling.LANCZOS)
    target = BytesIO()
    _opaque(picture).save(target, "JPEG", quality=JPEG_QUALITY, optimize=True, progressive=True)
    return target.getvalue()


def _opaque(picture: Image.Image) -> Image.Image:
    """JPEG knows no transparency: what shines through becomes white."""
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layer = picture.convert("RGBA")
    page = Image.new("RGBA", layer.size, "white")
    return Image.alpha_composite(page, layer).convert("RGB")
