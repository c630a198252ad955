"""One source -> its staging table: find its files, read them, type them, and account for every record."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.errors import SourceError
from linkage.sources.casts import Reading, bound_sql, name_sql, text_sql
from linkage.sources.columns import settle_columns, undeclared
from linkage.sources.delimited import open_delimited
from linkage.sources.locate import find_files, need_file, shown_path
from linkage.sources.queries import open_parquet, open_query
from linkage.sources.rawtable import RawTable
from linkage.sources.rejects import (
    prepare_rejects,
    refuse_doubles,
    refuse_unreadable,
    store_rejected_rows,
    store_rejected_values,
)
from linkage.sources.tally import SourceTally
from linkage.sources.workbooks import open_workbook

if TYPE_CHECKING:
    import duckdb

    from linkage.study import Column, Study

BAD_ENCODING_SHARE = 0.01
"""One damaged record is a reject; more than this share of them means that the encoding is another."""


def stage_source(connection: duckdb.DuckDBPyConnection, study: Study, name: str) -> SourceTally:
    """Read one source into the table stg_<name>, typed, and what could not be read into `rejects`.

    A row without a readable key or time is rejected whole; any other value that cannot be read, is not finite or
    lies outside its metric's scale becomes NULL and is a reject with row_kept. Times become UTC without a zone,
    those without one being taken on the study's clock. Rows are ordered by customer and time where the source has
    both, by its key otherwise. The connection must not be inside a transaction.

    Raises SourceError where a file is missing, empty, in another encoding or without a declared column, or where
    every row is rejected; GrainError where rows share the source's key. Both name files, lines and the remedy.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="linkage-") as scratch:
            return _stage(connection, study, name, Path(scratch))
    except SourceError as error:
        raise SourceError(f"{study.folder.name}/study.yml, sources.{name}: {error}") from error.__cause__


def _stage(connection: duckdb.DuckDBPyConnection, study: Study, name: str, scratch: Path) -> SourceTally:
    spec = study.sources[name]
    reading = Reading.of(spec, study.timezone)
    _check_reading(connection, reading)
    files = _open_files(connection, study, name, scratch)
    headers = {file.shown: file.header for file in files}
    columns = settle_columns(study.staging_columns(name), _times(study, name), headers)
    raw = RawTable(connection, name, tuple(c.name for c in columns), tuple(spec.missing), scratch)
    prepare_rejects(connection, name)
    try:
        for file in files:
            file.load(raw, _picks(columns, file.header))
        counts = _type_rows(raw, columns, reading, dict(spec.pad), _grain(study, name, columns))
    finally:
        raw.drop()
    return SourceTally(name, tuple(headers), **counts, undeclared=undeclared(columns, headers))


def _open_files(connection: duckdb.DuckDBPyConnection, study: Study, name: str, scratch: Path) -> list:
    spec = study.sources[name]
    if spec.sql:
        return [open_query(connection, need_file(study.folder, spec.sql), spec.sql, spec, study.folder)]
    wanted = {column.raw_name for column in study.staging_columns(name)}
    opened = []
    for path in find_files(study.folder, tuple(spec.files)):
        shown, ending = shown_path(study.folder, path), path.suffix.lower()
        if ending == ".parquet":
            opened.append(open_parquet(connection, path, shown, spec))
        elif ending == ".xlsx":
            opened.append(open_workbook(path, shown, spec))
        else:
            opened.append(open_delimited(path, shown, spec, wanted, scratch))
    return opened


def _times(study: Study, name: str) -> Sequence[str]:
    from linkage.declaration import ROLES

    return ROLES[study.sources[name].role].time


def _picks(columns: Sequence[Column], header: tuple[str, ...]) -> dict[str, int | None]:
    return {c.name: header.index(c.raw_name) if c.raw_name in header else None for c in columns}


def _grain(study: Study, name: str, columns: Sequence[Column]) -> list[str]:
    """The key columns the files really have: a day may stand for its period."""
    required = {c.name for c in columns if c.required}
    grain = [key for key in study.grain_of(name) if key in required]
    return [*grain, "period_on"] if "period_on" in required and "period" not in required else grain


