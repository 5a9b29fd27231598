"""The phone desk: find the caller while typing, take over what they had before, and book in the same slots."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from paidan.accounts.constants import Permission
from paidan.accounts.rules import may
from paidan.booking.answers import field_of
from paidan.booking.constants import Channel
from paidan.booking.pasting import taken_apart
from paidan.booking.pricing import OrderPrice, offer_price
from paidan.booking.selectors import last_orders, slots_for
from paidan.booking.services import booking_hold, booking_submit
from paidan.catalog.selectors import ServiceItemRow
from paidan.customers.callers import call_of_mine, callers_like, calls_ringing, extension_of
from paidan.customers.calling import Caller, call_take, caller_open, extension_set
from paidan.kernel import clock
from paidan.kernel.errors import DomainError, Invalid, NotFound
from paidan.kernel.geo import Point
from paidan.web.components.access import PageRequest, page
from paidan.web.components.responses import draft_done, is_fragment
from paidan.web.desk.phone_form import PhoneForm
from paidan.web.portal.booking_form import ELSEWHERE
from paidan.web.portal.districts import district_choices
from paidan.web.portal.holds import hold_forget, hold_give_back, hold_of, hold_remember, holder_key
from paidan.web.portal.times import Shown, Times, nearest_of, times_shown, week_span, week_wanted, window_read

HOLD = "phone"
SPOT = "phone_spot"
SAME_PLACE = 6
"""Decimals of a degree: about a hand's width."""
BOOKS_FOR_OTHERS = may(Permission.BOOK_FOR_OTHERS)


@dataclass(frozen=True, slots=True)
class Desk:
    """The form and who is on the line."""

    form: PhoneForm
    caller: Caller | None

    @property
    def row(self) -> ServiceItemRow | None:
        return self.form.item_row()

    def price(self, now: datetime) -> OrderPrice:
        """What the service chosen costs with the add-ons and urgency ticked."""
        code = self.row.code if self.row is not None else ""
        return offer_price(code, add_ons=self.form.add_ons_chosen, urgency=self.form.urgency_chosen, now=now)


@page(access=BOOKS_FOR_OTHERS, methods=("GET", "POST"))
def phone(request: PageRequest) -> HttpResponse:
    """One form; ``step`` says which button or change sent it, none means: book."""
    if request.method != "POST":
        return _begin(request)
    step, _colon, detail = request.POST.get("step", "").partition(":")
    steps = {
        "find": _find,
        "caller": _caller,
        "again": _again,
        "paste": _paste,
        "place": _place,
        "item": _item,
        "times": _times,
        "hold": _hold,
    }
    return steps[step](request, detail) if step in steps else _submit(request)


def _begin(request: PageRequest) -> HttpResponse:
    """A fresh form; from a call it opens with the caller, or with the unknown number."""
    call = request.GET.get("call", "")[:20]
    if not call:
        return _page(request, _desk(request, {}))
    ringing = call_of_mine(request.actor, call)
    values: dict[str, object] = {"call": ringing.ref, "customer": ringing.customer_ref}
    if not ringing.customer_ref:
        values["contact_phone"] = ringing.phone
    return _page(request, _desk(request, values))


def _desk(request: PageRequest, values: dict[str, object], *, judged: bool = False) -> Desk:
    """The form with these values; a caller who was opened brings name, number and addresses."""
    ref = str(values.get("customer", ""))
    caller = caller_open(ref=ref, actor=request.actor, now=clock.now()) if ref else None
    if judged:
        return Desk(PhoneForm(request.POST, caller=caller), caller)
    if caller is not None:
        values = {**values, "contact_phone": caller.phone, "contact_name": values.get("contact_name") or caller.name}
        known = {address.ref for address in caller.addresses}
        if values.get("address_ref", ELSEWHERE) not in {*known, ELSEWHERE}:
            values.pop("address_ref")
    return Desk(PhoneForm(caller=caller, initial=values), caller)


def _sent(request: PageRequest, **changes: object) -> dict[str, object]:
    """What the form holds now, with some fields changed."""
    sent = {name: request.POST.get(name, "") for name in PhoneForm.base_fields if name in request.POST}
    answers = {name: text for name, text in request.POST.items() if name.startswith(field_of(""))}
    return {**sent, **answers, "add_ons": request.POST.getlist("add_ons"), **changes}


def _find(request: PageRequest, _detail: str) -> HttpResponse:
    """Callers whose number fits, masked."""
    typed = request.POST.get("contact_phone", "")[:30]
    if not is_fragment(request):
        return _page(request, _desk(request, _sent(request)), typed=typed)
    return render(request, "desk/_callers.html", {"callers": callers_like(request.actor, typed)})


