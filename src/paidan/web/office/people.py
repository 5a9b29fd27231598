"""People who may log in: find, invite, give a role, show out."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language_info, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from paidan.accounts import directory
from paidan.accounts.constants import Permission, RoleCode
from paidan.accounts.rules import may
from paidan.accounts.services import (
    InvitedPerson,
    NewPerson,
    invitation_renew,
    person_invite,
    person_rename,
    second_factors_reset,
    sessions_end,
    user_change,
)
from paidan.kernel import clock
from paidan.kernel.constants import Tone
from paidan.kernel.errors import DomainError
from paidan.web.components.access import PageRequest, page
from paidan.web.components.responses import Question, draft_done, is_fragment, question_first
from paidan.workforce.selectors import territories, territories_in_scope
from paidan.workforce.services import territory_scope_set

EDITORS = may(Permission.EDIT_USERS)
LANGUAGES = [(code, get_language_info(code)["name_local"]) for code in ("zh-hans", "en")]
STATES = {
    directory.ACTIVE: (pgettext_lazy("account", "Active"), Tone.SUCCESS, "circle-check"),
    directory.INVITED: (gettext_lazy("Invited"), Tone.INFO, "mail"),
    directory.DISABLED: (gettext_lazy("Disabled"), Tone.NEUTRAL, "ban"),
}
# Their territories bound what these roles see; everybody else's sight has other bounds, or none.
SCOPED_ROLES = frozenset({RoleCode.DISPATCHER})


class RefusableForm(forms.Form):
    """A form that shows a service's refusal beside the fields it names."""

    def refuse(self, error: DomainError) -> None:
        """Put each sentence where it belongs; what names no field of ours stands above the form."""
        known = {name: sentence for name, sentence in error.fields.items() if name in self.fields}
        for name, sentence in known.items():
            self.add_error(name, str(sentence))
        if not known:
            self.add_error(None, str(error))


class InviteForm(RefusableForm):
    """Somebody to let in."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80, widget=forms.TextInput({"autocomplete": "off"}))
    role = forms.ChoiceField(label=gettext_lazy("Role"))
    phone = forms.CharField(
        label=gettext_lazy("Mobile number"),
        required=False,
        max_length=30,
        widget=forms.TextInput({"type": "tel", "inputmode": "tel", "autocomplete": "off"}),
        help_text=gettext_lazy("The invitation goes there; without a number, to the e-mail."),
    )
    email = forms.CharField(
        label=gettext_lazy("E-mail address"),
        required=False,
        max_length=254,
        widget=forms.TextInput({"inputmode": "email", "autocomplete": "off"}),
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=LANGUAGES)

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]  # passed on as they came
        self.fields["role"].choices = directory.role_choices()  # type: ignore[attr-defined]  # a choice field


class RoleForm(RefusableForm):
    """Name and role of somebody who is here."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80, widget=forms.TextInput({"autocomplete": "off"}))
    role = forms.ChoiceField(label=gettext_lazy("Role"))

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]  # passed on as they came
        self.fields["role"].choices = directory.role_choices()  # type: ignore[attr-defined]  # a choice field


@page(access=EDITORS)
def people(request: PageRequest) -> HttpResponse:
    """The list, searched by name, phone or e-mail."""
    wanted = {name: request.GET.get(name, "")[:80] for name in ("search", "role", "state")}
    found = directory.people(
        request.actor,
        search=wanted["search"],
        role=wanted["role"],
        state=wanted["state"],
        cursor=request.GET.get("cursor", ""),
    )
    context = {
        "rows": [(row, STATES[row.state]) for row in found.items],
        "next_cursor": found.next_cursor,
        "roles": directory.role_choices(),
        "states": [(code, label) for code, (label, _tone, _icon) in STATES.items()],
        "is_filtered": any(wanted.values()),
        **wanted,
    }
    return render(request, "office/_people.html" if is_fragment(request) else "office/people.html", context)


@page(access=EDITORS, methods=("GET", "POST"))
def invite(request: PageRequest) -> HttpResponse:
    """Let somebody in: they set their own password by the link they get."""
    form = InviteForm(request.POST or None, initial={"role": RoleCode.DISPATCHER, "language": LANGUAGES[0][0]})
    if form.is_valid():
        typed = {**form.cleaned_data, "role": RoleCode(form.cleaned_data["role"])}
        try:
            invited = person_invite(person=NewPerson(**typed), actor=request.actor, now=clock.now())
        except DomainError as error:
            form.refuse(error)
        else:
            return draft_done(_invited_page(request, invited), "invite")
    return render(request, "office/person_invite.html", {"form": form}, status=422 if form.errors else 200)


@page(access=EDITORS)
def person(request: PageRequest, user_id: int) -> HttpResponse:
    """One of them: how they log in, when they last did, what they may."""
    return _person_page(request, user_id)


