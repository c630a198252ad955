"""Rows that stand there twice under different keys: the same answer, contact or purchase in every column.

What could not be read is empty in both and says nothing: it makes no two rows the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from linkage.grains import PERSONS
from linkage.profiling.problem import LOOK, Problem, share_of
from linkage.profiling.scanning import Scan
from linkage.profiling.staged import EVENT_TIMES
from linkage.tables.adding_up import UNREAD
from linkage.tables.quoting import name_sql, text_sql

if TYPE_CHECKING:
    import duckdb

REPEATED = "repeated under another key"


def repeat_problems(connection: duckdb.DuckDBPyConnection, scan: Scan) -> Iterator[Problem]:
    """Rows equal to another in all columns but the key: same person, same time, same values."""
    staged = scan.staged
    times = [t for t in EVENT_TIMES.get(staged.role, ()) if t in scan.columns]
    whose = [p for p in PERSONS if p in scan.columns]
    others = [name for name in scan.columns if name not in staged.keys]
    measured = [name for name in others if name not in (*times, *whose)]
    if not (times and whose and measured):
        return
    is_told = f"coalesce({', '.join(times)}) is not null and coalesce({', '.join(whose)}) is not null"
    is_told += f" and ({' or '.join(f'{name_sql(name)} is not null' for name in measured)})"
    if len(staged.keys) == 1:
        unread = f"select key from {UNREAD} where source = {text_sql(staged.source)}"
        is_told += f" and {name_sql(staged.keys[0])} not in ({unread})"
    by = ", ".join(map(name_sql, others))
    groups, repeats, example = connection.execute(
        f"select count(*), coalesce(sum(n) - count(*), 0), min(example) from (select count(*) as n, "
        f"min({staged.key_sql}) as example from {staged.table} where {is_told} group by {by} having count(*) > 1)"
    ).fetchall()[0]
    if groups:
        advice = (
            f"{groups:,} rows stand there again under another {' and '.join(staged.keys)}: same person, same time, "
            "same values. Exported twice? Then remove the copies where the file is made."
        )
        advice += " (Two equal items of one order look the same.)" if staged.role == "transactions" else ""
        share = share_of(int(repeats), scan.rows)
        yield Problem(staged.source, "", REPEATED, int(repeats), share, LOOK, advice, example=example)
