"""Refusals about visits."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from paidan.kernel.errors import Refused


class VisitTaken(Refused):
    """Another change was first: the visit is no longer in the state the caller saw."""

    code = "visit_changed"
    message = _("Somebody else has just changed this visit. Please look again.")


class UndoTooLate(Refused):
    code = "undo_too_late"
    message = _("This step can no longer be taken back.")
