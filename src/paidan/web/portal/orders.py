"""My bookings, and a booking's own live page."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django_stubs_ext import StrOrPromise

from paidan.booking.constants import DESCRIPTION_LONGEST, BookingGroup
from paidan.booking.review import ANSWERABLE
from paidan.booking.selectors import (
    BookingDetail,
    BookingFilter,
    booking_calendar,
    booking_detail,
    bookings_count,
    bookings_list,
    bookings_sheet,
    bookings_totals,
    plans_list,
)
from paidan.booking.services import booking_answer, booking_confirm_by_customer
from paidan.fieldwork.services import visit_sign_off
from paidan.kernel.clock import now
from paidan.kernel.errors import Invalid, NotFound
from paidan.kernel.texts import localized
from paidan.reviews.selectors import review_for
from paidan.web.components.access import PageRequest, page
from paidan.web.components.responses import is_fragment
from paidan.web.components.sheets import sheet_answer
from paidan.web.portal.links import CUSTOMER, BookingPages, booking_ref_of, file_address, order_page
from paidan.web.portal.progress import progress_of

PAGE_ROWS = 20
SEARCH_LONGEST = 80


def _tabs() -> list[tuple[str, str]]:
    return [
        (str(BookingGroup.CONFIRMED), pgettext("bookings", "Upcoming")),
        (str(BookingGroup.PENDING), pgettext("bookings", "Being checked")),
        (str(BookingGroup.DONE), pgettext("bookings", "Done")),
        (str(BookingGroup.CANCELLED), pgettext("bookings", "Cancelled")),
    ]


@page(access=CUSTOMER)
def bookings(request: PageRequest) -> HttpResponse:
    """One's own bookings by state, with search."""
    tabs = _tabs()
    counts = bookings_count(request.actor)
    wanted, search = request.GET.get("group", ""), _search_text(request)
    # Whoever searches looks through everything; else the first tab that has anything opens.
    first = next((code for code, _label in tabs if counts[code]), tabs[0][0])
    group = wanted if wanted in counts else ("" if search else first)
    found = bookings_list(
        request.actor,
        which=BookingFilter(group=group, search=search),
        cursor=request.GET.get("cursor", ""),
        limit=PAGE_ROWS,
    )
    context = {
        "tabs": [
            {"code": code, "label": label, "count": counts[code], "is_here": code == group} for code, label in tabs
        ],
        "group": group,
        "search": search,
        "rows": found.items,
        "next_cursor": found.next_cursor,
        "has_any": any(counts.values()),
        "plans": [one for one in plans_list(request.actor) if one.is_live],
        "endings": [("xlsx", _("Excel file")), ("csv", _("CSV file"))],
    }
    return render(request, "portal/_bookings.html" if is_fragment(request) else "portal/bookings.html", context)


def _search_text(request: PageRequest) -> str:
    return request.GET.get("search", "").replace("\0", "").strip()[:SEARCH_LONGEST]


@page(access=CUSTOMER)
def bookings_export(request: PageRequest, ending: str) -> HttpResponse:
    """One's own bookings, as the list shows them, as a file."""
    which = BookingFilter(group=request.GET.get("group", ""), search=_search_text(request))
    return sheet_answer(bookings_sheet(request.actor, which), ending)


@page(access=CUSTOMER)
def totals(request: PageRequest) -> HttpResponse:
    """One's own bookings and money by month and kind of service."""
    return render(request, "portal/totals.html", {"totals": bookings_totals(request.actor)})


@order_page()
def booking(request: PageRequest, ref: str = "", token: str = "") -> HttpResponse:
    """Where the booking stands, live, and what may be done now."""
    detail = booking_detail(request.actor, booking_ref_of(request, ref), now=now())
    template = "portal/_booking.html" if is_fragment(request) else "portal/booking.html"
    visit = detail.visit
    rating = review_for(request.actor, visit.ref) if visit is not None and "review" in detail.actions else None
    return render(request, template, booking_context(detail, token=token, rating=rating))


