"""The worklist: exceptions come to people, with a clock."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from paidan.accounts.constants import Permission
from paidan.accounts.rules import may
from paidan.kernel import clock
from paidan.web.components.access import PageRequest, page
from paidan.web.components.responses import is_fragment
from paidan.web.desk.scope import live_topics, territories_watched
from paidan.worklist import selectors, services
from paidan.worklist.constants import WorkKind

SNOOZE = timedelta(minutes=30)


@page(access=may(Permission.VIEW_WORKLIST))
def worklist(request: PageRequest) -> HttpResponse:
    """What needs a person, the most pressing first."""
    kind = request.GET.get("kind", "")
    snoozed = request.GET.get("snoozed") == "1"
    rows = selectors.work_items(
        request.actor,
        territories=territories_watched(request.actor),
        now=clock.now(),
        kind=WorkKind(kind) if kind in WorkKind.values else None,
        snoozed=snoozed,
    )
    context = {
        "rows": rows,
        "kinds": WorkKind.choices,
        "kind": kind,
        "snoozed": snoozed,
        "topics": live_topics(request.actor),
    }
    return render(request, "desk/_worklist.html" if is_fragment(request) else "desk/worklist.html", context)


@page(access=may(Permission.VIEW_WORKLIST), methods=("POST",))
def work_claim(request: PageRequest, ref: str) -> HttpResponse:
    """Make an item one's own, so that two do not work on it."""
    services.work_claim(ref=ref, actor=request.actor, territories=territories_watched(request.actor), now=clock.now())
    messages.success(request, _("This is yours now."))
    return _back()


@page(access=may(Permission.VIEW_WORKLIST), methods=("POST",))
def work_snooze(request: PageRequest, ref: str) -> HttpResponse:
    """Let an item sleep for half an hour."""
    services.work_snooze(
        ref=ref,
        until=clock.now() + SNOOZE,
        actor=request.actor,
        territories=territories_watched(request.actor),
        now=clock.now(),
    )
    messages.success(request, _("It comes back in 30 minutes."))
    return _back()


@page(access=may(Permission.VIEW_WORKLIST), methods=("POST",))
def work_finish(request: PageRequest, ref: str) -> HttpResponse:
    """Settle an item."""
    services.work_finish(ref=ref, actor=request.actor, territories=territories_watched(request.actor), now=clock.now())
    messages.success(request, _("Done."))
    return _back()


def _back() -> HttpResponse:
    return HttpResponseRedirect(reverse("desk:worklist"), status=303)
