"""Booking in one page: what, where, when, who; the log-in by code happens inside it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, replace
from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from paidan.accounts.access import actor_of_user
from paidan.accounts.constants import RoleCode
from paidan.accounts.errors import ChallengeNeeded
from paidan.accounts.rules import PUBLIC
from paidan.accounts.selectors import account_of, installation_is_demo
from paidan.accounts.services import (
    BOOKINGS,
    HOLDS_OF_ADDRESS,
    HOLDS_OF_CUSTOMER,
    attempt_count,
    attempt_take,
    login_by_code,
    login_code_send,
)
from paidan.accounts.services.codes import RESEND_AFTER
from paidan.accounts.sessions import client_address, session_begin_or_ask
from paidan.booking.constants import Channel
from paidan.booking.forms import NewBooking
from paidan.booking.pasting import taken_apart
from paidan.booking.pricing import OrderPrice, offer_price
from paidan.booking.selectors import slots_for
from paidan.booking.services import booking_check, booking_hold, booking_submit
from paidan.catalog.selectors import ServiceItemRow, service_item
from paidan.customers.phones import phone_national, phone_normalized
from paidan.customers.selectors import consent_needed, own_addresses, own_customer_view
from paidan.dispatch.errors import SlotTaken, TooManyHolds
from paidan.kernel.clock import now
from paidan.kernel.errors import DomainError, Forbidden
from paidan.web.components.access import PageRequest, page
from paidan.web.components.responses import draft_done, is_fragment
from paidan.web.portal.auth.challenges import challenge_shown, proof_check
from paidan.web.portal.auth.tickets import ticket_forget, ticket_keep, ticket_of
from paidan.web.portal.booking_form import ELSEWHERE, BookForm
from paidan.web.portal.districts import district_choices, picker_data
from paidan.web.portal.holds import hold_forget, hold_give_back, hold_of, hold_remember, holder_key
from paidan.web.portal.home import NEED_LONGEST
from paidan.web.portal.photos import draft_forget, draft_of, photo_remove, photos_keep, photos_shown
from paidan.web.portal.times import Shown, Times, nearest_of, times_shown, week_span, week_wanted, window_read

NEED = "need"
CONTACT = {"name": "contact_name", "phone": "contact_phone"}
SAME_PLACE = 6
"""Decimals of a degree: about a hand's width."""


@page(access=PUBLIC, methods=("GET", "POST"))
def book(request: PageRequest, item: str) -> HttpResponse:
    """One page for everything; ``step`` says which button or change sent it."""
    row = service_item(item)
    steps = {"begin": _begin, "times": _times, "place": _place, "hold": _hold, "price": _price}
    steps |= {"photos": _photos, "photo-drop": _photo_drop, "paste": _paste}
    step, _colon, detail = request.POST.get("step", "").partition(":")
    if request.method != "POST":
        return _page(request, row, _form(request, row))
    if step in steps:
        return steps[step](request, row, detail)
    return _submit(request, row, is_resend=step == "resend")


def _form(
    request: PageRequest, row: ServiceItemRow, data: QueryDict | None = None, *, unjudged: QueryDict | None = None
) -> BookForm:
    """The form for its reader: blank with what we know of them, as sent, or as sent but not judged yet."""
    actor = request.actor
    is_customer = actor.role == RoleCode.CUSTOMER
    addresses = own_addresses(actor) if is_customer else ()
    initial: dict[str, object] = {"description": request.session.get(NEED, "")}
    if is_customer and data is None:
        known, account = own_customer_view(actor), account_of(actor.user_id)
        initial["contact_name"] = (known.name if known else "") or account.name
        initial["contact_phone"] = (known.phone if known else "") or phone_national(account.phone or "")
    if unjudged is not None:
        initial.update({name: unjudged.get(name, "") for name in unjudged})
        initial["add_ons"] = unjudged.getlist("add_ons")
    return BookForm(data, addresses=addresses, asks_consent=consent_needed(actor), initial=initial, item=row)


def _begin(request: PageRequest, row: ServiceItemRow, _detail: str) -> HttpResponse:
    """From the free text on the first page: it becomes the description, and never part of an address."""
    request.session[NEED] = request.POST.get("text", "").replace("\0", "")[:NEED_LONGEST]
    return HttpResponseRedirect(reverse("portal:book", args=[row.code]), status=303)


