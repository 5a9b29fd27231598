"""Crew, rosters and territories in the back office."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from psycopg.types.range import DateRange
from unfold.widgets import UnfoldAdminSingleDateWidget, UnfoldAdminSplitDateTimeWidget

from paidan.accounts.back_office.tables import BackOfficeRows, BackOfficeTable, table
from paidan.accounts.constants import Permission
from paidan.kernel.clock import now
from paidan.kernel.texts import localized
from paidan.kernel.timespan import TimeSpan
from paidan.workforce.constants import AbsenceKind
from paidan.workforce.models import (
    Absence,
    Shift,
    Team,
    Technician,
    TechnicianSkill,
    Territory,
    TerritoryMembership,
    TerritoryScope,
)
from paidan.workforce.selectors import visits_ahead
from paidan.workforce.services import (
    ShiftDraft,
    absence_cancel,
    absence_create,
    shift_change,
    shift_create,
    shift_remove,
    technician_changed,
    territory_save,
)


@table(Territory)
class TerritoryTable(BackOfficeTable):
    list_display = ("code", "name_shown", "time_zone", "reserve_percent", "retired_at")
    fields = ("code", "name", "ring", "time_zone", "reserve_percent", "retired_at")

    @admin.display(description=_("name"))
    def name_shown(self, row: Territory) -> str:
        return localized(row.name)

    def save_model(self, request: HttpRequest, obj: Territory, form: Any, change: bool) -> None:  # noqa: FBT001  # Django's signature
        territory_save(obj, name=obj.name, ring=obj.ring, time_zone=obj.time_zone)


@table(TerritoryScope)
class TerritoryScopeTable(BackOfficeTable):
    """Which territories a dispatcher watches over."""

    edited_with = Permission.EDIT_USERS
    is_removable = True
    list_display = ("user", "territory")
    list_filter = ("territory",)
    list_select_related = ("user", "territory")
    fields = ("user", "territory")
    autocomplete_fields = ("user",)


@table(Team)
class TeamTable(BackOfficeTable):
    list_display = ("code", "name_shown", "lead")
    list_select_related = ("lead",)
    fields = ("code", "name", "lead")
    autocomplete_fields = ("lead",)

    @admin.display(description=_("name"))
    def name_shown(self, row: Team) -> str:
        return localized(row.name)


class TechnicianSkills(BackOfficeRows):
    model = TechnicianSkill
    fields = ("skill", "level", "valid_until_date")


class MembershipForm(forms.ModelForm[TerritoryMembership]):
    """From a day until a day, both included, as people say it."""

    from_date = forms.DateField(label=_("from"), widget=UnfoldAdminSingleDateWidget)
    until_date = forms.DateField(label=_("until, included"), widget=UnfoldAdminSingleDateWidget, required=False)

    class Meta:
        model = TerritoryMembership
        fields = ("territory", "kind")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        dates = self.instance.dates if self.instance.pk else None
        if dates is not None:
            self.initial["from_date"] = dates.lower
            self.initial["until_date"] = dates.upper - timedelta(days=1) if dates.upper else None

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        start, last = cleaned.get("from_date"), cleaned.get("until_date")
        if start and last and last < start:
            self.add_error("until_date", _("Must not be before the first day."))
        elif start:
            self.instance.dates = DateRange(start, last + timedelta(days=1) if last else None)
        return cleaned


class MembershipRows(forms.BaseInlineFormSet[TerritoryMembership, Technician, MembershipForm]):
    """The dates of all rows together."""

    def clean(self) -> None:
        """Say it before the database does: nobody belongs to two territories on one day."""
        super().clean()
        kept = [form for form in self.forms if form.is_valid() and not form.cleaned_data.get("DELETE")]
        dated = [form for form in kept if form.instance.dates is not None]
        by_start = sorted(dated, key=lambda form: form.instance.dates.lower)
        for earlier, later in pairwise(by_start):
            end = earlier.instance.dates.upper
            if end is None or later.instance.dates.lower < end:
                later.add_error("from_date", _("Nobody belongs to more than one territory on one day."))


class Memberships(BackOfficeRows):
    model = TerritoryMembership
    form = MembershipForm
    formset = MembershipRows
    fields = ("territory", "kind", "from_date", "until_date")


class TechnicianForm(forms.ModelForm[Any]):
    class Meta:
        model = Technician
        fields = "__all__"  # the table below names them

    def clean(self) -> dict[str, Any]:
        """Who is to stop working must have nothing planned: the desk gives those visits to others first."""
        cleaned = super().clean() or self.cleaned_data
        ending = [name for name in ("paused_at", "retired_at") if name in self.changed_data and cleaned.get(name)]
        planned = visits_ahead(self.instance.pk, now=now()) if ending and self.instance.pk else 0
        sentence = _("Assigned visits: %(visits)s. Give them to somebody else first.") % {"visits": planned}
        for name in ending if planned else ():
            self.add_error(name, sentence)
        return cleaned


@table(Technician)
class TechnicianTable(BackOfficeTable):
    form = TechnicianForm
    list_display = ("staff_number", "name", "grade", "team", "load_cap", "paused_at", "retired_at")
    list_filter = ("grade", "team")
    list_select_related = ("team",)
    search_fields = ("staff_number", "name")
    fields = (
        "user",
        "staff_number",
        "name",
        "grade",
        "experience_years",
        "team",
        "load_cap",
        "home_lat",
        "home_lng",
        "paused_at",
        "retired_at",
    )
    autocomplete_fields = ("user",)
    inlines = (TechnicianSkills, Memberships)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001  # Django's signature
        super().save_related(request, form, formsets, change)
        technician_changed(form.instance.pk, now=now())


class SpanForm(forms.ModelForm[Any]):
    """A span of time as two moments."""

    starts_at = forms.SplitDateTimeField(label=_("from"), widget=UnfoldAdminSplitDateTimeWidget)
    ends_at = forms.SplitDateTimeField(label=_("until"), widget=UnfoldAdminSplitDateTimeWidget)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        span = self.instance.span if self.instance.pk else None
        if span is not None:
            self.initial.update(starts_at=span.lower, ends_at=span.upper)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        start, end = cleaned.get("starts_at"), cleaned.get("ends_at")
        if start and end and end <= start:
            self.add_error("ends_at", _("Must be after the beginning."))
        return cleaned

    def span(self) -> TimeSpan:
        return TimeSpan(self.cleaned_data["starts_at"], self.cleaned_data["ends_at"])


class _SpanTable(BackOfficeTable):
    """Rows with a span of time."""

    list_select_related: tuple[str, ...] = ("technician",)
    autocomplete_fields = ("technician",)
    search_fields = ("technician__staff_number", "technician__name")

    @admin.display(description=_("from"), ordering="span")
    def from_shown(self, row: Any) -> Any:
        return row.span.lower

    @admin.display(description=_("until"))
    def until_shown(self, row: Any) -> Any:
        return row.span.upper


class ShiftForm(SpanForm):
    class Meta:
        model = Shift
        fields = ("technician", "is_on_call")


@table(Shift)
class ShiftTable(_SpanTable):
    """The roster; the territory of a shift is where the technician works that day."""

    form = ShiftForm
    is_removable = True
    list_display = ("technician", "territory", "service_date", "from_shown", "until_shown", "is_on_call")
    list_filter = ("territory", "is_on_call", "service_date")
    list_select_related = ("technician", "territory")
    ordering = ("-service_date", "pk")
    fields = ("technician", "starts_at", "ends_at", "is_on_call")

    def save_model(self, request: HttpRequest, obj: Shift, form: ShiftForm, change: bool) -> None:  # noqa: FBT001  # Django's signature
        draft = ShiftDraft(technician_id=obj.technician_id, span=form.span(), is_on_call=obj.is_on_call)
        saved = shift_change(obj.pk, draft) if change else shift_create(draft)
        obj.pk, obj.span, obj.territory, obj.service_date = saved.pk, saved.span, saved.territory, saved.service_date

    def delete_model(self, request: HttpRequest, obj: Shift) -> None:
        shift_remove(obj.pk)


class AbsenceForm(SpanForm):
    class Meta:
        model = Absence
        fields = ("technician", "kind")


@table(Absence)
class AbsenceTable(_SpanTable):
    """An absence is made and cancelled, never moved: the plan of the days it leaves must be looked at."""

    form = AbsenceForm
    list_display = ("technician", "kind", "from_shown", "until_shown", "cancelled_at")
    list_filter = ("kind",)
    ordering = ("-pk",)
    fields = ("technician", "kind", "starts_at", "ends_at")
    is_removable = True

    def has_change_permission(self, request: HttpRequest, obj: Absence | None = None) -> bool:  # type: ignore[override]  # narrower row
        return obj is None and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Absence | None = None) -> bool:  # type: ignore[override]  # narrower row
        return super().has_delete_permission(request, obj) and (obj is None or obj.cancelled_at is None)

    def save_model(self, request: HttpRequest, obj: Absence, form: AbsenceForm, change: bool) -> None:  # noqa: FBT001  # Django's signature
        saved = absence_create(technician_id=obj.technician_id, kind=AbsenceKind(obj.kind), span=form.span())
        obj.pk, obj.span = saved.pk, saved.span

    def delete_model(self, request: HttpRequest, obj: Absence) -> None:
        absence_cancel(obj.pk, now=now())
