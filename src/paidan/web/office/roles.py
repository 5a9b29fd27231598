"""The matrix: what each role may do, ticked by whoever edits users."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from paidan.accounts.constants import Permission, RoleCode
from paidan.accounts.directory import matrix, permissions_by_role, role_choices
from paidan.accounts.rules import may
from paidan.accounts.services import MatrixMoved, matrix_set
from paidan.kernel.errors import DomainError
from paidan.web.components.access import PageRequest, page

Held = dict[RoleCode, frozenset[str]]


@page(access=may(Permission.EDIT_USERS), methods=("GET", "POST"))
def roles(request: PageRequest) -> HttpResponse:
    """Read and tick the matrix."""
    if request.method != "POST":
        return _matrix_page(request, permissions_by_role(request.actor))
    ticked = _ticked(request.POST)
    try:
        changed = matrix_set(wanted=ticked, seen=_seen(request.POST), actor=request.actor)
    except MatrixMoved as error:
        return _matrix_page(request, permissions_by_role(request.actor), str(error), status=error.status)
    except DomainError as error:
        sentence = " ".join(dict.fromkeys(map(str, error.fields.values()))) or str(error)
        return _matrix_page(request, ticked, sentence, status=error.status)
    messages.success(request, _("Saved; it holds from the next page on.") if changed else _("Nothing was different."))
    return HttpResponseRedirect(reverse("office:roles"), status=303)


def _ticked(form: QueryDict) -> Held:
    known = set(Permission)
    return {role: frozenset(form.getlist(role.value)) & known for role in RoleCode}


def _seen(form: QueryDict) -> Held:
    return {role: frozenset(form.get(f"seen-{role.value}", "").split()) for role in RoleCode}


def _matrix_page(request: PageRequest, held: Held, refusal: str = "", *, status: int = 200) -> HttpResponse:
    present = permissions_by_role(request.actor)
    context = {
        "rows": matrix(request.actor, held),
        "roles": role_choices(),
        "seen": [(role.value, " ".join(sorted(present[role]))) for role in RoleCode],
        "refusal": refusal,
    }
    return render(request, "office/roles.html", context, status=status)
