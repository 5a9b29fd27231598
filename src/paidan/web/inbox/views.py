"""The inbox, the number on its bell, and reading."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language

from paidan.accounts.rules import OWN
from paidan.kernel import clock
from paidan.kernel.errors import NotFound
from paidan.notifications.selectors import inbox_page, inbox_unread
from paidan.notifications.services import inbox_read, inbox_read_all
from paidan.web.components.access import PageRequest, page
from paidan.web.components.responses import is_fragment
from paidan.web.inbox.targets import target_of
from paidan.web.portal.auth.places import base_of


@page(access=OWN)
def inbox(request: PageRequest) -> HttpResponse:
    """Messages, newest first; for a fragment only the list."""
    context = {
        "inbox": inbox_page(request.actor, language=_language(), before=_number(request.GET.get("before", ""))),
        "unread": inbox_unread(request.actor),
        "base": base_of(request.actor.role),
    }
    return render(request, "inbox/list.html" if is_fragment(request) else "inbox/page.html", context)


@page(access=OWN)
def badge(request: PageRequest) -> HttpResponse:
    """How many are unread, for the bell; nothing when there are none."""
    return render(request, "inbox/badge.html", {"unread": inbox_unread(request.actor)})


@page(access=OWN, methods=("POST",))
def read(request: PageRequest) -> HttpResponse:
    """Mark one message as read and go where it leads; without a message, mark all."""
    now = clock.now()
    if "message" not in request.POST:
        inbox_read_all(actor=request.actor, now=now)
        return HttpResponseRedirect(reverse("web:inbox"), status=303)
    message_id = _number(request.POST["message"])
    if message_id is None:
        raise NotFound
    row = inbox_read(message_id=message_id, actor=request.actor, language=_language(), now=now)
    return HttpResponseRedirect(target_of(row, request.actor.role), status=303)


def _language() -> str:
    return get_language() or "zh-hans"


def _number(text: str) -> int | None:
    """A row number that fits the database; anything else counts as not given."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else None
