"""One row a key where a source has several: answers to many questions, tickets reopened, records sent again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from linkage.errors import GrainError
from linkage.sources.locate import place_words
from linkage.tables.quoting import name_sql, text_sql
from linkage.tables.steady_sums import steady_mean, steady_sum

if TYPE_CHECKING:
    import duckdb

    from linkage.study import Column
    from linkage.study_file.declaration import SourceSpec

DURATIONS = ("second", "minute", "hour", "day")
LATEST = ("ended_at", "left_on", "valid_to")


def fold_sql(
    records: str, columns: Sequence[Column], grain: Sequence[str], times: Sequence[str], spec: SourceSpec
) -> str:
    """The kept records, one row a key: _file, _line and _copies, and each column's _value_.

    grain : our names of the key. times : our names of the columns that say which of two records is later.
    """
    keys = ", ".join(map(_value, grain))
    later = [*map(_value, times), "_order"]
    if spec.doubled in ("first", "last"):
        order = ", ".join(later if spec.doubled == "first" else [f"{c} desc" for c in later])
        return (
            f"select *, count(*) over (partition by {keys}) as _copies from ({records}) where _kept "
            f"qualify row_number() over (partition by {keys} order by {order}) = 1"
        )
    if not spec.long and spec.doubled == "refuse":
        return f"select *, 1 as _copies from ({records}) where _kept"
    how = _of_long if spec.long else _of_merged
    folded = [_folded(c, "first" if c.name in grain else how(c, spec, times)) for c in columns]
    placed = f"row_number() over (partition by {keys} order by {'_order' if spec.long else ', '.join(later)})"
    return (
        f"select min(_order) as _order, arg_min(_file, _order) as _file, arg_min(_line, _order) as _line, "
        f"count(*) as _copies, {', '.join(folded)} "
        f"from (select *, {placed} as _place from ({records}) where _kept) group by {keys}"
    )


def refuse_other_customers(
    connection: duckdb.DuckDBPyConnection, source: str, records: str, grain: Sequence[str]
) -> None:
    """GrainError where rows of one key belong to different customers: these are no rows of one thing."""
    keys = ", ".join(map(_value, grain))
    found = connection.execute(
        f"select {keys}, min(_value_customer_id), max(_value_customer_id), count(*) over () from ({records}) "
        f"where _kept group by {keys} having count(distinct _value_customer_id) > 1 order by {keys} limit 1"
    ).fetchone()
    if found:
        *key, one, other, count = found
        raise GrainError(
            f"source {source}: {count:,} keys stand in rows of different customers, for example {_shown(key)} in "
            f"rows of {one} and of {other}, so they cannot be merged. Correct the key, or choose doubled: last."
        )


def refuse_doubled_items(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    records: str,
    columns: Sequence[Column],
    grain: Sequence[str],
) -> None:
    """GrainError where a response answers one question twice, and not the same."""
    keys = ", ".join(map(_value, grain))
    for column in columns:
        if not column.items or column.metric_choices:
            continue
        value = _value(column)
        doubled = (
            f"select {keys}, count(*) over () as n from ({records}) where _kept group by {keys} "
            f"having count(distinct {value}) > 1 order by {keys} limit 1"
        )
        found = connection.execute(doubled).fetchone()
        if not found:
            continue
        *key, count = found
        same = " and ".join(f"{_value(k)} = ?" for k in grain)
        places = connection.execute(
            f"select _file, _line from ({records}) where _kept and {same} and {value} is not null "
            "order by _order limit 5",
            key,
        ).fetchall()
        raise GrainError(
            f"source {source}: {count:,} responses answer {column.name} ({', '.join(column.items)}) twice, and not "
            f"the same, for example {_shown(key)} in {', '.join(place_words(*p) for p in places)}. Keep one answer a "
            "response and question where the file is made, or in a select under 'sql:'."
        )


def reject_disagreements(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    records: str,
    columns: Sequence[Column],
    grain: Sequence[str],
    times: Sequence[str],
) -> int:
    """Reject what a later line of a long export says otherwise than the first line of its response; how many."""
    keys, rejected = ", ".join(map(_value, grain)), 0
    for column in columns:
        if column.items or column.name in (*grain, *times):
            continue
        value = _value(column)
        doubted = f"select 1 from ({records}) where _kept group by {keys} having count(distinct {value}) > 1"
        if not connection.execute(f"select exists({doubted})").fetchone()[0]:
            continue
        first = f"first_value({value} ignore nulls) over (partition by {keys} order by _order)"
        rejected += connection.execute(
            f"insert into rejects select {text_sql(source)}, _file, _line, {text_sql(column.name)}, "
            f"{name_sql(column.name)}, 'not what an earlier line of the same response says', true "
            f"from (select *, {first} as _first from ({records}) where _kept) "
            f"where {value} <> _first order by _order"
        ).fetchone()[0]
    return rejected


def _of_long(column: Column, spec: SourceSpec, times: Sequence[str]) -> str:
    """A response is given when its last question is answered; several lines may each hold a choice."""
    return "max" if column.name in times or column.metric_choices else "first"


def _of_merged(column: Column, spec: SourceSpec, times: Sequence[str]) -> str:
    if column.name in spec.merge:
        return spec.merge[column.name]
    metric = column.metric
    if metric and (metric.aggregate == "sum" or metric.type == "whole" or metric.unit in DURATIONS):
        return "sum"
    if metric:
        return "last"
    if column.kind in ("date", "time"):
        return "max" if column.name in LATEST else "min"
    return "first"


def _folded(column: Column, how: str) -> str:
    value = _value(column)
    there = f"filter (where {value} is not null)"
    made = {
        "first": f"arg_min({value}, _place) {there}",
        "last": f"arg_max({value}, _place) {there}",
        "min": f"min({value})",
        "max": f"max({value})",
        "sum": steady_sum(value) if column.kind != "whole" else f"cast(sum({value}) as bigint)",
        "mean": steady_mean(value),
    }
    return f"{made[how]} as {value}"


def _value(column: Column | str) -> str:
    return name_sql(f"_value_{column if isinstance(column, str) else column.name}")


def _shown(key: Sequence[object]) -> str:
    words = ", ".join(map(str, key))
    return words if len(key) == 1 else f"({words})"
