"""Reads of the catalog: what is sold, what a text may mean, what cancelling costs."""

from __future__ import annotations

from paidan.catalog.selectors.fees import FeeQuote, cancellation_fee
from paidan.catalog.selectors.finding import SURE, ItemMatch, MatchedItem, service_items_match
from paidan.catalog.selectors.items import (
    ServiceItemRow,
    ServiceTypeRow,
    SkillNeeded,
    service_item,
    service_item_sold,
    service_items,
    service_types,
)

__all__ = (
    "SURE",
    "FeeQuote",
    "ItemMatch",
    "MatchedItem",
    "ServiceItemRow",
    "ServiceTypeRow",
    "SkillNeeded",
    "cancellation_fee",
    "service_item",
    "service_item_sold",
    "service_items",
    "service_items_match",
    "service_types",
)
