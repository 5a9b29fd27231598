"""What is sold, what a text may mean, and when somebody is free."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal, cast

from ninja import Query, Schema
from pydantic import AwareDatetime, Field

from paidan.accounts.rules import PUBLIC
from paidan.api.v1.dispatch import Window
from paidan.api.v1.requests import ApiRequest
from paidan.api.v1.routes import Routes
from paidan.booking.selectors import TerritoryView, slots_for
from paidan.catalog import selectors
from paidan.kernel import clock
from paidan.kernel.geo import Point

routes = Routes("Catalog")

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
CODE_LONGEST = 50
TEXT_LONGEST = 2_000
USUAL_SPAN = timedelta(days=7)

Instant = Annotated[AwareDatetime, Field(ge=EARLIEST, lt=LATEST, description="ISO 8601 with an offset.")]
Latitude = Annotated[float, Field(ge=-90, le=90, description="WGS-84 degrees.")]
Longitude = Annotated[float, Field(ge=-180, le=180, description="WGS-84 degrees.")]


class SkillNeedOut(Schema):
    code: str
    name: str
    level: int


class AddOnOut(Schema):
    """Something sold along with an item; the price includes tax."""

    code: str
    name: str
    price_minor: int
    extra_minutes: int


class QuestionOut(Schema):
    """What is asked about the work; ``choices`` are empty unless ``kind`` is ``choice``."""

    code: str
    text: str
    kind: Literal["text", "choice", "number", "yes_no"]
    choices: list[str]
    is_required: bool


class ServiceItemOut(Schema):
    """Something that can be booked; the price includes tax."""

    code: str
    name: str
    category_code: str
    category: str
    description: str
    notes: str
    question: str = Field(description="What to ask when a need is unclear; may be empty.")
    duration_minutes: int
    price_kind: Literal["fixed", "quote"]
    price_minor: int
    is_round_the_clock: bool
    skills: list[SkillNeedOut]
    urgent_minor: int = Field(description="Supplement when it is urgent.")
    add_ons: list[AddOnOut]
    questions: list[QuestionOut]

    @staticmethod
    def of(row: selectors.ServiceItemRow) -> ServiceItemOut:
        return ServiceItemOut(
            code=row.code,
            name=row.name,
            category_code=row.type_code,
            category=row.type_name,
            description=row.description,
            notes=row.notes,
            question=row.question,
            duration_minutes=row.duration_minutes,
            price_kind="quote" if row.price_kind == "quote" else "fixed",
            price_minor=row.price_minor,
            is_round_the_clock=row.is_round_the_clock,
            skills=[SkillNeedOut(code=need.code, name=need.name, level=need.level) for need in row.needs],
            urgent_minor=row.urgent_minor,
            add_ons=[
                AddOnOut(code=one.code, name=one.name, price_minor=one.price_minor, extra_minutes=one.extra_minutes)
                for one in row.add_ons
            ],
            questions=[
                QuestionOut(
                    code=one.code,
                    text=one.text,
                    kind=cast('Literal["text", "choice", "number", "yes_no"]', one.kind),
                    choices=list(one.choices),
                    is_required=one.is_required,
                )
                for one in row.questions
            ],
        )


class NeedIn(Schema):
    text: str = Field(max_length=TEXT_LONGEST, description="What somebody needs, in their own words.")


class MatchedItemOut(Schema):
    code: str
    name: str
    category: str
    confidence: float = Field(ge=0, le=1)


class MatchOut(Schema):
    """Ranked items, at most three, the likeliest first; ``question`` is empty when the first is sure."""

    items: list[MatchedItemOut]
    question: str


class TerritoryOut(Schema):
    code: str
    name: str
    time_zone: str

    @classmethod
    def of(cls, view: TerritoryView) -> TerritoryOut:
        return cls(code=view.code, name=view.name, time_zone=view.time_zone)


class RelaxationOut(Schema):
    """What would open a window when there is none: urgent work, a later day, or what only the desk can agree to."""

    kind: Literal["urgent", "later", "off_hours", "level", "neighbour"]
    window: Window
    territory: TerritoryOut


class SlotsOut(Schema):
    """Free windows in order of time; when there are none, ``reason`` and ``sentence`` say why."""

    slots: list[Window]
    territory: TerritoryOut | None
    reason: Literal["not_served", "nothing_free"] | None
    sentence: str
    is_searching: bool
    relaxation: RelaxationOut | None


@routes.get("service-items", access=PUBLIC, response=list[ServiceItemOut], summary="What can be booked")
def service_items_list(request: ApiRequest) -> list[ServiceItemOut]:
    """Every item that is sold now, in the catalog's order, in the language of ``Accept-Language``."""
    return [ServiceItemOut.of(row) for row in selectors.service_items(at=clock.now())]


@routes.post("service-items/match", access=PUBLIC, response=MatchOut, summary="From free text to service items")
def service_items_find(request: ApiRequest, body: NeedIn) -> MatchOut:
    """Nonsense gives no items and a question; an unclear need gives items and a question. Reads 400 characters."""
    found = selectors.service_items_match(body.text)
    return MatchOut(
        items=[
            MatchedItemOut(code=row.code, name=row.name, category=row.type_name, confidence=row.confidence)
            for row in found.items
        ],
        question=found.question,
    )


@routes.get("slots", access=PUBLIC, response=SlotsOut, summary="Free windows at a place")
def slots_list(
    request: ApiRequest,
    service_item: Annotated[str, Query(max_length=CODE_LONGEST)],
    lat: Annotated[float, Query(ge=-90, le=90)],
    lng: Annotated[float, Query(ge=-180, le=180)],
    start: Annotated[Instant | None, Query(alias="from", description="Default: now.")] = None,
    end: Annotated[Instant | None, Query(alias="to", description="Default: seven days after from.")] = None,
    add_on: Annotated[list[str], Query(max_length=30, description="Codes of add-ons; they take longer.")] = [],  # noqa: B006  # read only
    urgency: Annotated[
        Literal["normal", "urgent"], Query(description="What is urgent may use the territory's emergency reserve.")
    ] = "normal",
) -> SlotsOut:
    """Each of these windows can be promised at this moment; look at most three weeks ahead.

    While ``is_searching`` more may be found in days that are nearly full: ask again in a second.
    """
    now = clock.now()
    begin = start or now
    page = slots_for(
        item_code=service_item,
        place=Point(lat, lng),
        start=begin,
        end=end or begin + USUAL_SPAN,
        now=now,
        add_ons=add_on,
        urgency=urgency,
    )
    territory = page.territory
    return SlotsOut(
        slots=[Window.of(slot.window) for slot in page.slots],
        territory=TerritoryOut.of(territory) if territory is not None else None,
        reason=page.reason.value if page.reason is not None else None,
        sentence=page.sentence,
        is_searching=page.is_searching,
        relaxation=RelaxationOut(
            kind=page.relaxation.kind.value,
            window=Window.of(page.relaxation.window),
            territory=TerritoryOut.of(page.relaxation.territory),
        )
        if page.relaxation is not None
        else None,
    )
