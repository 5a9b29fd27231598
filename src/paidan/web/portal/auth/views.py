"""Getting in: by code or by password; both end in the same session."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language

from paidan.accounts.errors import ChallengeNeeded
from paidan.accounts.rules import PUBLIC
from paidan.accounts.selectors import installation_is_demo
from paidan.accounts.services import login_by_code, login_by_password, login_code_send
from paidan.accounts.services.codes import RESEND_AFTER
from paidan.accounts.sessions import client_address, session_begin_or_ask
from paidan.kernel.clock import now
from paidan.kernel.errors import DomainError
from paidan.web.components.access import PageRequest, page
from paidan.web.components.constants import YEAR_SECONDS
from paidan.web.portal.auth.challenges import challenge_shown, proof_check
from paidan.web.portal.auth.forms import AccountForm, CodeForm, PasswordLoginForm, PhoneForm
from paidan.web.portal.auth.places import NEXT, after_login, next_wanted
from paidan.web.portal.auth.tickets import ticket_forget, ticket_keep, ticket_of
from paidan.web.portal.auth.waiting import name_arrived, third_parties, waiting_linked

Context = dict[str, object]


@page(access=PUBLIC, methods=("GET", "POST"))
def login(request: PageRequest) -> HttpResponse:
    """Ask for the phone and send it a code; a phone we do not know signs up by the same step."""
    if request.actor.is_authenticated:
        return HttpResponseRedirect(after_login(request))
    form = PhoneForm(request.POST or None)
    if form.is_valid():
        asked_at = now()
        try:
            proof_check(request)
            ticket = login_code_send(
                phone=form.cleaned_data["phone"],
                address=client_address(request),
                language=get_language() or settings.LANGUAGE_CODE,
                now=asked_at,
            )
        except DomainError as error:
            return page_refused(request, "portal/auth/login.html", form, error)
        ticket_keep(request, ticket, now=asked_at)
        return HttpResponseRedirect(with_next(request, "portal:login-code"))
    return page_shown(request, "portal/auth/login.html", form)


@page(access=PUBLIC, methods=("GET", "POST"))
def login_code(request: PageRequest) -> HttpResponse:
    """Ask for the code that was sent to the phone."""
    if request.actor.is_authenticated:
        return HttpResponseRedirect(after_login(request))
    kept = ticket_of(request)
    if kept is None:
        return HttpResponseRedirect(with_next(request, "portal:login"))
    ticket, sent_at = kept
    form = CodeForm(request.POST or None, initial={"name": name_arrived(request)})
    context = {
        "phone": ticket.phone,
        "resend_at": sent_at + RESEND_AFTER,
        "may_resend": now() >= sent_at + RESEND_AFTER,
    }
    if form.is_valid():
        try:
            user = login_by_code(
                ticket=ticket,
                code=form.cleaned_data["code"],
                name=form.cleaned_data["name"],
                language=get_language() or settings.LANGUAGE_CODE,
                address=client_address(request),
                now=now(),
            )
        except DomainError as error:
            return page_refused(request, "portal/auth/code.html", form, error, context)
        ticket_forget(request)
        is_in = session_begin_or_ask(request, user, proof="code", now=now())
        return onward(request, user_id=user.pk, language=user.language, is_in=is_in)
    return page_shown(request, "portal/auth/code.html", form, context)


@page(access=PUBLIC, methods=("GET", "POST"))
def login_password(request: PageRequest) -> HttpResponse:
    """Ask for phone or e-mail and password."""
    if request.actor.is_authenticated:
        return HttpResponseRedirect(after_login(request))
    form = PasswordLoginForm(request.POST or None)
    if form.is_valid():
        try:
            proof_check(request)
            user = login_by_password(
                request=request,
                login=form.cleaned_data["login"],
                password=form.cleaned_data["password"],
                address=client_address(request),
                now=now(),
            )
        except DomainError as error:
            return page_refused(request, "portal/auth/password.html", form, error)
        is_in = session_begin_or_ask(request, user, proof="password", now=now())
        return onward(request, user_id=user.pk, language=user.language, is_in=is_in)
    return page_shown(request, "portal/auth/password.html", form)


def onward(request: HttpRequest, *, user_id: int, language: str, is_in: bool = True, target: str = "") -> HttpResponse:
    """To where the reader was going, or to the second factor of whoever has one.

    An identity that waits for its account is linked to it once they are in. From now on pages speak
    the language the user once chose.

    Args:
        target: the page of ours to which they were going, where the request itself does not say it.
    """
    if not is_in:
        return HttpResponseRedirect(with_next(request, "portal:login-second", target))
    waiting_linked(request, user_id=user_id)
    response = HttpResponseRedirect(target or after_login(request))
    if language:
        language_remember(response, language)
    return response


def language_remember(response: HttpResponse, language: str) -> None:
    """Let the pages after this one speak the language."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=YEAR_SECONDS,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def page_shown(
    request: HttpRequest, template: str, form: AccountForm, context: Context | None = None, *, status: int = 0
) -> HttpResponse:
    everything = {
        "form": form,
        "next": next_wanted(request),
        "demo_outbox": settings.DATA_DIR / "sms" / "outbox.jsonl" if installation_is_demo() else "",
        **challenge_shown(request),
        **third_parties(request),
        **(context or {}),
    }
    response = render(request, template, everything, status=status or (422 if form.errors else 200))
    response["Cache-Control"] = "no-store"
    return response


def page_refused(
    request: HttpRequest, template: str, form: AccountForm, error: DomainError, context: Context | None = None
) -> HttpResponse:
    if not isinstance(error, ChallengeNeeded):
        form.refuse(error)
    asked = challenge_shown(request, error, keeps_all="password" not in form.fields)
    response = page_shown(request, template, form, {**asked, **(context or {})}, status=error.status)
    if "retry_after_seconds" in error.facts:
        response["Retry-After"] = str(error.facts["retry_after_seconds"])
    return response


def with_next(request: HttpRequest, name: str, target: str = "") -> str:
    wanted = target or next_wanted(request)
    return reverse(name) + (f"?{urlencode({NEXT: wanted})}" if wanted else "")
