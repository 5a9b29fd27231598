"""One's own account, and the way out."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from paidan.accounts.back_office import BACK_OFFICE, may_open_back_office
from paidan.accounts.rules import OWN, PUBLIC
from paidan.accounts.selectors import Account, account_of
from paidan.accounts.services import password_set, profile_change
from paidan.accounts.sessions import proved_by_code_lately, session_end, session_outlives_password
from paidan.kernel.clock import now
from paidan.kernel.errors import DomainError
from paidan.kernel.texts import localized
from paidan.web.components.access import PageRequest, page
from paidan.web.portal.auth.forms import PasswordForm, ProfileForm
from paidan.web.portal.auth.places import base_of, landing_of, next_wanted
from paidan.web.portal.auth.security import me
from paidan.web.portal.auth.views import language_remember


@page(access=OWN)
def account(request: PageRequest) -> HttpResponse:
    """Name, language, password, log-out."""
    return _account_page(request, account_of(request.actor.user_id))


@page(access=OWN, methods=("POST",))
def account_profile(request: PageRequest) -> HttpResponse:
    """Change name and language."""
    mine = account_of(request.actor.user_id)
    form = ProfileForm(request.POST)
    if not form.is_valid():
        return _account_page(request, mine, profile=form)
    language = form.cleaned_data["language"]
    try:
        profile_change(user_id=me(request), name=form.cleaned_data["name"], language=language)
    except DomainError as error:
        form.refuse(error)
        return _account_page(request, mine, profile=form)
    with override(language):
        messages.success(request, _("Saved."))
    response = HttpResponseRedirect(reverse("portal:account"))
    language_remember(response, language)
    return response


@page(access=OWN, methods=("POST",))
def account_password(request: PageRequest) -> HttpResponse:
    """Set or change the password; other sessions end by it."""
    mine = account_of(request.actor.user_id)
    form = PasswordForm(request.POST, asks_present=_asks_present(request, mine))
    if not form.is_valid():
        return _account_page(request, mine, password=form)
    try:
        user = password_set(
            user_id=me(request),
            new=form.cleaned_data["new"],
            present=form.cleaned_data.get("present"),
            now=now(),
        )
    except DomainError as error:
        form.refuse(error)
        return _account_page(request, mine, password=form)
    session_outlives_password(request, user)
    messages.success(request, _("The new password is set. Other devices have been logged out."))
    return HttpResponseRedirect(reverse("portal:account"))


@page(access=PUBLIC, methods=("POST",))
def log_out(request: PageRequest) -> HttpResponse:
    """End the session, also one that has ended by itself."""
    session_end(request)
    return HttpResponseRedirect("/")


@page(access=OWN)
def start(request: PageRequest) -> HttpResponse:
    """The first page of one's face."""
    return HttpResponseRedirect(landing_of(request.actor.role))


@page(access=BACK_OFFICE)
def back_office_login(request: PageRequest) -> HttpResponse:
    """The back office has no log-in of its own: the page's rule sends strangers to ours."""
    return HttpResponseRedirect(next_wanted(request) or reverse("admin:index"))


def _asks_present(request: HttpRequest, mine: Account) -> bool:
    return mine.has_password and not proved_by_code_lately(request, now=now())


def _account_page(
    request: PageRequest, mine: Account, *, profile: ProfileForm | None = None, password: PasswordForm | None = None
) -> HttpResponse:
    language = mine.language or getattr(request, "LANGUAGE_CODE", "")
    context = {
        "base": base_of(mine.role),
        "account": mine,
        "role_name": localized(mine.role_name),
        "profile": profile or ProfileForm(initial={"name": mine.name, "language": language}),
        "password": password or PasswordForm(asks_present=_asks_present(request, mine)),
        "may_open_back_office": may_open_back_office(request.actor),
    }
    has_errors = bool((profile and profile.errors) or (password and password.errors))
    return render(request, "portal/auth/account.html", context, status=422 if has_errors else 200)
