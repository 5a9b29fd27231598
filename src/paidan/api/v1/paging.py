"""Lists by cursor: ``?limit=`` and ``?cursor=`` in, ``items`` and ``next_cursor`` out."""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar

from ninja import Query, Schema
from pydantic import Field

from paidan.kernel.paging import LARGEST_PAGE, PAGE_SIZE

T = TypeVar("T")


class Page(Schema, Generic[T]):
    """One page of a list; ``next_cursor`` is null after the last. Made from a ``kernel.paging.Slice``."""

    items: list[T]
    next_cursor: str | None = Field(
        default=None, description="Pass it as ?cursor= to get the next page; null after the last."
    )


Limit = Annotated[int, Query(default=PAGE_SIZE, ge=1, le=LARGEST_PAGE, description="Rows on a page.")]
CursorText = Annotated[
    str, Query(default="", max_length=500, description="From next_cursor; empty for the first page.")
]
