"""Refusals of dispatch, each with the code the API promises and a sentence to act on."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from paidan.kernel.errors import Refused


class SlotTaken(Refused):
    """The window was free a moment ago; ``facts["nearest"]`` names free ones."""

    code = "slot_taken"
    message = _("This time has just been taken. Please choose another one.")


class HoldLapsed(Refused):
    code = "hold_lapsed"
    message = _("The time was kept for you for a while and is now free again. Please choose once more.")


class TooManyHolds(Refused):
    code = "too_many_holds"
    message = _("You are already holding two times. Please finish or give up one of them first.")


class OfferGone(Refused):
    """Another technician was first, or the offer lapsed."""

    code = "offer_gone"
    message = _("Somebody was faster, or the offer has ended.")


class NotEligible(Refused):
    """A hard rule refuses; ``facts["rules"]`` names them, the first first."""

    code = "not_eligible"
    message = _("You cannot take this visit.")


class RoutePromised(Refused):
    """Another promise would lose its plan."""

    code = "route_promised"
    message = _("Taking this visit would break a promise to another customer.")


class NotAssignable(Refused):
    """Time and place refuse; nobody can override that."""

    code = "not_assignable"
    message = _("This technician cannot be there in time.")


class ConflictNeedsReason(Refused):
    """Rules refuse that a dispatcher may override; a reason is needed."""

    code = "override_needed"
    message = _("Rules speak against this assignment. Give a reason to override them.")
