"""The page behind an invitation: somebody of the house sets their first password."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from paidan.accounts.constants import LinkPurpose
from paidan.accounts.rules import AccessRule
from paidan.accounts.selectors import account_of
from paidan.accounts.services import invitation_accept
from paidan.kernel import clock
from paidan.kernel.errors import DomainError, NotFound
from paidan.web.components.access import PageRequest, page
from paidan.web.portal.auth.forms import PasswordForm

INVITED = AccessRule(links=frozenset({LinkPurpose.INVITATION}))


@page(access=INVITED, methods=("GET", "POST"))
def invitation(request: PageRequest, token: str) -> HttpResponse:
    """Set the password once; then log in with it."""
    account = account_of(int(request.actor.link_subject))
    form = PasswordForm(request.POST or None, asks_present=False)
    if form.is_valid():
        try:
            invitation_accept(token=token, password=form.cleaned_data["new"], now=clock.now())
        except NotFound:
            raise
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, _("Your password is set. Please log in with it."))
            return HttpResponseRedirect(reverse("portal:login-password"), status=303)
    context = {"form": form, "account": account}
    response = render(request, "portal/auth/invitation.html", context, status=422 if form.errors else 200)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response
