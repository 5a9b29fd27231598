"""Recurring plans: offered, agreed to, looked at and changed."""

from __future__ import annotations

from datetime import date, time

from ninja import Schema
from pydantic import Field

from paidan.accounts.constants import LinkPurpose, Permission
from paidan.accounts.rules import may
from paidan.api.v1.booking_schemas import WindowIn
from paidan.api.v1.dispatch import Window
from paidan.api.v1.requests import ApiRequest
from paidan.api.v1.routes import Routes
from paidan.booking import selectors, services
from paidan.booking.recurrence import RULE_LONGEST, HolidayRule
from paidan.booking.selectors import PlanRow
from paidan.booking.services import PlanAsked
from paidan.kernel import clock

routes = Routes("Recurring plans")
SEES = may(Permission.VIEW_BOOKINGS).or_link(LinkPurpose.PLAN)
CHANGES = may(Permission.CHANGE_BOOKINGS).or_link(LinkPurpose.PLAN)
REPEATS = may(Permission.CHANGE_BOOKINGS)
RULE_TEXT = "RRULE of days, e.g. FREQ=WEEKLY;INTERVAL=2;BYDAY=MO; COUNT counts from the booking's own day."
MONEY_MOST = 10**9


class PlanAskedIn(Schema):
    rule: str = Field(min_length=1, max_length=RULE_LONGEST, description=RULE_TEXT)
    holidays: HolidayRule = Field(default=HolidayRule.NEXT_WORKDAY, description="What public holidays do to a day.")

    def asked(self) -> PlanAsked:
        return PlanAsked(self.rule, self.holidays)


class PlanIn(PlanAskedIn):
    agreed_price_minor: int = Field(ge=0, le=MONEY_MOST, description="The price of each visit that was shown.")


class PlanPriceIn(Schema):
    agreed_price_minor: int = Field(ge=0, le=MONEY_MOST, description="What each visit costs from now on.")


class PlanChangeIn(PlanAskedIn):
    first: date = Field(description="The first day of the new rhythm.")
    start: time = Field(description="When its windows begin, on the territory's clock.")


class PlanDayIn(Schema):
    day: date = Field(description="The day by the plan's rule.")


class PlanPlaceIn(PlanDayIn):
    window: WindowIn


class OfferedDayOut(Schema):
    """``window`` is null where a holiday leaves the day out."""

    original: date
    window: Window | None
    is_moved: bool


class PlanOfferOut(Schema):
    days: list[OfferedDayOut]
    price_minor: int


class PlanOut(Schema):
    ref: str
    service_name: str
    sentence: str
    status: str
    price_minor: int
    start_time: str
    needs_a_time: bool

    @staticmethod
    def of(row: PlanRow) -> PlanOut:
        return PlanOut(
            ref=row.ref,
            service_name=row.item_name,
            sentence=row.sentence,
            status=row.status,
            price_minor=row.price_minor,
            start_time=row.start_time,
            needs_a_time=row.has_open,
        )


class PlanDayOut(Schema):
    """``state``: booked, open (choose one of ``nearest``, or agree to a new price), skipped, holiday or ahead."""

    original: date
    window: Window | None
    state: str
    booking_ref: str
    nearest: list[Window]
    new_price_minor: int


class PlanDetailOut(PlanOut):
    rule: str
    holidays: str
    days: list[PlanDayOut]


class PlacedOut(Schema):
    booking_ref: str


class PlanMadeOut(Schema):
    ref: str


@routes.post("bookings/{ref}/plan-offer", access=REPEATS, response=PlanOfferOut, summary="What repeating would bring")
def plan_offer(request: ApiRequest, ref: str, body: PlanAskedIn) -> PlanOfferOut:
    """The next visits and the price of each; writes nothing."""
    offer = services.plan_offer(ref=ref, asked=body.asked(), actor=request.actor, now=clock.now())
    days = [
        OfferedDayOut(
            original=one.original, window=Window.of(one.window) if one.window else None, is_moved=one.is_moved
        )
        for one in offer.days
    ]
    return PlanOfferOut(days=days, price_minor=offer.price_minor)


