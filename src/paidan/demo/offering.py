"""The demo city's catalog, read from ``data/catalog.toml``."""

from __future__ import annotations

import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

from paidan.catalog.constants import DispatchMode, Party, PriceKind, QuestionKind
from paidan.catalog.models import (
    AddOn,
    FeeRule,
    FeeTable,
    ItemQuestion,
    ServiceItem,
    ServiceItemVersion,
    ServiceType,
    Skill,
    SkillNeed,
)

_SOURCE = Path(__file__).parent / "data" / "catalog.toml"
FEN = 100
URGENT_YUAN = 30


def catalog_offer(*, effective_at: datetime) -> None:
    """Make skills, types, items with their first version, and the fee table they are sold under."""
    source = tomllib.loads(_SOURCE.read_text(encoding="utf-8"))
    skills = {code: Skill(code=code, name=_texts(name)) for code, name in source["skills"].items()}
    Skill.objects.bulk_create(skills.values())
    fees = _fee_table(effective_at)
    types = {
        row["code"]: ServiceType(code=row["code"], name=_texts(row["name"]), icon=row["icon"], position=position)
        for position, row in enumerate(source["types"])
    }
    ServiceType.objects.bulk_create(types.values())
    items = [
        ServiceItem(code=row["code"], type=types[row["type"]], position=position)
        for position, row in enumerate(source["items"])
    ]
    ServiceItem.objects.bulk_create(items)
    versions = [_version(row, item, fees, effective_at) for row, item in zip(source["items"], items, strict=True)]
    ServiceItemVersion.objects.bulk_create(versions)
    _options_offer({row["code"]: version for row, version in zip(source["items"], versions, strict=True)}, source)
    SkillNeed.objects.bulk_create(
        SkillNeed(version=version, skill=skills[code], level=level)
        for row, version in zip(source["items"], versions, strict=True)
        for code, level in row["needs"].items()
    )


def _options_offer(versions: dict[str, ServiceItemVersion], source: dict[str, Any]) -> None:
    """Add-ons and questions of the items that have some."""
    AddOn.objects.bulk_create(
        AddOn(
            version=versions[row["item"]],
            code=row["code"],
            name=_texts(row["name"]),
            price_minor=row["yuan"] * FEN,
            extra_minutes=row.get("minutes", 0),
            position=position,
        )
        for position, row in enumerate(source["add_ons"])
    )
    ItemQuestion.objects.bulk_create(
        ItemQuestion(
            version=versions[row["item"]],
            code=row["code"],
            text=_texts(row["text"]),
            kind=QuestionKind(row["kind"]),
            choices=[_texts(choice) for choice in row.get("choices", ())],
            is_required=row.get("required", False),
            position=position,
        )
        for position, row in enumerate(source["questions"])
    )


def _texts(pair: list[str]) -> dict[str, str]:
    zh, en = pair
    return {"zh": zh, "en": en}


def _keywords(row: dict[str, Any]) -> list[str]:
    """Keywords stand one phrase after the other, parted by ``、`` and ``;``."""
    return [phrase.strip() for text, mark in ((row["zh"], "、"), (row["en"], ";")) for phrase in text.split(mark)]


def _version(row: dict[str, Any], item: ServiceItem, fees: FeeTable, effective_at: datetime) -> ServiceItemVersion:
    return ServiceItemVersion(
        item=item,
        version=1,
        effective_at=effective_at,
        name=_texts(row["name"]),
        description=_texts(row["description"]),
        keywords=_keywords(row),
        notes=_texts(row["notes"]),
        question=_texts(row["question"]),
        checklist=[_texts(line) for line in row["checklist"]],
        duration_minutes=row["minutes"],
        price_kind=PriceKind.QUOTE if row.get("quote") else PriceKind.FIXED,
        price_minor=row["yuan"] * FEN,
        urgent_minor=URGENT_YUAN * FEN,
        pay_minor=row["pay_yuan"] * FEN,
        mode=DispatchMode(row.get("mode", DispatchMode.GRAB_FIRST)),
        is_round_the_clock=row.get("round_the_clock", False),
        is_demanding=row.get("demanding", False),
        is_recurring=row.get("recurring", False),
        fee_table=fees,
    )


def _fee_table(effective_at: datetime) -> FeeTable:
    table = FeeTable.objects.create(
        code="standard",
        version=1,
        name={"zh": "标准取消规则", "en": "Standard cancellation fees"},
        effective_at=effective_at,
    )
    FeeRule.objects.create(
        table=table, party=Party.CUSTOMER, notice_below_minutes=120, percent=20, minimum_minor=20 * FEN
    )
    return table
