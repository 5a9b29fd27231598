"""A stored file as the browser shows it."""

from __future__ import annotations

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase

from paidan.files.selectors import OpenedFile

PRIVATE_SECONDS = 300
"""How long the reader's own browser may show it again without asking."""
NOTHING_RUNS = "default-src 'none'; sandbox"


def file_answer(request: HttpRequest, opened: OpenedFile) -> HttpResponse:
    """The file itself, or 304 when the browser still has this very content; its door was asked either way."""
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