def _check_reading(connection: duckdb.DuckDBPyConnection, reading: Reading) -> None:
    """Refuse date formats and a time zone that DuckDB does not know, before any file is read."""
    import duckdb

    tries = [
        (f"try_strptime('', {text_sql(f)})", f"dates: {f!r} is no format such as %d/%m/%Y")
        for f in reading.dates
    ]
    zone = f"timestamp '2026-01-01' at time zone {text_sql(reading.timezone)}"
    tries.append((zone, f"the study's timezone {reading.timezone!r} is none such as Europe/Berlin"))
    for expression, words in tries:
        try:
            connection.execute(f"select cast({expression} as varchar)").fetchall()
        except duckdb.Error as error:
            raise SourceError(f"{words}. {str(error).splitlines()[0]}") from error


def _type_rows(
    raw: RawTable, columns: Sequence[Column], reading: Reading, pad: dict[str, int], grain: list[str]
) -> dict[str, int]:
    """Make the staging table and the rejects of a source that was read; the counts of its tally."""
    connection, typed = raw.connection, _typed_sql(raw, columns, reading, pad)
    whole, accepted, bad, empty = _count(connection, typed, columns)
    read = whole + raw.broken_count
    if not read:
        raise SourceError("the file has a header and no rows.")
    if raw.undecoded_count > max(1, BAD_ENCODING_SHARE * read):
        raise SourceError(
            f"{raw.undecoded_count:,} of {read:,} rows are not text in the encoding declared (utf-8 by default). "
            "Declare the one the file has, for example encoding: cp1252."
        )
    if accepted < whole:
        store_rejected_rows(connection, raw.source, typed, columns, reading)
    if not accepted:
        refuse_unreadable(connection, raw.source, read)
    for column in columns:
        if bad[column.name]:
            store_rejected_values(connection, raw.source, typed, column, reading)
    _create_table(connection, raw.source, typed, columns, grain)
    refuse_doubles(connection, raw.source, typed, grain, columns)
    return {
        "rows_read": read,
        "rows_accepted": accepted,
        "rows_rejected": read - accepted,
        "values_rejected": sum(bad.values()),
        "values_missing": sum(empty.values()),
    }


def _typed_sql(raw: RawTable, columns: Sequence[Column], reading: Reading, pad: dict[str, int]) -> str:
    """A select of every record: the text of each column, its value as _value_<column>, and whether the row is kept."""
    texts = ", ".join(name_sql(c.name) for c in columns)
    values = ", ".join(
        f"{reading.value_sql(c, pad=pad.get(c.name))} as {name_sql('_value_' + c.name)}" for c in columns
    )
    bound = ", ".join(
        f"{bound_sql(replace(c, name='_value_' + c.name))} as {name_sql('_value_' + c.name)}" for c in columns
    )
    kept = (
        " and ".join(f"{name_sql('_value_' + c.name)} is not null" for c in columns if c.required) or "true"
    )
    return (
        f"select *, {kept} as _kept from (select _file, _line, {texts}, {bound} "
        f"from (select *, {values} from ({raw.union_sql()})))"
    )


def _count(
    connection: duckdb.DuckDBPyConnection, typed: str, columns: Sequence[Column]
) -> tuple[int, int, dict[str, int], dict[str, int]]:
    """Records, accepted records, and by column the values of these that could not be read, and that were missing."""
    counts = ["count(*)", "count(*) filter (_kept)"]
    for column in columns:
        text, value = name_sql(column.name), name_sql("_value_" + column.name)
        counts.append(f"count(*) filter (_kept and {text} is not null and {value} is null)")
        counts.append(f"count(*) filter (_kept and {text} is null)")
    whole, accepted, *rest = connection.execute(f"select {', '.join(counts)} from ({typed})").fetchone()
    names = [c.name for c in columns]
    return (
        whole,
        accepted,
        dict(zip(names, rest[::2], strict=True)),
        dict(zip(names, rest[1::2], strict=True)),
    )


def _create_table(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    typed: str,
    columns: Sequence[Column],
    grain: list[str],
) -> None:
    """Order by customer and time, so that the windows of later joins are read from neighbouring rows."""
    names = {c.name for c in columns}
    times = [c.name for c in columns if c.required and c.kind in ("time", "date") and c.name not in grain]
    order = [*(["customer_id", *times] if "customer_id" in names and times else []), *grain]
    selected = ", ".join(f"{name_sql('_value_' + c.name)} as {name_sql(c.name)}" for c in columns)
    connection.execute(
        f"create or replace table {name_sql('stg_' + source)} as select {selected} from ({typed}) where _kept "
        f"order by {', '.join(name_sql(c) for c in dict.fromkeys(order))}"
    )
