"""Log-in and sign-up by a code sent to the phone: the same step for both, so nothing tells them apart."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.crypto import constant_time_compare, salted_hmac

from paidan.accounts import limits
from paidan.accounts.constants import RoleCode
from paidan.accounts.errors import AccountClosed, CodeSpent, CodeWrong
from paidan.accounts.logins import phone_normalised
from paidan.accounts.models import LoginCode, User
from paidan.accounts.ports import code_sender
from paidan.accounts.services.attempts import SIGN_UPS, attempt_count
from paidan.accounts.services.limits import Limit, Window, hits_take
from paidan.accounts.services.users import user_create

DIGITS = 6
LIFE = timedelta(minutes=10)
MOST_TRIES = 5
LOGIN = "paidan.login_code"
RESET = "paidan.reset_code"
"""What a code is for: one sent for a log-in resets no password, and the other way round."""
RESEND_AFTER = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class CodeTicket:
    """What the browser's session keeps of a code that was sent; worthless without the code.

    ``secret`` binds the code to this browser: the same digits typed elsewhere open nothing.
    ``phone`` is the e-mail where the code went there.
    """

    code_id: int
    secret: str
    phone: str


def login_code_send(*, phone: str, address: str, language: str, now: datetime) -> CodeTicket:
    """Send a fresh code to a phone, known or not.

    Args:
        address: the client's network address, for its limit.

    Raises:
        Invalid: ``phone`` is no mobile number.
        TooMany: asked too often for this phone, from this address, or in all.
        CodeNotSent: the provider did not take it.
    """
    number = phone_normalised(phone)
    ticket, code = code_issue(subject=number, address=address, now=now)
    code_sender().send(phone=number, code=code, language=language)
    return ticket


def code_issue(*, subject: str, address: str, now: datetime, purpose: str = LOGIN) -> tuple[CodeTicket, str]:
    """A fresh code for a phone or e-mail, and what the browser keeps of it; bringing it there is the caller's.

    Raises:
        TooMany: asked too often for this subject, from this address, or in all.
    """
    hits_take(_limits_of_codes(subject, address), now=now)
    secret = secrets.token_urlsafe(24)
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    hashed = _code_hash(secret, subject, code, purpose)
    row = LoginCode.objects.create(code_hash=hashed, created_at=now, expires_at=now + LIFE)
    return CodeTicket(code_id=row.pk, secret=secret, phone=subject), code


def login_by_code(*, ticket: CodeTicket, code: str, name: str, language: str, address: str, now: datetime) -> User:
    """The user of the phone once the code proves it theirs; a new phone becomes a customer.

    Every try is counted before it is judged, and stays counted.

    Raises:
        CodeWrong: not this code.
        CodeSpent: used, too old, or tried five times.
        AccountClosed: the code is right, but the account was disabled.
        TooMany: too many new accounts from this address; told only to whoever holds the phone.
    """
    code_spend(ticket, code, now=now)
    if _known(ticket.phone) is None:
        attempt_count(SIGN_UPS, subject=address, now=now)
    user = _user_of(ticket.phone, name=name, language=language)
    if not user.is_active:
        raise AccountClosed
    return user


def code_spend(ticket: CodeTicket, code: str, *, now: datetime, purpose: str = LOGIN) -> None:
    """Let pass whoever has the code that was sent for this purpose; it is used up by that.

    Raises:
        CodeWrong: not this code.
        CodeSpent: used, too old, or tried five times.
    """
    live = LoginCode.objects.filter(pk=ticket.code_id, used_at__isnull=True, expires_at__gt=now)
    if not live.filter(tries__lt=MOST_TRIES).update(tries=F("tries") + 1):
        raise CodeSpent
    row = LoginCode.objects.get(pk=ticket.code_id)
    typed = "".join(letter for letter in code if letter.isdigit())
    hashed = _code_hash(ticket.secret, ticket.phone, typed, purpose)
    if not constant_time_compare(bytes(row.code_hash).hex(), hashed.hex()):
        if row.tries >= MOST_TRIES:
            raise CodeSpent
        raise CodeWrong(fields={"code": CodeWrong.message})
    if not live.update(used_at=now):
        raise CodeSpent


def _user_of(phone: str, *, name: str, language: str) -> User:
    user = _known(phone)
    if user is None:
        try:
            with transaction.atomic():
                return user_create(role=RoleCode.CUSTOMER, name=name, phone=phone, language=language)
        except IntegrityError:  # the same phone, signed up in another browser a moment ago
            user = User.objects.select_related("role").get(phone=phone)
    if not user.phone_verified:
        user.phone_verified = True
        user.save(update_fields=["phone_verified"])
    return user


def _known(phone: str) -> User | None:
    return User.objects.select_related("role").filter(phone=phone).first()


def _code_hash(secret: str, phone: str, code: str, purpose: str) -> bytes:
    return salted_hmac(purpose, f"{secret}:{phone}:{code}", algorithm="sha256").digest()


def _limits_of_codes(phone: str, address: str) -> list[Limit]:
    per_phone = (
        Window(limits.CODES_PER_MINUTE.value(), 60),
        Window(limits.CODES_PER_HOUR.value(), 3600),
        Window(limits.CODES_PER_DAY.value(), 86_400),
    )
    return [
        Limit("code", phone, per_phone),
        Limit("code_address", address, (Window(limits.CODES_PER_ADDRESS_PER_HOUR.value(), 3600),)),
        Limit("code_all", "", (Window(limits.CODES_IN_ALL_PER_MINUTE.value(), 60),)),
    ]
