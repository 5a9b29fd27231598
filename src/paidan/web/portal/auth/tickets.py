"""The code that is on its way, as the browser's session remembers it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from django.http import HttpRequest

from paidan.accounts.services import CodeTicket

LOGIN = "login_code"
RESET = "reset_code"


def ticket_keep(request: HttpRequest, ticket: CodeTicket, *, now: datetime, kind: str = LOGIN) -> None:
    """Remember a code sent; an earlier one is forgotten and thereby worthless."""
    request.session[kind] = {**asdict(ticket), "sent_at": now.isoformat()}


def ticket_of(request: HttpRequest, kind: str = LOGIN) -> tuple[CodeTicket, datetime] | None:
    """The code on its way and when it was sent."""
    kept = request.session.get(kind)
    if not kept:
        return None
    ticket = CodeTicket(code_id=kept["code_id"], secret=kept["secret"], phone=kept["phone"])
    return ticket, datetime.fromisoformat(kept["sent_at"])


def ticket_forget(request: HttpRequest, kind: str = LOGIN) -> None:
    request.session.pop(kind, None)
