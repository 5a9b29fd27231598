"""Why an account, a code or a password is refused; no sentence tells whether an account exists."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from paidan.kernel.errors import Forbidden, Invalid, Refused, TooMany


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


class ChallengeNeeded(TooMany):
    """Many attempts came from this network: the browser has to show some work first."""

    code = "challenge_needed"
    message = _("There were many attempts from your network. Please try once more.")


class CodeNotSent(Refused):
    """The provider did not take the message."""

    code = "code_not_sent"
    message = _("The code could not be sent. Please try again in a minute.")


class InvitationOver(Refused):
    """There is nothing left to invite this person to."""

    code = "invitation_over"
    message = _("This person has set a password already, or the account is closed.")


class SecondFactorWrong(Invalid):
    """Neither the digits of the app nor an unused recovery code."""

    code = "second_factor_wrong"
    message = _("This code is not right, or it was used before. Please try the next one.")


class PasskeyWrong(Refused):
    """The device's answer proves nothing here."""

    code = "passkey_wrong"
    message = _("The passkey could not be checked. Please try again.")


class SecondFactorNeeded(Refused):
    """Administrators keep at least one."""

    code = "second_factor_needed"
    message = _("Administrators need a second factor. Set up another one before you remove this.")


class ProofTooOld(Refused):
    """What protects the account is changed only soon after a log-in."""

    code = "proof_too_old"
    message = _("Please log in again before you change how your account is protected.")


class NoAccountYet(Refused):
    """Said only to whoever proved that the phone is theirs."""

    code = "no_account_yet"
    message = _("There is no account with this number yet. Log in with a code: that makes one.")


class ProviderSilent(Refused):
    """A log-in provider is down, hangs, or answers something else than its protocol says."""

    code = "provider_silent"
    message = _("The other side does not answer properly at the moment. Please try again, or log in another way.")


class LoginBrokenOff(Refused):
    """The person said no on the provider's page, or the provider refused."""

    code = "login_broken_off"
    message = _("The log-in was broken off on the other side. Nothing has changed here.")


class IdentityNotProven(Refused):
    """The provider's answer is forged, of another question, or too old."""

    code = "identity_not_proven"
    message = _("The answer of the other side could not be checked. Please start again.")


class AnswerUnknown(Refused):
    """An answer to no question that this browser has open."""

    code = "answer_unknown"
    message = _("This log-in was begun in another browser, or too long ago. Please start again.")


class SetupWrong(Refused):
    """The provider does not know us by this number and secret."""

    code = "setup_wrong"
    message = _("The provider answers, but does not accept this ID with this secret.")


class IdentityTaken(Refused):
    """One identity belongs to one account, and one account has one identity of each provider."""

    code = "identity_taken"
    message = _("This log-in belongs to another account, or your account is linked to another one there already.")


class LastWayIn(Refused):
    """Nobody locks themselves out."""

    code = "last_way_in"
    message = _("This is your last way to log in. Set a password or link something else first.")
