"""A few endpoints on the frame, so that it can be tried by itself."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Annotated

from django.db import connection
from django.urls import include, path
from ninja import File, Form, Query, Schema
from ninja.files import UploadedFile
from pydantic import AwareDatetime, Field

from paidan.accounts.constants import LinkPurpose, Permission, RoleCode
from paidan.accounts.rules import OWN, PUBLIC, may
from paidan.api.v1.api import PaidanAPI
from paidan.api.v1.paging import CursorText, Limit, Page
from paidan.api.v1.requests import ApiRequest
from paidan.api.v1.routes import Routes
from paidan.kernel.errors import Refused, TooMany
from paidan.kernel.models import Setting
from paidan.kernel.paging import cursor_values, sliced

routes = Routes("Probe")


class Who(Schema):
    actor: str
    kind: str


class Note(Schema):
    name: str = Field(min_length=1, max_length=20)
    lat: float = 0
    at: AwareDatetime | None = None


class Kept(Schema):
    name: str
    count: int


@routes.get("public", access=PUBLIC, response=Who)
def probe_public(request: ApiRequest) -> Who:
    return Who(actor=request.actor.key, kind=request.actor.kind)


@routes.get("own", access=OWN, response=Who)
def probe_own(request: ApiRequest) -> Who:
    return Who(actor=request.actor.key, kind=request.actor.kind)


@routes.get("reports/{ref}", access=may(Permission.VIEW_REPORTS), response=Who)
def probe_reports(request: ApiRequest, ref: str) -> Who:
    return Who(actor=ref, kind=request.actor.kind)


@routes.get(
    "visits/{ref}",
    access=may(Permission.VIEW_VISITS).or_role(RoleCode.CUSTOMER).or_link(LinkPurpose.BOOKING),
    response=Who,
)
def probe_visit(request: ApiRequest, ref: str) -> Who:
    return Who(actor=request.actor.link_subject, kind=request.actor.kind)


@routes.post("notes", access=OWN, response={201: Kept})
def note_keep(request: ApiRequest, note: Note) -> Kept:
    Setting.objects.update_or_create(pk=note.name, defaults={"value": note.lat})
    return Kept(name=note.name, count=Setting.objects.count())


@routes.post("public-notes", access=PUBLIC, response=Kept)
def public_note_keep(request: ApiRequest, note: Note) -> Kept:
    return note_keep(request, note)


@routes.post("refused", access=OWN, response=Kept)
def note_refused(request: ApiRequest, note: Note) -> Kept:
    Setting.objects.create(pk=note.name, value=1)
    if Setting.objects.filter(pk="open").exists():
        return Kept(name=note.name, count=1)
    raise Refused(code="note_taken", facts={"name": note.name})


@routes.post("too-many", access=OWN, response=None)
def too_many(request: ApiRequest) -> None:
    raise TooMany(facts={"retry_after_seconds": 42})


@routes.post("broken", access=OWN, response=None)
def broken(request: ApiRequest) -> None:
    Setting.objects.create(pk="broken", value=1)
    raise RuntimeError("secret detail")


@routes.delete("notes/{name}", access=OWN, response=None)
def note_forget(request: ApiRequest, name: str) -> None:
    Setting.objects.filter(pk=name).delete()


@routes.post("photos", access=OWN, response=Kept)
def photo_keep(request: ApiRequest, label: Annotated[str, Form()], photo: Annotated[UploadedFile, File()]) -> Kept:
    Setting.objects.create(pk=label, value=photo.size or 0)
    return Kept(name=label, count=photo.size or 0)


@routes.get("notes", access=OWN, response=Page[Kept])
def notes_list(request: ApiRequest, limit: Limit, cursor: CursorText, q: Annotated[str, Query()] = "") -> object:
    after = cursor_values(cursor, str)
    names = Setting.objects.filter(pk__contains=q).order_by("pk").values_list("pk", flat=True)
    if after:
        names = names.filter(pk__gt=after[0])
    rows = [Kept(name=name, count=0) for name in names[: limit + 1]]
    return sliced(rows, limit=limit, key=lambda row: (row.name,))


@dataclass
class Gate:
    """Holds an endpoint open until a test lets it go on."""

    entered: threading.Event = field(default_factory=threading.Event)
    leave: threading.Event = field(default_factory=threading.Event)


GATE = Gate()


@routes.post("slow", access=OWN, response=None)
def slow(request: ApiRequest) -> None:
    GATE.entered.set()
    GATE.leave.wait(timeout=20)


@routes.post("counted", access=OWN, response=Kept)
def counted(request: ApiRequest) -> Kept:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kernel_setting (name, value, changed_at) VALUES ('counter', '1', now())"
            " ON CONFLICT (name) DO UPDATE SET value = to_jsonb(kernel_setting.value::int + 1) RETURNING value"
        )
        return Kept(name="counter", count=int(cursor.fetchone()[0]))


probe_api = PaidanAPI([routes], namespace="probe")
urlpatterns = [path("api/probe/", probe_api.urls), path("", include("paidan.config.urls"))]
handler404 = "paidan.config.failures.not_found"
