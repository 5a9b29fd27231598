"""By a third party into an account of ours: asking, the answer, linking and unlinking."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from paidan.accounts.errors import AnswerUnknown
from paidan.accounts.login_providers import family_of, provider_name, provider_row, provider_setup
from paidan.accounts.ports import identity_gateway
from paidan.accounts.questions import (
    Question,
    WaitingIdentity,
    identity_waits,
    question_begin,
    question_taken,
    waiting_forget,
)
from paidan.accounts.rules import OWN, PUBLIC
from paidan.accounts.services import (
    LOGINS_BEGUN,
    attempt_count,
    identity_link,
    identity_unlink,
    login_by_identity,
)
from paidan.accounts.sessions import client_address, session_begin_or_ask
from paidan.kernel.clock import now
from paidan.kernel.errors import DomainError
from paidan.web.components.access import PageRequest, page
from paidan.web.portal.auth.places import NEXT, after_login, next_wanted
from paidan.web.portal.auth.security import check_fresh, me
from paidan.web.portal.auth.views import onward, with_next

MOST_PARAMETERS = 4_000


@page(access=PUBLIC, methods=("POST",))
def login_with(request: PageRequest, provider: str) -> HttpResponse:
    """Off to a provider, to log in."""
    if request.actor.is_authenticated:
        return HttpResponseRedirect(after_login(request))
    try:
        return _off(request, provider)
    except DomainError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(with_next(request, "portal:login"))


@page(access=PUBLIC)
def login_with_answer(request: PageRequest, provider: str) -> HttpResponse:
    """Back from a provider: in, or on to showing which account this is, or the sentence why not."""
    try:
        question = question_taken(request, provider=provider, state=request.GET.get("state", ""), now=now())
    except AnswerUnknown as error:
        messages.error(request, str(error))
        is_in = request.actor.is_authenticated
        return HttpResponseRedirect(reverse("portal:security" if is_in else "portal:login"))
    try:
        return _link_answer(request, question) if question.link_user_id else _login_answer(request, question)
    except DomainError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(_where_it_began(question))


@page(access=PUBLIC, methods=("POST",))
def login_with_nobody(request: PageRequest) -> HttpResponse:
    """Forget by whom somebody came."""
    waiting_forget(request)
    return HttpResponseRedirect(with_next(request, "portal:login"))


@page(access=OWN, methods=("POST",))
def security_identity_link(request: PageRequest, provider: str) -> HttpResponse:
    """Off to a provider, to be able to log in by it."""
    check_fresh(request)
    return _off(request, provider, link_user_id=me(request))


@page(access=OWN, methods=("POST",))
def security_identity_unlink(request: PageRequest, provider: str) -> HttpResponse:
    """Log in by this provider no longer."""
    check_fresh(request)
    row = provider_row(provider)
    identity_unlink(user_id=me(request), provider=family_of(row.code))
    messages.success(request, _("%(provider)s no longer opens your account.") % {"provider": provider_name(row)})
    return HttpResponseRedirect(reverse("portal:security"), status=303)


def _off(request: PageRequest, provider: str, *, link_user_id: int = 0) -> HttpResponse:
    """A page of ours that leads on to the provider: a form's own redirect may leave no site (CSP, form-action)."""
    setup = provider_setup(provider)
    attempt_count(LOGINS_BEGUN, subject=client_address(request), now=now())
    callback = request.build_absolute_uri(reverse("portal:login-with-answer", args=[provider]))
    question = question_begin(
        request,
        provider=provider,
        callback=callback,
        next_page=next_wanted(request),
        now=now(),
        link_user_id=link_user_id,
    )
    context = {
        "address": identity_gateway().question(setup, question.ask),
        "provider": provider_name(provider_row(provider)),
        "back": _where_it_began(question),
    }
    response = render(request, "portal/auth/off.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _login_answer(request: PageRequest, question: Question) -> HttpResponse:
    target = question.next or reverse("web:start")
    if request.actor.is_authenticated:  # in another tab, meanwhile
        return HttpResponseRedirect(target)
    proven = identity_gateway().identity(provider_setup(question.provider), question.ask, _parameters(request))
    user = login_by_identity(provider=question.provider, proven=proven, now=now())
    if user is None:
        identity_waits(request, WaitingIdentity(question.provider, proven), now=now())
        return HttpResponseRedirect(_where_it_began(question))
    is_in = session_begin_or_ask(request, user, proof="identity", now=now())
    return onward(request, user_id=user.pk, language=user.language, is_in=is_in, target=question.next)


def _link_answer(request: PageRequest, question: Question) -> HttpResponse:
    if request.actor.user_id != question.link_user_id:
        raise AnswerUnknown
    check_fresh(request)
    proven = identity_gateway().identity(provider_setup(question.provider), question.ask, _parameters(request))
    identity_link(user_id=question.link_user_id, provider=question.provider, proven=proven, now=now())
    names = {"provider": provider_name(provider_row(question.provider))}
    messages.success(request, _("From now on you can log in with %(provider)s.") % names)
    return HttpResponseRedirect(_where_it_began(question), status=303)


def _parameters(request: HttpRequest) -> dict[str, str]:
    return {name: str(value)[:MOST_PARAMETERS] for name, value in request.GET.items()}


def _where_it_began(question: Question) -> str:
    if question.link_user_id:
        return reverse("portal:security")
    return reverse("portal:login") + (f"?{urlencode({NEXT: question.next})}" if question.next else "")
