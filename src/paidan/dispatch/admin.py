"""Offers, decisions and policies in the back office: looked at, never edited."""

from __future__ import annotations

from paidan.accounts.back_office.tables import ReadOnlyTable, table
from paidan.dispatch.models import Decision, Offer, Policy


@table(Offer)
class OfferTable(ReadOnlyTable):
    list_display = ("ref", "visit", "territory", "status", "opened_at", "closes_at", "closed_at")
    list_filter = ("status", "territory")
    list_select_related = ("visit", "territory")
    search_fields = ("ref", "visit__ref")
    ordering = ("-opened_at",)


@table(Decision)
class DecisionTable(ReadOnlyTable):
    list_display = ("ref", "visit", "mode", "outcome", "winner", "policy", "decided_at")
    list_filter = ("mode", "outcome", "policy")
    list_select_related = ("visit", "winner", "policy")
    search_fields = ("ref", "visit__ref")
    ordering = ("-decided_at",)


@table(Policy)
class PolicyTable(ReadOnlyTable):
    list_display = ("code", "version", "status", "effective_at")
    list_filter = ("status",)
    ordering = ("code", "-version")
