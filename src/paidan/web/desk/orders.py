"""Every booking the desk may know of: filters, search, saved views, export (B7)."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from paidan.accounts.constants import STAFF_ROLES
from paidan.accounts.rules import only
from paidan.accounts.services import saved_views, view_delete, view_save
from paidan.booking.constants import BookingGroup, Channel
from paidan.booking.selectors import BookingFilter, bookings_list, bookings_sheet, bookings_totals
from paidan.catalog.selectors import service_items
from paidan.kernel import clock
from paidan.kernel.actors import Actor
from paidan.kernel.errors import Invalid
from paidan.kernel.timespan import TimeSpan, span_of_day
from paidan.web.components.access import PageRequest, page
from paidan.web.components.responses import is_fragment
from paidan.web.components.sheets import sheet_answer
from paidan.web.desk.scope import live_topics, territories_shown

PAGE = "desk:bookings"
DAYS = [MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2099, 12, 31))]


def _choice(label: StrOrPromise, *choices: tuple[str, StrOrPromise]) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        required=False,
        choices=[("", gettext_lazy("All")), *choices],
        widget=forms.Select(attrs={"class": "form-select"}),
    )


def _day(label: StrOrPromise) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget, validators=DAYS)


class FilterForm(forms.Form):
    """What the list shows."""

    search = forms.CharField(
        label=gettext_lazy("Search"),
        required=False,
        max_length=80,
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "autocomplete": "off",
                "class": "form-control",
                "placeholder": gettext_lazy("Reference, phone, name or service, also in pinyin"),
            }
        ),
    )
    group = _choice(gettext_lazy("State"), *BookingGroup.choices)
    territory = _choice(gettext_lazy("Territory"))
    item = _choice(gettext_lazy("Service"))
    channel = _choice(gettext_lazy("Channel"), *Channel.choices)
    first = _day(gettext_lazy("Day from"))
    last = _day(gettext_lazy("Day until"))

    def clean(self) -> None:
        """The first day is not after the last."""
        data = self.cleaned_data
        if data.get("first") and data.get("last") and data["first"] > data["last"]:
            self.add_error("last", _("The end must not be before the start."))

    def query(self) -> str:
        """What follows the question mark of this list's address."""
        return urlencode({name: self.data[name] for name in self.fields if self.data.get(name)})


def _form(actor: Actor, asked: QueryDict) -> FilterForm:
    form = FilterForm(asked)
    places = [(row.code, row.name) for row in territories_shown(actor)]
    items = [(row.code, row.name) for row in service_items()]
    for name, choices in (("territory", places), ("item", items)):
        form.fields[name].choices = [("", _("All")), *choices]  # type: ignore[attr-defined]  # a choice field
    return form


def _which(form: FilterForm) -> BookingFilter:
    form.is_valid()
    data = form.cleaned_data
    return BookingFilter(
        group=data.get("group", ""),
        search=data.get("search", ""),
        window=_window(data.get("first"), data.get("last")),
        territory_code=data.get("territory", ""),
        channel=data.get("channel", ""),
        item_code=data.get("item", ""),
    )


def _window(first: date | None, last: date | None) -> TimeSpan | None:
    if first is None and last is None:
        return None
    zone = ZoneInfo(settings.TIME_ZONE)
    start = span_of_day(first or date(2000, 1, 1), zone).start
    return TimeSpan(start, span_of_day(last or date(2099, 12, 31), zone).end)


@page(access=only(*STAFF_ROLES))
def bookings(request: PageRequest) -> HttpResponse:
    """All bookings, the latest first."""
    context = _context(request.actor, request.GET)
    return render(request, "desk/_bookings.html" if is_fragment(request) else "desk/bookings.html", context)


def _context(actor: Actor, asked: QueryDict) -> dict[str, object]:
    form = _form(actor, asked)
    found = bookings_list(actor, which=_which(form), cursor=asked.get("cursor", ""))
    query = form.query()
    return {
        "form": form,
        "query": query,
        "rows": found.items,
        "next_cursor": found.next_cursor,
        "topics": live_topics(actor),
        "views": _views(actor, query),
    }


def _views(actor: Actor, query: str) -> list[dict[str, object]]:
    return [
        {"id": view.id, "name": view.name, "query": view.query, "is_here": view.query == query}
        for view in saved_views(actor, PAGE)
    ]


@page(access=only(*STAFF_ROLES))
def bookings_export(request: PageRequest, ending: str) -> HttpResponse:
    """What the list shows, as a file."""
    return sheet_answer(bookings_sheet(request.actor, _which(_form(request.actor, request.GET))), ending)


@page(access=only(*STAFF_ROLES))
def totals(request: PageRequest) -> HttpResponse:
    """Bookings and money by month and kind of service."""
    return render(request, "desk/totals.html", {"totals": bookings_totals(request.actor)})


@page(access=only(*STAFF_ROLES), methods=("POST",))
def bookings_view_save(request: PageRequest) -> HttpResponse:
    """Keep the filters under a name; a name that does not do keeps what was typed."""
    name, asked = request.POST.get("name", ""), QueryDict(request.POST.get("query", ""))
    query = FilterForm(asked).query()
    try:
        view_save(actor=request.actor, page=PAGE, name=name, query=query, now=clock.now())
    except Invalid as error:
        context = {**_context(request.actor, asked), "view_name": name, "view_error": error.fields.get("name", "")}
        return render(request, "desk/bookings.html", context, status=422)
    messages.success(request, _("Saved. You find the view above the list."))
    return HttpResponseRedirect(f"{reverse(PAGE)}?{query}", status=303)


@page(access=only(*STAFF_ROLES), methods=("POST",))
def bookings_view_delete(request: PageRequest, view: int) -> HttpResponse:
    """Forget a view; the bookings stay."""
    view_delete(actor=request.actor, view_id=view)
    return HttpResponseRedirect(reverse(PAGE), status=303)
