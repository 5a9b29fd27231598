"""Messages as rows: to whom, through what, and how it went."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from paidan.kernel.clock import now
from paidan.notifications.constants import ChannelKind, DeliveryStatus


class Delivery(models.Model):
    """One message through one channel to one recipient.

    ``due_at`` is when it may be sent, or, while it is being sent, when its worker counts as dead.

    The text is rendered at sending time from ``template`` and ``params`` (ids and plain values);
    the address is looked up then, so that no phone number is kept twice.
    """

    event_id = models.BigIntegerField(_("event"))
    template = models.CharField(_("template"), max_length=60)
    channel = models.CharField(_("channel"), max_length=10, choices=ChannelKind.choices)
    user = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("user")
    )
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("customer")
    )
    subject_ref = models.CharField(_("about"), max_length=13, blank=True, db_index=True)
    params = models.JSONField(default=dict)
    status = models.CharField(
        _("status"), max_length=10, choices=DeliveryStatus.choices, default=DeliveryStatus.PENDING
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    provider_ref = models.CharField(_("provider's reference"), max_length=80, blank=True)
    error = models.CharField(_("error"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created at"))
    due_at = models.DateTimeField(_("due at"), default=now)
    sent_at = models.DateTimeField(_("sent at"), null=True)
    read_at = models.DateTimeField(_("read at"), null=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = (
            models.UniqueConstraint(
                fields=("event_id", "template", "channel", "user", "customer"),
                name="notifications_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="notifications_has_recipient", condition=Q(user__isnull=False) | Q(customer__isnull=False)
            ),
        )
        indexes = (
            models.Index(fields=("user", "-created_at"), name="notifications_inbox", condition=Q(channel="inbox")),
            models.Index(fields=("due_at",), name="notifications_due", condition=Q(status__in=("pending", "sending"))),
        )

    def __str__(self) -> str:
        return f"{self.template} {self.channel} #{self.pk}"
