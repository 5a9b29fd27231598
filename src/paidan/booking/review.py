"""The review of bookings as data (B5): kinds of rules, their parameters, and what a set of rules finds.

Pure: the office tries rules that are not kept yet by the same function that judges bookings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as default
from datetime import datetime, timedelta
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_stubs_ext import StrOrPromise

from paidan.kernel.errors import Invalid
from paidan.kernel.timespan import TimeSpan

RULES_AT_MOST = 40
ANSWERABLE = ("description", "special_requirements", "contact_name", "contact_phone")
"""Fields that a customer can be asked to complete; they stand in the booking itself."""


class RuleKind(TextChoices):
    COMPLETENESS = "completeness", _("Completeness")
    TERRITORY = "territory", _("Territory")
    WINDOW = "window", _("Time wanted")
    DUPLICATE = "duplicate", _("Duplicate")
    ABUSE = "abuse", _("Abuse")
    PRICE = "price", _("Price")


class Verdict(TextChoices):
    """What a finding leads to, the mildest first."""

    PASS = "pass", pgettext_lazy("review rule", "Switched off")
    ASK = "ask", _("Ask the customer")
    DOUBTFUL = "doubtful", _("To the desk")
    REFUSE = "refuse", _("Refuse")


SEVERITY = tuple(Verdict)


class AskedField(TextChoices):
    DESCRIPTION = "description", _("What is wrong, or what is needed")
    SPECIAL_REQUIREMENTS = "special_requirements", _("Special requirements")
    CONTACT_NAME = "contact_name", _("Contact name")
    CONTACT_PHONE = "contact_phone", _("Mobile number")


def fields_asked(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Which fields a question was about, from its step; questions of before that was kept mean the description."""
    named = tuple(name for name in data.get("fields") or () if name in ANSWERABLE)
    return named or ("description",)


class SameAs(TextChoices):
    CUSTOMER = "customer", _("The same customer")
    PLACE = "place", _("The same address")


