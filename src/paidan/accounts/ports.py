"""What accounts need from outside: who brings codes and invitations, and who asks log-in providers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True)
class ProviderSetup:
    """How we are known to a log-in provider.

    Attributes:
        code: which provider, see ``constants.ProviderCode``.
        client_id: our number there; vendors call it app id, app key or client id.
        address: where people log in, without a slash at the end; of an OpenID provider its issuer.
        api_address: where our server asks; empty where the provider says so itself.
    """

    code: str
    client_id: str
    secret: str = field(repr=False)
    address: str
    api_address: str = ""


@dataclass(frozen=True, slots=True)
class IdentityAsk:
    """What one browser asks of a provider; its session keeps this until the answer comes.

    Attributes:
        state: binds the answer to the browser.
        nonce: binds an OpenID token to the question.
        verifier: proves to the provider that whoever redeems the code is whoever asked (PKCE, RFC 7636).
        callback: the full address where the answer goes.
    """

    state: str
    nonce: str
    verifier: str
    callback: str


@dataclass(frozen=True, slots=True)
class ProvenSubject:
    """A provider's number of a person, and the realm in which nobody else has it."""

    realm: str
    subject: str


@dataclass(frozen=True, slots=True)
class ProvenIdentity:
    """What a provider vouches for: one person under one or several numbers, the widest realm first."""

    subjects: tuple[ProvenSubject, ...]
    name: str = ""


class IdentityGateway(Protocol):
    """Asks log-in providers; each call takes seconds at most and never runs inside a transaction."""

    def question(self, setup: ProviderSetup, ask: IdentityAsk) -> str:
        """The address at the provider to which the browser goes.

        Raises:
            ProviderSilent: it does not answer, or not as its protocol says.
        """

    def identity(self, setup: ProviderSetup, ask: IdentityAsk, answer: Mapping[str, str]) -> ProvenIdentity:
        """Who came back, from the parameters of the callback.

        Raises:
            LoginBrokenOff: the person or the provider said no.
            IdentityNotProven: the answer does not hold.
            ProviderSilent: it does not answer, or not as its protocol says.
        """

    def check(self, setup: ProviderSetup) -> None:
        """Ask the provider whether it knows us.

        Raises:
            SetupWrong: our number or secret is not known there.
            ProviderSilent: it does not answer, or not as its protocol says.
        """


class _Registry:
    def __init__(self) -> None:
        self.identities: IdentityGateway | None = None
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


def identity_gateway_register(gateway: IdentityGateway) -> None:
    """Set who asks log-in providers; called once when the apps are ready."""
    _registry.identities = gateway


def identity_gateway() -> IdentityGateway:
    """Who asks log-in providers.

    Raises:
        RuntimeError: nobody was registered.
    """
    if _registry.identities is None:
        raise RuntimeError("Nobody is registered who asks log-in providers.")
    return _registry.identities
