"""Polling: the same frames, served by the web process, for when the stream is down."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from paidan.accounts.constants import LinkPurpose
from paidan.accounts.rules import ANY_METHOD, OWN, rules_declare
from paidan.api.live.reading import catch_up, reading_of
from paidan.api.problems import problem_response
from paidan.kernel import clock
from paidan.kernel.errors import DomainError


@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    """``GET /live/changes?after=<id>``: what the reader missed, as a JSON list of frames.

    Who may read what, and what is repeated, is the same as on the stream. The list always ends with a
    ``hello`` whose id is the ``after`` of the next call.
    """
    try:
        visitor, replay = catch_up(reading_of(request), now=clock.now())
    except DomainError as error:
        return problem_response(request, error)
    frames = [frame.as_json() for frame in replay.frames(visitor.topics)]
    return JsonResponse(frames, safe=False, headers={"Cache-Control": "no-store"})


rules_declare(changes, {ANY_METHOD: OWN.or_link(*LinkPurpose)})
