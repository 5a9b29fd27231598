"""What accounts need from outside: somebody who brings a code to a phone, and an invitation to a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class CodeSender(Protocol):
    """Sends log-in codes."""

    def send(self, *, phone: str, code: str, language: str) -> None:
        """Bring the code to the phone (E.164), in the reader's language.

        Raises:
            CodeNotSent: the provider did not take it.
        """


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link on which somebody sets their first password; ``phone`` (E.164) or ``email`` may be empty, not both."""

    phone: str
    email: str
    link: str
    language: str


class InvitationSender(Protocol):
    """Sends invitations."""

    def send(self, invitation: Invitation) -> None:
        """Bring the link to the phone, else to the e-mail; a link that cannot be sent is only logged.

        Whoever invited sees the link as well and can pass it on.
        """


@dataclass(frozen=True, slots=True)
class CodeMail:
    """A code to an e-mail address; ``code`` is empty where there is no account, and the message says so."""

    email: str
    code: str
    language: str


class CodeMailer(Protocol):
    """Sends codes by e-mail."""

    def send(self, mail: CodeMail) -> None:
        """Bring the code, or the news that there is no account, to the address.

        Raises:
            CodeNotSent: the mail server did not take it.
        """


class _Registry:
    def __init__(self) -> None:
        self.mailer: CodeMailer | None = None
        self.sender: CodeSender | None = None
        self.invitations: InvitationSender | None = None


_registry = _Registry()


def code_sender_register(sender: CodeSender) -> None:
    """Set the sender; called once when the apps are ready."""
    _registry.sender = sender


def code_sender() -> CodeSender:
    """The sender in use.

    Raises:
        RuntimeError: none was registered.
    """
    if _registry.sender is None:
        raise RuntimeError("No sender of log-in codes is registered.")
    return _registry.sender


def invitation_sender_register(sender: InvitationSender) -> None:
    """Set the sender of invitations; called once when the apps are ready."""
    _registry.invitations = sender


def invitation_sender() -> InvitationSender:
    """The sender of invitations in use.

    Raises:
        RuntimeError: none was registered.
    """
    if _registry.invitations is None:
        raise RuntimeError("No sender of invitations is registered.")
    return _registry.invitations


def code_mailer_register(mailer: CodeMailer) -> None:
    """Set the sender of codes by e-mail; called once when the apps are ready."""
    _registry.mailer = mailer


def code_mailer() -> CodeMailer:
    """The sender of codes by e-mail.

    Raises:
        RuntimeError: none was registered.
    """
    if _registry.mailer is None:
        raise RuntimeError("No sender of codes by e-mail is registered.")
    return _registry.mailer
