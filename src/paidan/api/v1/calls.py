"""The way of every call: who asks, may they, and for unsafe calls one transaction with its key.

Statements of the frame: a read by key 1; an unsafe call by key and with ``Idempotency-Key`` 5, of
which two are BEGIN and COMMIT. A refused one needs 4: it stores nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from paidan.accounts.rules import AccessRule
from paidan.accounts.services import Rate, attempt_take
from paidan.api.v1.authentication import SAFE_METHODS, actor_of_call
from paidan.api.v1.failures import failure_answer
from paidan.api.v1.parsing import text_is_storable
from paidan.kernel import clock
from paidan.kernel.actors import Actor, ActorKind
from paidan.kernel.audit import AuditContext, audit_context, audit_set
from paidan.kernel.errors import Invalid, NotFound
from paidan.kernel.idempotency import LONGEST_KEY, Answer, Call, answer_store, call_claim
from paidan.kernel.requests import reference_of

KEY_HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotency-Replayed"

Run = Callable[..., HttpResponse]


def guarded(rule: AccessRule, rate: Rate | None = None) -> Callable[[Run], Run]:
    """Put the frame around an operation's ``run``; whatever is raised becomes a problem."""

    def decorate(run: Run) -> Run:
        @wraps(run)
        def answer(request: HttpRequest, **path: Any) -> HttpResponse:
            try:
                return _answer(run, rule, rate, request, path)
            except Exception as error:
                return failure_answer(request, error)

        return answer

    return decorate


def _answer(run: Run, rule: AccessRule, rate: Rate | None, request: HttpRequest, path: dict[str, Any]) -> HttpResponse:
    now = clock.now()
    actor = actor_of_call(request, rule, now=now)
    rule.check(actor)
    request.actor = actor  # type: ignore[attr-defined]  # endpoints see it as ApiRequest
    if not all(text_is_storable(str(part)) for part in path.values()):
        raise NotFound
    if request.method in SAFE_METHODS:
        return run(request, **path)
    if rate is not None:
        attempt_take(rate, actor=actor, now=now)
    return _effect(run, request, path, actor=actor, now=now)


def _effect(run: Run, request: HttpRequest, path: dict[str, Any], *, actor: Actor, now: datetime) -> HttpResponse:
    """Carry out an unsafe call in one transaction; an answer of 400 or more undoes it."""
    audit = audit_context(actor, reference=reference_of(request))
    call = _call(request, actor)
    with transaction.atomic():
        claim = _begin(call, audit=audit, now=now)
        if isinstance(claim, Answer):
            return _replayed(claim)
        response = run(request, **path)
        if response.status_code >= 400:
            transaction.set_rollback(True)
        elif claim is not None:
            answer_store(claim, Answer(status=response.status_code, content=response.content))
        return response


def _begin(call: Call | None, *, audit: AuditContext, now: datetime) -> Any:
    if call is None:
        audit_set(audit)
        return None
    return call_claim(call, audit=audit, now=now)


def _replayed(answer: Answer) -> HttpResponse:
    response = HttpResponse(answer.content, status=answer.status, content_type="application/json; charset=utf-8")
    response[REPLAYED_HEADER] = "true"
    return response


def _call(request: HttpRequest, actor: Actor) -> Call | None:
    """What the key stands for; ``None`` when the caller sent none.

    Raises:
        Invalid: the key is too long or not plain text.
    """
    key = request.headers.get(KEY_HEADER, "").strip()
    if not key:
        return None
    if len(key) > LONGEST_KEY or not (key.isascii() and key.isprintable()):
        raise Invalid(fields={KEY_HEADER: _("A key has at most 200 plain characters.")})
    return Call(
        actor_key=_owner(request, actor),
        key=key,
        path=f"{request.method} {request.get_full_path()}"[:2000],
        body_hash=_body_hash(request),
    )


def _owner(request: HttpRequest, actor: Actor) -> str:
    if actor.kind is not ActorKind.ANONYMOUS:
        return actor.key
    # Strangers must not read each other's answers: the browser, else the address, tells them apart.
    origin = request.COOKIES.get(settings.SESSION_COOKIE_NAME) or request.META.get("REMOTE_ADDR", "")
    return f"anonymous:{hashlib.sha256(origin.encode()).hexdigest()[:32]}"


def _body_hash(request: HttpRequest) -> bytes:
    digest = hashlib.sha256()
    if request.content_type == "multipart/form-data":
        # A retry draws a new boundary: what counts are the fields and the files.
        for name, values in sorted(request.POST.lists()):
            digest.update(repr((name, values)).encode())
        for name, files in sorted(request.FILES.lists()):
            for file in files:
                digest.update(repr((name, _file_hash(file))).encode())
    else:
        digest.update(request.body)
    return digest.digest()


def _file_hash(file: File[bytes]) -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()