def _price(request: PageRequest, row: ServiceItemRow, _detail: str) -> HttpResponse:
    """The total for the add-ons and urgency ticked; other times are free when the work takes longer."""
    form = _form(request, row, unjudged=request.POST)
    if not is_fragment(request):
        return _page(request, row, form)
    price = _price_of(row, form)
    response = render(request, "portal/_price.html", {"item": row, "price": price, "form": form, "is_update": True})
    priced = request.POST.get("minutes", ""), request.POST.get("priced_urgency", form.urgency_chosen)
    if priced != (str(price.duration_minutes), form.urgency_chosen):
        response["HX-Trigger-After-Swap"] = "length:changed"
    return response


def _photos(request: PageRequest, row: ServiceItemRow, _detail: str) -> HttpResponse:
    """Photos chosen: they are kept at once."""
    return _photos_answer(request, row, photos_keep(request, row.code))


def _photo_drop(request: PageRequest, row: ServiceItemRow, ref: str) -> HttpResponse:
    """A photo taken back."""
    photo_remove(request, row.code, ref)
    return _photos_answer(request, row)


def _photos_answer(request: PageRequest, row: ServiceItemRow, faults: tuple[str, ...] = ()) -> HttpResponse:
    if not is_fragment(request):
        return _page(request, row, _form(request, row, unjudged=request.POST), photo_faults=faults)
    context = {"item": row, **photos_shown(request, row.code, faults)}
    return render(request, "portal/_order_photos.html", context)


def _paste(request: PageRequest, row: ServiceItemRow, _detail: str) -> HttpResponse:
    """Put a pasted line into the fields; what it does not say stays as it was."""
    found = taken_apart(request.POST.get("paste", ""))
    said: dict[str, str] = {name: value for name, value in asdict(found).items() if value}
    if found.address_text:
        district = next((code for code, name in district_choices() if name in found.address_text), "")
        said |= {"address_ref": ELSEWHERE, "door": found.door, "lat": "", "lng": ""}
        said |= {"district": district} if district else {}
    sent = request.POST.copy()
    for name, value in said.items():
        sent[CONTACT.get(name, name)] = value
    sent["paste"] = "" if said else sent.get("paste", "")
    fault = "" if said else _("We found no name, phone or address in this text.")
    return _page(request, row, _form(request, row, unjudged=sent), paste_fault=fault)


def _price_of(row: ServiceItemRow, form: BookForm) -> OrderPrice:
    return offer_price(row.code, add_ons=form.add_ons_chosen, urgency=form.urgency_chosen, now=now())


def _spot(form: BookForm) -> list[object]:
    """What a kept window was chosen for: the place, and what takes longer."""
    found = form.whereabouts()
    place = [round(found.place.lat, SAME_PLACE), round(found.place.lng, SAME_PLACE)] if found else []
    return [*place, *form.add_ons_chosen, form.urgency_chosen]


def _times(request: PageRequest, row: ServiceItemRow, week: str) -> HttpResponse:
    """Free times for the place as it is now; a window kept for another place is given back."""
    form = _form(request, row, unjudged=request.POST)
    spot = _spot(form)
    if request.session.get(f"spot:{row.code}") != spot:
        hold_give_back(request, row.code, now=now())
    if is_fragment(request):
        return render(request, "portal/_times.html", {"item": row, **_chooser(request, row, form, week)})
    return _page(request, row, form, week=week)


def _place(request: PageRequest, row: ServiceItemRow, _detail: str) -> HttpResponse:
    """The map of the district chosen, with a fresh pin."""
    form = _form(request, row, unjudged=request.POST)
    form.initial.update(lat="", lng="")
    district = request.POST.get("district", "")
    if is_fragment(request):
        response = render(request, "portal/_pin.html", {"form": form, "map": picker_data(district)})
        response["HX-Trigger-After-Swap"] = "place:changed"
        return response
    return _page(request, row, form)


def _hold(request: PageRequest, row: ServiceItemRow, _detail: str) -> HttpResponse:
    """Keep the chosen window for some minutes."""
    form = _form(request, row, unjudged=request.POST)
    window, found = window_read(request.POST.get("window", "")), form.whereabouts()
    if window is None or found is None:
        return _times(request, row, request.POST.get("week", ""))
    at = now()
    try:
        attempt_count(HOLDS_OF_ADDRESS, subject=client_address(request), now=at)
        attempt_take(HOLDS_OF_CUSTOMER, actor=request.actor, now=at)
        view = booking_hold(
            item_code=row.code,
            place=found.place,
            window=window,
            holder_key=holder_key(request),
            now=at,
            add_ons=form.add_ons_chosen,
            urgency=form.urgency_chosen,
            phone=str(form["contact_phone"].value() or ""),
        )
    except DomainError as error:
        return _not_held(request, row, form, error)
    request.session[f"spot:{row.code}"] = _spot(form)
    hold = hold_remember(request, row.code, view, now=at)
    if is_fragment(request):
        return render(request, "portal/_hold.html", {"hold": hold, "zone": settings.TIME_ZONE})
    return _page(request, row, form)


