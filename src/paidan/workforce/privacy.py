"""Technicians: where they are, only while they are on duty."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from paidan.accounts.personal_data import PersonalPart, Section, Subject
from paidan.kernel.settings import POSITIONS_KEPT_HOURS
from paidan.workforce.models import Position, Technician


def export(subject: Subject) -> Sequence[Section]:
    """The technician's own row."""
    records = [
        {
            "ref": row.ref,
            "staff_number": row.staff_number,
            "name": row.name,
            "grade": row.grade,
            "home_lat": row.home_lat,
            "home_lng": row.home_lng,
            "rating_mean": row.rating_mean,
        }
        for row in Technician.objects.filter(user=subject.user_id)
    ]
    return (Section("technician", _("Technician"), records),) if records else ()


def obstacles(subject: Subject) -> Sequence[StrOrPromise]:
    """Who works here leaves through the office, which hands their visits on first."""
    if Technician.objects.filter(user=subject.user_id).exists():
        return (_("You work here. Please ask the office to close your account."),)
    return ()


def forget(now: datetime) -> None:
    """Delete positions that are older than the house keeps them."""
    Position.objects.filter(measured_at__lt=now - timedelta(hours=POSITIONS_KEPT_HOURS.value())).delete()


PART = PersonalPart(
    app="workforce",
    export=export,
    obstacles=obstacles,
    forget=forget,
    exempt={
        "workforce.Technician": "Employment is kept by law; the account cannot be erased while it exists.",
        "workforce.TechnicianEvent": "The audit of employment; append-only.",
        "workforce.TerritoryScope": "Names a member of the house by number only.",
        "workforce.TerritoryScopeEvent": "The audit of scopes names people by number only.",
    },
)
