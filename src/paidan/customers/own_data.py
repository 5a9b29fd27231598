"""One's own data: given out in one archive, and erased when asked for (U6)."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import IO

from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from paidan.accounts.personal_data import Section, Subject, personal_parts
from paidan.accounts.services import Rate
from paidan.accounts.services.users import user_lock
from paidan.customers.models import Customer
from paidan.kernel.actors import Actor
from paidan.kernel.errors import Refused, Unauthenticated
from paidan.kernel.idempotency import answers_forget_of
from paidan.kernel.outbox import events_forget
from paidan.kernel.settings import EVENTS_KEPT_DAYS, IntegerSetting

EXPORTS_PER_HOUR = IntegerSetting(
    "privacy.exports_per_hour", 5, 1, 1_000, _("Archives of own data per person and hour")
)
EXPORTS = Rate("export", EXPORTS_PER_HOUR, 3_600)
EVENTS_AT_ONCE = 5_000


class NotErasable(Refused):
    """Something must be settled before the person can be erased; the sentence says what."""

    code = "not_erasable"


def own_sections(actor: Actor) -> tuple[Section, ...]:
    """Everything the house holds of the reader, app by app.

    Raises:
        Unauthenticated: nobody is logged in.
    """
    subject = _subject(actor)
    return tuple(section for part in reversed(personal_parts()) for section in part.export(subject))


def own_data(actor: Actor) -> dict[str, list[dict[str, object]]]:
    """The same for programs, without the contents of files.

    Raises:
        Unauthenticated: nobody is logged in.
    """
    return {section.code: [dict(record) for record in section.records] for section in own_sections(actor)}


def own_archive(actor: Actor, into: IO[bytes], *, now: datetime) -> None:
    """Write a ZIP: ``data.json`` for programs, ``index.html`` to read, and one's photos.

    Raises:
        Unauthenticated: nobody is logged in.
    """
    sections = own_sections(actor)
    data = {section.code: [dict(record) for record in section.records] for section in sections}
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", json.dumps(data, ensure_ascii=False, indent=2))
        page = render_to_string("customers/own_data.html", {"sections": list(_tables(sections)), "now": now})
        archive.writestr("index.html", page)
        for file in (file for section in sections for file in section.files):
            try:
                content = file.open()
            except FileNotFoundError:
                continue
            with content, archive.open(f"photos/{file.name}", "w") as target:
                shutil.copyfileobj(content, target)


def erasure_obstacles(actor: Actor) -> tuple[str, ...]:
    """What must be settled before the reader can be erased; empty when nothing is.

    Raises:
        Unauthenticated: nobody is logged in.
    """
    subject = _subject(actor)
    return tuple(str(sentence) for part in personal_parts() for sentence in part.obstacles(subject))


@transaction.atomic
def own_data_erase(*, actor: Actor, now: datetime) -> None:
    """Make the reader nobody: what the law lets us keep stays under numbers that name nobody.

    Raises:
        Unauthenticated: nobody is logged in.
        NotErasable: something is still under way; nothing is changed.
    """
    subject = _subject(actor)
    user_lock(subject.user_id)
    if subject.customer_id is not None:
        Customer.objects.select_for_update().get(pk=subject.customer_id)
    obstacles = erasure_obstacles(actor)
    if obstacles:
        raise NotErasable(" ".join(obstacles))
    for part in personal_parts():
        part.erase(subject, now)
    answers_forget_of(actor.key)


def outlived_forget(*, now: datetime) -> None:
    """Delete what has outlived its purpose, app by app; each app in a transaction of its own."""
    for part in personal_parts():
        with transaction.atomic():
            part.forget(now)
    before = now - timedelta(days=EVENTS_KEPT_DAYS.value())
    while events_forget(before=before, most=EVENTS_AT_ONCE) == EVENTS_AT_ONCE:
        pass


def _subject(actor: Actor) -> Subject:
    if actor.user_id is None:
        raise Unauthenticated
    customer_id = Customer.objects.filter(user=actor.user_id).values_list("pk", flat=True).first()
    return Subject(user_id=actor.user_id, customer_id=customer_id)


def _tables(sections: tuple[Section, ...]) -> Iterator[dict[str, object]]:
    for section in sections:
        names = list(dict.fromkeys(name for record in section.records for name in record))
        rows = [[record.get(name) for name in names] for record in section.records]
        yield {"title": section.title, "names": names, "rows": rows}
