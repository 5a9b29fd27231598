"""Refusals of the worklist."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from paidan.kernel.errors import Invalid, Refused


class WorkTaken(Refused):
    """Somebody else looks after it already."""

    code = "work_taken"
    message = _("Somebody else is already looking after this.")


class WorkClosedAlready(Refused):
    """It was settled meanwhile, by a person or by itself."""

    code = "work_closed"
    message = _("This has been settled meanwhile.")


class SnoozeInvalid(Invalid):
    """Until when is not within the next seven days."""

    code = "snooze_invalid"

    def __init__(self) -> None:
        super().__init__(fields={"until": _("Choose a time within the next seven days.")})