class Misuse(TextChoices):
    CANCELLED = "cancelled", _("Bookings the customer cancelled")
    ABSENT = "absent", _("Visits with nobody at home")
    OPEN = "open", _("Bookings open at a time")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a kind of rule; a number has bounds, a choice its values.

    Attributes:
        is_money: the number is an amount in minor units.
        is_needed: it may not be left empty.
    """

    name: str
    label: StrOrPromise
    minimum: int = 0
    maximum: int = 0
    choices: type[TextChoices] | None = None
    is_money: bool = False
    is_needed: bool = True
    is_text: bool = False


PARAMETERS: dict[RuleKind, tuple[Parameter, ...]] = {
    RuleKind.COMPLETENESS: (
        Parameter("field", _("Field"), choices=AskedField),
        Parameter("least", _("At least so many characters"), 1, 500),
    ),
    RuleKind.TERRITORY: (Parameter("territory", _("Territory"), is_text=True),),
    RuleKind.WINDOW: (
        Parameter("notice_below_minutes", _("Begins in less than (minutes)"), 1, 43_200, is_needed=False),
        Parameter("ahead_above_days", _("Begins in more than (days)"), 1, 365, is_needed=False),
    ),
    RuleKind.DUPLICATE: (
        Parameter("same", _("Who counts as the same"), choices=SameAs),
        Parameter("within_hours", _("Times so close (hours; 0 is overlapping)"), 0, 720),
    ),
    RuleKind.ABUSE: (
        Parameter("misuse", _("What is counted"), choices=Misuse),
        Parameter("at_least", _("At least so many"), 1, 100),
        Parameter("days", _("Within so many days before"), 1, 730),
    ),
    RuleKind.PRICE: (
        Parameter("above_minor", _("Price above"), 0, 999_999_999, is_money=True, is_needed=False),
        Parameter("below_minor", _("Price below"), 0, 999_999_999, is_money=True, is_needed=False),
    ),
}
EITHER = frozenset({RuleKind.WINDOW, RuleKind.PRICE})
"""Kinds of which at least one of the optional parameters has to be given."""


@dataclass(frozen=True, slots=True)
class ReviewRule:
    """One rule: its kind, what it leads to, and its parameters as ``PARAMETERS`` names them."""

    kind: RuleKind
    verdict: Verdict
    parameters: Mapping[str, Any] = default(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        """As it is kept."""
        return {"kind": str(self.kind), "verdict": str(self.verdict), **self.parameters}


@dataclass(frozen=True, slots=True)
class Earlier:
    """Another booking of the customer, or at the same door.

    Attributes:
        ended_at: when it was cancelled or done; ``None`` while it is live.
        is_cancelled: the customer called it off. ``is_absent``: nobody was at home.
    """

    is_same_customer: bool
    is_same_place: bool
    is_same_item: bool
    window: TimeSpan
    created_at: datetime
    ended_at: datetime | None
    is_cancelled: bool = False
    is_absent: bool = False

    def is_live(self, at: datetime) -> bool:
        """Whether it still led to a visit at an instant."""
        return self.created_at <= at and (self.ended_at is None or self.ended_at > at)


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What is known of a booking when it is judged, ``at`` being that instant."""

    at: datetime
    window: TimeSpan
    price_minor: int
    territory: str
    texts: Mapping[str, str]
    earlier: Sequence[Earlier] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found: a code with its numbers, and the field it is about."""

    code: str
    verdict: Verdict
    field: str
    numbers: Mapping[str, Any] = default(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        """As it is kept with the booking."""
        return {"code": self.code, "verdict": str(self.verdict), "field": self.field, "numbers": dict(self.numbers)}


DEFAULT_RULES: tuple[ReviewRule, ...] = (
    ReviewRule(RuleKind.DUPLICATE, Verdict.DOUBTFUL, {"same": "customer", "within_hours": 0}),
    ReviewRule(RuleKind.PRICE, Verdict.DOUBTFUL, {"above_minor": 5_000_000}),
)
"""In force until the office puts a version of its own in force."""


def findings_of(rules: Iterable[ReviewRule], facts: OrderFacts) -> tuple[Finding, ...]:
    """What the rules find, the most serious first; a rule that is switched off finds nothing."""
    found = [
        Finding(code, rule.verdict, about, numbers)
        for rule in rules
        if rule.verdict is not Verdict.PASS
        for code, about, numbers in _JUDGES[rule.kind](rule.parameters, facts)
    ]
    return tuple(sorted(found, key=lambda one: -SEVERITY.index(one.verdict)))


def verdict_of(findings: Iterable[Finding]) -> Verdict:
    """What the findings lead to together: the most serious of them."""
    return max((one.verdict for one in findings), key=SEVERITY.index, default=Verdict.PASS)


Found = list[tuple[str, str, dict[str, Any]]]
"""Code, field, numbers."""


def _completeness(rule: Mapping[str, Any], facts: OrderFacts) -> Found:
    about = str(rule["field"])
    if len("".join(facts.texts.get(about, "").split())) >= rule["least"]:
        return []
    return [("completeness", about, {"least": rule["least"]})]


def _territory(rule: Mapping[str, Any], facts: OrderFacts) -> Found:
    return [("territory", "address", {})] if facts.territory == rule["territory"] else []


def _window(rule: Mapping[str, Any], facts: OrderFacts) -> Found:
    soon, far, ahead = rule.get("notice_below_minutes"), rule.get("ahead_above_days"), facts.window.start - facts.at
    if soon is not None and ahead < timedelta(minutes=soon):
        return [("window_soon", "window", {"minutes": soon})]
    if far is not None and ahead > timedelta(days=far):
        return [("window_far", "window", {"days": far})]
    return []


def _duplicate(rule: Mapping[str, Any], facts: OrderFacts) -> Found:
    reach = timedelta(hours=rule["within_hours"])
    wide = TimeSpan(facts.window.start - reach, facts.window.end + reach)
    by_customer = rule["same"] == SameAs.CUSTOMER
    for other in facts.earlier:
        is_same = other.is_same_customer if by_customer else other.is_same_place
        if is_same and other.is_same_item and other.is_live(facts.at) and other.window.overlaps(wide):
            return [(f"duplicate_{rule['same']}", "window", {})]
    return []


def _abuse(rule: Mapping[str, Any], facts: OrderFacts) -> Found:
    since = facts.at - timedelta(days=rule["days"])
    count = sum(_counts(rule["misuse"], other, since, facts.at) for other in facts.earlier if other.is_same_customer)
    if count < rule["at_least"]:
        return []
    return [(f"abuse_{rule['misuse']}", "contact_phone", {"count": count, "days": rule["days"]})]


def _counts(misuse: str, other: Earlier, since: datetime, at: datetime) -> bool:
    if misuse == Misuse.OPEN:
        return other.is_live(at)
    did = other.is_cancelled if misuse == Misuse.CANCELLED else other.is_absent
    return did and other.ended_at is not None and since <= other.ended_at <= at


def _price(rule: Mapping[str, Any], facts: OrderFacts) -> Found:
    above, below = rule.get("above_minor"), rule.get("below_minor")
    if above is not None and facts.price_minor > above:
        return [("price_above", "price", {"limit_minor": above})]
    # Nothing is a price too: a quote after inspection.
    if below is not None and 0 < facts.price_minor < below:
        return [("price_below", "price", {"limit_minor": below})]
    return []


_JUDGES: dict[RuleKind, Callable[[Mapping[str, Any], OrderFacts], Found]] = {
    RuleKind.COMPLETENESS: _completeness,
    RuleKind.TERRITORY: _territory,
    RuleKind.WINDOW: _window,
    RuleKind.DUPLICATE: _duplicate,
    RuleKind.ABUSE: _abuse,
    RuleKind.PRICE: _price,
}


def rule_read(data: Mapping[str, Any]) -> ReviewRule:
    """A rule from what was sent or kept.

    Raises:
        Invalid: no such kind or verdict, or a parameter is missing, none of its choices or out of bounds; the
            fields are ``kind``, ``verdict`` and the parameters' names.
    """
    kind, verdict = str(data.get("kind", "")), str(data.get("verdict", ""))
    if kind not in RuleKind.values:
        raise Invalid(fields={"kind": _("Please choose a kind of rule.")})
    parameters, faults = _parameters_read(RuleKind(kind), data)
    if verdict not in Verdict.values:
        faults["verdict"] = _("Please choose what it leads to.")
    elif verdict == Verdict.ASK and kind != RuleKind.COMPLETENESS:
        faults["verdict"] = _("Only what is incomplete can be asked for.")
    if faults:
        raise Invalid(fields=faults)
    return ReviewRule(RuleKind(kind), Verdict(verdict), parameters)


def _parameters_read(kind: RuleKind, data: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, StrOrPromise]]:
    """The parameters of a kind, and what is wrong with them by name."""
    parameters: dict[str, Any] = {}
    faults: dict[str, StrOrPromise] = {}
    for parameter in PARAMETERS[kind]:
        value, fault = _value_read(parameter, data.get(parameter.name))
        if fault:
            faults[parameter.name] = fault
        elif value is not None:
            parameters[parameter.name] = value
    if kind in EITHER and not parameters and not faults:
        faults[PARAMETERS[kind][0].name] = _("Please fill in one of the two.")
    return parameters, faults


def _value_read(parameter: Parameter, value: object) -> tuple[Any, StrOrPromise]:
    """A parameter's value, or what is wrong with it."""
    if value in (None, ""):
        return None, _("Please fill in this field.") if parameter.is_needed else ""
    if parameter.choices is not None:
        fits = value in parameter.choices.values
        return (str(value), "") if fits else (None, _("Please choose one of the list."))
    if parameter.is_text:
        return str(value)[:80], ""
    if not isinstance(value, int) or isinstance(value, bool):
        return None, _("Please enter a whole number.")
    if not parameter.minimum <= value <= parameter.maximum:
        return None, _("Please enter a number between %(least)d and %(most)d.") % {
            "least": parameter.minimum,
            "most": parameter.maximum,
        }
    return value, ""
