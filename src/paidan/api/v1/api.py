"""The API under ``/api/v1``: every module of routes is mounted here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, path
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation, PathView

from paidan.accounts.rules import ANY_METHOD, PUBLIC, AccessRule, rules_declare
from paidan.api.problems import MethodNotAllowed, problem_response
from paidan.api.v1 import (
    booking,
    callers,
    catalog,
    dispatch,
    fees,
    fieldwork,
    own_data,
    partners,
    people,
    plans,
    reviews,
    technicians,
)
from paidan.api.v1.authentication import SAFE_METHODS
from paidan.api.v1.documentation import document_json, documentation
from paidan.api.v1.failures import failure_answer
from paidan.api.v1.openapi import DESCRIPTION, document_complete, operation_complete
from paidan.api.v1.parsing import StorableParser
from paidan.api.v1.routes import Routes, rule_of_endpoint
from paidan.kernel.errors import NotFound

MODULES: tuple[Routes, ...] = (
    catalog.routes,
    booking.routes,
    callers.routes,
    dispatch.routes,
    fees.routes,
    fieldwork.routes,
    reviews.routes,
    technicians.routes,
    people.routes,
    own_data.routes,
    plans.routes,
    partners.routes,
)


class _Document(OpenAPISchema):
    """Ninja's schema, completed operation by operation."""

    def operation_details(self, operation: Operation) -> dict[str, Any]:
        details: dict[str, Any] = super().operation_details(operation)
        details["responses"] = {str(status): answer for status, answer in details["responses"].items()}
        rule = rule_of_endpoint(operation.view_func)
        operation_complete(details, rule, unsafe=not SAFE_METHODS.issuperset(operation.methods))
        return details


class PaidanAPI(NinjaAPI):
    """Ninja with our frame: problems for errors, declared access, and a catch-all that answers 404."""

    def __init__(self, modules: Sequence[Routes], *, namespace: str) -> None:
        super().__init__(
            title="Paidan",
            version="1",
            description=DESCRIPTION,
            urls_namespace=namespace,
            openapi_url=None,
            docs_url=None,
            parser=StorableParser(),
        )
        self._document: dict[str, Any] | None = None
        for module in modules:
            self.add_router("", module.router)

    def set_default_exception_handlers(self) -> None:
        """Everything is answered by one function."""
        self.add_exception_handler(Exception, failure_answer)

    def document(self) -> dict[str, Any]:
        """The OpenAPI document; made once, for routes do not change while the process lives."""
        if self._document is None:
            self._document = document_complete(_Document(self, self.get_root_path({})))
        return self._document

    def _get_urls(self) -> list[URLResolver | URLPattern]:
        routes: list[URLResolver | URLPattern] = [
            path("openapi.json", _public(document_json(self.document)), name="openapi-json"),
            path("docs", _public(documentation(self.document)), name="docs"),
        ]
        for router in self._get_bound_routers():
            for view_path, path_view in router.path_operations.items():
                route = view_path.lstrip("/").replace("{", "<").replace("}", ">")
                name = path_view.operations[0].view_func.__name__
                routes.append(path(route, _view_of(path_view), name=name))
        root = path("", _public(_unknown), name="api-root")
        return [*routes, root, path("<path:unknown>", _public(_unknown), name="unknown")]


def _view_of(path_view: PathView) -> Callable[..., HttpResponseBase]:
    """One view for the methods of a path; an undeclared method is a problem, too."""
    allowed = sorted({method for operation in path_view.operations for method in operation.methods})

    def view(request: HttpRequest, **parameters: Any) -> HttpResponseBase:
        for operation in path_view.operations:
            if request.method in operation.methods:
                return operation.run(request, **parameters)
        return problem_response(request, MethodNotAllowed(facts={"allow": ", ".join(allowed)}))

    rules: dict[str, AccessRule] = {
        method: rule_of_endpoint(operation.view_func)
        for operation in path_view.operations
        for method in operation.methods
    }
    rules_declare(view, rules)
    # Our own check asks for the token whenever the session is what authenticates.
    view.csrf_exempt = True  # type: ignore[attr-defined]  # read by Django's middleware
    return view


def _unknown(request: HttpRequest, unknown: str = "") -> HttpResponse:
    return problem_response(request, NotFound())


def _public(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    rules_declare(view, {ANY_METHOD: PUBLIC})
    view.csrf_exempt = True  # type: ignore[attr-defined]  # nothing is changed here
    return view


api = PaidanAPI(MODULES, namespace="api-v1")