def _caller(request: PageRequest, ref: str) -> HttpResponse:
    """Open one caller, or with nothing take them off the form."""
    hold_give_back(request, HOLD, now=clock.now())
    if not ref:
        blank: dict[str, object] = dict.fromkeys(("customer", "call", "contact_name", "contact_phone"), "")
        return _page(request, _desk(request, _sent(request, **blank, address_ref=ELSEWHERE)))
    values = _sent(request, customer=ref, contact_name="")
    values.pop("address_ref", None)
    return _page(request, _desk(request, values))


def _again(request: PageRequest, ref: str) -> HttpResponse:
    """Service and address of an earlier booking."""
    past = next(
        (one for one in last_orders(request.actor, request.POST.get("customer", "")) if one.row.ref == ref), None
    )
    if past is None:
        raise NotFound
    hold_give_back(request, HOLD, now=clock.now())
    desk = _desk(request, _sent(request, item=past.item_code, address_ref=past.address_ref or ELSEWHERE))
    if desk.row is None:
        messages.warning(request, _("This service is no longer sold. Please choose another one."))
    return _page(request, desk)


def _paste(request: PageRequest, _detail: str) -> HttpResponse:
    """Put a pasted text into the fields; what it does not say stays as it was."""
    text = request.POST.get("paste", "")
    found = taken_apart(text)
    changes: dict[str, object] = {}
    if found.name and not request.POST.get("customer"):
        changes["contact_name"] = found.name
    if found.phone and not request.POST.get("customer"):
        changes["contact_phone"] = found.phone
    if found.address_text:
        district = next((code for code, name in district_choices() if name in found.address_text), "")
        street = found.address_text
        changes |= {"address_ref": ELSEWHERE, "address_text": street, "door": found.door, "lat": "", "lng": ""}
        changes |= {"district": district} if district else {}
    desk = _desk(request, _sent(request, **changes, paste="" if changes else text))
    typed = found.phone if not desk.caller else ""
    sentence = "" if changes else _("We found no name, phone or address in this text.")
    return _page(request, desk, typed=typed, paste_error=sentence)


def _place(request: PageRequest, _detail: str) -> HttpResponse:
    """Another address or district: the free times are others."""
    return _times(request, "")


def _item(request: PageRequest, _detail: str) -> HttpResponse:
    """Another service: other times, and other add-ons and questions."""
    return _times(request, "", renews_options=True)


def _times(request: PageRequest, week: str, *, renews_options: bool = False) -> HttpResponse:
    """Free times for the service and the place as they are now; a window kept for others is given back."""
    desk = _desk(request, _sent(request))
    if request.session.get(SPOT) != _spot(desk):
        hold_give_back(request, HOLD, now=clock.now())
    if is_fragment(request):
        context = {**_chooser(request, desk, week), "form": desk.form, "renews_options": renews_options}
        return render(request, "desk/_phone_times.html", context)
    return _page(request, desk, week=week)


def _hold(request: PageRequest, _detail: str) -> HttpResponse:
    """Keep the chosen window while the two of them talk."""
    desk, at = _desk(request, _sent(request)), clock.now()
    window, found, row = window_read(request.POST.get("window", "")), desk.form.whereabouts(), desk.row
    if window is None or found is None or row is None:
        return _times(request, request.POST.get("week", ""))
    try:
        view = booking_hold(
            item_code=row.code,
            place=found.place,
            window=window,
            holder_key=holder_key(request),
            now=at,
            add_ons=desk.form.add_ons_chosen,
            urgency=desk.form.urgency_chosen,
        )
    except DomainError as error:
        return _not_held(request, desk, error)
    request.session[SPOT] = _spot(desk)
    kept = hold_remember(request, HOLD, view, now=at)
    if is_fragment(request):
        return render(request, "portal/_hold.html", {"hold": kept, "zone": settings.TIME_ZONE})
    return _page(request, desk)


def _not_held(request: PageRequest, desk: Desk, error: DomainError) -> HttpResponse:
    if not is_fragment(request):
        return _page(request, desk, lost=error)
    context = _chooser(request, desk, request.POST.get("week", ""), lost=error)
    response = render(request, "desk/_phone_times.html", context, status=error.status)
    response["HX-Retarget"] = "#times"
    return response


def _spot(desk: Desk) -> list[object]:
    """What a hold is kept for."""
    found, row = desk.form.whereabouts(), desk.row
    place = found.place if found is not None else Point(0, 0)
    where = (round(place.lat, SAME_PLACE), round(place.lng, SAME_PLACE))
    return [row.code if row is not None else "", *where, *desk.form.add_ons_chosen, desk.form.urgency_chosen]