def _not_held(request: PageRequest, row: ServiceItemRow, form: BookForm, error: DomainError) -> HttpResponse:
    chooser = _chooser(request, row, form, request.POST.get("week", ""), lost=error)
    if not is_fragment(request):
        return _page(request, row, form, lost=error)
    response = render(request, "portal/_times.html", {"item": row, **chooser}, status=error.status)
    response["HX-Retarget"] = "#times"
    return response


def _chooser(
    request: PageRequest, row: ServiceItemRow, form: BookForm, week: str, *, lost: DomainError | None = None
) -> dict[str, object]:
    """Free times at the form's place, with the window kept or lost."""
    at = now()
    hold, found, number = hold_of(request, row.code, now=at), form.whereabouts(), week_wanted(week)
    context: dict[str, object] = {"hold": hold, "lost": "", "nearest": (), "zone": settings.TIME_ZONE}
    if found is None:
        return {**context, "times": Times(number)}
    span = week_span(number, at)
    sold = slots_for(
        item_code=row.code,
        place=found.place,
        start=max(span.start, at),
        end=span.end,
        now=at,
        add_ons=form.add_ons_chosen,
        urgency=form.urgency_chosen,
    )
    times = times_shown(sold, week=number, chosen=hold.window if hold else None, now=at, shown=Shown.of(request.POST))
    if lost is not None:
        context["lost"] = " ".join(dict.fromkeys(map(str, lost.fields.values()))) or str(lost)
        context["nearest"] = nearest_of(lost.facts, times.time_zone)
    return {**context, "times": times, "is_approximate": found.is_approximate}


def _submit(request: PageRequest, row: ServiceItemRow, *, is_resend: bool) -> HttpResponse:
    """Book; whoever is not logged in proves the phone first, in the same form."""
    form = _form(request, row, request.POST)
    faults = photos_keep(request, row.code)  # sent along only where no script sent them before
    if faults or not form.is_valid():
        return _page(request, row, form, status=422, photo_faults=faults)
    try:
        if not request.actor.is_authenticated:
            _check_first(request, row, form, at=now())
            first = _log_in_first(request, row, form, is_resend=is_resend)
            if first is not None:
                return first
        _customers_only(request)
        return _booked(request, row, form, at=now())
    except Forbidden:
        raise
    except ChallengeNeeded as error:
        return _page(request, row, form, status=error.status, asked=error)
    except DomainError as error:
        form.refuse(error)
        lost = error if isinstance(error, SlotTaken) or "window" in error.fields else None
        if lost is not None:
            hold_give_back(request, row.code, now=now())
        return _page(request, row, form, status=error.status, lost=lost)


def _customers_only(request: PageRequest) -> None:
    if request.actor.role != RoleCode.CUSTOMER:
        raise Forbidden(_("Bookings here are made by customers. Please log out, or book at the desk."))


def _check_first(request: PageRequest, row: ServiceItemRow, form: BookForm, *, at: datetime) -> None:
    """Before a stranger is asked for a code: nothing else will be asked after it, and the time stays theirs.

    Raises:
        DomainError: what is to be corrected, or the time is taken.
    """
    booking_check(form=_order(request, row, form, at=at), now=at)
    window, found = window_read(form.cleaned_data["window"]), form.whereabouts()
    hold = hold_of(request, row.code, now=at)
    if window is None or found is None or (hold is not None and hold.window == window):
        return
    attempt_count(HOLDS_OF_ADDRESS, subject=client_address(request), now=at)
    with suppress(TooManyHolds):  # then the time is sought when the booking is made, as without any hold
        view = booking_hold(
            item_code=row.code,
            place=found.place,
            window=window,
            holder_key=holder_key(request),
            now=at,
            add_ons=form.add_ons_chosen,
            urgency=form.urgency_chosen,
            phone=form.cleaned_data["contact_phone"],
        )
        hold_remember(request, row.code, view, now=at)


