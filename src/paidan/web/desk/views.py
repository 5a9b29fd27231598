"""Visits at the desk: the list, one visit with why it went where it went, and assignment by hand."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from paidan.accounts.constants import STAFF_ROLES, Permission
from paidan.accounts.rules import may, only
from paidan.booking.selectors import VISIT_GROUPS, VisitFilter, visit_detail, visits_list
from paidan.dispatch import selectors as dispatch
from paidan.dispatch import services
from paidan.dispatch.constants import DecisionMode, DecisionOutcome
from paidan.dispatch.errors import ConflictNeedsReason
from paidan.kernel import clock
from paidan.kernel.errors import Invalid, NotFound
from paidan.kernel.timespan import span_of_day
from paidan.visits.constants import UNASSIGNED_STATES, VisitStatus
from paidan.web.components.access import PageRequest, page
from paidan.web.components.responses import is_fragment
from paidan.web.desk.scope import live_topics, territories_shown

GROUP_LABELS = {
    "waiting": gettext_lazy("Looking for a technician"),
    "assigned": gettext_lazy("Assigned"),
    "under_way": gettext_lazy("Under way"),
    "done": gettext_lazy("Done"),
    "failed": gettext_lazy("Not done"),
    "cancelled": gettext_lazy("Cancelled"),
}
MOVABLE = frozenset(
    {*UNASSIGNED_STATES, str(VisitStatus.ASSIGNED), str(VisitStatus.ACCEPTED), str(VisitStatus.EN_ROUTE)}
)
SHOWN_FIRST = 8


class FilterForm(forms.Form):
    """What the list shows."""

    group = forms.ChoiceField(
        label=gettext_lazy("State"),
        required=False,
        choices=[("", gettext_lazy("All")), *GROUP_LABELS.items()],
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    territory = forms.ChoiceField(
        label=gettext_lazy("Territory"), required=False, widget=forms.Select(attrs={"class": "form-select"})
    )
    day = forms.DateField(
        label=gettext_lazy("Day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d"),
        validators=[MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2099, 12, 31))],
    )
    search = forms.CharField(
        label=gettext_lazy("Search"),
        required=False,
        max_length=60,
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "autocomplete": "off",
                "class": "form-control",
                "placeholder": gettext_lazy("Reference, phone, name or staff number"),
            }
        ),
    )


def _form(request: PageRequest) -> FilterForm:
    data = request.GET.copy()
    if "group" not in data and "search" not in data:
        data["group"] = "waiting"
    form = FilterForm(data)
    choices = [("", _("All")), *((row.code, row.name) for row in territories_shown(request.actor))]
    form.fields["territory"].choices = choices  # type: ignore[attr-defined]  # a choice field
    return form


def _which(form: FilterForm) -> VisitFilter:
    data = form.cleaned_data if form.is_valid() else {}
    day = data.get("day")
    return VisitFilter(
        group=data.get("group", "") if data.get("group") in VISIT_GROUPS else "",
        territory_code=data.get("territory", ""),
        window=span_of_day(day, ZoneInfo(settings.TIME_ZONE)) if day is not None else None,
        search=data.get("search", ""),
    )


@page(access=only(*STAFF_ROLES))
def visits(request: PageRequest) -> HttpResponse:
    """The desk's list, the visits that look for somebody first."""
    form = _form(request)
    found = visits_list(request.actor, which=_which(form), now=clock.now(), cursor=request.GET.get("cursor", ""))
    context = {
        "form": form,
        "rows": found.items,
        "next_cursor": found.next_cursor,
        "topics": live_topics(request.actor),
        "may_assign": request.actor.may(Permission.ASSIGN_VISITS),
    }
    return render(request, "desk/_visits.html" if is_fragment(request) else "desk/visits.html", context)


@page(access=only(*STAFF_ROLES))
def visit(request: PageRequest, ref: str) -> HttpResponse:
    """One visit: where it stands, who could do it, and every decision about it."""
    template = "desk/_visit.html" if is_fragment(request) else "desk/visit.html"
    return render(request, template, _visit_context(request, ref))


