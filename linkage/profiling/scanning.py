"""Everything a profile needs of a staging table, counted in one pass over it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from linkage.tables.quoting import name_sql

if TYPE_CHECKING:
    import duckdb

    from linkage.profiling.staged import Staged
    from linkage.study import Column

LARGE = 2_000_000
"""Above so many rows different values are estimated (HyperLogLog, Flajolet and others 2007), not counted."""
ENDS = 4
"""So many of the lowest and of the highest different values tell a code such as 99 from a wide range."""

NUMBERS = ("number", "whole", "percent", "flag")
DAYS = ("date", "time")

ORDERS = (
    ("interactions", "started_at", "ended_at"),
    ("customers", "joined_on", "left_on"),
    ("employees", "hired_on", "left_on"),
    ("customer_units", "valid_from", "valid_to"),
    ("employee_units", "valid_from", "valid_to"),
)
"""By role, what begins and what ends: the end cannot come first."""


@dataclass(frozen=True)
class Counted:
    """What one column holds. lows, highs : its lowest and highest different numbers or days, from the outside in."""

    column: Column
    filled: int
    distinct: int
    lows: tuple[float | date, ...] = ()
    highs: tuple[float | date, ...] = ()

    @property
    def low(self) -> float | date | None:
        return self.lows[0] if self.lows else None

    @property
    def high(self) -> float | date | None:
        return self.highs[0] if self.highs else None


@dataclass(frozen=True)
class Scan:
    """One staging table, counted.

    keys : how many different keys. is_exact : whether different values were counted and not estimated.
    columns : by name, those that are declared or hold a value. turned : by (begin, end), rows that end first,
        and the key of one.
    """

    staged: Staged
    rows: int
    keys: int
    is_exact: bool
    columns: dict[str, Counted]
    turned: dict[tuple[str, str], tuple[int, str | None]]


def scan_table(connection: duckdb.DuckDBPyConnection, staged: Staged) -> Scan:
    """Count a staging table's rows, keys, values and ends, in one pass."""
    (rows,) = connection.execute(f"select count(*) from {staged.table}").fetchall()[0]
    is_exact = rows <= LARGE
    pairs = [(b, e) for role, b, e in ORDERS if role == staged.role and staged.has(b, e)]
    parts = [f"count(distinct {staged.key_sql if len(staged.keys) > 1 else name_sql(staged.keys[0])})"]
    for begin, end in pairs:
        parts += [f"count(*) filter ({end} < {begin})", f"min({staged.key_sql}) filter ({end} < {begin})"]
    for column in staged.columns:
        parts += _parts(staged, column, is_exact)
    found = iter(connection.execute(f"select {', '.join(parts)} from {staged.table}").fetchall()[0])
    keys = next(found)
    turned = {pair: (next(found), next(found)) for pair in pairs}
    counted = [_counted(column, found) for column in staged.columns]
    # A column the suite knows and no file has is no finding: nobody said that it was there.
    there = {c.column.name: c for c in counted if c.filled or not c.column.optional_in_file}
    return Scan(staged, rows, keys, is_exact, there, turned)


def _parts(staged: Staged, column: Column, is_exact: bool) -> list[str]:
    name = name_sql(column.name)
    different = f"count(distinct {name})" if is_exact else f"approx_count_distinct({name})"
    if column.kind in NUMBERS:
        value = f"cast({name} as double)"
    elif column.kind in DAYS:
        value = staged.day_sql(column)
    else:
        return [f"count({name})", different]
    ends = [f"min(distinct {value}, {ENDS})", f"max(distinct {value}, {ENDS})"]
    return [f"count({name})", different, *ends]


def _counted(column: Column, found: Iterator) -> Counted:
    filled, distinct = next(found), next(found)
    if column.kind not in (*NUMBERS, *DAYS):
        return Counted(column, filled, distinct)
    return Counted(column, filled, distinct, tuple(next(found) or ()), tuple(next(found) or ()))
