"""What changing a promise costs or brings: worked out once, shown, agreed to, then posted as it was shown (B8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from math import floor

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from paidan.billing.services import Grant, compensation_grant, credit_spend, fee_post
from paidan.booking.constants import CancelReason
from paidan.booking.errors import FeeChanged
from paidan.booking.models import Booking
from paidan.catalog.constants import FeeOccasion, Party, Reached
from paidan.catalog.fee_terms import FeeCase
from paidan.catalog.selectors import fee_quote
from paidan.kernel.texts import texts_of
from paidan.visits.constants import VisitStatus
from paidan.visits.models import Visit

FEE_NAMES = {
    FeeOccasion.CANCEL: gettext_noop("Cancellation fee"),
    FeeOccasion.RESCHEDULE: gettext_noop("Fee for another time"),
    FeeOccasion.WASTED_TRIP: gettext_noop("Wasted-trip fee"),
}
_PARTIES = {CancelReason.COMPANY: Party.COMPANY, CancelReason.NOBODY_CAME: Party.TECHNICIAN}
_HAS_VISIT = frozenset({VisitStatus.ASSIGNED, VisitStatus.ACCEPTED})


@dataclass(frozen=True, slots=True)
class ChangeCost:
    """What a change costs the customer, or what they get for it.

    Attributes:
        fee_minor, compensation_minor: in minor units; at most one of them is not 0.
        sentence: why, in the reader's language.
        case: what was judged: occasion, who, how late, and the state reached.
        rule_id: the rule that decided it; ``None`` when none did.
        fee_table_id: the version it stands in.
    """

    fee_minor: int
    compensation_minor: int
    sentence: str
    case: FeeCase
    rule_id: int | None
    fee_table_id: int


def party_of(reason: str) -> Party:
    """Who causes a change, by the reason given."""
    return _PARTIES.get(CancelReason(reason), Party.CUSTOMER) if reason in CancelReason.values else Party.CUSTOMER


def reached_of(visit: Visit) -> Reached:
    """How far a visit has come, as fee tables know it."""
    status = VisitStatus(visit.status)
    if status in _HAS_VISIT:
        return Reached.ASSIGNED
    return Reached.BOOKED if status in {VisitStatus.PENDING, VisitStatus.OFFERED} else Reached.DEPARTED


def notice_of(booking: Booking, now: datetime) -> int:
    """Minutes left before the promised window opens; negative once it is open."""
    return floor((booking.window_start_at - now).total_seconds() / 60)


def change_cost(
    booking: Booking, visit: Visit | None, *, occasion: FeeOccasion, reason: str, now: datetime
) -> ChangeCost:
    """The cost by the table the booking was sold under; nothing while no visit was promised."""
    case = FeeCase(
        notice_minutes=notice_of(booking, now),
        occasion=occasion,
        party=party_of(reason),
        reached=reached_of(visit) if visit is not None else Reached.BOOKED,
        reason=reason,
    )
    if visit is None:
        return ChangeCost(0, 0, _("Cancelling is free of charge now."), case, None, booking.fees_id)
    quote = fee_quote(booking.fees_id, booking.price_minor, case)
    is_fee = case.party is Party.CUSTOMER
    return ChangeCost(
        fee_minor=quote.amount_minor if is_fee else 0,
        compensation_minor=0 if is_fee else quote.amount_minor,
        sentence=quote.sentence,
        case=case,
        rule_id=quote.rule_id,
        fee_table_id=booking.fees_id,
    )


def agreed_check(cost: ChangeCost, agreed_fee_minor: int | None) -> None:
    """What was shown must still hold when it is agreed to.

    Raises:
        FeeChanged: the fee is another one now.
    """
    if agreed_fee_minor is not None and cost.fee_minor != agreed_fee_minor:
        raise FeeChanged(facts={"fee_minor": cost.fee_minor})


def cost_post(booking: Booking, cost: ChangeCost, *, occasion: str, now: datetime, subject_ref: str = "") -> None:
    """Post a cost as it was worked out, with the state and the clock that decided it.

    A fee is settled from the customer's credit where that covers it; else it stays open and is shown
    before the next booking.

    Args:
        occasion: tells several changes of one booking apart; ``""`` for its end.
        subject_ref: what is charged when it is not the booking itself.
    """
    subject = subject_ref or booking.ref
    facts = cost_facts(booking, cost, now)
    if cost.fee_minor:
        charge = fee_post(
            subject_ref=subject,
            name=texts_of(FEE_NAMES[cost.case.occasion]),
            amount_minor=cost.fee_minor,
            occasion=occasion,
            facts=facts,
            now=now,
        )
        credit_spend(charge_ref=charge.ref, holder_ref=booking.customer.ref, now=now)
    if cost.compensation_minor:
        grant = Grant(subject, booking.customer.ref, occasion or str(cost.case.occasion), cost.compensation_minor)
        compensation_grant(grant, facts=facts, now=now)


def cost_facts(booking: Booking, cost: ChangeCost, now: datetime) -> dict[str, object]:
    """What decided an amount, as plain values for the ledger."""
    return {
        "occasion": str(cost.case.occasion),
        "party": str(cost.case.party),
        "reason": cost.case.reason,
        "reached": str(cost.case.reached),
        "notice_minutes": cost.case.notice_minutes,
        "price_minor": booking.price_minor,
        "fee_table": cost.fee_table_id,
        "rule": cost.rule_id,
        "decided_at": now.isoformat(),
    }