@routes.post("bookings/{ref}/plan", access=REPEATS, response={201: PlanMadeOut}, summary="Repeat a booking")
def plan_create(request: ApiRequest, ref: str, body: PlanIn) -> PlanMadeOut:
    """From the booking's day on; 409 ``price_changed`` when each visit costs another amount."""
    made = services.plan_create(
        ref=ref,
        asked=body.asked(),
        agreed_price_minor=body.agreed_price_minor,
        actor=request.actor,
        now=clock.now(),
    )
    return PlanMadeOut(ref=made)


@routes.get("plans", access=REPEATS, response=list[PlanOut], summary="Plans the caller may see")
def plans_list(request: ApiRequest) -> list[PlanOut]:
    """Running ones first; at most 50."""
    return [PlanOut.of(row) for row in selectors.plans_list(request.actor)]


@routes.get("plans/{ref}", access=SEES, response=PlanDetailOut, summary="One plan with its days")
def plan_read(request: ApiRequest, ref: str) -> PlanDetailOut:
    """What was booked, what needs a time, and what is ahead."""
    return _detail(request, ref)


@routes.post("plans/{ref}/pause", access=CHANGES, response=PlanDetailOut, summary="Book no further days for now")
def plan_pause(request: ApiRequest, ref: str) -> PlanDetailOut:
    """What is booked stays."""
    services.plan_pause(ref=ref, actor=request.actor, now=clock.now())
    return _detail(request, ref)


@routes.post("plans/{ref}/resume", access=CHANGES, response=PlanDetailOut, summary="Go on")
def plan_resume(request: ApiRequest, ref: str) -> PlanDetailOut:
    """Days that passed meanwhile are not made up for."""
    services.plan_resume(ref=ref, actor=request.actor, now=clock.now())
    return _detail(request, ref)


@routes.post("plans/{ref}/end", access=CHANGES, response=PlanDetailOut, summary="End a plan")
def plan_end(request: ApiRequest, ref: str) -> PlanDetailOut:
    """What is booked stays until it is cancelled itself."""
    services.plan_end(ref=ref, actor=request.actor, now=clock.now())
    return _detail(request, ref)


@routes.post("plans/{ref}/skip", access=CHANGES, response=PlanDetailOut, summary="Leave a day out")
def plan_skip(request: ApiRequest, ref: str, body: PlanDayIn) -> PlanDetailOut:
    """A day that is booked is cancelled as a booking instead."""
    services.plan_day_skip(ref=ref, day=body.day, actor=request.actor, now=clock.now())
    return _detail(request, ref)


@routes.post("plans/{ref}/place", access=CHANGES, response={201: PlacedOut}, summary="Book a day at another time")
def plan_place(request: ApiRequest, ref: str, body: PlanPlaceIn) -> PlacedOut:
    """409 ``slot_taken`` names the nearest free windows."""
    booked = services.plan_day_place(
        ref=ref, day=body.day, window=body.window.span(), actor=request.actor, now=clock.now()
    )
    return PlacedOut(booking_ref=booked)


@routes.post("plans/{ref}/price", access=CHANGES, response=PlanDetailOut, summary="Agree to the present price")
def plan_price(request: ApiRequest, ref: str, body: PlanPriceIn) -> PlanDetailOut:
    """Days that waited for that are booked; 409 ``price_changed`` when it is yet another one."""
    services.plan_price_agree(ref=ref, agreed_price_minor=body.agreed_price_minor, actor=request.actor, now=clock.now())
    return _detail(request, ref)


@routes.post("plans/{ref}/change", access=CHANGES, response=PlanDetailOut, summary="Move a day and all later ones")
def plan_change(request: ApiRequest, ref: str, body: PlanChangeIn) -> PlanDetailOut:
    """What is booked already stays at its time."""
    services.plan_change_from(
        ref=ref,
        day=body.first,
        asked=body.asked(),
        start=body.start,
        first=body.first,
        actor=request.actor,
        now=clock.now(),
    )
    return _detail(request, ref)


def _detail(request: ApiRequest, ref: str) -> PlanDetailOut:
    plan = selectors.plan_view(request.actor, ref, now=clock.now())
    days = [
        PlanDayOut(
            original=one.original,
            window=Window.of(one.window) if one.window else None,
            state=one.state,
            booking_ref=one.booking_ref,
            nearest=[Window.of(span) for span in one.nearest],
            new_price_minor=one.new_price_minor,
        )
        for one in plan.days
    ]
    return PlanDetailOut(**PlanOut.of(plan.row).model_dump(), rule=plan.rule, holidays=plan.holidays, days=days)
