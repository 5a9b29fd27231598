"""Why an account, a code or a password is refused; no sentence tells whether an account exists."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from paidan.kernel.errors import Forbidden, Invalid, Refused


class CodeWrong(Invalid):
    """Not the code that was sent; tries are left."""

    code = "code_wrong"
    message = _("This is not the code we sent. Please check it.")


class CodeSpent(Refused):
    """The code is used up, too old, or was asked for in another browser."""

    code = "code_spent"
    message = _("This code is no longer valid. Please ask for a new one.")


class LoginWrong(Invalid):
    """Name and password do not belong together, whichever of them is wrong."""

    code = "login_wrong"
    message = _("The phone or e-mail and the password do not match.")


class AccountClosed(Forbidden):
    """The account was disabled; said only to whoever proved that it is theirs."""

    code = "account_closed"
    message = _("This account has been closed. Please contact us.")


class PasswordWrong(Invalid):
    """The present password, asked for again, is not this one."""

    code = "password_wrong"
    message = _("This is not your present password.")


class CodeNotSent(Refused):
    """The provider did not take the message."""

    code = "code_not_sent"
    message = _("The code could not be sent. Please try again in a minute.")


class InvitationOver(Refused):
    """There is nothing left to invite this person to."""

    code = "invitation_over"
    message = _("This person has set a password already, or the account is closed.")
