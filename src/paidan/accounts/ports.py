"""What accounts need from outside: somebody who brings a code to a phone."""

from __future__ import annotations

from typing import Protocol


class CodeSender(Protocol):
    """Sends log-in codes."""

    def send(self, *, phone: str, code: str, language: str) -> None:
        """Bring the code to the phone (E.164), in the reader's language.

        Raises:
            CodeNotSent: the provider did not take it.
        """


class _Registry:
    def __init__(self) -> None:
        self.sender: CodeSender | None = None


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
