"""Log-in providers: who may vouch for people here. Administrators only, and every change is audited."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django_stubs_ext import StrOrPromise

from paidan.accounts.constants import ProviderCode, RoleCode
from paidan.accounts.login_providers import ProviderRow, provider_row, provider_rows
from paidan.accounts.rules import only
from paidan.accounts.services import ProviderChange, provider_check, provider_set
from paidan.kernel import clock
from paidan.kernel.constants import Tone
from paidan.kernel.errors import DomainError
from paidan.web.components.access import PageRequest, page
from paidan.web.office.people import RefusableForm

ADMINISTRATORS = only(RoleCode.ADMINISTRATOR)
State = tuple[StrOrPromise, Tone, str]
ON: State = (pgettext_lazy("log-in provider", "On"), Tone.SUCCESS, "circle-check")
OFF: State = (pgettext_lazy("log-in provider", "Off"), Tone.NEUTRAL, "ban")
ABSENT: State = (gettext_lazy("Not set up"), Tone.NEUTRAL, "circle-dashed")
WHERE: dict[str, StrOrPromise] = {
    ProviderCode.OIDC: gettext_lazy("From the OpenID provider of your company, where you register an application."),
    ProviderCode.WECHAT: gettext_lazy(
        "From open.weixin.qq.com, a website application: people scan a QR code. "
        "Join it and the official account in one open platform account, so that one person stays one."
    ),
    ProviderCode.WECHAT_INSIDE: gettext_lazy(
        "From mp.weixin.qq.com, an official account with web page authorisation: "
        "people who open this site inside WeChat."
    ),
    ProviderCode.DINGTALK: gettext_lazy("From open-dev.dingtalk.com, an internal application of your company."),
    ProviderCode.FEISHU: gettext_lazy("From open.feishu.cn, a custom application of your company."),
}


class ProviderForm(RefusableForm):
    """How we are known to a provider."""

    is_on = forms.BooleanField(label=gettext_lazy("People may log in by it"), required=False)
    name = forms.CharField(
        label=gettext_lazy("What the button calls it"),
        help_text=gettext_lazy("Empty: the usual name."),
        required=False,
        max_length=40,
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    address = forms.CharField(
        label=gettext_lazy("Issuer"),
        help_text=gettext_lazy("Such as https://id.example.com"),
        required=False,
        max_length=200,
        widget=forms.TextInput({"autocomplete": "off", "inputmode": "url", "spellcheck": "false"}),
    )
    client_id = forms.CharField(
        label=gettext_lazy("Client ID (app ID, app key)"),
        required=False,
        max_length=200,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    secret = forms.CharField(
        label=gettext_lazy("Secret"),
        required=False,
        strip=True,
        max_length=300,
        widget=forms.PasswordInput({"autocomplete": "new-password"}, render_value=True),
    )

    def __init__(self, *args: object, row: ProviderRow, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]  # passed on as they came
        if row.code != ProviderCode.OIDC:
            del self.fields["address"]
        if row.has_secret:
            self.fields["secret"].help_text = _("One is kept and shown to nobody. Leave empty to keep it.")


@page(access=ADMINISTRATORS)
def providers(request: PageRequest) -> HttpResponse:
    """Whom one may log in by, and whom one could."""
    return render(request, "office/providers.html", {"rows": [(row, _state(row)) for row in provider_rows()]})


@page(access=ADMINISTRATORS, methods=("GET", "POST"))
def provider(request: PageRequest, code: str) -> HttpResponse:
    """Set one of them up."""
    row = provider_row(code)
    first = {"is_on": row.is_on, "name": row.name, "address": row.address, "client_id": row.client_id}
    form = ProviderForm(request.POST or None, initial=first, row=row)
    if form.is_valid():
        typed = form.cleaned_data
        wanted = ProviderChange(
            is_on=typed["is_on"],
            name=typed["name"],
            client_id=typed["client_id"],
            secret=typed["secret"],
            address=typed.get("address", ""),
        )
        try:
            provider_set(code=code, wanted=wanted, now=clock.now())
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(reverse("office:provider", args=[code]), status=303)
    context = {
        "row": row,
        "state": _state(row),
        "where": WHERE[row.code],
        "form": form,
        "callback": request.build_absolute_uri(reverse("portal:login-with-answer", args=[code])),
    }
    response = render(request, "office/provider.html", context, status=422 if form.errors else 200)
    response["Cache-Control"] = "no-store"  # what was just typed stands in the form again
    return response


@page(access=ADMINISTRATORS, methods=("POST",))
def provider_test(request: PageRequest, code: str) -> HttpResponse:
    """Ask the provider whether it knows us by what is kept."""
    try:
        provider_check(code=code)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The provider answers and knows this ID and secret."))
    return HttpResponseRedirect(reverse("office:provider", args=[code]), status=303)


def _state(row: ProviderRow) -> State:
    if not row.is_set_up:
        return ABSENT
    return ON if row.is_on else OFF
