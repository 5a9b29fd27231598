"""Reads of the catalog: what is sold, what a text may mean, what cancelling costs."""

from __future__ import annotations

from paidan.catalog.fee_terms import FeeQuote
from paidan.catalog.selectors.fees import (
    FeeTableView,
    cancellation_fee,
    fee_quote,
    fee_table_view,
    fee_tables,
)
from paidan.catalog.selectors.finding import SURE, ItemMatch, MatchedItem, service_items_match
from paidan.catalog.selectors.items import (
    AddOnRow,
    QuestionRow,
    ServiceItemRow,
    ServiceTypeRow,
    SkillNeeded,
    service_item,
    service_item_sold,
    service_items,
    service_types,
)
from paidan.catalog.selectors.naming import versions_called

__all__ = (
    "SURE",
    "AddOnRow",
    "FeeQuote",
    "FeeTableView",
    "ItemMatch",
    "MatchedItem",
    "QuestionRow",
    "ServiceItemRow",
    "ServiceTypeRow",
    "SkillNeeded",
    "cancellation_fee",
    "fee_quote",
    "fee_table_view",
    "fee_tables",
    "service_item",
    "service_item_sold",
    "service_items",
    "service_items_match",
    "service_types",
    "versions_called",
)
