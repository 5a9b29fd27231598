"""Review rules in the office: written, tried on past bookings, put in force (B5)."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from paidan.accounts.constants import Permission
from paidan.accounts.rules import may
from paidan.booking import services
from paidan.booking.finding_words import finding_view
from paidan.booking.review import PARAMETERS, ReviewRule, RuleKind, Verdict
from paidan.booking.selectors import RuleSetView, Trial, rule_set_view, rule_sets, rules_trial
from paidan.catalog.fee_terms import amount_text
from paidan.kernel import clock
from paidan.kernel.errors import Invalid
from paidan.web.components.access import PageRequest, page
from paidan.web.office.rule_forms import ReviewRuleForm, RulesStartForm, kinds_of, rule_forms, rule_forms_sent

EDITS = may(Permission.EDIT_MASTER_DATA)
PAGE = "office:review-rule-set"


@dataclass(frozen=True, slots=True)
class _RuleLine:
    """A rule in words: what it looks at, its numbers, and what it leads to."""

    title: str
    details: tuple[str, ...]
    verdict: str
    is_off: bool


def _line(rule: ReviewRule) -> _RuleLine:
    details = []
    for parameter in PARAMETERS[rule.kind]:
        value = rule.parameters.get(parameter.name)
        if value is None:
            continue
        if parameter.choices is not None:
            value = parameter.choices(value).label
        elif parameter.is_money:
            value = amount_text(int(value))
        details.append(f"{parameter.label}: {value}")
    return _RuleLine(str(rule.kind.label), tuple(details), str(rule.verdict.label), is_off=rule.verdict is Verdict.PASS)


@page(access=EDITS, methods=("GET", "POST"))
def review_rules_page(request: PageRequest) -> HttpResponse:
    """Every version, and which one bookings are judged by; a new draft."""
    if request.method == "POST":
        draft = services.rule_set_draft(actor=request.actor, now=clock.now())
        messages.success(request, _("A draft with the same rules."))
        return redirect(PAGE, draft)
    sets = [
        {"set": one, "lines": [_line(rule) for rule in one.rules]} for one in rule_sets(request.actor, now=clock.now())
    ]
    return render(request, "office/review_rules.html", {"sets": sets})


@page(access=EDITS, methods=("GET", "POST"))
def review_rule_set_page(request: PageRequest, number: int) -> HttpResponse:
    """One version: its rules, a trial on past bookings, and from when it is in force."""
    shown = rule_set_view(request.actor, number, now=clock.now())
    step, _colon, kind = request.POST.get("step", "").partition(":")
    if request.method != "POST":
        return _shown(request, shown, rule_forms(shown.rules))
    if step == "copy":
        draft = services.rule_set_draft(source_id=number, actor=request.actor, now=clock.now())
        messages.success(request, _("A draft with the same rules."))
        return redirect(PAGE, draft)
    if step == "publish":
        return _publish(request, shown)
    if not shown.is_draft:
        return _shown(request, shown, [], trial=rules_trial(shown.rules))
    return _edited(request, shown, step, kind)


def _edited(request: PageRequest, shown: RuleSetView, step: str, kind: str) -> HttpResponse:
    """Add a rule, keep them, or try them as they stand on the page."""
    if step == "add" and kind in RuleKind.values:
        return _shown(request, shown, _with_another(request.POST, RuleKind(kind)))
    rows = rule_forms_sent(request.POST)
    faulty = [row for row in rows if not row.is_removed and not row.is_valid()]
    if faulty:
        return _shown(request, shown, rows, status=422)
    rules = [row.rule() for row in rows if not row.is_removed]
    if step == "try":
        return _shown(request, shown, rows, trial=rules_trial(rules))
    services.rule_set_write(shown.id, rules=rules, actor=request.actor)
    messages.success(request, _("Kept."))
    return redirect(PAGE, shown.id)


def _with_another(sent: QueryDict, kind: RuleKind) -> list[ReviewRuleForm]:
    """What was typed so far, and an empty rule of a kind; nothing is judged yet."""
    rows = rule_forms_sent(sent)
    kept = [_unjudged(row, sent, number) for number, row in enumerate(rows)]
    return [*kept, ReviewRuleForm(kind, None, number=len(kept), rule=None)]


def _unjudged(row: ReviewRuleForm, sent: QueryDict, number: int) -> ReviewRuleForm:
    fresh = ReviewRuleForm(row.kind, None, number=number, rule=None)
    fresh.initial = {name: sent.get(f"rule-{number}-{name}", "") for name in fresh.fields}
    return fresh


def _publish(request: PageRequest, shown: RuleSetView) -> HttpResponse:
    start = RulesStartForm(request.POST)
    if not start.is_valid():
        return _shown(request, shown, rule_forms(shown.rules), start=start, status=422)
    try:
        services.rule_set_publish(
            shown.id, effective_at=start.cleaned_data["effective_at"], actor=request.actor, now=clock.now()
        )
    except Invalid as error:
        start.add_error("effective_at", str(error.fields["effective_at"]))
        return _shown(request, shown, rule_forms(shown.rules), start=start, status=422)
    messages.success(request, _("In force from then on for new bookings."))
    return redirect(PAGE, shown.id)


def _shown(
    request: PageRequest,
    shown: RuleSetView,
    rows: list[ReviewRuleForm],
    *,
    trial: Trial | None = None,
    start: RulesStartForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "set": shown,
        "rows": rows,
        "kinds": kinds_of(rows),
        "kind_choices": RuleKind.choices,
        "lines": [_line(rule) for rule in shown.rules],
        "start": start or RulesStartForm(),
        "trial": trial,
        "counts": [(verdict.label, count) for verdict, count in trial.counts.items()] if trial else [],
        "stopped": [
            (ref, [finding_view(one.as_data()).sentence for one in found])
            for ref, found in (trial.shown if trial else ())
        ],
    }
    return render(request, "office/review_rule_set.html", context, status=status)
