"""Why a change to the crew's time or place is refused."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from paidan.kernel.errors import Refused


class VisitsInTheWay(Refused):
    """Assigned visits stand in the time; ``facts["visits"]`` counts them."""

    code = "visits_in_the_way"
    message = _("Assigned visits stand in this time. Give them to somebody else first.")


class TimeTaken(Refused):
    """Another shift or absence already covers part of it."""

    code = "time_taken"
    message = _("Another shift or absence of this technician covers part of this time.")


class ShiftInUse(Refused):
    """The plan of that day stands on the shift."""

    code = "shift_in_use"
    message = _("Visits are planned on this shift. Move them first.")


class AbsenceOver(Refused):
    """It was cancelled before."""

    code = "absence_over"
    message = _("This absence has already been cancelled.")
