"""A forgotten password: ask for a code, then set a new one."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from paidan.accounts.rules import PUBLIC
from paidan.accounts.services import password_reset, reset_code_send
from paidan.accounts.sessions import client_address
from paidan.kernel.clock import now
from paidan.kernel.errors import DomainError
from paidan.web.components.access import PageRequest, page
from paidan.web.portal.auth.challenges import proof_check
from paidan.web.portal.auth.forms import ForgottenForm, ResetForm
from paidan.web.portal.auth.tickets import RESET, ticket_forget, ticket_keep, ticket_of
from paidan.web.portal.auth.views import page_refused, page_shown, with_next


@page(access=PUBLIC, methods=("GET", "POST"))
def forgotten(request: PageRequest) -> HttpResponse:
    """Ask for the phone or e-mail and send it a code; the answer is the same for whoever is unknown."""
    form = ForgottenForm(request.POST or None)
    if form.is_valid():
        asked_at = now()
        try:
            proof_check(request)
            ticket = reset_code_send(
                login=form.cleaned_data["login"],
                address=client_address(request),
                language=get_language() or settings.LANGUAGE_CODE,
                now=asked_at,
            )
        except DomainError as error:
            return page_refused(request, "portal/auth/forgotten.html", form, error)
        ticket_keep(request, ticket, now=asked_at, kind=RESET)
        return HttpResponseRedirect(with_next(request, "portal:forgotten-code"))
    return page_shown(request, "portal/auth/forgotten.html", form)


@page(access=PUBLIC, methods=("GET", "POST"))
def forgotten_code(request: PageRequest) -> HttpResponse:
    """Ask for the code and the new password."""
    kept = ticket_of(request, RESET)
    if kept is None:
        return HttpResponseRedirect(with_next(request, "portal:forgotten"))
    form = ResetForm(request.POST or None)
    if form.is_valid():
        typed = form.cleaned_data
        try:
            password_reset(ticket=kept[0], code=typed["code"], new=typed["new"], now=now())
        except DomainError as error:
            return page_refused(request, "portal/auth/forgotten_code.html", form, error)
        ticket_forget(request, RESET)
        messages.success(request, _("The new password is set. Please log in with it."))
        return HttpResponseRedirect(with_next(request, "portal:login-password"))
    return page_shown(request, "portal/auth/forgotten_code.html", form)
