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
from unfold.widgets import UnfoldAdminTextareaWidget

from paidan.accounts.back_office.tables import BackOfficeRows, BackOfficeTable, table
from paidan.catalog.choices import choices_read, choices_text
from paidan.catalog.constants import PriceKind, QuestionKind
from paidan.catalog.lint import LEAST_CHOICES, version_findings
from paidan.catalog.models import (
    AddOn,
    FeeRule,
    FeeTable,
    ItemQuestion,
    ServiceItem,
    ServiceItemVersion,
    ServiceType,
    Skill,
    SkillNeed,
)
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

    def clean(self) -> dict[str, Any]:
        """What customers would meet at once: no Chinese name, or a fixed price of nothing."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "name" in cleaned and not cleaned["name"].get("zh"):
            self.add_error("name", _("Please enter the Chinese name."))
        if cleaned.get("price_kind") == PriceKind.FIXED and cleaned.get("price_minor") == 0:
            self.add_error("price_minor", _("A fixed price cannot be 0. Choose a quote after inspection instead?"))
        return cleaned

    def clean_checklist(self) -> Any:
        checklist = self.cleaned_data["checklist"] or []
        if not isinstance(checklist, list):
            raise ValidationError(_("A checklist is a list of entries."))
        return checklist


class AddOns(BackOfficeRows):
    model = AddOn
    fields = ("position", "code", "name", "price_minor", "extra_minutes")


class ChoicesWidget(UnfoldAdminTextareaWidget):  # type: ignore[misc]  # unfold has no types
    """One choice a line, the two languages parted by a slash."""

    def format_value(self, value: Any) -> str:
        return value if isinstance(value, str) else choices_text(value or ())


class ChoicesField(forms.CharField):
    """``中文 / English``, one a line, as a list of texts in two languages."""

    widget = ChoicesWidget

    def to_python(self, value: Any) -> Any:
        return choices_read(super().to_python(value) or "")

    def has_changed(self, initial: Any, data: Any) -> bool:
        return choices_read(str(data or "")) != (initial or [])


class ItemQuestionForm(forms.ModelForm[ItemQuestion]):
    """A list to choose from is typed one choice a line."""

    choices = ChoicesField(
        label=_("list to choose from"), required=False, help_text=_("One choice a line: 中文 / English")
    )

    class Meta:
        model = ItemQuestion
        fields: Sequence[str] = "__all__"

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        choices = cleaned.get("choices") or []
        if cleaned.get("kind") == QuestionKind.CHOICE and len(choices) < LEAST_CHOICES:
            self.add_error("choices", _("Please give at least two choices, one a line."))
        if cleaned.get("kind") != QuestionKind.CHOICE:
            cleaned["choices"] = []
        return cleaned


class ItemQuestions(BackOfficeRows):
    model = ItemQuestion
    form = ItemQuestionForm
    fields = ("position", "code", "text", "kind", "choices", "is_required")


@table(ServiceItemVersion)
class ItemVersionTable(_Versioned):
    """What an item is and costs from a date on."""

    form = ItemVersionForm
    list_display = (
        "item",
        "version",
        "name_shown",
        "effective_at",
        "duration_minutes",
        "price_minor",
        "mode",
        "amiss",
    )
    list_filter = ("item__type", "mode")
    list_select_related = ("item",)
    search_fields = ("item__code", "name")
    fieldsets = (
        (None, {"fields": ("item", "version", "effective_at", "name", "description", "keywords")}),
        (
            _("What is to be done"),
            {"fields": ("duration_minutes", "mode", "is_round_the_clock", "is_demanding", "is_recurring", "checklist")},
        ),
        (
            _("Price"),
            {"fields": ("price_kind", "price_minor", "urgent_minor", "tax_percent", "pay_minor", "fee_table")},
        ),
        (_("Words to the customer"), {"fields": ("question", "notes")}),
    )
    inlines = (SkillNeeds, AddOns, ItemQuestions)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("needs__skill", "add_ons", "questions")

    @admin.display(description=_("to be put right"))
    def amiss(self, row: ServiceItemVersion) -> str:
        return " ".join(version_findings(row))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001  # Django's signature
        """What is amiss is said while there is time: before the version takes effect."""
        super().save_related(request, form, formsets, change)
        version = self.get_queryset(request).get(pk=form.instance.pk)
        for finding in version_findings(version):
            self.message_user(request, finding, level="WARNING")

    @admin.display(description=_("name"))
    def name_shown(self, row: ServiceItemVersion) -> str:
        return localized(row.name)

    @action(description=_("Make a new version"))  # type: ignore[untyped-decorator]  # unfold has no types
    def make_new_version(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.confirmed(
            request, object_id, question=NEW_VERSION, act=lambda row_id: item_version_copy(row_id, now=now())
        )
