"""Where ports meet adapters and events meet handlers: the only module that knows everybody."""

from __future__ import annotations

import threading
from collections.abc import Callable
from importlib import import_module
from typing import Any, cast

from paidan.accounts.personal_data import PersonalPart, parts_register
from paidan.files.ports import door_register
from paidan.kernel.outbox import Handler, handlers_register

TASK_MODULES: tuple[str, ...] = (
    "paidan.kernel.tasks",
    "paidan.accounts.tasks",
    "paidan.customers.tasks",
    "paidan.partners.tasks",
    "paidan.notifications.tasks",
)

_BOOKING_FOLLOWS = "paidan.booking.handlers.visit_moved"
_BOOKING_NOTICE = "paidan.notifications.handlers.booking_moved"
_PARTNER_FOLLOWS = "paidan.partners.handlers.booking_changed"
_VISIT_NOTICE = "paidan.notifications.handlers.visit_moved"

EVENT_TABLE: dict[str, tuple[str, ...]] = {
    "booking.begun": (_PARTNER_FOLLOWS,),
    "booking.cancelled": (_BOOKING_NOTICE, _PARTNER_FOLLOWS),
    "booking.closed": (_PARTNER_FOLLOWS,),
    "booking.completed": (_PARTNER_FOLLOWS,),
    "booking.confirmed": (_BOOKING_NOTICE, _PARTNER_FOLLOWS),
    "booking.info_needed": (_BOOKING_NOTICE, _PARTNER_FOLLOWS),
    "booking.message_answered": ("paidan.notifications.handlers.message_answered",),
    "booking.rejected": (_BOOKING_NOTICE, _PARTNER_FOLLOWS),
    "booking.reminded": ("paidan.notifications.handlers.booking_reminded",),
    "booking.rescheduled": (_BOOKING_NOTICE, _PARTNER_FOLLOWS),
    "booking.resubmitted": (_PARTNER_FOLLOWS,),
    "booking.review_needed": (_BOOKING_NOTICE, _PARTNER_FOLLOWS),
    "booking.unbegun": (_PARTNER_FOLLOWS,),
    "plan.day_open": ("paidan.notifications.handlers.plan_day_open",),
    "review.invited": ("paidan.notifications.handlers.review_invited",),
    "visit.accepted": (_VISIT_NOTICE, _PARTNER_FOLLOWS),
    "visit.arrived": (_BOOKING_FOLLOWS, _VISIT_NOTICE, _PARTNER_FOLLOWS),
    "visit.assigned": (_VISIT_NOTICE, _PARTNER_FOLLOWS),
    "visit.cancelled": (_BOOKING_FOLLOWS, _PARTNER_FOLLOWS),
    "visit.declined": (_VISIT_NOTICE, _PARTNER_FOLLOWS),
    "visit.departed": (_VISIT_NOTICE, _PARTNER_FOLLOWS),
    "visit.failed": (_BOOKING_FOLLOWS, _VISIT_NOTICE, _PARTNER_FOLLOWS),
    "visit.finished": (_VISIT_NOTICE, _PARTNER_FOLLOWS),
    "visit.grabbed": (_VISIT_NOTICE, _PARTNER_FOLLOWS),
    "visit.lapsed": (_VISIT_NOTICE,),
    "visit.offered": (_VISIT_NOTICE,),
    "visit.released": (_VISIT_NOTICE, _PARTNER_FOLLOWS),
    "visit.rescheduled": ("paidan.notifications.handlers.visit_rescheduled", _PARTNER_FOLLOWS),
    "visit.signed_off": (_BOOKING_FOLLOWS, _VISIT_NOTICE, _PARTNER_FOLLOWS),
    "visit.started": (_PARTNER_FOLLOWS,),
    "visit.undone": (_BOOKING_FOLLOWS, "paidan.notifications.handlers.visit_undone", _PARTNER_FOLLOWS),
    "work.opened": ("paidan.notifications.handlers.work_opened",),
    "workforce.availability_changed": ("paidan.dispatch.handlers.availability_changed",),
}
"""Event name → dotted paths of the handlers that hear it, in order."""

