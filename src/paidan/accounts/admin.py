"""People and the permission matrix in the back office."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django.models import ProcrastinateJob
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from paidan.accounts.back_office.tables import BackOfficeTable, table
from paidan.accounts.constants import PERMISSION_LABELS, Permission, RoleCode
from paidan.accounts.middleware import actor_of_request
from paidan.accounts.models import ApiKey, Role, User
from paidan.accounts.services import (
    login_names_normalised,
    role_permissions_set,
    user_change,
    user_create,
)
from paidan.kernel.errors import DomainError

# Rights come from our roles; Django's groups would be a second matrix that nobody reads.
admin.site.unregister(Group)
# Jobs are plumbing: the office's health page speaks about them, not a table of rows.
admin.site.unregister(ProcrastinateJob)


class RoleForm(forms.ModelForm[Role]):
    """One row of the matrix, as boxes to tick."""

    permissions = forms.MultipleChoiceField(
        label=_("permissions"),
        choices=[(code.value, label) for code, label in PERMISSION_LABELS.items()],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        required=False,
    )

    class Meta:
        model = Role
        fields = ("name", "permissions")


@table(Role)
class RoleTable(BackOfficeTable):
    """Roles come with the product; what they may do is the administrator's choice."""

    edited_with = Permission.EDIT_USERS
    form = RoleForm
    list_display = ("__str__", "code", "permission_count")
    readonly_fields = ("code",)
    fields = ("code", "name", "permissions")

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    @admin.display(description=_("permissions"))
    def permission_count(self, role: Role) -> int:
        return len(role.permissions)

    def save_model(self, request: HttpRequest, obj: Role, form: forms.ModelForm[Role], change: bool) -> None:  # noqa: FBT001  # Django's signature
        role_permissions_set(
            code=RoleCode(obj.code),
            permissions=form.cleaned_data["permissions"],
            actor=actor_of_request(request),
        )
        Role.objects.filter(pk=obj.pk).update(name=form.cleaned_data["name"])


class UserForm(forms.ModelForm[User]):
    """Somebody who may log in."""

    class Meta:
        model = User
        fields = ("name", "phone", "email", "role", "is_active")

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        try:
            names = login_names_normalised(phone=cleaned.get("phone") or "", email=cleaned.get("email") or "")
        except DomainError as error:
            for name, sentence in error.fields.items():
                self.add_error(name, str(sentence))
            return cleaned
        cleaned["phone"], cleaned["email"] = names
        return cleaned


@table(User)
class UserTable(BackOfficeTable):
    """Create, disable and re-role people; they set their own password after a log-in by code."""

    edited_with = Permission.EDIT_USERS
    form = UserForm
    list_display = ("name", "phone_shown", "email", "role", "is_active", "last_login")
    list_filter = ("role", "is_active")
    list_select_related = ("role",)
    search_fields = ("name", "phone", "email")
    ordering = ("-pk",)
    fields = ("name", "phone", "email", "role", "is_active", "last_login", "created_at")
    readonly_fields = ("last_login", "created_at")

    def save_model(self, request: HttpRequest, obj: User, form: forms.ModelForm[User], change: bool) -> None:  # noqa: FBT001  # Django's signature
        cleaned = form.cleaned_data
        role = RoleCode(cleaned["role"].code)
        if not change:
            made = user_create(role=role, name=cleaned["name"], phone=cleaned["phone"], email=cleaned["email"])
            obj.pk = made.pk
        else:
            User.objects.filter(pk=obj.pk).update(name=cleaned["name"], phone=cleaned["phone"], email=cleaned["email"])
        user_change(user_id=obj.pk, role=role, is_active=cleaned["is_active"], actor=actor_of_request(request))
        obj.refresh_from_db()

    @admin.display(description=_("phone"), ordering="phone")
    def phone_shown(self, user: User) -> str:
        """Masked in the list; in full on the person's own page."""
        return f"{user.phone[:-8]}****{user.phone[-4:]}" if user.phone else ""


@table(ApiKey)
class ApiKeyTable(BackOfficeTable):
    """Keys of programs: made on the command line, ended here."""

    edited_with = Permission.EDIT_USERS
    list_display = ("label", "user", "created_at", "expires_at", "revoked_at")
    list_select_related = ("user",)
    fields = ("label", "user", "scopes", "created_at", "expires_at", "revoked_at")
    readonly_fields = ("label", "user", "scopes", "created_at", "expires_at")

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False
