"""What every table of the back office has in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import pghistory.models
from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise
from unfold.admin import ModelAdmin, TabularInline

from paidan.accounts.back_office.texts import TextsField
from paidan.accounts.constants import Permission
from paidan.accounts.middleware import actor_of_request
from paidan.kernel.errors import DomainError
from paidan.kernel.texts import LocalizedTextField

REFUSAL = "_refusal_of_service"
NEWS_SHOWN = 200


class _Doors:
    """Who may see and change rows: our permission matrix, not Django's."""

    edited_with: ClassVar[Permission] = Permission.EDIT_MASTER_DATA
    is_read_only: ClassVar[bool] = False
    is_removable: ClassVar[bool] = False

    def _may(self, request: HttpRequest) -> bool:
        return actor_of_request(request).may(self.edited_with)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._may(request)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self._may(request)

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self._may(request) and not self.is_read_only

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self._may(request) and not self.is_read_only

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self._may(request) and self.is_removable


class BackOfficeTable(_Doors, ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """A table of master data.

    A service's refusal in ``save_model`` undoes everything and comes back as errors beside the
    fields, with what was typed. Rows are retired, not deleted, and never in bulk. The database
    writes the audit; Django's own log, which would keep names, stays empty.
    """

    formfield_overrides: ClassVar[dict[type[models.Field[Any, Any]], dict[str, Any]]] = {
        LocalizedTextField: {"form_class": TextsField},
    }
    list_per_page = 50
    compressed_fields = True

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions: dict[str, Any] = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        try:
            with transaction.atomic():
                return _answer(super().changeform_view(request, object_id, form_url, extra_context))
        except DomainError as error:
            setattr(request, REFUSAL, error)
        return _answer(super().changeform_view(request, object_id, form_url, extra_context))

    def get_form(
        self,
        request: HttpRequest,
        obj: models.Model | None = None,
        change: bool = False,  # noqa: FBT001, FBT002  # Django's signature
        **options: Any,
    ) -> type[forms.ModelForm[Any]]:
        form: type[forms.ModelForm[Any]] = super().get_form(request, obj, change=change, **options)
        refusal: DomainError | None = getattr(request, REFUSAL, None)
        return form if refusal is None else _refusing(form, refusal)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            with transaction.atomic():
                return _answer(super().delete_view(request, object_id, extra_context))
        except DomainError as error:
            self.message_user(request, str(error), level="ERROR")
        return self.response_post_save_change(request, self.get_object(request, unquote(object_id)))  # type: ignore[no-any-return]  # unfold has no types

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What the database noted about a row: when, by whom, what changed."""
        if not self._may(request):
            raise PermissionDenied
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        events = pghistory.models.Events.objects.tracks(row)  # type: ignore[no-untyped-call]
        context = {
            **self.admin_site.each_context(request),
            "title": _("What changed: %(row)s") % {"row": row},
            "opts": self.opts,
            "original": row,
            "news": [_news(event) for event in events.order_by("-pgh_created_at", "-pgh_id")[:NEWS_SHOWN]],
            **(extra_context or {}),
        }
        return TemplateResponse(request, "accounts/back_office/history.html", context)

    def log_addition(self, request: HttpRequest, obj: models.Model, message: Any) -> None:
        """The database writes the audit."""

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> None:
        """The database writes the audit."""

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:
        """The database writes the audit."""

    def confirmed(
        self, request: HttpRequest, object_id: str, *, question: StrOrPromise, act: Callable[[int], models.Model]
    ) -> HttpResponse:
        """Ask before an action on a row; only the answer, which is a POST, does it. Shows what it made."""
        if not self._may(request):
            raise PermissionDenied
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        if request.method != "POST":
            context = {
                **self.admin_site.each_context(request),
                "title": question,
                "opts": self.opts,
                "original": row,
            }
            return TemplateResponse(request, "accounts/back_office/confirm.html", context)
        made = act(int(row.pk))
        return HttpResponseRedirect(
            reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[made.pk])
        )


class ReadOnlyTable(BackOfficeTable):
    """Rows that only their services write: looked at, never edited here."""

    edited_with = Permission.VIEW_AUDIT
    is_read_only = True


class BackOfficeRows(_Doors, TabularInline):  # type: ignore[misc]  # unfold has no types
    """Rows that belong to one above them."""

    extra = 0
    is_removable = True
    formfield_overrides: ClassVar[dict[type[models.Field[Any, Any]], dict[str, Any]]] = {
        LocalizedTextField: {"form_class": TextsField},
    }


def table(model: type[models.Model]) -> Callable[[type[BackOfficeTable]], type[BackOfficeTable]]:
    """Show a model in the back office."""
    return admin.register(model)


def _answer(response: Any) -> HttpResponse:
    # Refusals must be raised while the view's transaction is open, so the page is made inside it.
    if isinstance(response, TemplateResponse) and not response.is_rendered:
        response.render()
    answer: HttpResponse = response
    return answer


def _refusing(form: type[forms.ModelForm[Any]], refusal: DomainError) -> type[forms.ModelForm[Any]]:
    class Refusing(form):  # type: ignore[misc, valid-type]  # made for this one request
        def clean(self) -> Any:
            cleaned = super().clean()
            named = {name: sentence for name, sentence in refusal.fields.items() if name in self.fields}
            for name, sentence in named.items():
                self.add_error(name, str(sentence))
            if not named:
                self.add_error(None, " ".join([str(refusal), *map(str, refusal.fields.values())]))
            return cleaned

    return Refusing


def _news(event: Any) -> dict[str, Any]:
    metadata = event.pgh_context or {}
    return {
        "at": event.pgh_created_at,
        "actor": metadata.get("actor", ""),
        "role": metadata.get("role", ""),
        "kind": event.pgh_label,
        "changes": [
            {"name": name, "before": before, "after": after}
            for name, (before, after) in sorted((event.pgh_diff or {}).items())
        ],
    }
