"""The conversation about a booking, on the customer's page and on the desk's."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from paidan.booking.selectors import conversation_of
from paidan.booking.services import booking_urge, conversation_read, message_send
from paidan.kernel.clock import now
from paidan.kernel.errors import Invalid, Refused, TooMany
from paidan.web.components.access import PageRequest
from paidan.web.components.responses import draft_done, is_fragment
from paidan.web.portal.links import booking_ref_of, order_page

NO_CONTENT = 204


@order_page(methods=("GET", "POST"))
def booking_conversation(request: PageRequest, ref: str = "", token: str = "") -> HttpResponse:
    """Write to us, urge, or read what we wrote."""
    return converse(request, booking_ref_of(request, ref), base="portal_base.html")


def converse(request: PageRequest, ref: str, *, base: str) -> HttpResponse:
    """One conversation for its reader; ``step`` is ``read``, ``urge``, or nothing for a message.

    Args:
        base: the face's base template, for readers without script.
    """
    if request.method != "POST":
        return _shown(request, ref, base)
    step = request.POST.get("step", "")
    if step == "read":
        conversation_read(ref=ref, actor=request.actor, now=now())
        return HttpResponse(status=NO_CONTENT)
    text, fault = request.POST.get("text", ""), ""
    try:
        if step == "urge":
            booking_urge(ref=ref, actor=request.actor, now=now())
        else:
            message_send(ref=ref, text=text, actor=request.actor, now=now())
    except (Invalid, Refused, TooMany) as error:
        fault = str(error.fields.get("text", error))
        return _shown(request, ref, base, text=text, fault=fault, status=error.status)
    sentence = _("We have told the desk. Thank you for waiting.") if step == "urge" else _("Sent.")
    kept = text if step == "urge" else ""
    if is_fragment(request):
        return draft_done(_shown(request, ref, base, text=kept), f"message-{ref}")
    messages.success(request, sentence)
    return draft_done(HttpResponseRedirect(request.path, status=303), f"message-{ref}")


def _shown(
    request: PageRequest, ref: str, base: str, *, text: str = "", fault: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "ref": ref,
        "base": base,
        "conversation": conversation_of(request.actor, ref, now=now()),
        "text": text,
        "fault": fault,
    }
    template = "portal/_conversation.html" if is_fragment(request) else "portal/conversation.html"
    # htmx swaps a refusal where the form was only with 422; the sentence says what it is.
    shown = 422 if status != 200 and is_fragment(request) else status
    return render(request, template, context, status=shown)
