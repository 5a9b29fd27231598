"""The catalog in the back office."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from paidan.accounts.back_office.tables import BackOfficeRows, BackOfficeTable, table
from paidan.catalog.models import FeeRule, FeeTable, ServiceItem, ServiceItemVersion, ServiceType, Skill, SkillNeed
from paidan.catalog.services import fee_table_copy, item_version_copy, version_is_open
from paidan.kernel.clock import now
from paidan.kernel.texts import localized

NEW_DRAFT = _("Make a new version? It stays a draft until it is put in force.")
NEW_VERSION = _("Make a new version, in force from tomorrow unless you change that?")


@table(Skill)
class SkillTable(BackOfficeTable):
    list_display = ("code", "name_shown", "retired_at")
    search_fields = ("code", "name")
    fields = ("code", "name", "retired_at")

    @admin.display(description=_("name"))
    def name_shown(self, skill: Skill) -> str:
        return localized(skill.name)


@table(ServiceType)
class ServiceTypeTable(BackOfficeTable):
    list_display = ("code", "name_shown", "position", "retired_at")
    search_fields = ("code", "name")
    fields = ("code", "name", "icon", "position", "retired_at")

    @admin.display(description=_("name"))
    def name_shown(self, row: ServiceType) -> str:
        return localized(row.name)


class FeeRules(BackOfficeRows):
    model = FeeRule
    fields = (
        "occasion",
        "party",
        "notice_below_minutes",
        "after_assignment",
        "after_departure",
        "percent",
        "fixed_minor",
        "minimum_minor",
        "maximum_minor",
    )


class _Versioned(BackOfficeTable):
    """A version may be edited until it is in force; from then on it is copied."""

    actions_detail = ("make_new_version",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_open = obj is None or version_is_open(obj.effective_at, now=now())
        return super().has_change_permission(request, obj) and is_open


@table(FeeTable)
class FeeTableTable(_Versioned):
    """A version in force stays as it was sold."""

    list_display = ("__str__", "name_shown", "is_draft", "effective_at")
    fields = ("code", "version", "name", "is_draft", "effective_at")
    inlines = (FeeRules,)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_sold = obj is not None and obj.sold_at is not None
        return super().has_change_permission(request, obj) and not is_sold

    @admin.display(description=_("name"))
    def name_shown(self, row: FeeTable) -> str:
        return localized(row.name)

    @action(description=_("Make a new version"))  # type: ignore[untyped-decorator]  # unfold has no types
    def make_new_version(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.confirmed(
            request, object_id, question=NEW_DRAFT, act=lambda row_id: fee_table_copy(row_id, now=now())
        )


class ItemVersions(BackOfficeRows):
    """The versions at a glance; each opens on its own page with the skills it needs."""

    model = ServiceItemVersion
    fields = ("version", "name_shown", "effective_at", "duration_minutes", "price_minor", "mode")
    readonly_fields = fields
    show_change_link = True
    is_removable = False
    ordering = ("-version",)

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    @admin.display(description=_("name"))
    def name_shown(self, row: ServiceItemVersion) -> str:
        return localized(row.name)


@table(ServiceItem)
class ServiceItemTable(BackOfficeTable):
    list_display = ("code", "name_shown", "type", "position", "retired_at")
    list_filter = ("type",)
    list_select_related = ("type",)
    search_fields = ("code", "versions__name")
    fields = ("code", "type", "position", "retired_at")
    inlines = (ItemVersions,)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("versions")

    @admin.display(description=_("name"))
    def name_shown(self, item: ServiceItem) -> str:
        newest = max(item.versions.all(), key=lambda version: version.version, default=None)
        return localized(newest.name) if newest else ""


class SkillNeeds(BackOfficeRows):
    model = SkillNeed
    fields = ("skill", "level")


class ItemVersionForm(forms.ModelForm[ServiceItemVersion]):
    """Checks what no column can say."""

    class Meta:
        model = ServiceItemVersion
        fields: Sequence[str] = "__all__"

    def clean_effective_at(self) -> Any:
        """A version begins in the future, or the bookings of yesterday would change under the customer."""
        effective_at = self.cleaned_data["effective_at"]
        if effective_at <= now():
            raise ValidationError(_("A new version begins in the future."))
        return effective_at

    def clean_checklist(self) -> Any:
        checklist = self.cleaned_data["checklist"] or []
        if not isinstance(checklist, list):
            raise ValidationError(_("A checklist is a list of entries."))
        return checklist


@table(ServiceItemVersion)
class ItemVersionTable(_Versioned):
    """What an item is and costs from a date on."""

    form = ItemVersionForm
    list_display = ("item", "version", "name_shown", "effective_at", "duration_minutes", "price_minor", "mode")
    list_filter = ("item__type", "mode")
    list_select_related = ("item",)
    search_fields = ("item__code", "name")
    fieldsets = (
        (None, {"fields": ("item", "version", "effective_at", "name", "description", "keywords")}),
        (
            _("What is to be done"),
            {"fields": ("duration_minutes", "mode", "is_round_the_clock", "is_demanding", "checklist")},
        ),
        (_("Price"), {"fields": ("price_kind", "price_minor", "tax_percent", "pay_minor", "fee_table")}),
        (_("Words to the customer"), {"fields": ("question", "notes")}),
    )
    inlines = (SkillNeeds,)

    @admin.display(description=_("name"))
    def name_shown(self, row: ServiceItemVersion) -> str:
        return localized(row.name)

    @action(description=_("Make a new version"))  # type: ignore[untyped-decorator]  # unfold has no types
    def make_new_version(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.confirmed(
            request, object_id, question=NEW_VERSION, act=lambda row_id: item_version_copy(row_id, now=now())
        )
