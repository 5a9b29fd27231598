"""What a browser's session keeps of a third-party log-in: open questions, and an identity that waits for an account."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.http import HttpRequest

from paidan.accounts.errors import AnswerUnknown
from paidan.accounts.ports import IdentityAsk, ProvenIdentity, ProvenSubject

ASKED = "identity_asked"
WAITING = "identity_waiting"
LIFE = timedelta(minutes=10)
MOST_ASKED = 5


@dataclass(frozen=True, slots=True)
class Question:
    """A question to a provider, and what the answer is for.

    Attributes:
        link_user_id: who wants to link the identity; 0 for a log-in.
        next: our own page to which the reader was going.
    """

    provider: str
    ask: IdentityAsk
    link_user_id: int
    next: str


@dataclass(frozen=True, slots=True)
class WaitingIdentity:
    """Somebody whom a provider knows and we do not, yet."""

    provider: str
    proven: ProvenIdentity


def question_begin(
    request: HttpRequest, *, provider: str, callback: str, next_page: str, now: datetime, link_user_id: int = 0
) -> Question:
    """A fresh question; of several open ones, in several tabs, the newest five stay."""
    ask = IdentityAsk(
        state=secrets.token_urlsafe(24),
        nonce=secrets.token_urlsafe(24),
        verifier=secrets.token_urlsafe(48),
        callback=callback,
    )
    question = Question(provider, ask, link_user_id, next_page)
    kept = sorted(request.session.get(ASKED, {}).items(), key=lambda pair: str(pair[1]["at"]))[1 - MOST_ASKED :]
    request.session[ASKED] = {**dict(kept), ask.state: {**asdict(question), "at": now.isoformat()}}
    return question


def question_taken(request: HttpRequest, *, provider: str, state: str, now: datetime) -> Question:
    """The question to which an answer came; it serves once.

    Raises:
        AnswerUnknown: this browser asked no such thing of this provider within ten minutes.
    """
    asked = request.session.get(ASKED, {})
    kept = asked.get(state)
    if not state or kept is None:
        raise AnswerUnknown
    request.session[ASKED] = {key: value for key, value in asked.items() if key != state}
    if kept["provider"] != provider or now - datetime.fromisoformat(kept["at"]) > LIFE:
        raise AnswerUnknown
    return Question(provider, IdentityAsk(**kept["ask"]), kept["link_user_id"], kept["next"])


def identity_waits(request: HttpRequest, waiting: WaitingIdentity, *, now: datetime) -> None:
    """Keep an identity for ten minutes, until its owner shows which account is theirs."""
    request.session[WAITING] = {**asdict(waiting), "at": now.isoformat()}


def waiting_identity(request: HttpRequest, *, now: datetime) -> WaitingIdentity | None:
    """The identity that waits in this browser."""
    kept = request.session.get(WAITING)
    if not kept or now - datetime.fromisoformat(kept["at"]) > LIFE:
        return None
    subjects = tuple(ProvenSubject(**one) for one in kept["proven"]["subjects"])
    return WaitingIdentity(kept["provider"], ProvenIdentity(subjects, kept["proven"]["name"]))


def waiting_forget(request: HttpRequest) -> None:
    """Let an identity wait no longer."""
    request.session.pop(WAITING, None)
