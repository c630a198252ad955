"""Small records kept in the warehouse as JSON lines, so that lists and missing values come back as they were."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


def save_rows(connection: duckdb.DuckDBPyConnection, table: str, rows: list[dict]) -> None:
    """Make a table of records, in order."""
    connection.execute(f"create table {table} (place bigint, record varchar)")
    if rows:
        lines = [(place, json.dumps(row, default=str)) for place, row in enumerate(rows)]
        connection.executemany(f"insert into {table} values (?, ?)", lines)


def read_rows(connection: duckdb.DuckDBPyConnection, table: str) -> list[dict]:
    """What save_rows kept, in order."""
    lines = connection.execute(f"select record from {table} order by place").fetchall()
    return [json.loads(line) for (line,) in lines]
