"""Refusals of reviews."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from paidan.kernel.errors import Refused


class AlreadyReviewed(Refused):
    """There is one review a visit, and it is final."""

    code = "already_reviewed"
    message = _("You have already reviewed this visit. Thank you!")


class NotYetReviewable(Refused):
    """Only finished and signed-off work is reviewed."""

    code = "not_yet_reviewable"
    message = _("You can review the visit once it is signed off.")