def _visit_context(request: PageRequest, ref: str) -> dict[str, object]:
    detail = visit_detail(request.actor, ref, now=clock.now())
    assignable = request.actor.may(Permission.ASSIGN_VISITS) and detail.row.status in MOVABLE
    found = dispatch.candidates_for(request.actor, ref, now=clock.now()) if assignable else ()
    present = detail.row.technician.staff_number if detail.row.technician is not None else ""
    candidates = tuple(candidate for candidate in found if candidate.staff_number != present)
    return {
        "visit": detail,
        "row": detail.row,
        "timeline": _timeline(detail.timeline),
        "stories": dispatch.stories_for(request.actor, ref),
        "is_assignable": assignable,
        "candidates": candidates[:SHOWN_FIRST],
        "more_candidates": candidates[SHOWN_FIRST:],
        "is_releasable": assignable and detail.row.status not in UNASSIGNED_STATES,
    }


def _timeline(entries: tuple[object, ...]) -> list[dict[str, object]]:
    return [
        {
            "label": getattr(entry, "label", ""),
            "state": "done",
            "at": getattr(entry, "at", None),
            "note": getattr(entry, "text", ""),
        }
        for entry in entries
    ]


@page(access=may(Permission.ASSIGN_VISITS), methods=("GET", "POST"))
def visit_assign(request: PageRequest, ref: str) -> HttpResponse:
    """Assign by hand; rules that speak against it are shown first and need a reason."""
    technician_ref = request.POST.get("technician", request.GET.get("technician", ""))
    reason = request.POST.get("override_reason", "")
    candidates = dispatch.candidates_for(request.actor, ref, now=clock.now())
    chosen = next((c for c in candidates if c.technician_ref == technician_ref), None)
    context: dict[str, object] = {"ref": ref, "candidate": chosen, "technician": technician_ref, "reason": reason}
    if request.method != "POST":
        if chosen is None:
            raise NotFound
        return render(request, "desk/override.html", context)
    try:
        services.visit_assign(
            visit_ref=ref,
            technician_ref=technician_ref,
            actor=request.actor,
            now=clock.now(),
            override_reason=reason,
        )
    except ConflictNeedsReason as conflict:
        context |= {"conflict": conflict, "facts": conflict.facts}
        return render(request, "desk/override.html", context, status=409)
    except Invalid as error:
        return render(request, "desk/override.html", {**context, "errors": error.fields}, status=422)
    messages.success(request, _("Assigned. The technician has been told."))
    return HttpResponseRedirect(reverse("desk:visit", args=[ref]), status=303)


@page(access=may(Permission.ASSIGN_VISITS), methods=("POST",))
def visit_release(request: PageRequest, ref: str) -> HttpResponse:
    """Take a visit back from its technician."""
    reason = request.POST.get("reason", "").strip() or _("Taken back by the desk")
    services.visit_release(visit_ref=ref, reason=reason, actor=request.actor, now=clock.now())
    messages.success(request, _("Taken back. Dispatch is looking for somebody else."))
    return HttpResponseRedirect(reverse("desk:visit", args=[ref]), status=303)


@page(access=only(*STAFF_ROLES))
def decisions(request: PageRequest) -> HttpResponse:
    """The latest decisions, by whom or what they were taken."""
    mode, outcome = request.GET.get("mode", ""), request.GET.get("outcome", "")
    found = dispatch.decisions_recent(
        request.actor,
        mode=mode if mode in DecisionMode.values else "",
        outcome=outcome if outcome in DecisionOutcome.values else "",
        cursor=request.GET.get("cursor", ""),
    )
    context = {
        "rows": found.items,
        "next_cursor": found.next_cursor,
        "modes": DecisionMode.choices,
        "outcomes": DecisionOutcome.choices,
        "mode": mode,
        "outcome": outcome,
    }
    return render(request, "desk/decisions.html", context)
