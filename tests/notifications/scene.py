"""One visit with its customer and technician, and the steps it takes, for tests of messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.db import transaction

from paidan.accounts.constants import RoleCode
from paidan.accounts.models import User
from paidan.customers.models import Customer
from paidan.kernel.actors import SYSTEM, Actor
from paidan.kernel.models import Event
from paidan.kernel.tasks import event_handle
from paidan.notifications.models import Delivery
from paidan.notifications.ports import MessageNotSent, SmsMessage
from paidan.visits.models import Visit
from paidan.visits.services import Crew, visit_move
from paidan.workforce.models import Territory
from tests.city import (
    Worker,
    make_customer,
    make_item,
    make_shift,
    make_territory,
    make_user,
    make_visit,
    make_worker,
    tomorrow,
    window,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class Outbox:
    """An SMS provider that keeps what it gets; ``trouble`` is raised instead while there is some."""

    sent: list[SmsMessage] = field(default_factory=list)
    trouble: list[Exception] = field(default_factory=list)

    def send(self, message: SmsMessage) -> str:
        if self.trouble:
            raise self.trouble.pop(0)
        self.sent.append(message)
        return f"sms-{len(self.sent)}"


@dataclass
class Scene:
    """A pending visit of a customer with an account, and a technician on duty."""

    territory: Territory
    customer: Customer
    worker: Worker
    visit: Visit

    @property
    def crew(self) -> Crew:
        return Crew(self.worker.pk, self.worker.user.pk)

    def step(self, action: str, *, actor: Actor | None = None, **data: object) -> None:
        """Take a step and handle its events, as the worker does."""
        self.visit.refresh_from_db()
        with transaction.atomic():
            visit_move(self.visit, action, actor=actor or self.worker.actor, now=NOW, crew=self.crew, data=data)
        handle_events()

    def reach(self, *actions: str) -> None:
        """Take steps whose messages are of no interest."""
        for action in actions:
            self.step(action, actor=SYSTEM if action in {"offer", "assign"} else None)
        Delivery.objects.filter(subject_ref=self.visit.ref).delete()


def make_scene() -> Scene:
    territory = make_territory()
    worker = make_worker(territory)
    make_shift(worker, tomorrow())
    customer = make_customer("客户甲")
    customer.user = make_user(RoleCode.CUSTOMER)
    customer.save()
    visit = make_visit(territory, make_item(), window(tomorrow(), 14), customer=customer, planned=False)
    Event.objects.all().delete()
    return Scene(territory, customer, worker, visit)


def handle_events() -> None:
    """Run the job of every event that has not been handled."""
    for event_id in list(Event.objects.order_by("pk").values_list("pk", flat=True)):
        event_handle(event_id)


def said(**filters: object) -> list[tuple[str, str, str]]:
    """Template, channel and status of every delivery, in a fixed order."""
    return sorted(Delivery.objects.filter(**filters).values_list("template", "channel", "status"))


def inbox_users(template: str) -> set[int]:
    return set(Delivery.objects.filter(template=template, channel="inbox").values_list("user_id", flat=True))


def make_dispatcher(*territories: Territory) -> User:
    from paidan.workforce.models import TerritoryScope

    user = make_user(RoleCode.DISPATCHER)
    for territory in territories:
        TerritoryScope.objects.create(user=user, territory=territory)
    return user


def due_now() -> None:
    """Let every waiting row be due."""
    Delivery.objects.update(due_at=NOW - timedelta(days=365))


NOT_SENT = MessageNotSent("The provider is away.")
