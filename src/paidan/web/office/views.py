"""The office: the number, the trend, the rows behind it; and who changed what."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from paidan.accounts.constants import Permission, RoleCode
from paidan.accounts.rules import may
from paidan.accounts.selectors import second_factor_is_required
from paidan.analytics import audit as audit_trail
from paidan.analytics import selectors
from paidan.analytics.rows import ROWS_A_PAGE, figure_rows
from paidan.web.components.access import PageRequest, page
from paidan.web.components.responses import is_fragment

TREND_DAYS = 30
LONGEST_DAYS = 366
LAST_PAGE = 10_000
_PAGE = re.compile(r"[0-9]{1,9}")
NEAR = [MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2099, 12, 31))]
ICONS = {
    "bookings": "calendar-event",
    "completed": "circle-check",
    "completion_rate": "progress",
    "on_time": "clock",
    "automatic": "gauge",
    "revenue": "coin",
    "rating": "star",
}


def _day_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d")


class PeriodForm(forms.Form):
    """A range of local days."""

    first = forms.DateField(label=gettext_lazy("From"), widget=_day_input(), validators=NEAR)
    last = forms.DateField(label=gettext_lazy("To"), widget=_day_input(), validators=NEAR)

    def clean(self) -> dict[str, date]:
        data = super().clean() or {}
        first, last = data.get("first"), data.get("last")
        if first and last and last < first:
            self.add_error("last", _("The last day cannot lie before the first."))
        elif first and last and (last - first).days >= LONGEST_DAYS:
            self.add_error("last", _("Choose at most one year."))
        return data


@dataclass(frozen=True, slots=True)
class Period:
    """The days a page is about, and the form to change them."""

    first: date
    last: date
    form: PeriodForm

    @property
    def query(self) -> str:
        return f"first={self.first.isoformat()}&last={self.last.isoformat()}"


def _period(request: PageRequest) -> Period:
    """From the query; a mistake keeps today and shows its sentence."""
    today = selectors.today()
    if "first" not in request.GET and "last" not in request.GET:
        return Period(today, today, PeriodForm(initial={"first": today, "last": today}))
    form = PeriodForm(request.GET)
    if not form.is_valid():
        return Period(today, today, form)
    return Period(form.cleaned_data["first"], form.cleaned_data["last"], form)


@page(access=may(Permission.VIEW_REPORTS))
def dashboard(request: PageRequest) -> HttpResponse:
    """Today's numbers, the trend of a month, and who leads."""
    period = _period(request)
    today = selectors.today()
    month = today - timedelta(days=TREND_DAYS - 1)
    context = {
        "period": period,
        "figures": selectors.figures(request.actor, first=period.first, last=period.last),
        "icons": ICONS,
        "open_work": selectors.open_work(),
        "is_today": period.first == period.last == today,
        "ranking": selectors.ranking(request.actor, first=month, last=today),
        "trend": _trend_charts(request, month, today),
        "is_spared": not second_factor_is_required(RoleCode.ADMINISTRATOR),
    }
    template = "office/_figures.html" if is_fragment(request) else "office/dashboard.html"
    return render(request, template, context)


def _trend_charts(request: PageRequest, first: date, last: date) -> dict[str, dict[str, object]]:
    days = selectors.trend(request.actor, first=first, last=last)
    categories = [date_format(day.day, "n-j") for day in days]

    def links(code: str) -> list[str]:
        url = reverse("office:figure", args=[code])
        return [f"{url}?first={day.day.isoformat()}&last={day.day.isoformat()}" for day in days]

    return {
        "completed": {
            "kind": "bar",
            "unit": "count",
            "categories": categories,
            "series": [{"name": _("Visits completed"), "values": [day.completed for day in days]}],
            "links": links("completed"),
        },
        "revenue": {
            "kind": "line",
            "unit": "money",
            "categories": categories,
            "series": [{"name": _("Revenue"), "values": [day.revenue_minor for day in days]}],
            "links": links("revenue"),
        },
    }


@page(access=may(Permission.VIEW_REPORTS))
def figure(request: PageRequest, code: str) -> HttpResponse:
    """One number and every row it is computed from."""
    period = _period(request)
    number = max(1, int(request.GET["page"])) if _PAGE.fullmatch(request.GET.get("page", "")) else 1
    number = min(number, LAST_PAGE)
    found = figure_rows(request.actor, code, first=period.first, last=period.last, page=number)
    pages = max(1, -(-found.total // ROWS_A_PAGE))
    context = {
        "period": period,
        "figure": found.figure,
        "rows": found.rows,
        "total": found.total,
        "page": number,
        "pages": pages,
        "has_previous": number > 1,
        "has_next": number < pages,
        "icon": ICONS.get(code, "list-details"),
    }
    return render(request, "office/figure.html", context)


@page(access=may(Permission.VIEW_AUDIT))
def audit(request: PageRequest) -> HttpResponse:
    """Who changed what, when: written by the database."""
    kind = request.GET.get("kind", "")
    found = audit_trail.changes(request.actor, kind=kind, cursor=request.GET.get("cursor", ""))
    context = {
        "rows": found.items,
        "next_cursor": found.next_cursor,
        "kinds": audit_trail.kinds(),
        "kind": kind,
    }
    return render(request, "office/audit.html", context)
