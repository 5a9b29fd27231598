"""The OpenAPI document: what ninja finds in the code, plus access, keys and errors of every operation."""

from __future__ import annotations

from typing import Any, cast

from ninja import Schema
from ninja.openapi.schema import OpenAPISchema
from pydantic import Field

from paidan.accounts.rules import AccessRule
from paidan.api.problems import PROBLEM_TYPE
from paidan.api.v1.authentication import LINK_HEADER
from paidan.api.v1.calls import KEY_HEADER, REPLAYED_HEADER
from paidan.kernel.idempotency import LONGEST_KEY

_INTRODUCTION = """
Times are ISO 8601 with an offset, money is in minor units, references are opaque texts.

**Who calls**: `Authorization: Bearer <API key>`, or the browser's session with its CSRF token in `X-CSRFToken`,
or, where an operation says so, the token of a link in `X-Paidan-Link`. An object that is not yours answers like
one that does not exist: 404.

**Once only**: send an `Idempotency-Key` (a fresh random text) with every POST, PUT and DELETE. The same key and
body within 24 hours return the first answer, byte for byte, with `Idempotency-Replayed: true`. Refusals are not
kept: after one the same key may be tried again.

**Errors** are `application/problem+json` with a stable `code`, a sentence in the language of `Accept-Language`,
the `fields` to correct, and a `reference` to quote.

**Lists** return `items` and `next_cursor`; pass it on as `cursor`.
"""
DESCRIPTION = "\n\n".join(" ".join(paragraph.split()) for paragraph in _INTRODUCTION.strip().split("\n\n"))
"""The paragraphs before the operations, in Markdown with bold and code only."""


class Problem(Schema):
    """Why a call was refused (RFC 9457)."""

    type: str = Field(description="Always about:blank; the code says what it is.")
    title: str
    status: int
    code: str = Field(description="Stable, for programs, e.g. offer_gone.")
    detail: str = Field(description="One sentence for people.")
    reference: str = Field(description="Names this call in the log.")
    fields: dict[str, str] = Field(default_factory=dict, description="Field → what to correct.")
    facts: dict[str, Any] = Field(default_factory=dict, description="Numbers and references that explain it.")


SECURITY_SCHEMES = {
    "apiKey": {"type": "http", "scheme": "bearer", "description": "An API key: Authorization: Bearer pd_…"},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "sessionid",
        "description": "The browser's session; unsafe calls also need X-CSRFToken.",
    },
    "link": {
        "type": "apiKey",
        "in": "header",
        "name": LINK_HEADER,
        "description": "The token of a link; also taken as ?link=.",
    },
}
_KEY_PARAMETER = {
    "in": "header",
    "name": KEY_HEADER,
    "required": False,
    "description": "A fresh random text; the same key returns the first answer for 24 hours.",
    "schema": {"type": "string", "maxLength": LONGEST_KEY, "pattern": "^[!-~]*$"},
}
_PROBLEM_CONTENT = {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
_READ_PROBLEMS = {
    "400": "The request could not be read.",
    "404": "It does not exist, or it is not yours to see.",
    "422": "Fields to correct.",
    "503": "Being restarted; try again in a moment.",
}
_WRITE_PROBLEMS = {
    "409": "The state of the world refuses: a lost race, a wrong state, a key still being worked on.",
    "413": "Too much for one request.",
    "429": "Too many attempts; Retry-After says how long to wait.",
}
_AUTHENTICATED_PROBLEMS = {"401": "Nobody is logged in.", "403": "Your role does not include this."}


def operation_complete(operation: dict[str, Any], rule: AccessRule, *, unsafe: bool) -> None:
    """Add to ninja's description of an operation who may call it, its key and its errors."""
    operation["x-access"] = str(rule)
    operation["security"] = _security(rule)
    # Cookie and key problems can meet a public call as well: a wrong key is never taken for none.
    problems = {**_READ_PROBLEMS, **_AUTHENTICATED_PROBLEMS, **(_WRITE_PROBLEMS if unsafe else {})}
    responses = operation["responses"]
    for status, description in problems.items():
        responses.setdefault(status, {"description": description, "content": _PROBLEM_CONTENT})
    if unsafe:
        operation.setdefault("parameters", []).append(_KEY_PARAMETER)
        for status, response in responses.items():
            if status.startswith("2"):
                response["headers"] = {
                    REPLAYED_HEADER: {"schema": {"type": "string"}, "description": "true when repeated."}
                }


def _security(rule: AccessRule) -> list[dict[str, list[str]]]:
    ways: list[dict[str, list[str]]] = [{"apiKey": []}, {"session": []}]
    if rule.links:
        ways.append({"link": []})
    return [{}, *ways] if rule.is_public else ways


def document_complete(document: OpenAPISchema) -> dict[str, Any]:
    """Add the schemes and the problem to the components, with statuses as texts as OpenAPI wants them."""
    components = document["components"]
    components["securitySchemes"] = SECURITY_SCHEMES
    components["schemas"]["Problem"] = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    components["schemas"] = dict(sorted(components["schemas"].items()))
    return cast("dict[str, Any]", document)
