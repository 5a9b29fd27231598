"""What a work item says to a person, made from its kind and its facts in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_lazy, ngettext
from django_stubs_ext import StrOrPromise

from paidan.kernel.texts import localized
from paidan.worklist.constants import WorkKind

Facts = Mapping[str, Any]

RULES: dict[str, StrOrPromise] = {
    "territory": gettext_lazy("works elsewhere that day"),
    "on_duty": gettext_lazy("no shift"),
    "excluded": gettext_lazy("declined before or excluded"),
    "skill": gettext_lazy("skill missing"),
    "level": gettext_lazy("level too low"),
    "shift": gettext_lazy("shift too short"),
    "available": gettext_lazy("absent"),
    "load_cap": gettext_lazy("day is full"),
    "overlap": gettext_lazy("busy at that time"),
    "reachable": gettext_lazy("cannot get there in time"),
    "route_promised": gettext_lazy("promised to another customer"),
}
"""The hard rules of dispatch by code, as short as a list needs them."""

REASONS: dict[str, StrOrPromise] = {
    "customer_absent": gettext_lazy("Nobody at home"),
    "no_access": gettext_lazy("No access"),
    "beyond_repair": gettext_lazy("Beyond repair"),
    "customer_refused": gettext_lazy("Customer refused"),
    "other": gettext_lazy("Another reason"),
}


def work_sentence(kind: WorkKind, facts: Facts) -> str:
    """One sentence; facts that are missing shorten it, they never break it."""
    return _SENTENCES[kind](facts)


def _nobody_eligible(facts: Facts) -> str:
    counts: dict[str, int] = facts.get("rules") or {}
    if not counts:
        return gettext("Nobody can take this visit.")
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    rules = _listed([f"{RULES.get(code, code)} ({count})" for code, count in ranked])
    return gettext("Nobody can take this visit: %(rules)s.") % {"rules": rules}


def _promise_at_risk(facts: Facts) -> str:
    start = _moment(facts.get("window_start"))
    if not start:
        return gettext("A promise to a customer has no place in any plan.")
    return gettext("The promise for %(time)s has no place in any plan.") % {"time": start}


def _booking_review(facts: Facts) -> str:
    reasons = [localized(one) if isinstance(one, dict) else gettext(str(one)) for one in facts.get("reasons") or ()]
    if not reasons:
        return gettext("A booking has to be checked before it is confirmed.")
    return gettext("Check this booking: %(reasons)s") % {"reasons": _listed(reasons)}


def _unconfirmed(facts: Facts) -> str:
    start = _moment(facts.get("window_start"))
    if not start:
        return gettext("The customer has not confirmed the time in spite of reminders. Please call.")
    return gettext("The customer has not confirmed %(time)s in spite of reminders. Please call.") % {"time": start}


def _plan_day(facts: Facts) -> str:
    start = _moment(facts.get("window_start"))
    if not start:
        return gettext("A visit of a recurring plan found no free time. Agree on another one with the customer.")
    return gettext(
        "The visit of a recurring plan on %(time)s found no free time. Agree on another one with the customer."
    ) % {"time": start}


def _declined(facts: Facts) -> str:
    times = int(facts.get("times") or 2)
    return ngettext("Declined or not answered %(times)d time.", "Declined or not answered %(times)d times.", times) % {
        "times": times
    }


def _not_done(facts: Facts) -> str:
    reason = REASONS.get(str(facts.get("reason", "")))
    if reason is None:
        return gettext("The visit could not be done. Decide what happens next.")
    return gettext("The visit could not be done: %(reason)s. Decide what happens next.") % {"reason": reason}


def _to_assign(facts: Facts) -> str:
    start = _moment(facts.get("window_start"))
    if not start:
        return gettext("The desk assigns this visit.")
    return gettext("The desk assigns this visit, which begins from %(time)s.") % {"time": start}


def _late(facts: Facts) -> str:
    end = _moment(facts.get("window_end"))
    if not end:
        return gettext("The technician will not be there in time.")
    return gettext("Nobody has set out, and the time promised ended at %(time)s.") % {"time": end}


def _low_rating(facts: Facts) -> str:
    if "stars" not in facts:
        return gettext("The customer is not satisfied. Please call back.")
    return gettext("Rated %(stars)s of 5. Please call back.") % {"stars": facts["stars"]}


def _urged(facts: Facts) -> str:
    start = _moment(facts.get("window_start"))
    if not start:
        return gettext("The customer asks us to hurry.")
    return gettext("The customer asks us to hurry: promised from %(time)s.") % {"time": start}


def _message(_facts: Facts) -> str:
    return gettext("A customer has written about a booking and waits for an answer.")


def _listed(parts: list[str]) -> str:
    # Translators: what stands between the parts of a list, e.g. “skill missing, absent”.
    return gettext(", ").join(parts)


def _moment(text: object) -> str:
    """``March 2 14:00`` in the installation's zone; nothing for what is no instant."""
    if not isinstance(text, str):
        return ""
    try:
        local = timezone.localtime(datetime.fromisoformat(text))
    except ValueError:
        return ""
    return f"{date_format(local, 'MONTH_DAY_FORMAT')} {local:%H:%M}"


_SENTENCES: dict[WorkKind, Callable[[Facts], str]] = {
    WorkKind.NOBODY_ELIGIBLE: _nobody_eligible,
    WorkKind.PROMISE_AT_RISK: _promise_at_risk,
    WorkKind.BOOKING_REVIEW: _booking_review,
    WorkKind.UNCONFIRMED: _unconfirmed,
    WorkKind.PLAN_DAY: _plan_day,
    WorkKind.TO_ASSIGN: _to_assign,
    WorkKind.DECLINED_TWICE: _declined,
    WorkKind.NOT_DONE: _not_done,
    WorkKind.LATE: _late,
    WorkKind.LOW_RATING: _low_rating,
    WorkKind.URGED: _urged,
    WorkKind.MESSAGE: _message,
}
