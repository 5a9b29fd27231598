"""What every booking must hold, whatever the house's own rules say: each a function with a stable code.

They are asked before anything is written; the customer corrects it at once. The rules of the house (``review``)
come after them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from paidan.booking.constants import DESCRIPTION_LONGEST, REQUIREMENTS_LONGEST
from paidan.booking.forms import NewBooking
from paidan.catalog.models import ServiceItemVersion
from paidan.dispatch.slots import window_check
from paidan.kernel.errors import Invalid
from paidan.kernel.plain_text import text_fault
from paidan.visits.constants import Urgency
from paidan.workforce.models import Territory


@dataclass(frozen=True, slots=True)
class Order:
    """A form with what was looked up for it: what the rules judge."""

    form: NewBooking
    version: ServiceItemVersion
    territory: Territory | None
    phone: str
    consent_is_needed: bool
    live_bookings: int
    live_limit: int | None
    now: datetime


Fault = tuple[str, str, str]
"""Code, field, sentence."""


def rule_texts(order: Order) -> Iterator[Fault]:
    """Texts are complete, bounded and storable."""
    form = order.form
    for field, text, longest, required in (
        ("contact_name", form.contact_name, 80, True),
        ("description", form.description, DESCRIPTION_LONGEST, False),
        ("special_requirements", form.special_requirements, REQUIREMENTS_LONGEST, False),
    ):
        fault = text_fault(text, longest=longest, required=required)
        if fault:
            yield "text", field, fault


def rule_phone(order: Order) -> Iterator[Fault]:
    """Somebody can be called."""
    if not order.phone:
        yield "phone_format", "contact_phone", _("Please enter a phone number we can call, e.g. 138 0013 8000.")


def rule_urgency(order: Order) -> Iterator[Fault]:
    """The urgency is one of the list."""
    if order.form.urgency not in Urgency.values:
        yield "urgency", "urgency", _("Please choose how urgent it is.")


def rule_served(order: Order) -> Iterator[Fault]:
    """The place lies in a territory."""
    if order.territory is None:
        yield "not_served", "address", _("We do not serve this address yet.")


def rule_window(order: Order) -> Iterator[Fault]:
    """The window is one of those offered, and in the future."""
    zone = ZoneInfo(order.territory.time_zone if order.territory is not None else "UTC")
    if order.territory is None:
        return
    try:
        window_check(order.form.window, zone, round_the_clock=order.version.is_round_the_clock, now=order.now)
    except Invalid as refusal:
        for field, sentence in refusal.fields.items():
            yield "window", field, str(sentence)


def rule_consent(order: Order) -> Iterator[Fault]:
    """Whoever books for the first time agrees to the privacy notice."""
    if order.consent_is_needed and not order.form.consent:
        yield "consent", "consent", _("Please agree to the privacy notice.")


def rule_limit(order: Order) -> Iterator[Fault]:
    """One phone number does not fill the plan."""
    if order.live_limit is not None and order.live_bookings >= order.live_limit:
        yield (
            "too_many_bookings",
            "contact_phone",
            _("There are already %(count)d open bookings for this number. Please finish or cancel one first.")
            % {"count": order.live_bookings},
        )


FIELD_RULES: tuple[Callable[[Order], Iterator[Fault]], ...] = (
    rule_texts,
    rule_phone,
    rule_urgency,
    rule_served,
    rule_window,
    rule_consent,
    rule_limit,
)


def order_check(order: Order) -> None:
    """Ask every field rule.

    Raises:
        Invalid: with the first fault of each field; the code is the only fault's own, else ``invalid``.
    """
    faults = [fault for rule in FIELD_RULES for fault in rule(order)]
    if not faults:
        return
    codes = {code for code, _field, _sentence in faults}
    fields: dict[str, str] = {}
    for _code, field, sentence in faults:
        fields.setdefault(field, sentence)
    raise Invalid(code=codes.pop() if len(codes) == 1 and len(faults) == 1 else None, fields=fields)