def booking_context(detail: BookingDetail, *, token: str, **more: object) -> dict[str, object]:
    """What the booking's page and the pages about it show."""
    visit = detail.visit
    return {
        "booking": detail,
        "row": detail.row,
        "visit": visit,
        "pages": BookingPages.of(detail.ref, token=token, visit_ref=visit.ref if visit else ""),
        "track": progress_of(detail),
        "steps": [
            {"label": step.label, "state": "done", "at": step.at, "note": step.text}
            for step in reversed(detail.timeline)
        ],
        "photos_before": [file_address(file.ref, token) for file in detail.photos],
        "photos": [file_address(file.ref, token) for one in detail.visits for file in one.photos],
        "charges": [
            {
                "name": localized(charge.lines[0].name) if charge.lines else "",
                "amount": charge.total_minor,
                "label": charge.status_label,
                "is_settled": charge.is_settled,
            }
            for charge in detail.charges
        ],
        "live_words": " ".join([detail.ref, *(one.ref for one in detail.visits)]),
        "live_link": token,
        "longest": DESCRIPTION_LONGEST,
        "asked": _asked(detail),
        **more,
    }


@order_page(methods=("POST",))
def booking_acknowledge(request: PageRequest, ref: str = "", token: str = "") -> HttpResponse:
    """The customer will be there."""
    done = booking_confirm_by_customer(ref=booking_ref_of(request, ref), actor=request.actor, now=now())
    messages.success(request, _("Thank you for letting us know."))
    return _to_booking(done.ref, token)


@order_page()
def booking_calendar_file(request: PageRequest, ref: str = "", token: str = "") -> HttpResponse:  # the address's
    """The booking for a calendar; the same entry again after every change."""
    wanted = booking_ref_of(request, ref)
    text = booking_calendar(request.actor, wanted, now=now())
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{wanted}.ics"'
    return response


@order_page(methods=("GET", "POST"))
def booking_sign_off(request: PageRequest, ref: str = "", token: str = "") -> HttpResponse:
    """Look at the result, then accept it."""
    detail = booking_detail(request.actor, booking_ref_of(request, ref), now=now())
    if detail.visit is None:
        raise NotFound
    if request.method != "POST":
        return render(request, "portal/sign_off.html", booking_context(detail, token=token))
    visit_sign_off(visit_ref=detail.visit.ref, actor=request.actor, now=now())
    messages.success(request, _("Signed off. Thank you!"))
    pages = BookingPages.of(detail.ref, token=token, visit_ref=detail.visit.ref)
    return HttpResponseRedirect(pages.review, status=303)


@order_page(methods=("POST",))
def booking_reply(request: PageRequest, ref: str = "", token: str = "") -> HttpResponse:
    """The customer's answer to a question of the desk."""
    wanted = booking_ref_of(request, ref)
    typed = {name: request.POST.get(name, "") for name in ANSWERABLE}
    try:
        done = booking_answer(ref=wanted, answers=typed, actor=request.actor, now=now())
    except Invalid as error:
        detail = booking_detail(request.actor, wanted, now=now())
        context = booking_context(detail, token=token, asked=_asked(detail, typed, error.fields))
        return render(request, "portal/booking.html", context, status=error.status)
    sentence = _("Thank you. Your booking is confirmed.") if done.is_confirmed else _("Thank you. We look at it again.")
    messages.success(request, sentence)
    return _to_booking(done.ref, token)


def _asked(
    detail: BookingDetail, typed: Mapping[str, str] | None = None, faults: Mapping[str, StrOrPromise] | None = None
) -> list[dict[str, object]]:
    """The fields that are to be completed, as typed where something was."""
    return [
        {"field": one, "value": typed[one.name] if typed else one.value, "fault": (faults or {}).get(one.name, "")}
        for one in detail.asked_fields
    ]


def _to_booking(ref: str, token: str) -> HttpResponse:
    return HttpResponseRedirect(BookingPages.of(ref, token=token, visit_ref="").page, status=303)
