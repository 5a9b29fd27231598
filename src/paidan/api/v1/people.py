"""People who may log in, the matrix of roles, and how busy territories are."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from ninja import Path, Query, Schema
from pydantic import Field

from paidan.accounts import directory
from paidan.accounts.constants import Permission, RoleCode
from paidan.accounts.rules import may
from paidan.accounts.services import (
    InvitedPerson,
    NewPerson,
    invitation_renew,
    person_invite,
    person_rename,
    role_permissions_set,
    second_factors_reset,
    sessions_end,
    user_change,
)
from paidan.api.v1.paging import CursorText, Limit, Page
from paidan.api.v1.requests import ApiRequest
from paidan.api.v1.routes import Routes
from paidan.dispatch.selectors import TerritoryLoad, territory_loads
from paidan.kernel import clock
from paidan.workforce.selectors import territories_in_scope
from paidan.workforce.services import territory_scope_set

routes = Routes("People")
EDITORS = may(Permission.EDIT_USERS)
PersonId = Annotated[int, Path(ge=1, le=2**63 - 1)]
State = Literal["", "active", "invited", "disabled"]
LONGEST_CODE = 60


class PersonRowOut(Schema):
    """Somebody in the list; phone and e-mail are masked."""

    id: int
    name: str
    phone: str
    email: str
    role: str
    state: str
    last_login_at: datetime | None


class PersonOut(PersonRowOut):
    """Somebody, with phone and e-mail in full, and the territories they watch over."""

    created_at: datetime
    territories: list[str]


class PersonIn(Schema):
    """Somebody to invite; a phone or an e-mail is needed."""

    name: str = Field(max_length=80)
    role: RoleCode
    phone: str = Field(default="", max_length=30)
    email: str = Field(default="", max_length=254)
    language: Literal["", "zh-hans", "en"] = ""


class PersonChangeIn(Schema):
    """What is left out stays as it is."""

    name: str | None = Field(default=None, max_length=80)
    role: RoleCode | None = None
    is_active: bool | None = None
    territories: list[Annotated[str, Field(max_length=LONGEST_CODE)]] | None = Field(default=None, max_length=500)


class InvitedOut(Schema):
    """Who was invited, and until when the link that was sent is good."""

    id: int
    expires_at: datetime

    @staticmethod
    def of(invited: InvitedPerson) -> InvitedOut:
        return InvitedOut(id=invited.user_id, expires_at=invited.expires_at)


class RoleOut(Schema):
    code: str
    permissions: list[str]


class RoleIn(Schema):
    permissions: list[Annotated[str, Field(max_length=LONGEST_CODE)]] = Field(max_length=200)


class TerritoryLoadOut(Schema):
    """Totals of today; ``is_own`` tells whether the caller may see the visits behind them."""

    code: str
    name: str
    is_own: bool
    on_duty: int
    visits_today: int
    unassigned_today: int


@routes.get("people", access=EDITORS, response=Page[PersonRowOut], summary="Who may log in")
def people_list(  # each is a filter of the query string
    request: ApiRequest,
    limit: Limit,
    cursor: CursorText,
    search: Annotated[str, Query(default="", max_length=80)],
    role: Annotated[str, Query(default="", max_length=40)],
    state: Annotated[State, Query(default="")],
) -> object:
    """The newest first; by part of a name or e-mail, or digits of a phone."""
    return directory.people(request.actor, search=search, role=role, state=state, cursor=cursor, limit=limit)


@routes.post("people", access=EDITORS, response={201: InvitedOut}, summary="Invite somebody")
def person_create(request: ApiRequest, body: PersonIn) -> InvitedOut:
    """The link to set a password goes to the phone, else to the e-mail; it is in no answer."""
    new = NewPerson(role=body.role, name=body.name, phone=body.phone, email=body.email, language=body.language)
    return InvitedOut.of(person_invite(person=new, actor=request.actor, now=clock.now()))


@routes.get("people/{user_id}", access=EDITORS, response=PersonOut, summary="One of them")
def person_detail(request: ApiRequest, user_id: PersonId) -> PersonOut:
    """How they log in, when they last did, and what they watch over."""
    return _person(request, user_id)


@routes.put("people/{user_id}", access=EDITORS, response=PersonOut, summary="Change name, role, access or territories")
def person_update(request: ApiRequest, user_id: PersonId, body: PersonChangeIn) -> PersonOut:
    """Disabling ends their sessions at once. The last active administrator stays."""
    shown = directory.person(request.actor, user_id)
    if body.name is not None:
        person_rename(user_id=user_id, name=body.name, actor=request.actor)
    if body.role is not None or body.is_active is not None:
        user_change(
            user_id=user_id,
            role=body.role or RoleCode(shown.role),
            is_active=shown.state != directory.DISABLED if body.is_active is None else body.is_active,
            actor=request.actor,
        )
    if body.territories is not None:
        territory_scope_set(user_id=user_id, codes=set(body.territories), actor=request.actor)
    return _person(request, user_id)


@routes.post("people/{user_id}/invite", access=EDITORS, response=InvitedOut, summary="Send a new invitation")
def person_invite_again(request: ApiRequest, user_id: PersonId) -> InvitedOut:
    """Earlier links end; refused once a password is set."""
    return InvitedOut.of(invitation_renew(user_id=user_id, actor=request.actor, now=clock.now()))


@routes.post("people/{user_id}/end-sessions", access=EDITORS, response=PersonOut, summary="Log out everywhere")
def person_sessions_end(request: ApiRequest, user_id: PersonId) -> PersonOut:
    """Every browser session and API key of theirs ends."""
    sessions_end(user_id=user_id, actor=request.actor, now=clock.now())
    return _person(request, user_id)


@routes.post("people/{user_id}/reset-second-factor", access=EDITORS, response=PersonOut, summary="Reset second factor")
def person_second_factor_reset(request: ApiRequest, user_id: PersonId) -> PersonOut:
    """Authenticator app, passkeys and recovery codes are forgotten, and every browser session of theirs ends."""
    second_factors_reset(user_id=user_id, actor=request.actor, now=clock.now())
    return _person(request, user_id)


@routes.get("roles", access=EDITORS, response=list[RoleOut], summary="What each role may do")
def roles_list(request: ApiRequest) -> list[RoleOut]:
    """The matrix of roles and permissions."""
    held = directory.permissions_by_role(request.actor)
    return [RoleOut(code=code.value, permissions=sorted(permissions)) for code, permissions in held.items()]


@routes.put("roles/{code}", access=EDITORS, response=RoleOut, summary="Set what a role may do")
def role_update(request: ApiRequest, code: RoleCode, body: RoleIn) -> RoleOut:
    """Administrators keep the permission to edit users."""
    role = role_permissions_set(code=code, permissions=body.permissions, actor=request.actor)
    return RoleOut(code=role.code, permissions=role.permissions)


@routes.get(
    "territories/load",
    access=may(Permission.VIEW_TECHNICIANS),
    response=list[TerritoryLoadOut],
    summary="How busy each territory is today",
)
def territories_load(request: ApiRequest) -> list[TerritoryLoad]:
    """Totals only, of neighbours as well; the caller's own territories come first."""
    return list(territory_loads(request.actor, now=clock.now()))


def _person(request: ApiRequest, user_id: int) -> PersonOut:
    shown = directory.person(request.actor, user_id)
    return PersonOut(
        id=shown.id,
        name=shown.name,
        phone=shown.phone,
        email=shown.email,
        role=shown.role,
        state=shown.state,
        last_login_at=shown.last_login_at,
        created_at=shown.created_at,
        territories=sorted(territories_in_scope(user_id)),
    )
