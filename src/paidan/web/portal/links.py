"""Pages of one booking, for its customer logged in and for the holder of a link to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from paidan.accounts.constants import LinkPurpose, RoleCode
from paidan.accounts.rules import AccessRule, only
from paidan.kernel.actors import ActorKind
from paidan.web.components.access import PageRequest, page
from paidan.web.components.responses import is_fragment

P = ParamSpec("P")
CUSTOMER = only(RoleCode.CUSTOMER)
OWN_BOOKING = CUSTOMER.or_link(LinkPurpose.BOOKING)
OWN_REVIEW = CUSTOMER.or_link(LinkPurpose.BOOKING, LinkPurpose.REVIEW)
NOT_FOUND = 404

View = Callable[Concatenate[PageRequest, P], HttpResponse]


def order_page(
    *, access: AccessRule = OWN_BOOKING, methods: Sequence[str] = ("GET",)
) -> Callable[[View[P]], Callable[Concatenate[HttpRequest, P], HttpResponse]]:
    """As ``page``; a link that opens nothing (any more) shows the way to log-in instead of a bare 404."""

    def decorate(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
        admitted = page(access=access, methods=methods)(view)

        @wraps(admitted)
        def answer(request: HttpRequest, /, *args: P.args, **parameters: P.kwargs) -> HttpResponse:
            response = admitted(request, *args, **parameters)
            if response.status_code == NOT_FOUND and parameters.get("token") and not is_fragment(request):
                response = render(request, "portal/link_gone.html", status=NOT_FOUND)
            if parameters.get("token"):
                # The address is a key: it must not travel to other sites, nor into shared caches. Our own pages
                # may see it: with "no-referrer" browsers send the origin of forms as "null", and CSRF refuses them.
                response["Referrer-Policy"] = "same-origin"
                response["Cache-Control"] = "no-store"
            return response

        return answer

    return decorate


@dataclass(frozen=True, slots=True)
class BookingPages:
    """The addresses of one booking's pages for its present reader."""

    page: str
    acknowledge: str
    reschedule: str
    cancel: str
    sign_off: str
    answer: str
    compensation: str
    conversation: str
    calendar: str
    review: str

    @staticmethod
    def of(ref: str, *, token: str, visit_ref: str) -> BookingPages:
        """By link where there is a token, else by reference."""
        kind, key = ("booking-link", token) if token else ("booking", ref)

        def to(action: str) -> str:
            return reverse(f"portal:{kind}{action}", args=[key])

        review = ""
        if visit_ref:
            review = (
                reverse("portal:booking-link-review", args=[token, visit_ref])
                if token
                else reverse("portal:review", args=[visit_ref])
            )
        return BookingPages(
            page=to(""),
            acknowledge=to("-acknowledge"),
            reschedule=to("-reschedule"),
            cancel=to("-cancel"),
            sign_off=to("-sign-off"),
            answer=to("-answer"),
            compensation=to("-compensation"),
            conversation=to("-conversation"),
            calendar=to("-calendar"),
            review=review,
        )


def booking_ref_of(request: PageRequest, ref: str) -> str:
    """The booking a page is about: the link's own, else the one in the address."""
    is_link = request.actor.kind is ActorKind.LINK
    return request.actor.link_subject if is_link else ref


def file_address(ref: str, token: str) -> str:
    """Where a photo is shown to this reader."""
    return reverse("web:file-by-link", args=[ref, token]) if token else reverse("web:file", args=[ref])
