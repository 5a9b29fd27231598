"""What somebody fills in to book, as a form; judged by the booking service, field by field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from paidan.booking.answers import field_of
from paidan.booking.constants import DESCRIPTION_LONGEST, REQUIREMENTS_LONGEST
from paidan.booking.forms import NewBooking
from paidan.booking.pasting import PASTE_LONGEST
from paidan.catalog.selectors import ServiceItemRow
from paidan.customers.selectors import AddressView
from paidan.customers.services import NewAddress
from paidan.kernel.errors import DomainError
from paidan.kernel.geo import Point
from paidan.visits.constants import Urgency
from paidan.web.portal.auth.forms import AccountForm
from paidan.web.portal.booking_options import options_add
from paidan.web.portal.districts import Whereabouts, district_choices, whereabouts_of_district, whereabouts_of_pin
from paidan.web.portal.times import window_read

ELSEWHERE = "new"
URGENCIES = [(str(one), one.label) for one in (Urgency.NORMAL, Urgency.URGENT)]
PLACE_MISSING = gettext_lazy("Please choose your district, or place the pin on the map.")
_KEPT = {"data-draft-keep": True}


class BookForm(AccountForm):
    """One page: what, where, when, who. Texts are bounded here and by the service alike."""

    use_required_attribute = False

    description = forms.CharField(
        label=gettext_lazy("What is wrong, or what do you need?"),
        required=False,
        max_length=DESCRIPTION_LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    address_ref = forms.ChoiceField(label=gettext_lazy("Address"), required=False, widget=forms.RadioSelect)
    district = forms.ChoiceField(
        label=gettext_lazy("District"), required=False, error_messages={"required": PLACE_MISSING}
    )
    address_text = forms.CharField(
        label=gettext_lazy("Street and estate"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
    )
    door = forms.CharField(label=gettext_lazy("Building and door"), required=False, max_length=80)
    lat = forms.FloatField(required=False, widget=forms.HiddenInput(attrs=_KEPT))
    lng = forms.FloatField(required=False, widget=forms.HiddenInput(attrs=_KEPT))
    window = forms.CharField(required=False, max_length=80)
    contact_name = forms.CharField(
        label=gettext_lazy("Contact name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    contact_phone = forms.CharField(
        label=gettext_lazy("Mobile number"),
        max_length=30,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )
    paste = forms.CharField(
        label=gettext_lazy("Pasted text with name, phone and address"),
        required=False,
        max_length=PASTE_LONGEST,
        widget=forms.Textarea(attrs={"rows": 2, "data-draft-skip": True}),
    )
    urgency = forms.ChoiceField(
        label=gettext_lazy("How urgent is it?"), choices=URGENCIES, initial=Urgency.NORMAL, widget=forms.RadioSelect
    )
    special_requirements = forms.CharField(
        label=gettext_lazy("Special requirements"),
        required=False,
        max_length=REQUIREMENTS_LONGEST,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    consent = forms.BooleanField(
        label=gettext_lazy("I agree that my details are used to carry out this booking."), required=False
    )
    code = forms.CharField(
        label=gettext_lazy("Code"),
        required=False,
        max_length=12,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "form-control-lg"}
        ),
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        addresses: Sequence[AddressView] = (),
        asks_consent: bool,
        initial: Mapping[str, object] | None = None,
        item: ServiceItemRow | None,
    ) -> None:
        first = addresses[0].ref if addresses else ELSEWHERE
        super().__init__(data, initial={"address_ref": first, **(initial or {})})
        self._addresses = {row.ref: row for row in addresses}
        self._item = item
        if item is not None:
            options_add(self.fields, item)
        saved = [(row.ref, row.line) for row in addresses]
        self.fields["address_ref"].choices = [*saved, (ELSEWHERE, _("Another address"))]  # type: ignore[attr-defined]
        districts = [("", _("Please choose …")), *district_choices()]
        self.fields["district"].choices = districts  # type: ignore[attr-defined]  # a choice field
        # An address is needed unless a saved one is chosen, a district unless there is a pin.
        is_typed = not self.is_bound or self.is_new_address
        self.fields["address_text"].required = is_typed
        self.fields["district"].required = is_typed and self._number("lat") is None
        self.asks_consent = asks_consent
        if not asks_consent:
            del self.fields["consent"]

    @property
    def questions(self) -> list[forms.BoundField]:
        """The item's own questions, in their order."""
        return [self[field_of(question.code)] for question in (self._item.questions if self._item else ())]

    @property
    def add_ons_chosen(self) -> tuple[str, ...]:
        """Codes of the add-ons ticked, judged or not; what is not sold is left out."""
        chosen = self["add_ons"].value() or () if "add_ons" in self.fields else ()
        return tuple(one.code for one in (self._item.add_ons if self._item else ()) if one.code in chosen)

    @property
    def urgency_chosen(self) -> str:
        """The urgency ticked, judged or not."""
        return str(self["urgency"].value() or "")

    @property
    def is_new_address(self) -> bool:
        """Whether the address is typed rather than chosen from the saved ones."""
        return self._value("address_ref") not in self._addresses

    def whereabouts(self) -> Whereabouts | None:
        """Where the work is to be done, as far as it is known yet: a saved door, a pin, or a district."""
        saved = self._addresses.get(str(self._value("address_ref")))
        if saved is not None:
            return Whereabouts(saved.place, saved.district, is_approximate=False) if saved.place else None
        lat, lng = self._number("lat"), self._number("lng")
        if lat is not None and lng is not None:
            return whereabouts_of_pin(Point(lat, lng))
        return whereabouts_of_district(str(self._value("district") or ""))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.is_new_address and self.whereabouts() is None and "district" not in self.errors:
            self.add_error("district", PLACE_MISSING)
        if window_read(cleaned.get("window", "")) is None:
            self.add_error("window", _("Please choose a time."))
        if self.asks_consent and not cleaned.get("consent"):
            self.add_error("consent", _("Please agree to the privacy notice."))
        return cleaned

    def refuse(self, error: DomainError) -> None:
        """Put the service's sentences where they belong; ``address`` is the place as a whole."""
        fields = dict(error.fields)
        if "address" in fields:
            fields["district" if self.is_new_address else "address_ref"] = fields.pop("address")
        renamed = DomainError(error.message, code=error.code, fields=fields)
        super().refuse(renamed)

    def order(self, item_code: str, *, price_minor: int, hold_ref: str, holder_key: str) -> NewBooking:
        """The valid form as the booking service takes it."""
        cleaned = self.cleaned_data
        window = window_read(cleaned["window"])
        if window is None:
            raise ValueError("Only a valid form becomes an order.")
        return NewBooking(
            item_code=item_code,
            window=window,
            contact_name=cleaned["contact_name"],
            contact_phone=cleaned["contact_phone"],
            address_ref="" if self.is_new_address else cleaned["address_ref"],
            address=self._new_address() if self.is_new_address else None,
            description=cleaned["description"],
            special_requirements=cleaned["special_requirements"],
            urgency=cleaned["urgency"],
            add_ons=tuple(cleaned.get("add_ons", ())),
            answers=self._answers(),
            hold_ref=hold_ref,
            holder_key=holder_key,
            expected_price_minor=price_minor,
            consent=bool(cleaned.get("consent")),
        )

    def _answers(self) -> dict[str, str]:
        asked = self._item.questions if self._item else ()
        return {one.code: str(self.cleaned_data.get(field_of(one.code)) or "") for one in asked}

    def _new_address(self) -> NewAddress | None:
        found = self.whereabouts()
        if found is None:
            return None
        # Outside every district the service says so; it asks for a name all the same.
        district = found.district or "–"
        cleaned = self.cleaned_data
        return NewAddress(district=district, text=cleaned["address_text"], door=cleaned["door"], place=found.place)

    def _value(self, name: str) -> object:
        if self.is_bound:
            return self.data.get(name) or ""
        return self.initial.get(name, "")

    def _number(self, name: str) -> float | None:
        try:
            value: float | None = self.fields[name].clean(self._value(name))
        except forms.ValidationError:
            return None
        return value
