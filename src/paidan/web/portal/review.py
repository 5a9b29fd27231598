"""Rating a visit: four dimensions, five levels, a few words; by link without log-in, or logged in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from paidan.accounts.constants import LinkPurpose
from paidan.kernel.actors import ActorKind
from paidan.kernel.clock import now
from paidan.kernel.errors import DomainError
from paidan.reviews.constants import TEXT_LONGEST, Dimension, Level
from paidan.reviews.errors import AlreadyReviewed
from paidan.reviews.selectors import review_form
from paidan.reviews.services import Levels, review_submit
from paidan.web.components.access import PageRequest
from paidan.web.components.responses import draft_done
from paidan.web.portal.auth.forms import AccountForm
from paidan.web.portal.links import OWN_REVIEW, BookingPages, order_page

WORST_FIRST = [(level.value, level.label) for level in sorted(Level)]


class LevelsForm(AccountForm):
    """The four questions and the text."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for dimension in Dimension:
            self.fields[str(dimension)] = forms.TypedChoiceField(
                label=dimension.label,
                choices=WORST_FIRST,
                coerce=int,
                widget=forms.RadioSelect,
                error_messages={"required": _("Please choose one of the five levels.")},
            )
        self.fields["text"] = forms.CharField(
            label=_("Anything else?"),
            required=False,
            max_length=TEXT_LONGEST,
            widget=forms.Textarea(attrs={"rows": 3}),
        )

    @property
    def dimensions(self) -> list[forms.BoundField]:
        """The four fields, in the order they are asked."""
        return [self[str(dimension)] for dimension in Dimension]

    def levels(self) -> Levels:
        return Levels(**{str(dimension): self.cleaned_data[str(dimension)] for dimension in Dimension})


@order_page(access=OWN_REVIEW, methods=("GET", "POST"))
def review(request: PageRequest, ref: str = "", token: str = "") -> HttpResponse:
    """The form while it is open, else what was said, else when it will open."""
    actor = request.actor
    is_review_link = actor.kind is ActorKind.LINK and actor.link_purpose == LinkPurpose.REVIEW
    visit_ref = actor.link_subject if is_review_link else ref
    form = LevelsForm(request.POST if request.method == "POST" else None)
    status, is_new = 200, False
    if request.method == "POST":
        status = 422
        if form.is_valid():
            status, is_new = _submitted(request, visit_ref, form)
    page = review_form(actor, visit_ref)
    pages = None if is_review_link else BookingPages.of(page.booking_ref, token=token, visit_ref=visit_ref)
    context = {"page": page, "form": form, "pages": pages, "is_new": is_new, "visit_ref": visit_ref}
    response = render(request, "portal/review.html", context, status=status)
    return draft_done(response, f"review-{visit_ref}") if is_new else response


def _submitted(request: PageRequest, visit_ref: str, form: LevelsForm) -> tuple[int, bool]:
    try:
        review_submit(
            visit_ref=visit_ref,
            levels=form.levels(),
            text=form.cleaned_data["text"],
            actor=request.actor,
            now=now(),
        )
    except AlreadyReviewed as error:
        return error.status, False
    except DomainError as error:
        form.refuse(error)
        return error.status, False
    return 200, True
