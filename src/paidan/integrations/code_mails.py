"""Codes by e-mail, over the mail server of the installation."""

from __future__ import annotations

from django.core.mail import send_mail
from django.utils.translation import gettext, override

from paidan.accounts.errors import CodeNotSent
from paidan.accounts.ports import CodeMail


class CodeByMail:
    """The sender of codes by e-mail."""

    def send(self, mail: CodeMail) -> None:
        """Send the message of the address's owner.

        Raises:
            CodeNotSent: the mail server did not take it.
        """
        with override(mail.language):
            if mail.code:
                text = gettext(
                    "Your code for a new password is %(code)s. It is valid for 10 minutes. Do not pass it on. "
                    "If you did not ask for it, nothing needs to be done."
                ) % {"code": mail.code}
            else:
                text = gettext(
                    "Somebody asked for a new password with this address, but there is no account with it. "
                    "If it was you, try your mobile number."
                )
            subject = gettext("Your password with Paidan")
        try:
            send_mail(subject, text, None, [mail.email])
        except OSError as error:  # smtplib's errors are among them
            raise CodeNotSent from error
