"""Partners, what they ordered, and the files and calls their orders came in."""

from __future__ import annotations

import pghistory
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from paidan.booking.constants import BookingStatus
from paidan.kernel.refs import RefField
from paidan.partners.constants import NUMBER_LONGEST, ImportStatus, RowStatus


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Partner(models.Model):
    """A manufacturer or shop that orders for its customers 合作方.

    ``account``: whose API keys order for this partner, and see nothing of others.
    """

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80)
    account = models.OneToOneField(
        "accounts.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("account")
    )
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True)

    class Meta:
        verbose_name = _("partner")
        verbose_name_plural = _("partners")

    def __str__(self) -> str:
        return self.name


class PartnerOrder(models.Model):
    """An order of a partner and the booking it became; the row is what claims the external number.

    ``status``, ``visit_status`` and the window follow the booking; ``updated_at`` says since when they are so.
    ``booking`` is empty only inside the transaction that books.
    """

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="orders", verbose_name=_("partner"))
    external_number = models.CharField(_("external number"), max_length=NUMBER_LONGEST)
    booking = models.OneToOneField(
        "booking.Booking", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("booking")
    )
    status = models.CharField(
        _("status"), max_length=20, choices=BookingStatus.choices, default=BookingStatus.SUBMITTED
    )
    visit_status = models.CharField(_("visit"), max_length=20, blank=True)
    window_start_at = models.DateTimeField(_("window from"), null=True)
    window_end_at = models.DateTimeField(_("window until"), null=True)
    created_at = models.DateTimeField(_("created at"))
    updated_at = models.DateTimeField(_("updated at"))

    class Meta:
        verbose_name = _("partner order")
        verbose_name_plural = _("partner orders")
        constraints = (models.UniqueConstraint(fields=("partner", "external_number"), name="partners_order_once"),)
        indexes = (models.Index(fields=("partner", "updated_at", "id"), name="partners_order_updated"),)

    def __str__(self) -> str:
        return self.external_number


class PartnerImport(models.Model):
    """A file, or one call of a program, with orders. ``language`` is the one its errors are told in."""

    ref = RefField("I", verbose_name=_("reference"))
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("partner"))
    file_name = models.CharField(_("file"), max_length=120, blank=True)
    language = models.CharField(max_length=10)
    status = models.CharField(_("status"), max_length=10, choices=ImportStatus.choices, default=ImportStatus.WAITING)
    rows_total = models.PositiveIntegerField(_("rows"))
    created_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", verbose_name=_("created by")
    )
    created_at = models.DateTimeField(_("created at"))
    finished_at = models.DateTimeField(_("finished at"), null=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        constraints = (
            models.CheckConstraint(
                name="partners_import_finished", condition=Q(status="done") ^ Q(finished_at__isnull=True)
            ),
        )
        indexes = (models.Index(fields=("-created_at",), name="partners_import_created"),)

    def __str__(self) -> str:
        return self.ref


class ImportRow(models.Model):
    """One row as it came, by column, and what became of it; emptied as soon as it is booked.

    ``errors``: ``{"column", "sentence"}`` each.
    """

    batch = models.ForeignKey(PartnerImport, on_delete=models.CASCADE, related_name="rows", verbose_name=_("import"))
    number = models.PositiveIntegerField(_("row"))
    external_number = models.CharField(_("external number"), max_length=NUMBER_LONGEST, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=RowStatus.choices, default=RowStatus.WAITING)
    values = models.JSONField(default=dict)
    errors = models.JSONField(default=list)
    order = models.ForeignKey(PartnerOrder, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("row of an import")
        verbose_name_plural = _("rows of imports")
        constraints = (
            models.UniqueConstraint(fields=("batch", "number"), name="partners_row_once"),
            models.CheckConstraint(
                name="partners_row_booked", condition=Q(status__in=("booked", "known")) ^ Q(order__isnull=True)
            ),
        )

    def __str__(self) -> str:
        return f"{self.batch_id} {self.number}"
