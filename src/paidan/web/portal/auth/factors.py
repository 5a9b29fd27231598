"""Setting up a second factor, and showing it."""

from __future__ import annotations

from typing import Any

import segno
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from paidan.accounts import passkeys, totp
from paidan.accounts.errors import PasskeyWrong
from paidan.accounts.rules import OWN, PUBLIC
from paidan.accounts.selectors import account_of, has_app, passkey_credentials, second_factors_of
from paidan.accounts.services import (
    app_confirm,
    login_by_passkey,
    passkey_add,
    second_factor_by_code,
    second_factor_by_passkey,
)
from paidan.accounts.sessions import pending_of, session_begin, session_second_factor_set
from paidan.kernel.clock import now
from paidan.kernel.errors import DomainError
from paidan.web.components.access import PageRequest, page
from paidan.web.portal.auth.forms import AppForm, PasskeyForm, PasskeyNameForm, SecondFactorForm
from paidan.web.portal.auth.places import after_login, next_wanted
from paidan.web.portal.auth.security import check_fresh, codes_shown, me, shown
from paidan.web.portal.auth.views import onward, page_refused, page_shown, with_next

APP_SECRET = "app_secret"  # noqa: S105  # the name under which the session keeps it
CHALLENGE = "passkey_challenge"
SEEN_IN_QR = 4


@page(access=OWN, methods=("GET", "POST"))
def security_app(request: PageRequest) -> HttpResponse:
    """Show a secret as QR code, and keep it when the app shows the right digits."""
    check_fresh(request)
    secret = _secret_on_offer(request)
    form = AppForm(request.POST or None)
    if form.is_valid():
        try:
            app_confirm(user_id=me(request), secret=secret, code=form.cleaned_data["code"], now=now())
        except DomainError as error:
            form.refuse(error)
        else:
            request.session.pop(APP_SECRET, None)
            return _factor_kept(request, "app", _("The authenticator app is set up."))
    mine = account_of(me(request))
    address = totp.app_address(secret, account=mine.email or mine.phone or mine.name, issuer=passkeys.ISSUER)
    context = {
        "form": form,
        "next": next_wanted(request),
        "secret": " ".join(_fours(totp.secret_text(secret))),
        "address": address,
        "picture": segno.make(address, micro=False).svg_data_uri(scale=SEEN_IN_QR, dark="#000", light="#fff"),
    }
    return shown(request, "portal/auth/app.html", context, status=422 if form.errors else 200)


@page(access=OWN, methods=("GET", "POST"))
def security_passkey(request: PageRequest) -> HttpResponse:
    """Have a device make a passkey, and keep its public half."""
    check_fresh(request)
    site, user_id = passkeys.site_of(request), me(request)
    form = PasskeyNameForm(request.POST or None)
    if form.is_valid():
        try:
            passkey_add(
                user_id=user_id,
                site=site,
                state=_challenge_taken(request),
                answer=form.cleaned_data["answer"],
                name=form.cleaned_data["name"],
                now=now(),
            )
        except DomainError as error:
            form.refuse(error)
        else:
            return _factor_kept(request, "passkey", _("The passkey is set up."))
    mine = account_of(user_id)
    options, state = passkeys.making_begin(
        site,
        user_id=user_id,
        label=mine.name or mine.email or mine.phone,
        known=passkey_credentials(user_id),
    )
    request.session[CHALLENGE] = state
    context = {"form": form, "next": next_wanted(request), "options": options, "works_here": site.takes_passkeys}
    return shown(request, "portal/auth/passkey_new.html", context, status=422 if form.errors else 200)


@page(access=PUBLIC, methods=("GET", "POST"))
def login_second(request: PageRequest) -> HttpResponse:
    """Ask whoever gave the first proof for the second factor: digits, a recovery code, or a passkey."""
    if request.actor.is_authenticated:
        return HttpResponseRedirect(after_login(request))
    pending = pending_of(request, now=now())
    if pending is None:
        return HttpResponseRedirect(with_next(request, "portal:login"))
    user, proof = pending
    form = SecondFactorForm(request.POST or None)
    if form.is_valid():
        try:
            kind = _second_factor_taken(request, user.pk, form.cleaned_data)
        except DomainError as error:
            context = _second_context(request, user.pk)
            return page_refused(request, "portal/auth/second.html", form, error, context)
        session_begin(request, user, proof=proof, now=now(), second=kind)
        return onward(request, user_id=user.pk, language=user.language)
    return page_shown(request, "portal/auth/second.html", form, _second_context(request, user.pk))


@page(access=PUBLIC, methods=("GET", "POST"))
def login_passkey(request: PageRequest) -> HttpResponse:
    """Log in with a passkey alone: the device says whose it is, and has checked its owner."""
    if request.actor.is_authenticated:
        return HttpResponseRedirect(after_login(request))
    site = passkeys.site_of(request)
    form = PasskeyForm(request.POST or None)
    if form.is_valid():
        try:
            state, answer = _challenge_taken(request), form.cleaned_data["answer"]
            user = login_by_passkey(site=site, state=state, answer=answer, now=now())
        except DomainError as error:
            return page_refused(request, "portal/auth/passkey.html", form, error, _passkey_context(request, site))
        session_begin(request, user, proof="passkey", now=now(), second="passkey")
        return onward(request, user_id=user.pk, language=user.language)
    return page_shown(request, "portal/auth/passkey.html", form, _passkey_context(request, site))


def _second_factor_taken(request: HttpRequest, user_id: int, typed: dict[str, Any]) -> str:
    if not typed["answer"]:
        second_factor_by_code(user_id=user_id, code=typed["code"], now=now())
        return "code"
    site, state = passkeys.site_of(request), _challenge_taken(request)
    second_factor_by_passkey(user_id=user_id, site=site, state=state, answer=typed["answer"], now=now())
    return "passkey"


def _second_context(request: HttpRequest, user_id: int) -> dict[str, object]:
    site, known = passkeys.site_of(request), passkey_credentials(user_id)
    options: dict[str, Any] = {}
    if known:
        options, request.session[CHALLENGE] = passkeys.showing_begin(site, known=known)
    return {"options": options, "has_app": has_app(user_id), "works_here": site.takes_passkeys}


def _passkey_context(request: HttpRequest, site: passkeys.Site) -> dict[str, object]:
    options, request.session[CHALLENGE] = passkeys.showing_begin(site, known=(), is_alone=True)
    return {"options": options, "works_here": site.takes_passkeys}


def _challenge_taken(request: HttpRequest) -> dict[str, Any]:
    """The challenge this browser was given; it serves once."""
    state: dict[str, Any] | None = request.session.pop(CHALLENGE, None)
    if state is None:
        raise PasskeyWrong
    return state


def _secret_on_offer(request: HttpRequest) -> bytes:
    kept = request.session.get(APP_SECRET)
    if kept is None:
        kept = request.session[APP_SECRET] = totp.secret_new().hex()
    return bytes.fromhex(kept)


def _factor_kept(request: PageRequest, kind: str, sentence: str) -> HttpResponse:
    session_second_factor_set(request, kind=kind)
    messages.success(request, sentence)
    if not second_factors_of(me(request)).recovery_codes_left:
        return codes_shown(request)
    return HttpResponseRedirect(next_wanted(request) or reverse("portal:security"), status=303)


def _fours(text: str) -> list[str]:
    return [text[start : start + 4] for start in range(0, len(text), 4)]
