"""Every write of execution: the technician's steps, proof, sign-off and cash."""

from __future__ import annotations

from paidan.fieldwork.services.finishing import photo_add, visit_fail, visit_finish
from paidan.fieldwork.services.settling import cash_take, sign_offs_due, visit_sign_off
from paidan.fieldwork.services.steps import (
    StepDone,
    visit_arrive,
    visit_depart,
    visit_hold,
    visit_resume,
    visit_start,
)
from paidan.fieldwork.services.undoing import visit_undo

__all__ = [
    "StepDone",
    "cash_take",
    "photo_add",
    "sign_offs_due",
    "visit_arrive",
    "visit_depart",
    "visit_fail",
    "visit_finish",
    "visit_hold",
    "visit_resume",
    "visit_sign_off",
    "visit_start",
    "visit_undo",
]