@page(access=EDITORS, methods=("POST",))
def person_role(request: PageRequest, user_id: int) -> HttpResponse:
    """Change name and role."""
    form = RoleForm(request.POST)
    shown = directory.person(request.actor, user_id)
    if not form.is_valid():
        return _person_page(request, user_id, form)
    role, active = RoleCode(form.cleaned_data["role"]), shown.state != directory.DISABLED
    try:
        with transaction.atomic():
            person_rename(user_id=user_id, name=form.cleaned_data["name"], actor=request.actor)
            user_change(user_id=user_id, role=role, is_active=active, actor=request.actor)
    except DomainError as error:
        form.refuse(error)
        return _person_page(request, user_id, form)
    messages.success(request, _("Saved."))
    return _to(user_id)


@page(access=EDITORS, methods=("POST",))
def person_active(request: PageRequest, user_id: int) -> HttpResponse:
    """Disable somebody, which ends their sessions at once, or let them in again."""
    shown = directory.person(request.actor, user_id)
    wanted = request.POST.get("active") == "1"
    asked = None if wanted else question_first(request, _disabling(shown))
    if asked is not None:
        return asked
    user_change(user_id=user_id, role=RoleCode(shown.role), is_active=wanted, actor=request.actor)
    messages.success(request, _("They may log in again.") if wanted else _("Disabled, and logged out everywhere."))
    return _to(user_id)


@page(access=EDITORS, methods=("POST",))
def person_territories(request: PageRequest, user_id: int) -> HttpResponse:
    """Which territories a dispatcher watches over."""
    territory_scope_set(user_id=user_id, codes=set(request.POST.getlist("territories")), actor=request.actor)
    messages.success(request, _("Saved."))
    return _to(user_id)


@page(access=EDITORS, methods=("POST",))
def person_sessions_end(request: PageRequest, user_id: int) -> HttpResponse:
    """Log somebody out everywhere, e.g. after a phone was lost."""
    sessions_end(user_id=user_id, actor=request.actor, now=clock.now())
    messages.success(request, _("Logged out on every device; keys of their programs have ended."))
    return _to(user_id)


@page(access=EDITORS, methods=("POST",))
def person_second_factor_reset(request: PageRequest, user_id: int) -> HttpResponse:
    """Let somebody in who lost the phone their codes came from."""
    shown = directory.person(request.actor, user_id)
    asked = question_first(request, _resetting(shown))
    if asked is not None:
        return asked
    second_factors_reset(user_id=user_id, actor=request.actor, now=clock.now())
    messages.success(request, _("The second factor is gone. They log in without it once and set up a new one."))
    return _to(user_id)


@page(access=EDITORS, methods=("POST",))
def person_invite_again(request: PageRequest, user_id: int) -> HttpResponse:
    """Send a fresh invitation."""
    return _invited_page(request, invitation_renew(user_id=user_id, actor=request.actor, now=clock.now()))


def _disabling(shown: directory.Person) -> Question:
    return Question(
        title=_("Disable %(name)s?") % {"name": shown.name or f"#{shown.id}"},
        detail=_("They are logged out everywhere at once. What they did stays; you can let them in again."),
        label=_("Disable"),
        danger=True,
        back=reverse("office:person", args=[shown.id]),
    )


def _resetting(shown: directory.Person) -> Question:
    return Question(
        title=_("Reset the second factor of %(name)s?") % {"name": shown.name or f"#{shown.id}"},
        detail=_(
            "Authenticator app, passkeys and recovery codes are forgotten, and they are logged out everywhere. "
            "Make sure first that it is really them who asks."
        ),
        label=_("Reset second factor"),
        danger=True,
        back=reverse("office:person", args=[shown.id]),
    )


def _invited_page(request: PageRequest, invited: InvitedPerson) -> HttpResponse:
    """The only time the link is shown: it is kept hashed."""
    context = {
        "person": directory.person(request.actor, invited.user_id),
        "link": request.build_absolute_uri(reverse("portal:invitation", args=[invited.token])),
        "expires_at": invited.expires_at,
    }
    response = render(request, "office/person_invited.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _person_page(request: PageRequest, user_id: int, form: RoleForm | None = None) -> HttpResponse:
    shown = directory.person(request.actor, user_id)
    watched = territories_in_scope(user_id)
    context = {
        "person": shown,
        "state": STATES[shown.state],
        "form": form or RoleForm(initial={"name": shown.name, "role": shown.role}),
        "is_scoped": shown.role in SCOPED_ROLES,
        "territories": [(row.code, row.name, row.code in watched) for row in territories()],
        "is_me": shown.id == request.actor.user_id,
    }
    return render(request, "office/person.html", context, status=422 if form is not None and form.errors else 200)


def _to(user_id: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("office:person", args=[user_id]), status=303)
