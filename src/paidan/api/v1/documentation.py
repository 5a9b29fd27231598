"""The document for programs, and a page of it for people: no script, nothing from elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

Document = Callable[[], dict[str, Any]]


def document_json(document: Document) -> Callable[[HttpRequest], HttpResponse]:
    """The view of ``openapi.json``."""

    def openapi(request: HttpRequest) -> HttpResponse:
        content = json.dumps(document(), ensure_ascii=False, indent=1)
        return HttpResponse(content, content_type="application/json; charset=utf-8")

    return openapi


def documentation(document: Document) -> Callable[[HttpRequest], HttpResponse]:
    """The view of ``docs``: every operation with its access, parameters, body and answers."""

    def docs(request: HttpRequest) -> HttpResponse:
        content = document()
        context = {
            "introduction": [_pieces(paragraph) for paragraph in content["info"]["description"].split("\n\n")],
            "groups": _groups(content["paths"]),
            "schemas": [
                {"name": name, "text": json.dumps(schema, ensure_ascii=False, indent=2)}
                for name, schema in content["components"]["schemas"].items()
            ],
        }
        return render(request, "api/docs.html", context)

    return docs


_MARKED = re.compile(r"\*\*(?P<strong>[^*]+)\*\*|`(?P<code>[^`]+)`|(?P<text>[^*`]+)")


def _pieces(paragraph: str) -> list[dict[str, str]]:
    """A paragraph taken apart where it is bold or code."""
    return [
        {"kind": match.lastgroup or "text", "text": match.group(match.lastgroup or "text")}
        for match in _MARKED.finditer(paragraph)
    ]


def _groups(paths: dict[str, Any]) -> list[dict[str, Any]]:
    by_tag: dict[str, list[dict[str, Any]]] = {}
    for path, operations in paths.items():
        for method, operation in operations.items():
            tag = (operation.get("tags") or [""])[0]
            by_tag.setdefault(tag, []).append(_entry(path, method, operation))
    return [{"tag": tag, "operations": entries} for tag, entries in sorted(by_tag.items())]


def _entry(path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    body = operation.get("requestBody", {}).get("content", {})
    return {
        "path": path,
        "method": method.upper(),
        "summary": operation.get("summary", ""),
        "description": operation.get("description", ""),
        "access": operation["x-access"],
        "parameters": operation.get("parameters", []),
        "body": [_schema_name(part.get("schema", {})) for part in body.values()],
        "answers": [
            {"status": status, "description": answer["description"], "schema": _answer_schema(answer)}
            for status, answer in sorted(operation["responses"].items())
        ],
    }


def _answer_schema(answer: dict[str, Any]) -> str:
    for part in answer.get("content", {}).values():
        return _schema_name(part.get("schema", {}))
    return ""


def _schema_name(schema: dict[str, Any]) -> str:
    reference = str(schema.get("$ref", ""))
    return reference.rsplit("/", 1)[-1] or str(schema.get("title") or schema.get("type", ""))
