"""Tables of the kernel: the event log, idempotency, and settings that live in the database."""

from __future__ import annotations

import pghistory
import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

APPEND_ONLY = pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)


class Event(models.Model):
    """One thing that happened; written only by ``outbox.publish``."""

    name = models.TextField()
    payload = models.JSONField()
    refs = ArrayField(models.TextField(), default=list)
    topics = ArrayField(models.TextField(), default=list)
    created_at = models.DateTimeField()

    class Meta:
        indexes = (
            GinIndex(fields=("topics",), name="kernel_event_topics"),
            models.Index(fields=("created_at",), name="kernel_event_created"),
        )
        triggers = (
            pgtrigger.Trigger(
                name="notify",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                func="PERFORM pg_notify('paidan_event', NEW.id::text); RETURN NULL;",
            ),
            pgtrigger.Protect(name="no_update", operation=pgtrigger.Update),
        )

    def __str__(self) -> str:
        return f"{self.name} #{self.pk}"


class EventHandled(models.Model):
    """That one handler has finished with one event: jobs run at least once, effects once."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="+")
    handler = models.TextField()
    handled_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("event", "handler"), name="kernel_event_handled_once"),)

    def __str__(self) -> str:
        return f"{self.handler} #{self.event_id}"


class IdempotencyKey(models.Model):
    """The answer already given to an unsafe call, kept for 24 hours."""

    actor_key = models.TextField()
    key = models.TextField()
    path = models.TextField()
    body_hash = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField(null=True)
    response = models.BinaryField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("actor_key", "key"), name="kernel_idempotency_once"),)
        indexes = (models.Index(fields=("created_at",), name="kernel_idempotency_age"),)

    def __str__(self) -> str:
        return self.key


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Setting(models.Model):
    """A business setting (cap, clock, flag) changed in the office; its type is in ``kernel.settings``."""

    name = models.TextField(_("setting"), primary_key=True)
    value = models.JSONField(_("value"))
    changed_at = models.DateTimeField(_("changed at"), auto_now=True)

    def __str__(self) -> str:
        return self.name
