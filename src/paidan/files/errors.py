"""Refusals of uploads, each as the sentence of a form field."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from paidan.kernel.errors import Invalid


class UploadRefused(Invalid):
    """The upload cannot be kept; the field's sentence says why."""

    code = "upload_refused"
    sentence: StrOrPromise = _("This file cannot be kept.")

    def __init__(self, field: str) -> None:
        super().__init__(fields={field: self.sentence})


class UploadEmpty(UploadRefused):
    """Nothing was sent."""

    code = "upload_empty"
    sentence = _("The photo is empty. Please take or choose another one.")


class UploadTooLarge(UploadRefused):
    """More bytes than are kept."""

    code = "upload_too_large"
    sentence = _("The photo is larger than 12 MB. Please choose a smaller one.")


class PictureTooLarge(UploadRefused):
    """More pixels than are decoded."""

    code = "picture_too_large"
    sentence = _("The photo has more than 50 million pixels. Please choose a smaller one.")


class NotAPicture(UploadRefused):
    """It cannot be read as a picture, whatever its name says."""

    code = "not_a_picture"
    sentence = _("This is not a photo we can read. Please send a JPEG, PNG or WebP picture.")
