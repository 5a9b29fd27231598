"""Refusals of billing."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from paidan.kernel.errors import Invalid, Refused


class ChargeFixed(Refused):
    """A charge of this kind exists already, with other lines: charges never change."""

    code = "charge_fixed"
    message = _("The amount is already fixed and cannot be changed.")


class AlreadyPaid(Refused):
    """Another payment settled the charge first."""

    code = "already_paid"
    message = _("This has already been paid.")


class ProviderUnknown(Invalid):
    """No payment provider of that code is connected."""

    code = "provider_unknown"
    message = _("This way of paying is not available. Please choose another one.")


class AlreadyChosen(Refused):
    """The customer chose before, or the refund was paid out."""

    code = "already_chosen"
    message = _("This has been decided already. Please look again.")
