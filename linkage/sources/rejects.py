"""The rejects: every record and value that staging left out, with file, line and reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from linkage.errors import GrainError, SourceError
from linkage.sources.locate import place_words
from linkage.sources.reasons import reason_sql
from linkage.sources.records import value_name
from linkage.tables.adding_up import UNREAD
from linkage.tables.quoting import name_sql, text_sql

if TYPE_CHECKING:
    import duckdb

    from linkage.sources.records import Records
    from linkage.study import Column

SHOWN_EXAMPLES = 3
REJECTED = "_rejected_records"


def prepare_rejects(connection: duckdb.DuckDBPyConnection, source: str) -> None:
    """Make the table if there is none, and clear it of an earlier staging of the same source."""
    connection.execute(
        "create table if not exists rejects "
        '(source varchar, file varchar, line bigint, "column" varchar, value varchar, reason varchar, row_kept boolean)'
    )
    connection.execute("delete from rejects where source = ?", [source])
    connection.execute(f'create table if not exists {UNREAD} (source varchar, "column" varchar, key varchar)')
    connection.execute(f"delete from {UNREAD} where source = ?", [source])


def store_rejected_rows(
    connection: duckdb.DuckDBPyConnection, source: str, typed: str, records: Records
) -> None:
    """A reject for every cell of a row without a key or time that cannot be read, so that all can be mended at once.

    Of a required column a missing value is one too; of any other only a value that is there.
    """
    connection.execute(f"create or replace temp table {REJECTED} as select * from ({typed}) where not _kept")
    rows = f"select * from {REJECTED}"
    for column in records.read_columns:
        bad = f"{name_sql(column.name)} is not null and {value_name(column)} is null"
        where = f"{records.required_sql(column)} is null" if column.required else bad
        _store(connection, source, rows, column, _reason(records, column), [where], kept=False)
    if records.spec.long:
        connection.execute(
            f"insert into rejects select {text_sql(source)}, _file, _line, {text_sql(records.spec.long.item)}, "
            f"null, 'no question is named', false from ({rows}) where _item is null order by _order"
        )
    connection.execute(f"drop table {REJECTED}")


def store_rejected_values(
    connection: duckdb.DuckDBPyConnection, source: str, rows: str, records: Records, column: Column
) -> None:
    """One reject a value of a kept row that was there and could not be read.

    rows : the records, or for a computed column the rows made of them.
    """
    where = ["_kept"] if not column.is_computed else []
    where += [f"{name_sql(column.name)} is not null", f"{value_name(column)} is null"]
    _store(connection, source, rows, column, _reason(records, column), where, kept=True)


def store_unread_keys(
    connection: duckdb.DuckDBPyConnection, source: str, typed: str, column: Column, key: str, *, merged: bool
) -> None:
    """The keys of rows whose value of a column was there and could not be read.

    merged : whether rows of a key became one by adding up; else the value that another row of the key gave will do.
    """
    lost = f"_kept and {name_sql(column.name)} is not null and {value_name(column)} is null"
    gone = f"select {name_sql(key)} from {name_sql('stg_' + source)} where {name_sql(column.name)} is null"
    connection.execute(
        f"insert into {UNREAD} select distinct {text_sql(source)}, {text_sql(column.name)}, {value_name(key)} "
        f"from ({typed}) where {lost}{'' if merged else f' and {value_name(key)} in ({gone})'} order by 3"
    )


def _reason(records: Records, column: Column) -> str:
    return reason_sql(column, records.reading, records.reasons(column))


def refuse_unreadable(connection: duckdb.DuckDBPyConnection, source: str, read: int) -> None:
    """SourceError where no row at all was accepted, with the first reasons."""
    rows = connection.execute(
        'select file, line, "column", value, reason from rejects where source = ? '
        'order by file, line, "column" limit ?',
        [source, SHOWN_EXAMPLES],
    ).fetchall()
    shown = "; ".join(
        f"{place_words(file, line, between=', ')}: {f'{column} ' if column else ''}"
        f"{'' if value is None else f'{value!r} '}{reason}"
        for file, line, column, value, reason in rows
    )
    raise SourceError(f"all {read:,} rows were rejected. {shown}.")


def refuse_doubles(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    typed: str,
    grain: Sequence[str],
    columns: Sequence[Column],
) -> None:
    """GrainError where two rows share the source's key, with one example and whether the rows are copies."""
    keys = ", ".join(map(name_sql, grain))
    doubled = f"select {keys}, count(*) as n from stg_{source} group by {keys} having count(*) > 1"
    groups, total = connection.execute(f"select count(*), sum(n) from ({doubled})").fetchone()
    if not groups:
        return
    *key, _ = connection.execute(f"{doubled} order by {keys} limit 1").fetchone()
    same = " and ".join(f"{value_name(k)} = ?" for k in grain)
    values = ", ".join(value_name(c) for c in columns)
    places = connection.execute(
        f"select _file, _line, count(*) over (partition by {values}) from ({typed}) where _kept and {same} "
        "order by _file, _line",
        key,
    ).fetchall()
    copies = all(n == len(places) for *_, n in places)
    advice = (
        "They are copies in every column: remove them where the file is made."
        if copies
        else "They differ in other columns: aggregate them or correct the key."
    )
    raise GrainError(
        f"source {source}: {total:,} rows share their {' and '.join(grain)} with another row, {groups:,} keys, "
        f"for example {_shown_key(key)} in {', '.join(place_words(f, n) for f, n, _ in places[:5])}. {advice}"
    )


def _shown_key(key: Sequence[object]) -> str:
    words = ", ".join(map(str, key))
    return words if len(key) == 1 else f"({words})"


def _store(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    rows: str,
    column: Column,
    reason: str,
    where: list[str],
    *,
    kept: bool,
) -> None:
    connection.execute(
        f"insert into rejects select {text_sql(source)}, _file, _line, {text_sql(column.name)}, "
        f"{name_sql(column.name)}, {reason}, {str(kept).lower()} "
        f"from ({rows}) where {' and '.join(where)} order by _order"
    )
