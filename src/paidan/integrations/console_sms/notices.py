"""Notices over the console."""

from __future__ import annotations

from paidan.integrations.console_sms.outbox import message_write
from paidan.notifications.ports import MessageNotSent, SmsMessage


class ConsoleSmsSender:
    """The sender of notices of an installation without an SMS provider."""

    def send(self, message: SmsMessage) -> str:
        """Write the message where whoever runs the installation can read it; there is no provider's number.

        Raises:
            MessageNotSent: the data folder cannot be written.
        """
        try:
            message_write(phone=message.phone, kind=message.template, text=message.text, language=message.language)
        except OSError as error:
            raise MessageNotSent(f"The message file cannot be written: {error.strerror}.") from error
        return ""
