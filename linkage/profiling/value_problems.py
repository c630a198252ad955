"""What looks wrong in the values of a column: none, one alone, or a code that stands for none."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from linkage.profiling.column_profile import SEVERAL
from linkage.profiling.far_amounts import far_amounts
from linkage.profiling.odd_values import odd_ends
from linkage.profiling.problem import FINE, LOOK, Problem, share_of
from linkage.profiling.scanning import Counted, Scan
from linkage.profiling.staged import EVENT_TIMES, Staged
from linkage.study_file.declaration import ROLES
from linkage.tables.quoting import name_sql, text_sql

if TYPE_CHECKING:
    import duckdb

    from linkage.study import Study

EMPTY, CONSTANT, ONE_OR_NONE, NO_KEY = "empty", "all equal", "one value or none", "no key"
CODE, NO_DATE, FAR_AWAY = "code for no value", "placeholder date", "far from all others"
FEW_ROWS, TINY = "few rows", 30
"""With fewer dated rows than this hardly any link can be shown."""


def value_problems(connection: duckdb.DuckDBPyConnection, study: Study, scan: Scan) -> Iterator[Problem]:
    """Problems of the values of one staging table."""
    if scan.staged.role in EVENT_TIMES and scan.rows < TINY:
        yield Problem(
            scan.staged.source, "", FEW_ROWS, scan.rows, 1.0, LOOK,
            f"{scan.rows:,} rows show no link but the strongest. Is the export whole?",
        )  # fmt: skip
    metrics = {m.column for m in study.metrics_of(scan.staged.source)}
    for name, counted in scan.columns.items():
        yield from _of_filling(scan, name, counted, name in metrics)
        # The time a row happened is judged with the calendar: see timing_problems.
        if name not in EVENT_TIMES.get(scan.staged.role, ()):
            yield from _of_ends(connection, scan.staged, scan.rows, name, counted)


def _of_filling(scan: Scan, name: str, counted: Counted, is_metric: bool) -> Iterator[Problem]:
    source, missing = scan.staged.source, scan.rows - counted.filled
    share = share_of(missing, scan.rows)
    if not counted.filled:
        advice = (
            "No row has a value. Look at the column's name, its 'missing' words and the rejects, or drop it."
        )
        yield Problem(source, name, EMPTY, scan.rows, 1.0, LOOK, advice)
    elif counted.distinct == 1 and counted.filled >= SEVERAL and not _says_when(scan.staged, name):
        severity = LOOK if is_metric else FINE
        what, advice = (
            CONSTANT,
            "The same value in every row: it can neither explain anything nor be explained.",
        )
        if missing:
            what = ONE_OR_NONE
            advice = (
                "One value or none: does an empty cell mean no? Then write it there (0 for a flag); as it is, only "
                "rows with a value are used, and all of them are equal."
            )
        yield Problem(
            source, name, what, counted.filled, share_of(counted.filled, scan.rows), severity, advice
        )
    elif counted.column.key and missing and name == "customer_id":
        advice = (
            "These rows carry no key: they count in figures, and join nothing that is known of the customer."
        )
        yield Problem(source, name, NO_KEY, missing, share, LOOK, advice)


def _says_when(staged: Staged, name: str) -> bool:
    """Whether a column dates the row: one wave or one period is no defect."""
    return name in staged.keys or name in ROLES[staged.role].time


def _of_ends(
    connection: duckdb.DuckDBPyConnection, staged: Staged, rows: int, name: str, counted: Counted
) -> Iterator[Problem]:
    """Codes and values far away, counted only where the ends of a column are odd: seldom."""
    codes, far = odd_ends(counted.lows, counted.highs, counted.distinct)
    for value in codes + far:
        found, example = _rows_with(connection, staged, counted, value)
        if value in codes and not _is_spike(connection, staged, counted, value, found):
            continue
        what = FAR_AWAY if value in far else NO_DATE if isinstance(value, date) else CODE
        advice, share = _advice(counted, value, what, codes + far), share_of(found, rows)
        yield Problem(staged.source, name, what, found, share, LOOK, advice, example=example)
    if not isinstance(counted.low, date):
        yield from _of_slips(connection, staged, rows, counted, tuple(codes + far))


def _of_slips(
    connection: duckdb.DuckDBPyConnection,
    staged: Staged,
    rows: int,
    counted: Counted,
    known: tuple[float, ...],
) -> Iterator[Problem]:
    """Amounts far above all others by their logarithms: a lost decimal comma makes a hundred of one."""
    far = far_amounts(connection, staged, counted, known=known)
    if far is None:
        return
    name = counted.column.name
    apart = "".join(f" and not {_is(staged, counted, value)}" for value in known)
    (example,) = connection.execute(
        f"select min({staged.key_sql}) from {staged.table} "
        f"where cast({name_sql(name)} as double) >= {far.lowest!r}{apart}"
    ).fetchall()[0]
    them = "value is" if far.count == 1 else "values are"
    advice = (
        f"{far.count:,} {them} at least {math.floor(far.times):,} times the largest of all others: decimal signs lost, "
        "or another unit? They can make a mean, and any link with it. Correct them where the file is made; a 'scale' "
        "for the metric rejects them. If they are right, leave them."
    )
    share = share_of(far.count, rows)
    yield Problem(staged.source, name, FAR_AWAY, far.count, share, LOOK, advice, example=example)


def _rows_with(connection, staged: Staged, counted: Counted, value: float | date) -> tuple[int, str | None]:
    return connection.execute(
        f"select count(*), min({staged.key_sql}) from {staged.table} where {_is(staged, counted, value)}"
    ).fetchall()[0]


def _is(staged: Staged, counted: Counted, value: float | date) -> str:
    if isinstance(value, date):
        return f"{staged.day_sql(counted.column)} = date {text_sql(value.isoformat())}"
    return f"cast({name_sql(counted.column.name)} as double) = {float(value)!r}"


def _is_spike(connection, staged: Staged, counted: Counted, value: float | date, found: int) -> bool:
    """A small number that could be meant must stand there more than once, and 8 or 9 more often than its neighbour."""
    if isinstance(value, date) or abs(value) >= 10:
        return True
    if found < 2 or value < 0:
        return found >= 2
    nearest = next((v for v in counted.highs if v < value and v not in (8.0, 9.0)), None)
    return nearest is None or found >= _rows_with(connection, staged, counted, nearest)[0]


def _advice(counted: Counted, value: float | date, what: str, odd: list[float | date]) -> str:
    shown = value.isoformat() if isinstance(value, date) else f"{value:g}"
    if what == FAR_AWAY:
        return f"{shown} lies far away from every other value: a slip of the pen? A 'scale' for the metric rejects it."
    if what == NO_DATE:
        return f"{shown} is what systems write where there is no date. List it, as the file writes it, under 'missing'."
    low, high = (next(v for v in ends if v not in odd) for ends in (counted.lows, counted.highs))
    return (
        f"{shown} stands apart from all others ({low:g} to {high:g}). If it stands for no value, list it under "
        "'missing' of the source; a 'scale' for the metric rejects it too."
    )
