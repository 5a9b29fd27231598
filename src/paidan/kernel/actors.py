"""Who acts: a person, a program with a key, the holder of a link, or the system itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class ActorKind(StrEnum):
    USER = "user"
    API_KEY = "api_key"
    LINK = "link"
    SYSTEM = "system"
    ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True)
class Actor:
    """The one who asks, as every access door and service sees it.

    Attributes:
        user_id: the person behind it; ``None`` for a link, the system and the anonymous.
        role: code of the role, ``""`` where there is none.
        permissions: what the role may do (codes of ``accounts.constants.Permission``).
        link_purpose, link_subject: what a link opens, e.g. ``("booking", "B7K…")``.
        is_narrowed: an API key that was given less than its user's role; what goes by role alone is not open to it.
        key: identifies the actor for idempotency and rate limits, e.g. ``user:12``.
    """

    kind: ActorKind
    user_id: int | None = None
    role: str = ""
    permissions: frozenset[str] = field(default_factory=frozenset)
    link_purpose: str = ""
    link_subject: str = ""
    api_key_id: int | None = None
    is_narrowed: bool = False

    @property
    def key(self) -> str:
        if self.user_id is not None:
            return f"user:{self.user_id}"
        if self.kind is ActorKind.LINK:
            return f"link:{self.link_subject}"
        return self.kind.value

    @property
    def is_authenticated(self) -> bool:
        return self.kind is not ActorKind.ANONYMOUS

    def may(self, permission: str) -> bool:
        return self.kind is ActorKind.SYSTEM or permission in self.permissions


SYSTEM = Actor(kind=ActorKind.SYSTEM, role="system")
ANONYMOUS = Actor(kind=ActorKind.ANONYMOUS)
