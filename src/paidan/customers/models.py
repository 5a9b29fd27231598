"""Customers, where they live, and what they agreed to."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

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
        indexes = (GinIndex(fields=("name",), name="customers_name_trgm", opclasses=("gin_trgm_ops",)),)

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
