"""Orders of partners at the desk: a file is sent, its rows are booked, what failed comes back (B1)."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from paidan.accounts.constants import Permission
from paidan.accounts.rules import may
from paidan.kernel import clock
from paidan.kernel.errors import DomainError
from paidan.partners import services
from paidan.partners.constants import BYTES_MOST, ROWS_MOST
from paidan.partners.selectors import (
    import_view,
    imports_list,
    orders_sheet,
    partners_shown,
    rejected_sheet,
    template_sheets,
)
from paidan.web.components.access import PageRequest, page
from paidan.web.components.responses import is_fragment
from paidan.web.components.sheets import sheet_answer

ORDERS = may(Permission.ORDER_FOR_PARTNERS)


class UploadForm(forms.Form):
    """A file of one partner."""

    use_required_attribute = False

    partner = forms.ChoiceField(
        label=gettext_lazy("Partner"),
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={"required": gettext_lazy("Please choose a partner.")},
    )
    file = forms.FileField(
        label=gettext_lazy("File with orders"),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"class": "form-control", "accept": ".csv,.xlsx"}),
        error_messages={"required": gettext_lazy("Please choose a file.")},
    )

    def clean_file(self) -> object:
        """Too large is said before the file is read."""
        file = self.cleaned_data["file"]
        if file.size > BYTES_MOST:
            raise forms.ValidationError(_("This file is larger than %(most)s MB. Split it.") % {"most": _megabytes()})
        return file


def _megabytes() -> int:
    return BYTES_MOST // 2**20


@page(access=ORDERS, methods=("GET", "POST"))
def partners(request: PageRequest) -> HttpResponse:
    """The imports so far, and a form for the next file; a refused file says why beside the field."""
    known = partners_shown(request.actor)
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    names = [(row.code, row.name) for row in known]
    form.fields["partner"].choices = names if len(names) == 1 else [("", _("Please choose …")), *names]  # type: ignore[attr-defined]  # a choice field
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            ref = services.import_file(
                partner_code=form.cleaned_data["partner"],
                file_name=file.name or "",
                content=file.read(),
                actor=request.actor,
                now=clock.now(),
            )
        except DomainError as error:
            form.add_error("file", str(error.fields.get("file", error)))
        else:
            messages.success(request, _("Received. The orders are being booked."))
            return HttpResponseRedirect(reverse("desk:partner-import", args=[ref]), status=303)
    context = {
        "form": form,
        "has_partners": bool(known),
        "imports": imports_list(request.actor),
        "rows_most": ROWS_MOST,
        "megabytes": _megabytes(),
    }
    return render(request, "desk/partners.html", context, status=422 if form.errors else 200)


@page(access=ORDERS)
def partner_import(request: PageRequest, ref: str) -> HttpResponse:
    """How far an import is, and what was not booked and why."""
    context = {"view": import_view(request.actor, ref, rejected_only=True)}
    return render(request, "desk/_partner_import.html" if is_fragment(request) else "desk/partner_import.html", context)


@page(access=ORDERS)
def partner_rejected(request: PageRequest, ref: str, ending: str) -> HttpResponse:
    """The rows that were not booked, with the error in a column of its own."""
    return sheet_answer(rejected_sheet(request.actor, ref), ending)


@page(access=ORDERS)
def partner_template(request: PageRequest, ending: str) -> HttpResponse:
    """A file to begin with; the workbook explains its columns."""
    first, explained = template_sheets()
    return sheet_answer(first, ending, explained)


@page(access=ORDERS)
def partner_orders(request: PageRequest, ending: str) -> HttpResponse:
    """Every order with its status, as a file for the partner."""
    return sheet_answer(orders_sheet(request.actor, request.GET.get("partner", "")[:40]), ending)
