"""Roles and permissions (U4). A role is a set of permissions; the matrix is data, these are its codes."""

from __future__ import annotations

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise


class RoleCode(models.TextChoices):
    """The roles every installation starts with."""

    ADMINISTRATOR = "administrator", _("Administrator")
    MANAGER = "manager", _("Manager")
    DISPATCHER = "dispatcher", _("Dispatcher")
    CUSTOMER_SERVICE = "customer_service", _("Customer service")
    TEAM_LEAD = "team_lead", _("Team lead")
    TECHNICIAN = "technician", _("Technician")
    CUSTOMER = "customer", _("Customer")


class Permission(StrEnum):
    """What a role may do. Scope (own, team, territory, all) is the access door's business."""

    BOOK_FOR_SELF = "booking.book_for_self"
    BOOK_FOR_OTHERS = "booking.book_for_others"
    ORDER_FOR_PARTNERS = "partner.order"
    VIEW_BOOKINGS = "booking.view"
    CHANGE_BOOKINGS = "booking.change"
    VIEW_VISITS = "visit.view"
    EXECUTE_VISITS = "visit.execute"
    GRAB_OFFERS = "offer.grab"
    ASSIGN_VISITS = "visit.assign"
    OVERRIDE_CONFLICTS = "visit.override"
    VIEW_DECISIONS = "decision.view"
    VIEW_WORKLIST = "worklist.view"
    VIEW_REPORTS = "report.view"
    VIEW_TECHNICIANS = "technician.view"
    EDIT_MASTER_DATA = "master_data.edit"
    EDIT_USERS = "user.edit"
    VIEW_AUDIT = "audit.view"
    UNMASK_CUSTOMERS = "customer.unmask"


PERMISSION_LABELS: dict[Permission, StrOrPromise] = {
    Permission.BOOK_FOR_SELF: _("Book for oneself"),
    Permission.BOOK_FOR_OTHERS: _("Book for customers"),
    Permission.ORDER_FOR_PARTNERS: _("Book orders of partners"),
    Permission.VIEW_BOOKINGS: _("See bookings"),
    Permission.CHANGE_BOOKINGS: _("Change and cancel bookings"),
    Permission.VIEW_VISITS: _("See visits"),
    Permission.EXECUTE_VISITS: _("Carry out visits"),
    Permission.GRAB_OFFERS: _("Grab offers"),
    Permission.ASSIGN_VISITS: _("Assign visits"),
    Permission.OVERRIDE_CONFLICTS: _("Assign against a rule, with a reason"),
    Permission.VIEW_DECISIONS: _("See why a visit was assigned"),
    Permission.VIEW_WORKLIST: _("See exceptions"),
    Permission.VIEW_REPORTS: _("See reports"),
    Permission.VIEW_TECHNICIANS: _("See technicians"),
    Permission.EDIT_MASTER_DATA: _("Edit master data"),
    Permission.EDIT_USERS: _("Edit users and roles"),
    Permission.VIEW_AUDIT: _("See the audit"),
    Permission.UNMASK_CUSTOMERS: _("See full phone numbers and addresses"),
}
_P = Permission
_DESK = frozenset(
    {
        _P.BOOK_FOR_OTHERS,
        _P.ORDER_FOR_PARTNERS,
        _P.VIEW_BOOKINGS,
        _P.CHANGE_BOOKINGS,
        _P.VIEW_VISITS,
        _P.VIEW_WORKLIST,
        _P.VIEW_DECISIONS,
        _P.VIEW_TECHNICIANS,
    }
)
_FIELD = frozenset({_P.VIEW_VISITS, _P.EXECUTE_VISITS, _P.GRAB_OFFERS, _P.VIEW_DECISIONS})
ROLE_PERMISSIONS: dict[RoleCode, frozenset[Permission]] = {
    RoleCode.ADMINISTRATOR: frozenset(_P) - {_P.EXECUTE_VISITS, _P.GRAB_OFFERS, _P.BOOK_FOR_SELF},
    RoleCode.MANAGER: _DESK
    | {_P.ASSIGN_VISITS, _P.OVERRIDE_CONFLICTS, _P.VIEW_REPORTS, _P.VIEW_AUDIT, _P.UNMASK_CUSTOMERS},
    RoleCode.DISPATCHER: _DESK | {_P.ASSIGN_VISITS, _P.OVERRIDE_CONFLICTS, _P.UNMASK_CUSTOMERS},
    RoleCode.CUSTOMER_SERVICE: _DESK,
    RoleCode.TEAM_LEAD: _FIELD | {_P.VIEW_TECHNICIANS},
    RoleCode.TECHNICIAN: _FIELD,
    RoleCode.CUSTOMER: frozenset({_P.BOOK_FOR_SELF, _P.VIEW_BOOKINGS, _P.CHANGE_BOOKINGS}),
}
STAFF_ROLES = frozenset({RoleCode.ADMINISTRATOR, RoleCode.MANAGER, RoleCode.DISPATCHER, RoleCode.CUSTOMER_SERVICE})
CREW_ROLES = frozenset({RoleCode.TECHNICIAN, RoleCode.TEAM_LEAD})


class LinkPurpose(models.TextChoices):
    """What the holder of a link may open without logging in."""

    BOOKING = "booking", _("Booking")
    REVIEW = "review", _("Review")
    PLAN = "plan", _("Recurring plan")
    INVITATION = "invitation", _("Invitation")


class ProviderCode(models.TextChoices):
    """Who may vouch for people here. WeChat's own browser knows its users through another app than a QR code."""

    OIDC = "oidc", _("Single sign-on")
    WECHAT = "wechat", _("WeChat")
    WECHAT_INSIDE = "wechat_inside", _("WeChat, in its own browser")
    DINGTALK = "dingtalk", _("DingTalk")
    FEISHU = "feishu", _("Feishu")


PROVIDER_FAMILIES: dict[ProviderCode, ProviderCode] = {ProviderCode.WECHAT_INSIDE: ProviderCode.WECHAT}
"""Apps of one provider: to the person they are the same way to log in."""
