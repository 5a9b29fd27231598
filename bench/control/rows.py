"""The table of the control endpoints."""

from __future__ import annotations

from typing import Any

import psycopg

_TABLES = """
    CREATE TABLE IF NOT EXISTS bench_row (
        id bigint PRIMARY KEY, status varchar(10) NOT NULL, closed_at timestamptz, padding text NOT NULL
    );
    CREATE TABLE IF NOT EXISTS bench_win (row_id bigint NOT NULL, winner bigint NOT NULL);
    TRUNCATE bench_row, bench_win
"""


def rows_make(connection: psycopg.Connection[Any], count: int) -> None:
    """That many open rows, numbered from 1."""
    connection.execute(_TABLES)
    connection.execute(
        "INSERT INTO bench_row SELECT n, 'open', NULL, repeat('x', 200) FROM generate_series(1, %s) n", [count]
    )