def _chooser(request: PageRequest, desk: Desk, week: str, *, lost: DomainError | None = None) -> dict[str, object]:
    """Free times with the window kept or lost."""
    at, row, found, number = clock.now(), desk.row, desk.form.whereabouts(), week_wanted(week)
    hold = hold_of(request, HOLD, now=at)
    context: dict[str, object] = {"row": row, "hold": hold, "lost": "", "nearest": (), "zone": settings.TIME_ZONE}
    if row is not None:
        context["price"] = desk.price(at)
    if found is None or row is None:
        return {**context, "times": Times(number)}
    span = week_span(number, at)
    sold = slots_for(
        item_code=row.code,
        place=found.place,
        start=max(span.start, at),
        end=span.end,
        now=at,
        add_ons=desk.form.add_ons_chosen,
        urgency=desk.form.urgency_chosen,
    )
    times = times_shown(sold, week=number, chosen=hold.window if hold else None, now=at, shown=Shown.of(request.POST))
    if lost is not None:
        context["lost"] = " ".join(dict.fromkeys(map(str, lost.fields.values()))) or str(lost)
        context["nearest"] = nearest_of(lost.facts, times.time_zone)
    return {**context, "times": times, "is_approximate": found.is_approximate}


def _submit(request: PageRequest) -> HttpResponse:
    """Book for the caller; the same service as the portal's, the channel is the phone."""
    desk = _desk(request, _sent(request), judged=True)
    if not desk.form.is_valid():
        return _page(request, desk, status=422)
    try:
        return _booked(request, desk, at=clock.now())
    except DomainError as error:
        desk.form.refuse(error)
        lost = error if "nearest" in error.facts or "window" in error.fields else None
        if lost is not None:
            hold_give_back(request, HOLD, now=clock.now())
        return _page(request, desk, status=error.status, lost=lost)


def _booked(request: PageRequest, desk: Desk, *, at: datetime) -> HttpResponse:
    hold, row = hold_of(request, HOLD, now=at), desk.row
    if row is None:
        raise Invalid(fields={"item": _("Please choose a service.")})
    shown = request.POST.get("price", "")[:12]
    order = desk.form.order(
        row.code,
        price_minor=int(shown) if shown.isdecimal() else desk.price(at).total_minor,
        hold_ref=hold.ref if hold else "",
        holder_key=holder_key(request),
    )
    booked = booking_submit(form=order, actor=request.actor, channel=Channel.PHONE, now=at)
    hold_forget(request, HOLD)
    sentence = (
        _("Booked. The customer has been told.") if booked.is_confirmed else _("Taken. It has to be checked first.")
    )
    messages.success(request, sentence)
    response = HttpResponseRedirect(reverse("desk:booking", args=[booked.ref]), status=303)
    return draft_done(response, "phone")


def _page(
    request: PageRequest,
    desk: Desk,
    *,
    status: int = 200,
    week: str = "",
    typed: str = "",
    paste_error: str = "",
    lost: DomainError | None = None,
) -> HttpResponse:
    """The whole desk; a fragment gets the form with all that hangs on the caller."""
    orders = last_orders(request.actor, desk.caller.ref) if desk.caller is not None else ()
    if desk.caller is not None and not orders and desk.row is None:
        desk.form.fields["item"].widget.attrs["autofocus"] = True
    context = {
        "form": desk.form,
        "caller": desk.caller,
        "orders": orders,
        "callers": callers_like(request.actor, typed) if typed and desk.caller is None else (),
        "has_saved": desk.caller is not None and bool(desk.caller.addresses),
        "paste_error": paste_error,
        "extension": extension_of(request.actor),
        **_chooser(request, desk, week or request.POST.get("week", ""), lost=lost),
    }
    template = "desk/_phone.html" if is_fragment(request) else "desk/phone.html"
    response = render(request, template, context, status=status)
    response["Cache-Control"] = "no-store"
    return response


@page(access=BOOKS_FOR_OTHERS)
def ringing(request: PageRequest) -> HttpResponse:
    """Calls at one's own extension, for the bar above every page of the desk."""
    return _ringing_bar(request)


def _ringing_bar(request: PageRequest) -> HttpResponse:
    return render(request, "desk/_ringing.html", {"calls": calls_ringing(request.actor, now=clock.now())})


@page(access=BOOKS_FOR_OTHERS, methods=("POST",))
def call_answer(request: PageRequest, ref: str) -> HttpResponse:
    """Open the form for a call, or put the call aside; either takes it off the screen."""
    taken = call_take(ref=ref, actor=request.actor, now=clock.now())
    if is_fragment(request):
        return _ringing_bar(request)
    query = f"?call={taken.ref}" if "open" in request.POST else ""
    return HttpResponseRedirect(reverse("desk:phone") + query, status=303)


@page(access=BOOKS_FOR_OTHERS, methods=("POST",))
def extension(request: PageRequest) -> HttpResponse:
    """Sit down at an extension; calls to it come up on one's own screen."""
    try:
        kept = extension_set(extension=request.POST.get("extension", "")[:40], actor=request.actor, now=clock.now())
    except Invalid as error:
        messages.error(request, " ".join(map(str, error.fields.values())))
    else:
        sentence = _("Calls to %(extension)s come up on your screen now.") % {"extension": kept}
        messages.success(request, sentence if kept else _("Calls no longer come up on your screen."))
    return HttpResponseRedirect(reverse("desk:phone"), status=303)
