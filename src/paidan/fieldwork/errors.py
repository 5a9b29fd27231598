"""Refusals at the door."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from paidan.kernel.errors import Refused


class ProofMissing(Refused):
    """Finishing needs at least one photo of the finished work."""

    code = "photo_missing"
    message = _("Please take at least one photo of the finished work first.")


class TooManyPhotos(Refused):
    code = "too_many_photos"
    message = _("There are already 12 photos of this visit.")


class AmountFixed(Refused):
    """The visit was finished once, and what it costs is fixed since."""

    code = "amount_fixed"
    message = _("This visit was already finished once and its amount is fixed. Finish it again, or call the desk.")


class NotYetPayable(Refused):
    """Money is taken once the work is finished."""

    code = "not_yet_payable"
    message = _("The amount is fixed when you finish the work. Please finish it first.")


class NoPhotosNow(Refused):
    code = "no_photos_now"
    message = _("Photos can be added from arrival until you finish the work.")
