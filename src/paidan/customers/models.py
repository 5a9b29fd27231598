"""Customers, where they live, and what they agreed to."""

from __future__ import annotations

import pghistory
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from paidan.kernel.models import APPEND_ONLY
from paidan.kernel.refs import RefField


class Customer(models.Model):
    """Somebody services are done for; may exist without ever logging in (phone bookings).

    ``phone`` is a number they proved or called from; somebody who logs in by e-mail may have none.
    """

    ref = RefField("C")
    user = models.OneToOneField("accounts.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    name = models.CharField(_("name"), max_length=80)
    name_key = models.CharField(max_length=200, blank=True, editable=False)
    phone = models.CharField(_("phone"), max_length=16, unique=True, null=True, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    language = models.CharField(max_length=10, default="zh-hans")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        indexes = (
            GinIndex(fields=("name",), name="customers_name_trgm", opclasses=("gin_trgm_ops",)),
            GinIndex(fields=("phone",), name="customers_phone_trgm", opclasses=("gin_trgm_ops",)),
        )

    def __str__(self) -> str:
        return self.ref


class Address(models.Model):
    """A door: text down to building and number, and its place on the map (WGS-84)."""

    ref = RefField("A")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="addresses")
    label = models.CharField(_("label"), max_length=40, blank=True)
    district = models.CharField(_("district"), max_length=60)
    text = models.CharField(_("address"), max_length=200)
    door = models.CharField(_("building and door"), max_length=80, blank=True)
    lat = models.FloatField()
    lng = models.FloatField()
    created_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        indexes = (models.Index(fields=("lat", "lng"), name="customers_address_place"),)

    def __str__(self) -> str:
        return f"{self.district} #{self.pk}"


class Consent(models.Model):
    """That a customer agreed to a version of a document."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="consents")
    document = models.CharField(max_length=40)
    version = models.CharField(max_length=20)
    given_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("customer", "document", "version"), name="customers_consent_once"),
        )

    def __str__(self) -> str:
        return f"{self.document} {self.version}"


@pghistory.track(pghistory.InsertEvent(), model_name="CallerLookupEvent")
class CallerLookup(models.Model):
    """That somebody at the desk opened a caller's data: append-only."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", verbose_name=_("customer"))
    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", verbose_name=_("user"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("caller looked up")
        verbose_name_plural = _("callers looked up")
        indexes = (models.Index(fields=("user", "customer", "at"), name="customers_lookup_user"),)
        triggers = (APPEND_ONLY,)

    def __str__(self) -> str:
        return f"{self.user_id} {self.customer_id}"


class DeskLine(models.Model):
    """The telephone extension at which somebody of the desk sits."""

    user = models.OneToOneField("accounts.User", on_delete=models.CASCADE, related_name="+", verbose_name=_("user"))
    extension = models.CharField(_("extension"), max_length=20, unique=True)

    class Meta:
        verbose_name = _("desk line")
        verbose_name_plural = _("desk lines")

    def __str__(self) -> str:
        return self.extension


class IncomingCall(models.Model):
    """A call that the telephone system told us of; ``call_key`` is its own name for it.

    ``phone`` is E.164, or empty when the caller hides it; ``user`` sits at the extension.
    """

    ref = RefField("K")
    call_key = models.CharField(max_length=80, unique=True)
    phone = models.CharField(_("phone"), max_length=16, blank=True)
    extension = models.CharField(_("extension"), max_length=20)
    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, null=True, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, null=True, related_name="+")
    at = models.DateTimeField(_("at"))
    taken_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("incoming call")
        verbose_name_plural = _("incoming calls")
        indexes = (
            models.Index(fields=("user", "-at"), name="customers_call_user", condition=models.Q(taken_at=None)),
            models.Index(fields=("at",), name="customers_call_age"),
        )

    def __str__(self) -> str:
        return self.ref


@pghistory.track(pghistory.InsertEvent())
class Unmasking(models.Model):
    """That a member of the house looked at the full contact of an order, and why: append-only."""

    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", verbose_name=_("user"))
    subject_ref = models.CharField(_("about"), max_length=13)
    reason = models.CharField(_("reason"), max_length=200)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("look at a full contact")
        verbose_name_plural = _("looks at full contacts")
        indexes = (models.Index(fields=("user", "subject_ref", "-at"), name="customers_unmasking_recent"),)
        triggers = (APPEND_ONLY,)

    def __str__(self) -> str:
        return self.subject_ref
