"""A forgotten password: a code by SMS or e-mail, under the rules of the log-in codes (U3)."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from paidan.accounts.errors import AccountClosed, NoAccountYet
from paidan.accounts.logins import login_normalised, phone_normalised
from paidan.accounts.models import User
from paidan.accounts.ports import CodeMail, code_mailer, code_sender
from paidan.accounts.services.browsers import browsers_end
from paidan.accounts.services.codes import RESET, CodeTicket, code_issue, code_spend
from paidan.kernel.errors import Invalid


def reset_code_send(*, login: str, address: str, language: str, now: datetime) -> CodeTicket:
    """Send a code with which a new password can be set.

    A phone gets one whether we know it or not. An e-mail always gets a message: the code, or that there
    is no account. So neither the answer nor its time tells what only the owner may learn.

    Args:
        login: phone or e-mail.
        address: the client's network address, for its limit.

    Raises:
        Invalid: it is neither a mobile number nor an e-mail.
        TooMany: asked too often.
        CodeNotSent: the provider did not take it.
    """
    by_mail = "@" in login
    subject = _email_of(login) if by_mail else phone_normalised(login, field="login")
    ticket, code = code_issue(subject=subject, address=address, now=now, purpose=RESET)
    if by_mail:
        is_known = User.objects.filter(email=subject, is_active=True).exists()
        code_mailer().send(CodeMail(email=subject, code=code if is_known else "", language=language))
    else:
        code_sender().send(phone=subject, code=code, language=language)
    return ticket


def password_reset(*, ticket: CodeTicket, code: str, new: str, now: datetime) -> None:
    """Set a new password with the code; every browser of the user is logged out.

    A password that the policy refuses costs no try.

    Raises:
        Invalid: the new one does not meet the policy.
        CodeWrong: not this code.
        CodeSpent: used, too old, or tried five times.
        NoAccountYet: the phone is theirs, but nobody here has it.
        AccountClosed: the account was disabled.
    """
    try:
        validate_password(new)
    except ValidationError as error:
        raise Invalid(fields={"new": " ".join(error.messages)}) from error
    code_spend(ticket, code, now=now, purpose=RESET)
    with transaction.atomic():
        people = User.objects.select_for_update(of=("self",))
        user = people.filter(Q(phone=ticket.phone) | Q(email=ticket.phone)).first()
        if user is None:
            raise NoAccountYet
        if not user.is_active:
            raise AccountClosed
        user.set_password(new)
        user.session_round += 1
        user.save(update_fields=["password", "session_round"])
        browsers_end(user_id=user.pk)


def _email_of(login: str) -> str:
    email = login_normalised(login)
    try:
        validate_email(email)
    except ValidationError as error:
        raise Invalid(fields={"login": _("Please enter a mobile number or an e-mail address.")}) from error
    return email
