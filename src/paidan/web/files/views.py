"""A stored file, for whoever may see its subject."""

from __future__ import annotations

from django.http import HttpResponse

from paidan.accounts.constants import LinkPurpose
from paidan.accounts.rules import OWN
from paidan.files.selectors import file_open
from paidan.web.components.access import PageRequest, page
from paidan.web.components.files import file_answer


@page(access=OWN)
def file(request: PageRequest, ref: str) -> HttpResponse:
    """A file, for somebody logged in."""
    return file_answer(request, file_open(request.actor, ref))


@page(access=OWN.or_link(*LinkPurpose))
def file_by_link(request: PageRequest, ref: str, token: str) -> HttpResponse:
    """A file, for the holder of a link to its subject."""
    return file_answer(request, file_open(request.actor, ref))
