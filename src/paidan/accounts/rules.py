"""Who may call a route: declared beside it, checked before anything else, walked by the matrix test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from paidan.accounts.constants import STAFF_ROLES, LinkPurpose, Permission, RoleCode
from paidan.kernel.actors import Actor, ActorKind
from paidan.kernel.errors import Forbidden, NotFound, Unauthenticated

ANY_METHOD = "*"
RULES_ATTRIBUTE = "access_rules"


@dataclass(frozen=True, slots=True)
class AccessRule:
    """The first door of a route; which objects may be seen is the access door's business behind it.

    Attributes:
        is_public: everybody, logged in or not.
        is_own: everybody logged in; the object decides.
        permissions: one of them is enough.
        roles: one of them is enough.
        links: purposes of links that open the route without log-in.
    """

    is_public: bool = False
    is_own: bool = False
    permissions: frozenset[Permission] = field(default_factory=frozenset)
    roles: frozenset[RoleCode] = field(default_factory=frozenset)
    links: frozenset[LinkPurpose] = field(default_factory=frozenset)

    def __str__(self) -> str:
        if self.is_public:
            return "public"
        parts = ["own"] if self.is_own else []
        parts += sorted(self.permissions)
        parts += [f"role:{role}" for role in sorted(self.roles)]
        parts += [f"link:{purpose}" for purpose in sorted(self.links)]
        return " | ".join(parts)

    def or_link(self, *purposes: LinkPurpose) -> AccessRule:
        """The same rule, opened also by links of these purposes."""
        return replace(self, links=self.links | frozenset(purposes))

    def or_role(self, *roles: RoleCode) -> AccessRule:
        """The same rule, opened also to these roles, e.g. customers for what is their own."""
        return replace(self, roles=self.roles | frozenset(roles))

    def allows(self, actor: Actor) -> bool:
        """Whether the actor may pass."""
        if self.is_public or actor.kind is ActorKind.SYSTEM:
            return True
        if actor.kind is ActorKind.LINK:
            return actor.link_purpose in self.links
        if not actor.is_authenticated:
            return False
        by_role = actor.role in self.roles and not actor.is_narrowed
        return self.is_own or by_role or any(actor.may(code) for code in self.permissions)

    def check(self, actor: Actor) -> None:
        """Let pass only who may.

        Raises:
            Unauthenticated: nobody is logged in.
            NotFound: a link for something else.
            Forbidden: somebody is logged in whose role does not open this.
        """
        if self.allows(actor):
            return
        if actor.kind is ActorKind.LINK:
            raise NotFound
        raise Forbidden if actor.is_authenticated else Unauthenticated


PUBLIC = AccessRule(is_public=True)
"""Everybody."""
OWN = AccessRule(is_own=True)
"""Everybody logged in: the object behind it decides, and a foreign one answers as an absent one."""
STAFF = AccessRule(roles=STAFF_ROLES)
"""Whoever works in the office or at the desk."""


def may(*permissions: Permission) -> AccessRule:
    """Roles that hold one of these permissions."""
    return AccessRule(permissions=frozenset(permissions))


def only(*roles: RoleCode) -> AccessRule:
    """These roles, whatever the matrix says."""
    return AccessRule(roles=frozenset(roles))


def rules_declare(view: Callable[..., Any], rules: Mapping[str, AccessRule]) -> None:
    """Note on a view which rule each of its methods has (``ANY_METHOD`` for all)."""
    setattr(view, RULES_ATTRIBUTE, dict(rules))


def rules_of(view: Callable[..., Any]) -> Mapping[str, AccessRule]:
    """The rules declared on a view, by method; empty when none was."""
    rules: Mapping[str, AccessRule] = getattr(view, RULES_ATTRIBUTE, {})
    return rules
