"""Fee tables: what a change of a promise costs, and the tables as the office sees them (B8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from paidan.catalog.constants import FeeOccasion, Party, Reached
from paidan.catalog.fee_terms import FeeCase, FeeQuote, FeeTerms, fee_of, terms_sentence
from paidan.catalog.models import FeeRule, FeeTable
from paidan.kernel.errors import NotFound
from paidan.kernel.texts import Texts, localized

TABLES_AT_MOST = 500


@dataclass(frozen=True, slots=True)
class FeeTableView:
    """One version of a table.

    Attributes:
        effective_at: from when it is sold under; of no meaning for a draft.
        is_draft: nobody is sold anything under it until it is put in force.
        is_open: it may still be edited, for nobody can have been sold anything under it.
        is_in_force: new bookings are sold under this version.
    """

    id: int
    code: str
    version: int
    name: Texts
    effective_at: datetime
    is_draft: bool
    is_open: bool
    is_in_force: bool
    rules: tuple[FeeTerms, ...]
    sentences: tuple[str, ...]

    @property
    def title(self) -> str:
        return localized(self.name) or self.code


def fee_quote(fee_table_id: int, price_minor: int, case: FeeCase) -> FeeQuote:
    """What a case costs under a version of a table."""
    return fee_of(fee_terms(fee_table_id), price_minor, case)


def fee_terms(fee_table_id: int) -> tuple[FeeTerms, ...]:
    """The rules of a version, in the order of the table."""
    return tuple(terms_of(rule) for rule in FeeRule.objects.filter(table=fee_table_id).order_by("pk"))


def cancellation_fee(
    fee_table_id: int, price_minor: int, notice_minutes: int, *, departed: bool = False, party: Party = Party.CUSTOMER
) -> FeeQuote:
    """The fee for cancelling so many minutes before the promised window opens, whatever the reason."""
    reached = Reached.DEPARTED if departed else Reached.BOOKED
    return fee_quote(fee_table_id, price_minor, FeeCase(notice_minutes, party=party, reached=reached))


def fee_table_for_sale(fee_table_id: int, *, now: datetime) -> FeeTable:
    """The version of a table that is sold under now: the newest in force, else the one named itself."""
    named = FeeTable.objects.get(pk=fee_table_id)
    newest = (
        FeeTable.objects.filter(code=named.code, is_draft=False, effective_at__lte=now)
        .order_by("-effective_at", "-version")
        .first()
    )
    return newest or named


def fee_tables(*, now: datetime) -> tuple[FeeTableView, ...]:
    """Every version of every table with its rules, the newest version first; two queries."""
    tables = list(FeeTable.objects.prefetch_related("rules").order_by("code", "-version")[:TABLES_AT_MOST])
    in_force: dict[str, FeeTable] = {}
    for table in tables:
        if not table.is_draft and table.effective_at <= now:
            best = in_force.get(table.code)
            if best is None or (table.effective_at, table.version) > (best.effective_at, best.version):
                in_force[table.code] = table
    return tuple(_view(table, in_force.get(table.code) is table, now) for table in tables)


def fee_table_view(table_id: int, *, now: datetime) -> FeeTableView:
    """One version.

    Raises:
        NotFound: there is no such version.
    """
    table = FeeTable.objects.prefetch_related("rules").filter(pk=table_id).first()
    if table is None:
        raise NotFound
    return _view(table, fee_table_for_sale(table_id, now=now).pk == table.pk, now)


def table_is_open(table: FeeTable, *, now: datetime) -> bool:
    """Whether nobody can have been sold anything under a version."""
    return table.sold_at is None and (table.is_draft or table.effective_at > now)


def terms_of(rule: FeeRule) -> FeeTerms:
    """A row as terms."""
    reached = Reached.BOOKED
    if rule.after_departure:
        reached = Reached.DEPARTED
    elif rule.after_assignment:
        reached = Reached.ASSIGNED
    return FeeTerms(
        percent=rule.percent,
        occasion=FeeOccasion(rule.occasion),
        party=Party(rule.party),
        reached=reached,
        notice_below_minutes=rule.notice_below_minutes,
        reason=rule.reason,
        fixed_minor=rule.fixed_minor,
        minimum_minor=rule.minimum_minor,
        maximum_minor=rule.maximum_minor,
        rule_id=rule.pk,
    )


def _view(table: FeeTable, is_in_force: bool, now: datetime) -> FeeTableView:  # noqa: FBT001  # private
    rules = tuple(terms_of(rule) for rule in sorted(table.rules.all(), key=lambda rule: rule.pk))
    return FeeTableView(
        id=table.pk,
        code=table.code,
        version=table.version,
        name=table.name,
        effective_at=table.effective_at,
        is_draft=table.is_draft,
        is_open=table_is_open(table, now=now),
        is_in_force=is_in_force,
        rules=rules,
        sentences=tuple(terms_sentence(rule) for rule in rules),
    )
