"""The join ledger: for every join, which rows met, which did not, why, and whether it multiplied any."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from linkage.errors import GrainError

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

EXAMPLES = 5

_HEADER = re.compile(
    r"^--\s*(join|collect|window):\s*(\w+)\.(\w+)\s*->\s*(\w+)\.(\w+)\s*(?:,\s*(.+?)\s*)?$", re.MULTILINE
)


@dataclass(frozen=True)
class Join:
    """A join as a model's header declares it.

    verb : join (a look-up: at most one row on the right), collect (many rows on the right, brought to the
        left's grain), window (collect, of those rows only that meet the condition).
    condition : in time order for join and collect (rows that break it are counted), the window itself for window.
    """

    verb: str
    left_table: str
    left_key: str
    right_table: str
    right_key: str
    condition: str | None = None

    @property
    def name(self) -> str:
        return f"{self.left_table}.{self.left_key} -> {self.right_table}.{self.right_key}"


@dataclass(frozen=True)
class LedgerRow:
    """What one join did.

    left_rows, right_rows : rows on either side. matched, unmatched : left rows with and without a partner.
    left_keys, matched_keys : different keys on the left, and how many of them found a partner.
    no_key, look_alike, absent : why left rows found none (empty key; a key that differs only in case,
        punctuation or leading zeros; no such key on the right).
    right_unmatched : right rows nobody asked for. fan_out : most right rows that met one left row.
    time_violations : matched pairs in the wrong order of time.
    revenue_share : share of all revenue that belongs to the customers or units that matched, 0 to 1.
    examples : up to five keys of the left that found no partner.
    """

    model: str
    join: str
    verb: str
    left_rows: int
    right_rows: int
    matched: int
    unmatched: int
    left_keys: int
    matched_keys: int
    no_key: int
    look_alike: int
    absent: int
    right_unmatched: int
    fan_out: int
    time_violations: int | None
    revenue_share: float | None
    examples: tuple[str, ...] = field(default=())

    @property
    def match_rate(self) -> float:
        return self.matched / self.left_rows if self.left_rows else 0.0


def joins_of(header: str) -> list[Join]:
    """The joins a rendered model declares, in order."""
    return [Join(*parts, condition or None) for *parts, condition in _HEADER.findall(header)]


def measure(
    connection: duckdb.DuckDBPyConnection, model: str, join: Join, money: str | None = None
) -> LedgerRow:
    """Count what a join does. `money` is the column of event_purchase that revenue is counted in.

    Raises GrainError where a look-up finds more than one row for a key.
    """
    left_rows, no_key, left_keys = _one(
        connection,
        f"select count(*), count(*) - count({join.left_key}), count(distinct {join.left_key}) from {join.left_table}",
    )
    (right_rows,) = _one(connection, f"select count(*) from {join.right_table}")
    matched, matched_keys, fan_out, pairs_out = _one(connection, _matches_sql(join))
    if join.verb == "join" and fan_out > 1:
        _refuse_fan_out(connection, model, join)
    look_alike = _one(connection, _look_alike_sql(join))[0] if left_rows - matched - no_key else 0
    (right_unmatched,) = _one(
        connection,
        f"select count(*) from {join.right_table} as right_side where not exists (select 1 from "
        f"{join.left_table} as left_side where left_side.{join.left_key} = right_side.{join.right_key})",
    )
    unmatched = left_rows - matched
    return LedgerRow(
        model=model,
        join=join.name,
        verb=join.verb,
        left_rows=left_rows,
        right_rows=right_rows,
        matched=matched,
        unmatched=unmatched,
        left_keys=left_keys,
        matched_keys=matched_keys,
        no_key=no_key,
        look_alike=look_alike,
        absent=unmatched - no_key - look_alike,
        right_unmatched=right_unmatched,
        fan_out=fan_out,
        time_violations=pairs_out if join.condition and join.verb != "window" else None,
        revenue_share=_revenue_share(connection, join, money),
        examples=_examples(connection, join) if unmatched > no_key else (),
    )


def _one(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple:
    return connection.execute(sql).fetchall()[0]


def _pair_condition(join: Join) -> str:
    return join.condition or "true"


def _matches_sql(join: Join) -> str:
    """Left rows matched, their different keys, the most partners, and the pairs in the wrong order of time."""
    counted = "count(*)" if join.verb != "window" else f"count(*) filter (where {_pair_condition(join)})"
    return f"""
        with met as (
            select
                left_side.rowid as left_row,
                left_side.{join.left_key} as met_key,
                {counted} as partners,
                count(*) filter (where not ({_pair_condition(join)})) as wrong_order
            from {join.left_table} as left_side
            inner join {join.right_table} as right_side
                on right_side.{join.right_key} = left_side.{join.left_key}
            group by left_side.rowid, left_side.{join.left_key}
        )
        select
            count(*) filter (where partners > 0),
            count(distinct met_key) filter (where partners > 0),
            coalesce(max(partners), 0),
            coalesce(cast(sum(wrong_order) as bigint), 0)
        from met
    """


def _plain(column: str) -> str:
    """A key without case, punctuation and leading zeros, to see which keys nearly match."""
    return f"ltrim(regexp_replace(lower({column}), '[^a-z0-9]', '', 'g'), '0')"


def _look_alike_sql(join: Join) -> str:
    return f"""
        select count(*)
        from {join.left_table} as left_side
        where left_side.{join.left_key} is not null
            and not exists (
                select 1 from {join.right_table} as right_side
                where right_side.{join.right_key} = left_side.{join.left_key}
            )
            and exists (
                select 1 from {join.right_table} as right_side
                where {_plain(f"right_side.{join.right_key}")} = {_plain(f"left_side.{join.left_key}")}
            )
    """


def _examples(connection: duckdb.DuckDBPyConnection, join: Join) -> tuple[str, ...]:
    if join.verb == "window":
        return ()
    rows = connection.execute(
        f"""
        select distinct left_side.{join.left_key}
        from {join.left_table} as left_side
        where left_side.{join.left_key} is not null
            and not exists (
                select 1 from {join.right_table} as right_side
                where right_side.{join.right_key} = left_side.{join.left_key}
            )
        order by 1
        limit {EXAMPLES}
        """
    ).fetchall()
    return tuple(str(key) for (key,) in rows)


def _revenue_share(connection: duckdb.DuckDBPyConnection, join: Join, money: str | None) -> float | None:
    """The share of revenue whose customer (or unit) is among the left rows that matched."""
    key = join.left_key if join.left_key in ("customer_id", "unit_id") else "customer_id"
    columns = {name for (name, *_) in connection.execute(f"describe {join.left_table}").fetchall()}
    if money is None or key not in columns:
        return None
    share = _one(
        connection,
        f"""
        with matched as (
            select distinct left_side.{key}
            from {join.left_table} as left_side
            inner join {join.right_table} as right_side
                on right_side.{join.right_key} = left_side.{join.left_key}
                {f"and {join.condition}" if join.verb == "window" else ""}
        )
        select
            fsum({money}) filter (where {key} in (select {key} from matched)) / nullif(fsum({money}), 0)
        from event_purchase
        """,
    )[0]
    return None if share is None else round(float(share), 6)


def _refuse_fan_out(connection: duckdb.DuckDBPyConnection, model: str, join: Join) -> None:
    rows = connection.execute(
        f"select {join.right_key}, count(*) from {join.right_table} where {join.right_key} is not null "
        f"group by 1 having count(*) > 1 order by 2 desc, 1 limit 1"
    ).fetchall()
    key, count = rows[0]
    raise GrainError(
        f"{model}: the join {join.name} would multiply rows: {count} rows of {join.right_table} share the key "
        f"{key!r}. Bring {join.right_table} to one row a {join.right_key} before joining it."
    )


def ledger_frame(rows: list[LedgerRow]) -> pd.DataFrame:
    """The ledger as a table, one row a join."""
    import pandas as pd

    frame = pd.DataFrame([{**asdict(row), "match_rate": row.match_rate} for row in rows])
    return frame if len(frame) else pd.DataFrame(columns=["model", "join", "verb"])
