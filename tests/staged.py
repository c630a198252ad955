"""Staging a source of given rows, for the tests of what a study can state about its raw data."""

from __future__ import annotations

import duckdb

from linkage.sources import stage_source
from linkage.study import load_study


def stage(folder, source: str = "feedback", **settings):
    """A connection with the staged source, and its tally."""
    connection = duckdb.connect(config={"autoinstall_known_extensions": "false", **settings})
    return connection, stage_source(connection, load_study(folder), source)


def rows(connection, table: str, columns: str = "*") -> list[tuple]:
    return connection.execute(f"select {columns} from {table}").fetchall()


def rejects(connection) -> list[tuple]:
    """Line, column, value, reason and whether the row was kept."""
    return connection.execute(
        'select line, "column", value, reason, row_kept from rejects order by file, line, "column"'
    ).fetchall()


def is_accounted_for(connection, tally) -> bool:
    """Every record is a row, was merged into one, or has rejects; every lost value has its reject."""
    (made,) = connection.execute(f"select count(*) from stg_{tally.source}").fetchone()
    lost = "select count(distinct (file, line)) from rejects where not row_kept"  # a reject for each of its cells
    whole = connection.execute(lost).fetchone()[0]
    values = connection.execute("select count(*) from rejects where row_kept").fetchone()[0]
    return (
        tally.rows_read == tally.rows_accepted + tally.rows_rejected
        and made == tally.rows_accepted - tally.rows_merged
        and whole == tally.rows_rejected
        and values == tally.values_rejected
    )
