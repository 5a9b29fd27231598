"""Fee tables: what changing a promise costs, read, written, tried and put in force."""

from __future__ import annotations

from ninja import Schema
from pydantic import AwareDatetime, Field

from paidan.accounts.constants import Permission
from paidan.accounts.rules import may
from paidan.api.v1.requests import ApiRequest
from paidan.api.v1.routes import Routes
from paidan.catalog import selectors, services
from paidan.catalog.constants import FeeOccasion, Party, Reached
from paidan.catalog.fee_terms import FeeCase, FeeTerms, fee_of
from paidan.catalog.selectors import FeeTableView
from paidan.kernel import clock
from paidan.kernel.errors import NotFound

routes = Routes("Fee tables")
EDITS = may(Permission.EDIT_MASTER_DATA)
MONEY_MOST = 10**9
NOTICE_MOST = 525_600


class FeeRuleSchema(Schema):
    """One rule; amounts in minor units. What the customer causes is a fee, all else a compensation."""

    occasion: FeeOccasion = FeeOccasion.CANCEL
    party: Party = Party.CUSTOMER
    reached: Reached = Field(default=Reached.BOOKED, description="It applies from this state on.")
    notice_below_minutes: int | None = Field(default=None, ge=0, le=NOTICE_MOST)
    reason: str = Field(default="", max_length=20, pattern=r"^[a-z_]*$")
    percent: int = Field(default=0, ge=0, le=100)
    fixed_minor: int = Field(default=0, ge=0, le=MONEY_MOST)
    minimum_minor: int = Field(default=0, ge=0, le=MONEY_MOST)
    maximum_minor: int | None = Field(default=None, ge=0, le=MONEY_MOST)

    def terms(self) -> FeeTerms:
        return FeeTerms(**self.model_dump())


class FeeTableIn(Schema):
    name_zh: str = Field(min_length=1, max_length=80)
    name_en: str = Field(default="", max_length=80)
    rules: list[FeeRuleSchema] = Field(max_length=services.FEE_RULES_AT_MOST)


class FeeTableOut(Schema):
    """One version; ``id`` names it in the other calls."""

    id: str
    code: str
    version: int
    name: str
    effective_at: AwareDatetime
    is_draft: bool
    is_open: bool
    is_in_force: bool
    rules: list[FeeRuleSchema]
    sentences: list[str]

    @staticmethod
    def of(view: FeeTableView) -> FeeTableOut:
        return FeeTableOut(
            id=str(view.id),
            code=view.code,
            version=view.version,
            name=view.title,
            effective_at=view.effective_at,
            is_draft=view.is_draft,
            is_open=view.is_open,
            is_in_force=view.is_in_force,
            rules=[
                FeeRuleSchema(**{name: getattr(rule, name) for name in FeeRuleSchema.model_fields})
                for rule in view.rules
            ],
            sentences=list(view.sentences),
        )


class StartIn(Schema):
    effective_at: AwareDatetime


class CaseIn(Schema):
    """A case to try a version on."""

    price_minor: int = Field(ge=0, le=MONEY_MOST)
    notice_minutes: int = Field(ge=-NOTICE_MOST, le=NOTICE_MOST)
    occasion: FeeOccasion = FeeOccasion.CANCEL
    party: Party = Party.CUSTOMER
    reached: Reached = Reached.BOOKED
    reason: str = Field(default="", max_length=20, pattern=r"^[a-z_]*$")


class QuoteOut(Schema):
    amount_minor: int
    sentence: str


def _number(code: str) -> int:
    """The id behind a path; what is none names nothing."""
    if not (code.isascii() and code.isdecimal() and len(code) < 10):  # digits of an id
        raise NotFound
    return int(code)


def _out(number: int) -> FeeTableOut:
    return FeeTableOut.of(selectors.fee_table_view(number, now=clock.now()))


@routes.get("fee-tables", access=EDITS, response=list[FeeTableOut], summary="Every version of every fee table")
def fee_tables_list(request: ApiRequest) -> list[FeeTableOut]:
    """The newest version of each table first."""
    return [FeeTableOut.of(view) for view in selectors.fee_tables(now=clock.now())]


@routes.put("fee-tables/{code}", access=EDITS, response=FeeTableOut, summary="Other rules for an open version")
def fee_table_write(request: ApiRequest, code: str, body: FeeTableIn) -> FeeTableOut:
    """409 ``version_in_force`` when it was sold or is in force: copy it instead."""
    name = {"zh": body.name_zh, "en": body.name_en}
    rules = [rule.terms() for rule in body.rules]
    services.fee_table_write(_number(code), name=name, rules=rules, now=clock.now())
    return _out(_number(code))


@routes.post("fee-tables/{code}/copy", access=EDITS, response={201: FeeTableOut}, summary="A draft with the same rules")
def fee_table_copy(request: ApiRequest, code: str) -> FeeTableOut:
    """The draft is the next version of the table."""
    return _out(services.fee_table_copy(_number(code), now=clock.now()).pk)


@routes.post("fee-tables/{code}/publish", access=EDITS, response=FeeTableOut, summary="Put a version in force")
def fee_table_publish(request: ApiRequest, code: str, body: StartIn) -> FeeTableOut:
    """Bookings made from then on are sold under it."""
    services.fee_table_publish(_number(code), effective_at=body.effective_at, now=clock.now())
    return _out(_number(code))


@routes.post("fee-tables/{code}/try", access=EDITS, response=QuoteOut, summary="What a case would cost")
def fee_table_try(request: ApiRequest, code: str, body: CaseIn) -> QuoteOut:
    """By the rules of that version; nothing is changed."""
    view = selectors.fee_table_view(_number(code), now=clock.now())
    values = body.model_dump()
    price_minor = values.pop("price_minor")
    quote = fee_of(view.rules, price_minor, FeeCase(**values))
    return QuoteOut(amount_minor=quote.amount_minor, sentence=quote.sentence)
