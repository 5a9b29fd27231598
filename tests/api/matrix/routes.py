"""Every route the product answers, with the rule each of its methods declares."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from paidan.accounts.back_office.site import rule_of_view
from paidan.accounts.rules import ANY_METHOD, AccessRule, rules_of

ABSENT = {
    "ref": "V0000000000ZZ",
    "token": "no-such-token",
    "code": "no-such-code",
    "face": "portal",
    "unknown": "no/such",
}
_PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")
_GROUP = re.compile(r"\(\?P<(\w+)>[^)]*\)")


@dataclass(frozen=True)
class Route:
    """One path.

    Attributes:
        path: as Django's resolver spells it, with ``<…>`` for parameters.
        rules: by method; ``*`` where one rule holds for all.
    """

    path: str
    name: str
    view: Callable[..., Any]
    rules: Mapping[str, AccessRule]
    is_admin: bool

    @property
    def is_api(self) -> bool:
        return self.path.startswith("api/")

    @property
    def is_list(self) -> bool:
        """The first page of the back office and of each of its tables."""
        return self.name == "index" or self.name.endswith("_changelist")

    @property
    def parameters(self) -> list[str]:
        return [name for _, name in _PARAMETER.findall(self.path)] + _GROUP.findall(self.path)

    def calls(self) -> Iterator[tuple[str, AccessRule]]:
        """Each method with its rule; a route that takes all is tried by GET."""
        for method, rule in self.rules.items():
            if method != "HEAD":
                yield "GET" if method == ANY_METHOD else method, rule

    def address(self, **values: str) -> str:
        """A concrete path; what is not given is something that does not exist."""

        def fill(match: re.Match[str]) -> str:
            kind, name = match.group(1), match.group(2)
            return values.get(name) or ("999999999" if kind == "int" else ABSENT.get(name, "no-such"))

        filled = _PARAMETER.sub(fill, self.path)
        filled = _GROUP.sub(lambda match: values.get(match.group(1), "no-such"), filled)
        return "/" + filled.replace("^", "").replace("$", "").replace("\\Z", "")


def routes_all() -> list[Route]:
    """The whole route table, flattened; of equal paths the first answers, as in Django."""
    return list({route.path: route for route in reversed(list(_walk(get_resolver(), "", ())))}.values())


def _walk(resolver: URLResolver, prefix: str, namespaces: tuple[str, ...]) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry, path, (*namespaces, entry.namespace) if entry.namespace else namespaces)
        elif isinstance(entry, URLPattern):
            is_admin = "admin" in namespaces
            rules = rules_of(entry.callback) or ({ANY_METHOD: rule_of_view(entry.callback)} if is_admin else {})
            yield Route(path, entry.name or "", entry.callback, rules, is_admin)
