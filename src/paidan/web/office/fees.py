"""Fee tables in the office: written, tried, put in force; a version that was sold is only looked at (B8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from paidan.accounts.constants import Permission
from paidan.accounts.rules import may
from paidan.catalog import services
from paidan.catalog.fee_terms import FeeQuote, FeeTerms, fee_of
from paidan.catalog.selectors import FeeTableView, fee_table_view, fee_tables
from paidan.kernel import clock
from paidan.kernel.errors import Invalid
from paidan.web.components.access import PageRequest, page
from paidan.web.office.fee_forms import CaseForm, NameForm, RuleForms, StartForm, initial_of

EDITS = may(Permission.EDIT_MASTER_DATA)
TRIED = {"price": "200", "occasion": "cancel", "party": "customer", "reached": "booked", "notice": "60"}


@page(access=EDITS)
def fees_page(request: PageRequest) -> HttpResponse:
    """Every version of every table, and which one new bookings are sold under."""
    return render(request, "office/fees.html", {"tables": fee_tables(now=clock.now())})


@dataclass
class _Forms:
    """The forms of a version's page."""

    names: NameForm
    rows: Any  # a formset has no type of its own
    case: CaseForm
    start: StartForm

    @staticmethod
    def of(request: HttpRequest, table: FeeTableView, step: str) -> _Forms:
        """Filled from what was sent, where it was sent; else from the table."""
        sent = request.POST if step in {"keep", "try"} and table.is_open else None
        tried = request.POST if step == "try" else None
        begins = clock.now() + timedelta(days=1) if table.is_draft else table.effective_at
        return _Forms(
            names=NameForm(sent, initial={"zh": table.name.get("zh", ""), "en": table.name.get("en", "")}),
            rows=RuleForms(sent, initial=initial_of(table.rules), prefix="rules"),
            case=CaseForm(tried, initial=TRIED, prefix="case"),
            start=StartForm(
                request.POST if step == "publish" else None,
                initial={"effective_at": localtime(begins).replace(second=0, microsecond=0)},
            ),
        )

    def rules(self, table: FeeTableView) -> list[FeeTerms] | None:
        """The rules as they stand on the page; ``None`` when a row is wrong."""
        if not table.is_open:
            return list(table.rules)
        if not self.rows.is_valid():
            return None
        return [row.terms() for row in self.rows if row.has_changed() or row.initial if not self._is_removed(row)]

    @staticmethod
    def _is_removed(row: Any) -> bool:
        return bool(row.cleaned_data.get("DELETE"))


@page(access=EDITS, methods=("GET", "POST"))
def fee_table_page(request: PageRequest, number: int) -> HttpResponse:
    """One version: its rules, a case to try them on, and from when it is in force."""
    table = fee_table_view(number, now=clock.now())
    step = request.POST.get("step", "") if request.method == "POST" else ""
    forms = _Forms.of(request, table, step)
    if step == "copy":
        draft = services.fee_table_copy(number, now=clock.now())
        messages.success(request, _("A draft with the same rules."))
        return redirect("office:fee-table", draft.pk)
    if step == "keep":
        return _keep(request, table, forms)
    if step == "publish":
        return _publish(request, table, forms)
    return _shown(request, table, forms, quote=_tried(table, forms) if step == "try" else None)


def _keep(request: PageRequest, table: FeeTableView, forms: _Forms) -> HttpResponse:
    rules = forms.rules(table)
    if rules is None or not forms.names.is_valid():
        return _shown(request, table, forms, status=422)
    services.fee_table_write(table.id, name=dict(forms.names.cleaned_data), rules=rules, now=clock.now())
    messages.success(request, _("Kept."))
    return redirect("office:fee-table", table.id)


def _publish(request: PageRequest, table: FeeTableView, forms: _Forms) -> HttpResponse:
    if not forms.start.is_valid():
        return _shown(request, table, forms, status=422)
    begins = forms.start.cleaned_data["effective_at"]
    try:
        services.fee_table_publish(table.id, effective_at=begins, now=clock.now())
    except Invalid as error:
        forms.start.add_error("effective_at", error.fields["effective_at"])
        return _shown(request, table, forms, status=422)
    messages.success(request, _("In force from then on for new bookings."))
    return redirect("office:fee-table", table.id)


def _tried(table: FeeTableView, forms: _Forms) -> FeeQuote | None:
    rules = forms.rules(table)
    if rules is None or not forms.case.is_valid():
        return None
    return fee_of(rules, forms.case.price_minor, forms.case.case())


def _shown(
    request: PageRequest, table: FeeTableView, forms: _Forms, *, quote: FeeQuote | None = None, status: int = 200
) -> HttpResponse:
    faulty = forms.case.is_bound and quote is None
    context = {
        "table": table,
        "names": forms.names,
        "rows": forms.rows,
        "case": forms.case,
        "start": forms.start,
        "quote": quote,
    }
    return render(request, "office/fee_table.html", context, status=422 if faulty else status)
