"""States of a visit, their one label table, and every step between them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from paidan.accounts.constants import RoleCode
from paidan.kernel.constants import Tone
from paidan.kernel.transitions import Edge, TransitionTable


class VisitStatus(models.TextChoices):
    PENDING = "pending", _("Waiting for assignment")
    OFFERED = "offered", _("In the grab hall")
    ASSIGNED = "assigned", _("Assigned, not yet accepted")
    ACCEPTED = "accepted", _("Accepted")
    EN_ROUTE = "en_route", _("On the way")
    ARRIVED = "arrived", _("Arrived")
    WORKING = "working", _("In service")
    ON_HOLD = "on_hold", _("On hold")
    FINISHED = "finished", _("Finished, to be signed off")
    SIGNED_OFF = "signed_off", _("Completed")
    NOT_DONE = "not_done", _("Not done")
    CANCELLED = "cancelled", _("Cancelled")


TONES: dict[VisitStatus, Tone] = {
    VisitStatus.PENDING: Tone.NEUTRAL,
    VisitStatus.OFFERED: Tone.INFO,
    VisitStatus.ASSIGNED: Tone.INFO,
    VisitStatus.ACCEPTED: Tone.PROGRESS,
    VisitStatus.EN_ROUTE: Tone.PROGRESS,
    VisitStatus.ARRIVED: Tone.PROGRESS,
    VisitStatus.WORKING: Tone.PROGRESS,
    VisitStatus.ON_HOLD: Tone.WARNING,
    VisitStatus.FINISHED: Tone.SUCCESS,
    VisitStatus.SIGNED_OFF: Tone.SUCCESS,
    VisitStatus.NOT_DONE: Tone.DANGER,
    VisitStatus.CANCELLED: Tone.NEUTRAL,
}
CUSTOMER_LABELS: dict[VisitStatus, object] = {
    VisitStatus.PENDING: _("We are finding your technician"),
    VisitStatus.OFFERED: _("We are finding your technician"),
    VisitStatus.ASSIGNED: _("A technician is being confirmed"),
    VisitStatus.ACCEPTED: _("Your technician is confirmed"),
    VisitStatus.EN_ROUTE: _("Your technician is on the way"),
    VisitStatus.ARRIVED: _("Your technician has arrived"),
    VisitStatus.WORKING: _("The work is being done"),
    VisitStatus.ON_HOLD: _("The work is paused"),
    VisitStatus.FINISHED: _("Finished – please check and sign off"),
    VisitStatus.SIGNED_OFF: _("Completed"),
    VisitStatus.NOT_DONE: _("The work could not be done"),
    VisitStatus.CANCELLED: _("Cancelled"),
}


class Urgency(models.TextChoices):
    NORMAL = "normal", _("Normal")
    URGENT = "urgent", _("Urgent")
    EMERGENCY = "emergency", _("Emergency")


def is_urgent(urgency: str) -> bool:
    """Whether this may use the emergency reserve of a territory."""
    return urgency in {Urgency.URGENT, Urgency.EMERGENCY}


class AssignmentSource(models.TextChoices):
    GRAB = "grab", _("Grabbed")
    AUTOMATIC = "automatic", _("Assigned automatically")
    MANUAL = "manual", _("Assigned by a dispatcher")


class DeclineReason(models.TextChoices):
    TOO_FAR = "too_far", _("Too far away")
    NO_TIME = "no_time", _("No time")
    MISSING_TOOL = "missing_tool", _("Tool or part missing")
    NOT_MY_SKILL = "not_my_skill", _("Not my trade")
    ILLNESS = "illness", _("Ill or an accident")
    OTHER = "other", _("Another reason")


class HoldReason(models.TextChoices):
    WAITING_FOR_PART = "waiting_for_part", _("Waiting for a part")
    WAITING_FOR_CUSTOMER = "waiting_for_customer", _("Waiting for the customer")
    SAFETY = "safety", _("Not safe to go on")
    OTHER = "other", _("Another reason")


class NotDoneReason(models.TextChoices):
    CUSTOMER_ABSENT = "customer_absent", _("Nobody at home")
    NO_ACCESS = "no_access", _("No access")
    BEYOND_REPAIR = "beyond_repair", _("Beyond repair")
    CUSTOMER_REFUSED = "customer_refused", _("Customer refused")
    OTHER = "other", _("Another reason")


_S = VisitStatus
_CREW = frozenset({RoleCode.TECHNICIAN, RoleCode.TEAM_LEAD})
_DESK = frozenset({RoleCode.DISPATCHER, RoleCode.MANAGER, RoleCode.ADMINISTRATOR})
_SYSTEM = frozenset({"system"})
_CUSTOMER = frozenset({RoleCode.CUSTOMER, "link"})
_BEFORE_WORK = frozenset({_S.PENDING, _S.OFFERED, _S.ASSIGNED, _S.ACCEPTED, _S.EN_ROUTE, _S.ARRIVED})


def _edge(action: str, sources: set[str], target: str, roles: frozenset[str], *requires: str) -> Edge:
    return Edge(
        action=action,
        sources=frozenset(map(str, sources)),
        target=str(target),
        roles=frozenset(map(str, roles)),
        requires=requires,
    )


VISIT_TABLE = TransitionTable(
    name="visit",
    initial=str(_S.PENDING),
    edges=(
        _edge("offer", {_S.PENDING}, _S.OFFERED, _SYSTEM | _DESK),
        _edge("withdraw", {_S.OFFERED}, _S.PENDING, _SYSTEM | _DESK),
        _edge("grab", {_S.OFFERED}, _S.ACCEPTED, _CREW),
        _edge("assign", {_S.PENDING, _S.OFFERED}, _S.ASSIGNED, _SYSTEM | _DESK),
        _edge("accept", {_S.ASSIGNED}, _S.ACCEPTED, _CREW),
        _edge("decline", {_S.ASSIGNED}, _S.PENDING, _CREW, "reason"),
        _edge("lapse", {_S.ASSIGNED}, _S.PENDING, _SYSTEM),
        _edge("release", {_S.ASSIGNED, _S.ACCEPTED, _S.EN_ROUTE}, _S.PENDING, _DESK | _SYSTEM, "reason"),
        _edge("depart", {_S.ACCEPTED}, _S.EN_ROUTE, _CREW),
        _edge("arrive", {_S.EN_ROUTE}, _S.ARRIVED, _CREW),
        _edge("start", {_S.ARRIVED}, _S.WORKING, _CREW),
        _edge("hold", {_S.WORKING}, _S.ON_HOLD, _CREW, "reason", "resume_at"),
        _edge("resume", {_S.ON_HOLD}, _S.WORKING, _CREW),
        _edge("finish", {_S.WORKING}, _S.FINISHED, _CREW),
        _edge("fail", {_S.ARRIVED, _S.WORKING}, _S.NOT_DONE, _CREW, "reason"),
        _edge("sign_off", {_S.FINISHED}, _S.SIGNED_OFF, _CUSTOMER | _DESK | _SYSTEM | {RoleCode.CUSTOMER_SERVICE}),
        _edge(
            "cancel",
            set(_BEFORE_WORK),
            _S.CANCELLED,
            _CUSTOMER | _DESK | _SYSTEM | {RoleCode.CUSTOMER_SERVICE},
            "reason",
        ),
        _edge("undo_depart", {_S.EN_ROUTE}, _S.ACCEPTED, _CREW),
        _edge("undo_arrive", {_S.ARRIVED}, _S.EN_ROUTE, _CREW),
        _edge("undo_start", {_S.WORKING}, _S.ARRIVED, _CREW),
        _edge("undo_hold", {_S.ON_HOLD}, _S.WORKING, _CREW),
        _edge("undo_resume", {_S.WORKING}, _S.ON_HOLD, _CREW),
        _edge("undo_finish", {_S.FINISHED}, _S.WORKING, _CREW),
    ),
)
UNDOABLE = {
    "depart": "undo_depart",
    "arrive": "undo_arrive",
    "start": "undo_start",
    "hold": "undo_hold",
    "resume": "undo_resume",
    "finish": "undo_finish",
}
OPEN_STATES = tuple(str(s) for s in VisitStatus if str(s) not in VISIT_TABLE.terminal)
UNASSIGNED_STATES = (str(_S.PENDING), str(_S.OFFERED))
NOT_BEGUN = (*UNASSIGNED_STATES, str(_S.ASSIGNED), str(_S.ACCEPTED))
STARTED_STATES = (str(_S.EN_ROUTE), str(_S.ARRIVED), str(_S.WORKING), str(_S.ON_HOLD))
