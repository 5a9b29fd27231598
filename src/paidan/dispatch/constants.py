from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class OfferStatus(models.TextChoices):
    OPEN = "open", _("Open")
    TAKEN = "taken", _("Taken")
    LAPSED = "lapsed", _("Lapsed")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class HoldStatus(models.TextChoices):
    LIVE = "live", _("Held")
    USED = "used", _("Used")
    RELEASED = "released", _("Released")
    LAPSED = "lapsed", _("Lapsed")


class SearchVerdict(models.TextChoices):
    """What a search for room in a window that looks full has found."""

    ASKED = "asked", _("Being looked for")
    ROOM = "room", _("Room found")
    PROVEN = "proven", _("Proven to be full")
    NOT_FOUND = "not_found", _("No room found in time")


class DecisionMode(models.TextChoices):
    BATCH = "batch", _("Automatic")
    GRAB = "grab", _("Grab")
    MANUAL = "manual", _("By a dispatcher")


class DecisionOutcome(models.TextChoices):
    ASSIGNED = "assigned", _("Assigned")
    WAITED = "waited", _("Left waiting")
    NOBODY = "nobody", _("Nobody eligible")


class PolicyStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    ACTIVE = "active", _("Active")
    RETIRED = "retired", _("Retired")


RULE_SENTENCES = {
    "territory": _("Works in another territory that day."),
    "on_duty": _("Has no shift at that time."),
    "excluded": _("Has declined this visit before, or is excluded for it."),
    "skill": _("Does not have a skill this visit needs."),
    "level": _("The skill level is too low."),
    "shift": _("The shift leaves no room for the work."),
    "available": _("Is absent at that time."),
    "load_cap": _("Has as many visits as the shift may hold."),
    "overlap": _("Is busy with another visit at that time."),
    "reachable": _("Cannot get there in time from the visit before."),
    "route_promised": _("Another promise would lose its plan."),
    "waiting_cheaper": _("Waiting for the next round costs less than any technician now."),
}
"""What each hard rule says to a person, by its stable code."""

GIVEN_BACK = ("declined", "lapsed", "released")
"""How an assignment ended whose technician is not asked for the same visit again."""

FIRST_VALID_CLAIM = "first_valid_claim"
"""Why a grab was decided as it was, in its record."""

OVERRIDABLE_RULES = frozenset({"excluded", "skill", "level", "load_cap"})

PART_LABELS = {
    "travel": _("Travel"),
    "level": _("Skill level"),
    "rating": _("Rating"),
    "experience": _("Experience"),
    "load": _("Work already taken"),
    "response": _("Starts later"),
}
"""Names of the parts of a pair's cost."""

SEARCH_JOB = "dispatch.rooms_search"
"""The job that looks for room in windows that look full."""