ADAPTERS: dict[str, str] = {
    "paidan.accounts.ports.code_mailer_register": "paidan.integrations.code_mails.CodeByMail",
    "paidan.accounts.ports.code_sender_register": "paidan.integrations.console_sms.codes.ConsoleCodeSender",
    "paidan.accounts.ports.identity_gateway_register": "paidan.integrations.identity.gateway.LoginProviders",
    "paidan.accounts.ports.invitation_sender_register": "paidan.integrations.invitations.InvitationByMessage",
    "paidan.billing.ports.provider_register": "paidan.integrations.cash.adapter.CashProvider",
    "paidan.notifications.ports.sms_sender_register": "paidan.integrations.console_sms.notices.ConsoleSmsSender",
}
"""Dotted path of a port's registry function → dotted path of the adapter."""

SUBJECT_DOORS: dict[str, str] = {
    "B": "paidan.fieldwork.access.order_door",
    "V": "paidan.fieldwork.access.visit_door",
}
"""First letter of a ref → dotted path of the access function that guards files about such a subject."""

PERSONAL_PARTS: tuple[str, ...] = (
    "paidan.notifications.privacy.PART",
    "paidan.reviews.privacy.PART",
    "paidan.partners.privacy.PART",
    "paidan.booking.privacy.PART",
    "paidan.visits.privacy.PART",
    "paidan.workforce.privacy.PART",
    "paidan.customers.privacy.PART",
    "paidan.worklist.privacy.PART",
    "paidan.accounts.privacy.PART",
)
"""Dotted paths of what each app does with personal data, the highest app first."""

CONSISTENCY_CHECKS: tuple[str, ...] = (
    "paidan.billing.selectors.billing_findings",
    "paidan.files.selectors.file_findings",
    "paidan.booking.findings.booking_findings",
    "paidan.fieldwork.findings.fieldwork_findings",
    "paidan.reviews.selectors.review_findings",
    "paidan.kernel.outbox.jobs_given_up",
)
"""Dotted paths of functions that return findings (an empty list when all is well)."""

CLOCKS: tuple[str, ...] = (
    "paidan.dispatch.services.holding.holds_lapse",
    "paidan.dispatch.services.assigning.assignments_lapse",
    "paidan.dispatch.services.dispatching.dispatch_tick",
    "paidan.dispatch.services.attention.attention_tick",
    "paidan.booking.services.reminders_tick",
    "paidan.booking.services.plans_tick",
    "paidan.fieldwork.services.sign_offs_due",
    "paidan.notifications.services.deliveries_clock",
    "paidan.demo.clock.shifts_extend",
)
"""Dotted paths of functions the worker calls every second with ``now``."""


def _resolve(path: str) -> Callable[..., Any]:
    module, name = path.rsplit(".", 1)
    return getattr(import_module(module), name)  # type: ignore[no-any-return]  # dotted path from the tables above


def connect() -> None:
    """Connect everything; called once when the apps are ready."""
    for port, adapter in ADAPTERS.items():
        _resolve(port)(_resolve(adapter)())
    for letter, door in SUBJECT_DOORS.items():
        door_register(letter, _resolve(door))
    parts_register(cast("PersonalPart", _resolve(path)) for path in PERSONAL_PARTS)
    handlers: dict[str, tuple[Handler, ...]] = {
        event: tuple(_resolve(path) for path in paths) for event, paths in EVENT_TABLE.items()
    }
    handlers_register(handlers)


def tasks_register(app: object) -> None:
    """Import every module that declares jobs; called by procrastinate when its app is ready."""
    for module in TASK_MODULES:
        import_module(module)


def run_clocks(stop: threading.Event) -> None:
    """Call each clock once a second until told to stop; blocking, for a thread of the worker."""
    from paidan.kernel.clocks import clocks_run

    clocks_run(tuple(_resolve(path) for path in CLOCKS), stop)
