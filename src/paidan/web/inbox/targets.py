"""Where a message leads: the page of what it is about, on the reader's own face."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse

from paidan.accounts.constants import CREW_ROLES, STAFF_ROLES
from paidan.notifications.constants import Template
from paidan.notifications.selectors import InboxRow

Place = tuple[str, tuple[str, ...]]


def target_of(row: InboxRow, role: str) -> str:
    """The address of the page; the inbox itself where that face has no page for it."""
    name, refs = _place(row, role)
    try:
        return reverse(name, args=refs)
    except NoReverseMatch:
        return reverse("web:inbox")


def _place(row: InboxRow, role: str) -> Place:
    if role in CREW_ROLES:
        return _crew(row)
    if role in STAFF_ROLES:
        return _desk(row)
    return _portal(row)


def _crew(row: InboxRow) -> Place:
    if row.template is Template.OFFER_OPENED:
        return "crew:hall", ()
    return "crew:visit", (row.visit_ref,)


def _desk(row: InboxRow) -> Place:
    page = {"V": "desk:visit", "B": "desk:booking"}.get(row.subject_ref[:1])
    return ("desk:worklist", ()) if page is None else (page, (row.subject_ref,))


def _portal(row: InboxRow) -> Place:
    if row.template is Template.REVIEW_INVITED:
        return "portal:review", (row.visit_ref,)
    return "portal:booking", (row.booking_ref,)
