"""Versions of the review rules as the office sees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from paidan.accounts.access import require
from paidan.accounts.constants import Permission
from paidan.booking.models import ReviewRuleSet
from paidan.booking.review import DEFAULT_RULES, ReviewRule
from paidan.booking.selectors.judging import rules_of
from paidan.kernel.actors import Actor
from paidan.kernel.errors import NotFound

SETS_AT_MOST = 100


class RuleSetState(StrEnum):
    DRAFT = "draft"
    TO_COME = "to_come"
    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class RuleSetView:
    """One version; ``id`` 0 is what is in force until a first version is."""

    id: int
    version: int
    state: RuleSetState
    rules: tuple[ReviewRule, ...]
    author_name: str
    created_at: datetime | None
    effective_at: datetime | None

    @property
    def is_draft(self) -> bool:
        return self.state is RuleSetState.DRAFT


def rule_sets(actor: Actor, *, now: datetime) -> tuple[RuleSetView, ...]:
    """Every version, the newest first; one query.

    Raises:
        Forbidden: the actor does not edit master data.
    """
    require(actor, Permission.EDIT_MASTER_DATA)
    found = list(ReviewRuleSet.objects.select_related("author").order_by("-version")[:SETS_AT_MOST])
    active = _active(found, now)
    first = RuleSetState.RETIRED if active else RuleSetState.ACTIVE
    default = RuleSetView(0, 0, first, DEFAULT_RULES, "", None, None)
    return (*(_view(one, active, now) for one in found), default)


def rule_set_view(actor: Actor, set_id: int, *, now: datetime) -> RuleSetView:
    """One version.

    Raises:
        Forbidden: the actor does not edit master data.
        NotFound: there is no such version.
    """
    found = next((one for one in rule_sets(actor, now=now) if one.id == set_id and set_id), None)
    if found is None:
        raise NotFound
    return found


def _active(found: list[ReviewRuleSet], now: datetime) -> ReviewRuleSet | None:
    begun = [one for one in found if one.effective_at is not None and one.effective_at <= now]
    return max(begun, key=lambda one: (one.effective_at, one.version), default=None)


def _view(one: ReviewRuleSet, active: ReviewRuleSet | None, now: datetime) -> RuleSetView:
    return RuleSetView(
        id=one.pk,
        version=one.version,
        state=_state(one, active, now),
        rules=rules_of(one.rules),
        author_name=one.author.name if one.author is not None else "",
        created_at=one.created_at,
        effective_at=one.effective_at,
    )


def _state(one: ReviewRuleSet, active: ReviewRuleSet | None, now: datetime) -> RuleSetState:
    if one.effective_at is None:
        return RuleSetState.DRAFT
    if one.effective_at > now:
        return RuleSetState.TO_COME
    return RuleSetState.ACTIVE if active is not None and one.pk == active.pk else RuleSetState.RETIRED
