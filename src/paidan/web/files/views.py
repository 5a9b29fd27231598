"""A stored file, for whoever may see its subject."""

from __future__ import annotations

from django.http import FileResponse, HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase

from paidan.accounts.constants import LinkPurpose
from paidan.accounts.rules import OWN
from paidan.files.selectors import OpenedFile, file_open
from paidan.web.components.access import PageRequest, page

PRIVATE_SECONDS = 300
"""How long the reader's own browser may show it again without asking."""
NOTHING_RUNS = "default-src 'none'; sandbox"


@page(access=OWN)
def file(request: PageRequest, ref: str) -> HttpResponse:
    """A file, for somebody logged in."""
    return _answer(request, ref)


@page(access=OWN.or_link(*LinkPurpose))
def file_by_link(request: PageRequest, ref: str, token: str) -> HttpResponse:
    """A file, for the holder of a link to its subject."""
    return _answer(request, ref)


def _answer(request: PageRequest, ref: str) -> HttpResponse:
    """The file itself, or 304 when the browser still has this very content; its door is asked either way."""
    opened = file_open(request.actor, ref)
    tag = f'"{opened.sha256}"'
    if request.headers.get("If-None-Match") == tag:
        opened.content.close()
        response: HttpResponseBase = HttpResponseNotModified()
    else:
        response = _stream(opened)
    response["ETag"] = tag
    response["Cache-Control"] = f"private, max-age={PRIVATE_SECONDS}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = NOTHING_RUNS
    return response  # type: ignore[return-value]  # a streaming response, which ``page`` passes on as it is


def _stream(opened: OpenedFile) -> FileResponse:
    response = FileResponse(opened.content, content_type=opened.content_type)
    response["Content-Disposition"] = f'inline; filename="{opened.ref}.jpg"'
    response["Content-Length"] = str(opened.size_bytes)
    return response
