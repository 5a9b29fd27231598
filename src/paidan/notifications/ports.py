"""Ways out of the house: what notifications need from a provider of messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


class MessageNotSent(Exception):
    """The provider did not take a message; ``is_final`` when another attempt would fail as well."""

    def __init__(self, reason: str, *, is_final: bool = False) -> None:
        self.reason = reason
        self.is_final = is_final
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class SmsMessage:
    """One SMS; providers with approved templates send ``template`` and ``variables`` instead of the text."""

    phone: str
    text: str
    template: str
    variables: Mapping[str, str]
    language: str


class SmsSender(Protocol):
    """A provider of SMS; answers within ``SEND_TIMEOUT_SECONDS``."""

    def send(self, message: SmsMessage) -> str:
        """Hand a message over and return the provider's own number, ``""`` where there is none.

        Raises:
            MessageNotSent: the provider did not take it.
        """


class _Registry:
    def __init__(self) -> None:
        self.sms: SmsSender | None = None


_registry = _Registry()


def sms_sender_register(sender: SmsSender) -> None:
    """Set the sender; called once when the apps are ready."""
    _registry.sms = sender


def sms_sender() -> SmsSender:
    """The sender in use.

    Raises:
        MessageNotSent: none was registered.
    """
    if _registry.sms is None:
        raise MessageNotSent("No SMS sender is registered.", is_final=True)
    return _registry.sms
