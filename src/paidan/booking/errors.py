"""Refusals about bookings, each with a sentence the customer can act on."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from paidan.kernel.errors import Refused


class BookingChanged(Refused):
    """Another change was first: the booking is no longer in the state the caller saw."""

    code = "booking_changed"
    message = _("Somebody else has just changed this booking. Please look again.")


class TooLateToCancel(Refused):
    """The technician is at the door, or the work is done."""

    code = "too_late_to_cancel"
    message = _(
        "Your technician has already arrived, so this can no longer be cancelled here. Please speak to them or call us."
    )


class TooLateToReschedule(Refused):
    """The technician has set out."""

    code = "too_late_to_reschedule"
    message = _("Your technician has already set out, so the time can no longer be changed. You can still cancel.")


class FeeChanged(Refused):
    """It now costs or brings another amount than was agreed; ``facts`` has the present ``fee_minor``."""

    code = "fee_changed"
    message = _("What this costs has changed since you looked. Please check it and confirm once more.")


class PriceChanged(Refused):
    """The price differs from the one shown; ``facts["price_minor"]`` is the present one."""

    code = "price_changed"
    message = _("The price has changed since you looked. Please check it and book once more.")


class NothingToUrge(Refused):
    """The booking is over: nobody is on the way to it any more."""

    code = "nothing_to_urge"
    message = _("This booking is over, so there is nothing to hurry. You can still write to us.")


class RulesInForce(Refused):
    """A version of the review rules that was put in force stays as it is."""

    code = "rules_in_force"
    message = _("This version was put in force and stays as it is. Make a draft from it to change something.")


class NotRecurring(Refused):
    """The service is not sold again and again."""

    code = "not_recurring"
    message = _("This service cannot be repeated by itself. Please book each visit.")


class PlanChanged(Refused):
    """The plan or its day is no longer in the state the caller saw."""

    code = "plan_changed"
    message = _("This plan has just been changed. Please look again.")
