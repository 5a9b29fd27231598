"""After the work: signing off and rating."""

from __future__ import annotations

from datetime import datetime

from ninja import Schema
from pydantic import Field

from paidan.accounts.constants import LinkPurpose, Permission, RoleCode
from paidan.accounts.rules import may, only
from paidan.api.v1.dispatch import VisitStatusOut
from paidan.api.v1.requests import ApiRequest
from paidan.api.v1.routes import Routes
from paidan.fieldwork.services import visit_sign_off as sign_off
from paidan.kernel import clock
from paidan.reviews.constants import TEXT_LONGEST
from paidan.reviews.services import Levels, review_submit

routes = Routes("Reviews")


class ReviewIn(Schema):
    """Four answers from 1 (very bad) to 5 (very good)."""

    attitude: int = Field(ge=1, le=5)
    quality: int = Field(ge=1, le=5)
    response: int = Field(ge=1, le=5)
    skill: int = Field(ge=1, le=5)
    text: str = Field(default="", max_length=TEXT_LONGEST)


class ReviewOut(Schema):
    visit_ref: str
    attitude: int
    quality: int
    response: int
    skill: int
    mean: float
    text: str
    created_at: datetime


@routes.post(
    "visits/{ref}/sign-off",
    access=may(Permission.CHANGE_BOOKINGS).or_link(LinkPurpose.BOOKING),
    response=VisitStatusOut,
    summary="Accept the finished work",
)
def visit_sign_off(request: ApiRequest, ref: str) -> VisitStatusOut:
    """By the customer, the holder of their booking link, or the desk; then the review is invited."""
    done = sign_off(visit_ref=ref, actor=request.actor, now=clock.now())
    return VisitStatusOut(visit_ref=done.visit_ref, status=done.status)


@routes.post(
    "visits/{ref}/review",
    access=only(RoleCode.CUSTOMER).or_link(LinkPurpose.BOOKING, LinkPurpose.REVIEW),
    response={201: ReviewOut},
    summary="Rate a signed-off visit",
)
def visit_review(request: ApiRequest, ref: str, body: ReviewIn) -> ReviewOut:
    """Once, and final: 409 ``already_reviewed`` afterwards."""
    levels = Levels(attitude=body.attitude, quality=body.quality, response=body.response, skill=body.skill)
    kept = review_submit(visit_ref=ref, levels=levels, text=body.text, actor=request.actor, now=clock.now())
    return ReviewOut(
        visit_ref=kept.visit_ref,
        attitude=kept.attitude,
        quality=kept.quality,
        response=kept.response,
        skill=kept.skill,
        mean=kept.mean,
        text=kept.text,
        created_at=kept.created_at,
    )
