"""One visit and booking in each state that somebody meets, made through the API by the people whose work it is."""

from __future__ import annotations

import hashlib
import secrets
import time
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tests.browser.orders import Order, book, candidates, eligible, order, photo, slots
from tests.browser.stack import Account, Stack

ITEM = "ac-repair"
TERRITORY = "yunhu"
LONG_SECONDS = 7_200
LONG_WAIT = 60.0
PAUSE_SECONDS = 0.2
STEPS = ("accept", "depart", "arrive", "start", "photos", "finish", "sign-off")
STEPS_TO = {"assigned": 0, "accepted": 1, "working": 4, "finished": 6, "signed_off": 7}
"""How many of the steps lead to a state."""
ORDER_OF = (
    "SELECT b.ref, v.ref, b.contact_phone, b.price_minor FROM visits_visit v"
    " JOIN booking_bookingvisit bv ON bv.visit_id = v.id JOIN booking_booking b ON b.id = bv.booking_id"
    " JOIN visits_assignment a ON a.visit_id = v.id JOIN workforce_technician t ON t.id = a.technician_id"
    " WHERE t.ref = %s AND b.contact_phone = %s AND v.status = %s AND NOT EXISTS"
    " (SELECT 1 FROM reviews_review r WHERE r.visit_id = v.id) ORDER BY v.id DESC LIMIT 1"
)
ASKED = (
    "SELECT b.ref, u.phone FROM booking_booking b JOIN customers_customer c ON c.id = b.customer_id"
    " JOIN accounts_user u ON u.id = c.user_id WHERE b.status = 'needs_info' ORDER BY b.id DESC LIMIT 1"
)


@dataclass(frozen=True)
class States:
    """What the demo technician, the demo customer and the dispatcher of their territory find; made when asked for."""

    stack: Stack

    @cached_property
    def technician(self) -> str:
        """The reference of the demo technician."""
        phone = f"+86{self.stack.accounts['technician'].login}"
        found: str = self.stack.value(
            "SELECT t.ref FROM workforce_technician t JOIN accounts_user u ON u.id = t.user_id WHERE u.phone = %s",
            phone,
        )
        return found

    @cached_property
    def offered(self) -> str:
        """A visit in the technician's hall that nobody else will get meanwhile."""
        with self.stack.settings(dispatch__offer_seconds=LONG_SECONDS):
            made = self._ordered("")
            self._until(made, "offered")
        return made.visit_ref

    @cached_property
    def decided(self) -> str:
        """A visit that nobody grabbed and dispatch gave to somebody, with the reasons kept."""
        with self.stack.settings(dispatch__offer_seconds=1, dispatch__accept_seconds=LONG_SECONDS):
            made = self._ordered("")
            self._until(made, "assigned")
        return made.visit_ref

    def _until(self, made: Order, status: str) -> None:
        """Wait for the loop, which reads the settings when it acts."""
        deadline = time.monotonic() + LONG_WAIT
        while self.stack.value("SELECT status FROM visits_visit WHERE ref = %s", made.visit_ref) != status:
            assert time.monotonic() < deadline, made.visit_ref
            time.sleep(PAUSE_SECONDS)

    @cached_property
    def assigned(self) -> Order:
        return self._brought_to("assigned")

    @cached_property
    def accepted(self) -> Order:
        return self._brought_to("accepted")

    @cached_property
    def finished(self) -> Order:
        return self._brought_to("finished")

    @cached_property
    def signed_off(self) -> Order:
        return self._brought_to("signed_off")

    @cached_property
    def working(self) -> Order:
        """Asked for last: whoever is at work does nothing else."""
        assert self.finished
        assert self.signed_off
        return self._brought_to("working")

    @cached_property
    def doubtful(self) -> str:
        """A booking that the desk looks at first: its customer has one like it."""
        phone = self.stack.phone_new()
        first = slots(self.stack, ITEM, TERRITORY)[0]
        book(self.stack, ITEM, TERRITORY, first, phone)
        made = book(self.stack, ITEM, TERRITORY, first, phone)
        assert made["status"] == "in_review", made
        return str(made["ref"])

    @cached_property
    def repeatable(self) -> str:
        """A booking of the demo customer that may become a recurring plan."""
        item = "home-cleaning"
        phone = self.stack.accounts["customer"].login
        made = book(self.stack, item, TERRITORY, slots(self.stack, item, TERRITORY)[-1], phone)
        assert made["status"] == "confirmed", made
        return str(made["ref"])

    @cached_property
    def to_call(self) -> str:
        """A booking whose customer has not confirmed the time in spite of reminders."""
        ref = self.accepted.ref
        self.stack.rows(
            "INSERT INTO worklist_workitem (ref, kind, subject_ref, facts, status, due_at, created_at, closed_by_key)"
            " VALUES ('W' || substr(%s, 2), 'unconfirmed', %s, '{}', 'open', now() + interval '1 hour', now(), '')"
            " ON CONFLICT DO NOTHING",
            ref,
            ref,
        )
        return ref

    @cached_property
    def asked(self) -> tuple[str, Account]:
        """A booking about which the desk has a question, and its customer."""
        ref, phone = self.stack.rows(ASKED)[0]
        return ref, Account("customer", phone.removeprefix("+86"), self.stack.accounts["customer"].password)

    def overridable(self, visit_ref: str) -> str:
        """A technician against whom a rule speaks that the desk may override."""
        found = candidates(self.stack, visit_ref)
        return str(next(one["technician_ref"] for one in found if one["is_overridable"] and not one["is_eligible"]))

    def link(self, purpose: str, subject: str) -> str:
        """The token of a link, as messages carry it."""
        token = secrets.token_urlsafe(20)
        self.stack.rows(
            "INSERT INTO accounts_link (purpose, subject, token_hash, expires_at, created_at)"
            " VALUES (%s, %s, %s, now() + interval '1 day', now())",
            purpose,
            subject,
            hashlib.sha256(token.encode()).digest(),
        )
        return token

    def _brought_to(self, status: str) -> Order:
        """A visit of the demo customer by the demo technician in this state, as it is found or made."""
        phone = self.stack.accounts["customer"].login
        found = self.stack.rows(ORDER_OF, self.technician, f"+86{phone}", status)
        if found:
            return Order(*found[0])
        with self.stack.settings(dispatch__accept_seconds=LONG_SECONDS, fieldwork__undo_seconds=0):
            made = self._ordered(phone)
            self.stack.call(
                "dispatcher", "POST", f"visits/{made.visit_ref}/assign", json={"technician_ref": self.technician}
            )
            for step in STEPS[: STEPS_TO[status]]:
                role = "customer_service" if step == "sign-off" else "technician"
                self.stack.call(role, "POST", f"visits/{made.visit_ref}/{step}", **_content(step))
        return made

    def _ordered(self, phone: str) -> Order:
        return order(
            self.stack, ITEM, territory=TERRITORY, phone=phone, when=lambda found: self.technician in eligible(found)
        )


def _content(step: str) -> dict[str, Any]:
    if step == "photos":
        return {"files": {"photo": ("done.jpg", photo(), "image/jpeg")}}
    return {"json": {}}
