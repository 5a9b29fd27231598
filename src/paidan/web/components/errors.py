"""Pages for what goes wrong: a sentence, the next step, a reference id. They touch no database."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.template.loader import select_template
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from paidan.kernel.requests import reference_of
from paidan.web.components.context import page


@dataclass(frozen=True, slots=True)
class Trouble:
    """What an error page says."""

    status: int
    icon: str
    title: StrOrPromise
    sentence: StrOrPromise


TROUBLES = {
    400: Trouble(400, "alert-circle", _("This request could not be read"),
                 _("Please go back and try again. What you typed is kept.")),
    403: Trouble(403, "lock", _("You do not have access"),
                 _("Your role does not include this page. Ask your administrator if you need it.")),
    404: Trouble(404, "map-pin", _("Nothing here"),
                 _("This page does not exist, or it is not yours to see.")),
    429: Trouble(429, "hourglass", _("A little too fast"),
                 _("Too many attempts. Please wait a minute and try again.")),
    500: Trouble(500, "tool", _("Something went wrong on our side"),
                 _("Nothing was lost. Please try again; if it happens again, tell us the reference below.")),
    503: Trouble(503, "clock-pause", _("Back in a moment"),
                 _("The service is being restarted. Please try again in a minute.")),
}  # fmt: skip
EXPIRED = Trouble(
    403,
    "refresh",
    _("This page was open too long"),
    _("Go back and send it again. What you typed is kept."),
)


def trouble_page(request: HttpRequest, trouble: Trouble, sentence: StrOrPromise = "") -> HttpResponse:
    """An error page; when a fragment was asked for, the script shows its sentence and reference as a toast."""
    context = {
        **page(request),
        "trouble": trouble,
        "sentence": sentence or trouble.sentence,
        "reference": reference_of(request),
    }
    template = select_template([f"{trouble.status}.html", "components/error_page.html"])
    return HttpResponse(template.render(context), status=trouble.status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return trouble_page(request, TROUBLES[400])


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return trouble_page(request, TROUBLES[403])


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return trouble_page(request, TROUBLES[404])


def server_error(request: HttpRequest) -> HttpResponse:
    return trouble_page(request, TROUBLES[500])


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return trouble_page(request, EXPIRED)


def too_many_requests(request: HttpRequest, sentence: StrOrPromise = "") -> HttpResponse:
    return trouble_page(request, TROUBLES[429], sentence)


def unavailable(request: HttpRequest) -> HttpResponse:
    """For when the database does not answer."""
    response = trouble_page(request, TROUBLES[503])
    response["Retry-After"] = "30"
    return response
