"""Log-in codes over the console."""

from __future__ import annotations

import structlog
from django.utils.translation import gettext, override

from paidan.accounts.errors import CodeNotSent
from paidan.integrations.console_sms.outbox import message_write

log = structlog.get_logger(__name__)


class ConsoleCodeSender:
    """The sender of codes of an installation without an SMS provider."""

    def send(self, *, phone: str, code: str, language: str) -> None:
        """Write the code where whoever runs the installation can read it: into the file and on the console.

        Raises:
            CodeNotSent: the data folder cannot be written.
        """
        with override(language):
            text = gettext("[Paidan] Your code is %(code)s. It is valid for 10 minutes. Do not pass it on.") % {
                "code": code
            }
        try:
            message_write(phone=phone, kind="login_code", text=text, code=code)
        except OSError as error:
            raise CodeNotSent from error
        log.info("sms_printed", kind="login_code", to=f"{phone[:-8]}****{phone[-4:]}", text=text)
