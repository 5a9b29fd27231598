"""The theme switch, and the style page where every component can be looked at."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from paidan.accounts.rules import PUBLIC
from paidan.web.components.access import PageRequest, page
from paidan.web.components.constants import THEME_COOKIE, YEAR_SECONDS, Theme
from paidan.web.components.styleguide import FACES, samples


@page(access=PUBLIC, methods=("POST",))
def theme(request: PageRequest) -> HttpResponse:
    """Remember light, dark or as the device, and go back to where the reader was."""
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = "/"
    response = HttpResponseRedirect(back)
    wanted = request.POST.get("theme", "")
    if wanted in list(Theme):
        response.set_cookie(
            THEME_COOKIE, wanted, max_age=YEAR_SECONDS, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
        )
    return response


@page(access=PUBLIC)
def styleguide(request: PageRequest) -> HttpResponse:
    """Each component in its states."""
    shown_or_404()
    return render(request, "components/styleguide.html", samples())


@page(access=PUBLIC)
def styleguide_face(request: PageRequest, face: str) -> HttpResponse:
    """The frame of one face around a few components."""
    shown_or_404()
    if face not in FACES:
        raise Http404
    return render(request, f"components/styleguide_{face}.html", {**samples(), "face": face})


def shown_or_404() -> None:
    """The style page is for builders: only with DEBUG or STYLEGUIDE switched on."""
    if not (settings.DEBUG or getattr(settings, "STYLEGUIDE", False)):
        raise Http404
