"""How an endpoint module declares its routes: no route without an access rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ninja import Router
from ninja.decorators import decorate_view

from paidan.accounts.rules import AccessRule
from paidan.accounts.services import Rate
from paidan.api.v1.calls import guarded

F = TypeVar("F", bound=Callable[..., Any])
RULE_ATTRIBUTE = "access_rule"


class Routes:
    """The routes of one module; ``api.py`` mounts them.

    Paths start without a slash and take ``{ref}`` parameters. ``response`` is a schema, a mapping
    from status to schema (a single 201 is ``{201: BookingOut}``), or ``None`` for an empty answer.
    """

    def __init__(self, tag: str) -> None:
        self.router = Router(tags=[tag])

    def get(self, path: str, *, access: AccessRule, response: Any, summary: str = "") -> Callable[[F], F]:
        """A read."""
        return self._route("GET", path, access=access, response=response, summary=summary)

    def post(
        self, path: str, *, access: AccessRule, response: Any, summary: str = "", rate: Rate | None = None
    ) -> Callable[[F], F]:
        """An unsafe call: one transaction, with ``Idempotency-Key``; a refusal undoes everything.

        With a ``rate``, attempts are counted before the transaction: refused ones stay counted.
        """
        return self._route("POST", path, access=access, response=response, summary=summary, rate=rate)

    def put(self, path: str, *, access: AccessRule, response: Any, summary: str = "") -> Callable[[F], F]:
        """As ``post``."""
        return self._route("PUT", path, access=access, response=response, summary=summary)

    def delete(self, path: str, *, access: AccessRule, response: Any, summary: str = "") -> Callable[[F], F]:
        """As ``post``."""
        return self._route("DELETE", path, access=access, response=response, summary=summary)

    def _route(  # what a declaration says
        self, method: str, path: str, *, access: AccessRule, response: Any, summary: str, rate: Rate | None = None
    ) -> Callable[[F], F]:
        def declare(endpoint: F) -> F:
            decorate_view(guarded(access, rate))(endpoint)
            setattr(endpoint, RULE_ATTRIBUTE, access)
            self.router.add_api_operation(
                "/" + path.strip("/"),
                [method],
                endpoint,
                response=response,
                summary=summary or None,
                operation_id=endpoint.__name__,
                url_name=endpoint.__name__,
            )
            return endpoint

        return declare


def rule_of_endpoint(endpoint: Callable[..., Any]) -> AccessRule:
    """The rule an endpoint was declared with."""
    rule: AccessRule = getattr(endpoint, RULE_ATTRIBUTE)
    return rule
