"""Versions of the rules bookings are judged by: drafted, tried, put in force."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from paidan.accounts.access import require
from paidan.accounts.constants import Permission
from paidan.booking.errors import RulesInForce
from paidan.booking.models import ReviewRuleSet
from paidan.booking.review import RULES_AT_MOST, ReviewRule, RuleKind, rule_read
from paidan.booking.selectors.judging import rules_in_force
from paidan.kernel.actors import Actor
from paidan.kernel.errors import Invalid, NotFound
from paidan.workforce.models import Territory

_ONE_AT_A_TIME = 0x5275_6C65
"""Key of the advisory lock under which versions are numbered."""


@transaction.atomic
def rule_set_draft(*, source_id: int | None = None, actor: Actor, now: datetime) -> int:
    """A draft with the rules of a version, or with those in force; returns its id.

    Raises:
        Forbidden: the actor does not edit master data.
        NotFound: there is no such version.
    """
    require(actor, Permission.EDIT_MASTER_DATA)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])
    kept = None if source_id is None else _rule_set(source_id).rules
    rules = [rule.as_data() for rule in rules_in_force(now=now)] if kept is None else kept
    newest = ReviewRuleSet.objects.aggregate(newest=Max("version"))["newest"] or 0
    return ReviewRuleSet.objects.create(version=newest + 1, rules=rules, author_id=actor.user_id, created_at=now).pk


@transaction.atomic
def rule_set_write(set_id: int, *, rules: Sequence[ReviewRule], actor: Actor) -> None:
    """Put other rules into a draft.

    Raises:
        Forbidden, NotFound: it is not the actor's to edit, or there is none.
        RulesInForce: it was put in force: it stays as it is.
        Invalid: there are too many rules, or one is wrong; the field is ``rules``.
    """
    draft = _draft(set_id, actor)
    rules_check(rules)
    draft.rules = [rule.as_data() for rule in rules]
    draft.author_id = actor.user_id
    draft.save(update_fields=("rules", "author"))


@transaction.atomic
def rule_set_publish(set_id: int, *, effective_at: datetime | None = None, actor: Actor, now: datetime) -> None:
    """Put a draft in force from an instant on, or at once; the version before it is retired by that.

    Raises:
        Forbidden, NotFound: it is not the actor's to edit, or there is none.
        RulesInForce: it was put in force already.
        Invalid: the instant is past; the field is ``effective_at``.
    """
    draft = _draft(set_id, actor)
    begins = effective_at or now
    if begins < now:
        raise Invalid(fields={"effective_at": _("A new version begins in the future.")})
    draft.is_draft, draft.effective_at = False, begins
    draft.save(update_fields=("is_draft", "effective_at"))


def rules_check(rules: Sequence[ReviewRule]) -> None:
    """
    Raises:
        Invalid: there are too many rules, one is wrong, or names a territory that is none; the field is ``rules``.
    """
    if len(rules) > RULES_AT_MOST:
        raise Invalid(fields={"rules": _("These are too many rules.")})
    codes = set(Territory.objects.values_list("code", flat=True))
    for rule in rules:
        rule_read(rule.as_data())
        if rule.kind is RuleKind.TERRITORY and rule.parameters["territory"] not in codes:
            raise Invalid(fields={"rules": _("There is no such territory.")})


def _draft(set_id: int, actor: Actor) -> ReviewRuleSet:
    require(actor, Permission.EDIT_MASTER_DATA)
    draft = _rule_set(set_id)
    if not draft.is_draft:
        raise RulesInForce
    return draft


def _rule_set(set_id: int) -> ReviewRuleSet:
    found = ReviewRuleSet.objects.select_for_update().filter(pk=set_id).first()
    if found is None:
        raise NotFound
    return found
