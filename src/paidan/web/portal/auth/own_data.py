"""What we hold of the reader: to take along, or to have erased."""

from __future__ import annotations

import tempfile

from django.contrib import messages
from django.http import FileResponse, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from paidan.accounts.rules import OWN
from paidan.accounts.services import attempt_take
from paidan.accounts.sessions import session_end
from paidan.customers.own_data import EXPORTS, erasure_obstacles, own_archive, own_data_erase
from paidan.kernel.clock import now
from paidan.web.components.access import PageRequest, page
from paidan.web.components.responses import Question, question_first
from paidan.web.portal.auth.places import base_of

IN_MEMORY_BYTES = 4_000_000


@page(access=OWN)
def own_data(request: PageRequest) -> HttpResponse:
    """Take it along, or have it erased."""
    context = {"base": base_of(request.actor.role), "obstacles": erasure_obstacles(request.actor)}
    return render(request, "portal/auth/own_data.html", context)


@page(access=OWN, methods=("POST",))
def own_data_archive(request: PageRequest) -> HttpResponse:
    """Everything in one ZIP."""
    attempt_take(EXPORTS, actor=request.actor, now=now())
    archive = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115  # the response closes it
    own_archive(request.actor, archive, now=now())
    archive.seek(0)
    response: HttpResponseBase = FileResponse(
        archive, as_attachment=True, filename=f"paidan-{localdate(now()).isoformat()}.zip"
    )
    response["Cache-Control"] = "no-store"
    return response  # type: ignore[return-value]  # a streaming answer is one as well


@page(access=OWN, methods=("POST",))
def own_data_erase_page(request: PageRequest) -> HttpResponse:
    """Close the account and erase what the law does not make us keep."""
    question = Question(
        title=_("Erase your account and your data?"),
        detail=_("This cannot be taken back. Invoices stay without your name, as the law asks."),
        label=_("Erase for good"),
        danger=True,
        back=reverse("portal:own-data"),
    )
    asked = question_first(request, question)
    if asked is not None:
        return asked
    own_data_erase(actor=request.actor, now=now())
    session_end(request)
    messages.success(request, _("Your account is closed and your data are erased."))
    return HttpResponseRedirect("/", status=303)
