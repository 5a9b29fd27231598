"""Many rows at once by PostgreSQL's COPY, several times faster than INSERT."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import Field, Model


def rows_copy(kind: type[Model], rows: Sequence[Model]) -> None:
    """Write rows of one kind; they get no ids in memory, so nothing may refer to them."""
    described = kind._meta  # noqa: SLF001 -- a documented name
    fields = [field for field in described.concrete_fields if not field.primary_key]
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    table = connection.ops.quote_name(described.db_table)
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row([_value(row, field) for field in fields])


def _value(row: Model, field: Field[Any, Any]) -> Any:
    value = getattr(row, field.attname)
    if value is None and field.is_relation:
        # The row it refers to got its id after this one was made.
        related = getattr(row, field.name)
        value = related.pk if related is not None else None
    return field.get_db_prep_save(value, connection)