def _order(request: PageRequest, row: ServiceItemRow, form: BookForm, *, at: datetime) -> NewBooking:
    hold = hold_of(request, row.code, now=at)
    shown = request.POST.get("price", "")[:12]
    order = form.order(
        row.code,
        price_minor=int(shown) if shown.isdecimal() else _price_of(row, form).total_minor,
        hold_ref=hold.ref if hold else "",
        holder_key=holder_key(request),
    )
    return replace(order, photos_ref=draft_of(request, row.code))


def _booked(request: PageRequest, row: ServiceItemRow, form: BookForm, *, at: datetime) -> HttpResponse:
    order = _order(request, row, form, at=at)
    attempt_take(BOOKINGS, actor=request.actor, now=at)
    booked = booking_submit(form=order, actor=request.actor, channel=Channel.WEB, now=at)
    hold_forget(request, row.code)
    draft_forget(request, row.code)
    request.session.pop(NEED, None)
    sentence = _("Booked. See you then!") if booked.is_confirmed else _("Thank you. We check it and come back to you.")
    messages.success(request, sentence)
    response = HttpResponseRedirect(reverse("portal:booking", args=[booked.ref]), status=303)
    return draft_done(response, f"book-{row.code}", NEED)


def _log_in_first(request: PageRequest, row: ServiceItemRow, form: BookForm, *, is_resend: bool) -> HttpResponse | None:
    """Log in with the code typed, else send one to the contact's phone.

    Returns:
        The page that comes before the booking: the form with its code, or the second factor of whoever
        has one, from where they come back to what they typed. ``None`` once they are in.

    Raises:
        DomainError: the phone is none, too many codes, or not this code.
    """
    phone = phone_normalized(form.cleaned_data["contact_phone"])
    kept, code = ticket_of(request), form.cleaned_data["code"]
    language = get_language() or settings.LANGUAGE_CODE
    if code and kept and kept[0].phone == phone and not is_resend:
        name = form.cleaned_data["contact_name"]
        user = login_by_code(
            ticket=kept[0], code=code, name=name, language=language, address=client_address(request), now=now()
        )
        ticket_forget(request)
        if not session_begin_or_ask(request, user, proof="code", now=now()):
            query = urlencode({"next": reverse("portal:book", args=[row.code])})
            return HttpResponseRedirect(f"{reverse('portal:login-second')}?{query}", status=303)
        request.actor = actor_of_user(user)
        return None
    if not kept or kept[0].phone != phone or is_resend or now() >= kept[1] + RESEND_AFTER:
        at = now()
        number = phone or form.cleaned_data["contact_phone"]
        try:
            proof_check(request)
            ticket = login_code_send(phone=number, address=client_address(request), language=language, now=at)
        except ChallengeNeeded:
            raise
        except DomainError as error:
            fields = {"contact_phone": error.fields.get("phone") or str(error)}
            raise DomainError(error.message, code=error.code, fields=fields, facts=error.facts) from error
        ticket_keep(request, ticket, now=at)
    return _page(request, row, form)


def _page(
    request: PageRequest,
    row: ServiceItemRow,
    form: BookForm,
    *,
    status: int = 200,
    week: str = "",
    lost: DomainError | None = None,
    photo_faults: tuple[str, ...] = (),
    asked: ChallengeNeeded | None = None,
    paste_fault: str = "",
) -> HttpResponse:
    kept = ticket_of(request) if form.is_bound and not request.actor.is_authenticated else None
    asks_code = kept is not None and not (set(form.errors) - {"code"})
    context = {
        "item": row,
        "form": form,
        "price": _price_of(row, form),
        "map": picker_data(str(form["district"].value() or "")),
        **photos_shown(request, row.code, photo_faults),
        **({} if request.actor.is_authenticated else challenge_shown(request, asked)),
        "paste_fault": paste_fault,
        "has_saved": len(form.fields["address_ref"].choices) > 1,  # type: ignore[attr-defined]  # a choice field
        "code_phone": phone_national(kept[0].phone) if kept and asks_code else "",
        "resend_at": kept[1] + RESEND_AFTER if kept else None,
        "demo_outbox": settings.DATA_DIR / "sms" / "outbox.jsonl" if asks_code and installation_is_demo() else "",
        **_chooser(request, row, form, week or request.POST.get("week", ""), lost=lost),
    }
    response = render(request, "portal/book.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response
