"""Small things a view adds to its answer: a toast, a finished draft, a question first."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_stubs_ext import StrOrPromise

from paidan.kernel.constants import Tone
from paidan.web.components.constants import DAY_SECONDS, DRAFT_DONE_COOKIE

TOAST_TONES = {Tone.SUCCESS, Tone.INFO, Tone.WARNING, Tone.DANGER}


@dataclass(frozen=True, slots=True)
class Undo:
    """A button in the toast that posts to ``url``."""

    label: StrOrPromise
    url: str


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask before something that cannot be taken back."""

    title: StrOrPromise
    detail: StrOrPromise = ""
    label: StrOrPromise = ""
    danger: bool = False
    back: str = "/"


def is_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of a page."""
    return "HX-Request" in request.headers and "HX-Boosted" not in request.headers


def toast(
    response: HttpResponse,
    message: StrOrPromise,
    *,
    tone: Tone = Tone.SUCCESS,
    undo: Undo | None = None,
    seconds: int = 6,
) -> HttpResponse:
    """Let a fragment's answer also show a short message in the corner."""
    content: dict[str, object] = {"message": str(message), "tone": tone.value, "seconds": seconds}
    if undo:
        content |= {"action_label": str(undo.label), "action_url": undo.url, "seconds": max(seconds, 10)}
    triggers = json.loads(response.headers.get("HX-Trigger", "{}"))
    response["HX-Trigger"] = json.dumps({**triggers, "toast": content})
    return response


def draft_done(response: HttpResponse, *keys: str) -> HttpResponse:
    """Tell the page that the forms ``data-draft="key"`` went through, so that it forgets what was typed."""
    response.set_cookie(DRAFT_DONE_COOKIE, quote(" ".join(keys)), max_age=DAY_SECONDS, samesite="Lax", path="/")
    return response


def question_first(request: HttpRequest, question: Question) -> HttpResponse | None:
    """The page that asks, unless the form was already confirmed.

    The script asks in a dialog and posts ``confirmed``; without it this page does the same.
    """
    if request.POST.get("confirmed"):
        return None
    context = {"question": question, "fields": list(_sent_fields(request))}
    return render(request, "components/confirm_page.html", context)


def _sent_fields(request: HttpRequest) -> Iterator[tuple[str, str]]:
    for name, values in request.POST.lists():
        if name != "csrfmiddlewaretoken":
            yield from ((name, str(value)) for value in values)
