"""The cash adapter: whoever takes the notes says so, and the money is there."""

from __future__ import annotations

from paidan.billing.constants import Account
from paidan.billing.ports import PaymentAnswer, PaymentRequest


class CashProvider:
    """Settles at once, into the account of cash that technicians carry until they hand it in."""

    @property
    def code(self) -> str:
        return "cash"

    @property
    def account(self) -> Account:
        return Account.CASH

    def take(self, request: PaymentRequest) -> PaymentAnswer:
        """The notes are counted at the door: settled, under the payment's own ref."""
        return PaymentAnswer(settled=True, provider_ref=request.payment_ref)
