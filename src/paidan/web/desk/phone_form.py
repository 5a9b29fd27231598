"""The booking form as the desk fills it in for somebody on the line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from paidan.booking.pasting import PASTE_LONGEST
from paidan.catalog.selectors import ServiceItemRow, service_types
from paidan.customers.calling import Caller
from paidan.customers.phones import phone_normalized
from paidan.customers.selectors import AddressView
from paidan.web.portal.booking_form import BookForm


class PhoneForm(BookForm):
    """The customer's own form, with the caller and the service in it; judged by the same service."""

    customer = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)
    call = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)
    item = forms.ChoiceField(
        label=gettext_lazy("Service"),
        error_messages={"required": gettext_lazy("Please choose a service.")},
    )
    paste = forms.CharField(
        label=gettext_lazy("Pasted text with name, phone and address"),
        required=False,
        max_length=PASTE_LONGEST,
        widget=forms.Textarea(attrs={"rows": 2, "data-draft-skip": True}),
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        caller: Caller | None,
        initial: Mapping[str, object] | None = None,
    ) -> None:
        addresses: Sequence[AddressView] = caller.addresses if caller is not None else ()
        self.types = service_types()
        row = self._sold(str((data or initial or {}).get("item", "")))
        super().__init__(data, addresses=addresses, asks_consent=False, initial=initial, item=row)
        self._caller = caller
        groups = [(kind.name, [(row.code, row.name) for row in kind.items]) for kind in self.types]
        self.fields["item"].choices = [("", _("Please choose …")), *groups]  # type: ignore[attr-defined]  # a choice field
        phone = self.fields["contact_phone"].widget
        phone.attrs |= {"autocomplete": "off", "aria-controls": "callers"}
        self.fields["contact_name"].widget.attrs["autocomplete"] = "off"
        self.fields["address_text"].widget.attrs["autocomplete"] = "off"

    def item_row(self) -> ServiceItemRow | None:
        """The service chosen, if it is one that is sold."""
        return self._sold(str(self["item"].value() or ""))

    def _sold(self, code: str) -> ServiceItemRow | None:
        return next((row for kind in self.types for row in kind.items if row.code == code), None)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        typed = phone_normalized(cleaned.get("contact_phone", ""))
        if self._caller is not None and typed and typed != phone_normalized(self._caller.phone):
            self.add_error(
                "contact_phone", _("This is not the caller's number. Keep it, or take the caller off the form first.")
            )
        return cleaned
