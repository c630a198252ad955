"""One source -> its staging table: find its files, read them, type them, and account for every record."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.errors import SourceError
from linkage.scratch import scratch_folder
from linkage.sources.casts import Reading
from linkage.sources.choices import undeclared_words
from linkage.sources.columns import need_column, settle_columns, undeclared
from linkage.sources.delimited import open_delimited
from linkage.sources.folders import data_folder
from linkage.sources.folding import (
    fold_sql,
    refuse_doubled_items,
    refuse_other_customers,
    reject_disagreements,
)
from linkage.sources.json_records import open_json
from linkage.sources.layout import is_about_sql
from linkage.sources.locate import JSON_ENDINGS, find_files, need_file, shown_path
from linkage.sources.progress import LARGE, Say, size_words, told
from linkage.sources.queries import open_parquet, open_query
from linkage.sources.rawtable import RawTable
from linkage.sources.records import ITEM, Records, value_name
from linkage.sources.rejects import (
    prepare_rejects,
    refuse_doubles,
    refuse_unreadable,
    store_rejected_rows,
    store_rejected_values,
    store_unread_keys,
)
from linkage.sources.spans import with_computed
from linkage.sources.tally import SourceTally
from linkage.sources.workbooks import open_workbooks
from linkage.tables.quoting import name_sql, text_sql

if TYPE_CHECKING:
    import duckdb

    from linkage.study import Column, Study

BAD_ENCODING_SHARE = 0.01
"""One damaged record is a reject; more than this share of them means that the encoding is another."""

TYPED = "_typed_records"


def stage_source(
    connection: duckdb.DuckDBPyConnection, study: Study, name: str, *, say: Say = lambda text: None
) -> SourceTally:
    """Read one source into the table stg_<name>, typed, and what could not be read into `rejects`.

    A row without a readable key or time is rejected whole; any other value that cannot be read, is not finite or
    lies outside its metric's scale becomes NULL and is a reject with row_kept. Times become UTC without a zone,
    those without one being taken on the study's clock. Rows are ordered by customer and time where the source has
    both, by its key otherwise. The connection must not be inside a transaction.

    say : told how much there is to read, and while it takes long how far it got.

    Raises SourceError where a file is missing, empty, in another encoding or without a declared column, or where
    every row is rejected; GrainError where rows share the source's key. Both name files, lines and the remedy.
    """
    try:
        with scratch_folder() as scratch:
            return _stage(connection, study, name, scratch, say)
    except SourceError as error:
        raise SourceError(f"{study.folder.name}/study.yml, sources.{name}: {error}") from error.__cause__


def _stage(
    connection: duckdb.DuckDBPyConnection, study: Study, name: str, scratch: Path, say: Say
) -> SourceTally:
    spec = study.sources[name]
    paths = paths_of(study, name)
    size = sum(path.stat().st_size for path in paths)
    say(f"reading {name}: {size_words(paths)}")
    _check_reading(connection, Reading.of(spec, study.timezone))
    files = _open_files(connection, study, name, paths, scratch)
    headers = {file.shown: file.header for file in files}
    if spec.long:
        need_column(spec.long.item, "long: item", headers)
        need_column(spec.long.value, "long: value", headers)
    columns = settle_columns(study.staging_columns(name), _times(study, name), headers)
    present = frozenset(raw for header in headers.values() for raw in header)
    records = Records(study, spec, tuple(columns), tuple(_times(study, name)), present)
    for option, beside in records.beside.items():
        need_column(beside, option.strip("_"), headers)
    raw = RawTable(connection, name, tuple(records.layout.slots.values()), tuple(spec.missing), scratch)
    prepare_rejects(connection, name)
    try:
        for file in files:
            with told(connection, say, f"reading {file.shown}", size):
                file.load(raw, records.layout.picks(file.header))
        with told(connection, say, f"settling {name}", size):
            typed = _typed_once(connection, records.sql(raw.union_sql()), size)
            counts = _type_rows(raw, records, typed, _grain(study, name, columns), tuple(headers))
            words = _undeclared_words(raw, records)
    finally:
        raw.drop()
        connection.execute(f"drop table if exists {TYPED}")
    unused = undeclared(set(records.layout.slots), headers)
    return SourceTally(name, tuple(headers), **counts, undeclared=(*unused, *words))


def _undeclared_words(raw: RawTable, records: Records) -> tuple[str, ...]:
    """The questions of a long export, and the choices of cells with several, that nothing declares."""
    found: list[str] = []
    union, layout, spec = raw.union_sql(), records.layout, records.spec
    if spec.long:
        declared = [word for words in spec.long.items.values() for word in words]
        select = f"select {layout.slot(spec.long.item)} from ({union})"
        found += undeclared_words(raw.connection, select, declared, spec.long.item, "long: items")
    for name, delimiter in spec.split.items():
        flags = [c for c in records.read_columns if c.metric_choices and name in c.metric.choice]
        if flags:
            declared = [word for c in flags for word in c.metric_choices]
            words = f"string_split({layout.text_sql(flags[0], records.reading)}, {text_sql(delimiter)})"
            select = f"select trim(unnest({words})) from ({union})"
            found += undeclared_words(raw.connection, select, declared, flags[0].raw_name, "choice")
    return tuple(found)


def paths_of(study: Study, name: str) -> list[Path]:
    """The files a source is read from; SourceError where one is not there."""
    spec = study.sources[name]
    if not spec.sql:
        return find_files(data_folder(study), tuple(spec.files))
    attached = [need_file(data_folder(study), spec.attach.path)] if spec.attach and spec.attach.path else []
    return [need_file(study.folder, spec.sql), *attached]


def _declared_files(study: Study) -> list[Path]:
    """The files that `from` names anywhere in study.yml; those of a source that is not there are told of by it."""
    found: list[Path] = []
    for name, spec in study.sources.items():
        try:
            found += [] if spec.sql else paths_of(study, name)
        except SourceError:
            continue
    return found


def _open_files(
    connection: duckdb.DuckDBPyConnection, study: Study, name: str, paths: list[Path], scratch: Path
) -> list:
    spec = study.sources[name]
    if spec.sql:
        allowed = [study.folder, data_folder(study), *paths, *_declared_files(study)]
        return [open_query(connection, paths[0], spec.sql, spec, data_folder(study), scratch, allowed)]
    wanted = {raw for column in study.staging_columns(name) for raw in column.raw_names}
    opened, folder = [], data_folder(study)
    for path in paths:
        shown, ending = shown_path(folder, path), path.suffix.lower()
        if ending == ".parquet":
            opened.append(open_parquet(connection, path, shown, spec))
        elif path.name.lower().endswith(JSON_ENDINGS):
            opened.append(open_json(connection, path, shown, spec))
        elif ending == ".xlsx":
            opened += open_workbooks(path, shown, spec, wanted)
        else:
            opened.append(open_delimited(path, shown, spec, wanted, scratch))
    return opened


def _times(study: Study, name: str) -> Sequence[str]:
    from linkage.study_file.declaration import ROLES

    return ROLES[study.sources[name].role].time


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


def _typed_once(connection: duckdb.DuckDBPyConnection, typed: str, size: int) -> str:
    """A select of the typed records. They are counted, stored and judged, so they are made once and read again.

    size : bytes that were read; from LARGE on they are made each time, rather than held beside the text.
    """
    if size >= LARGE:
        return typed
    connection.execute(f"create or replace temp table {TYPED} as {typed}")
    return f"select * from {TYPED}"


def _type_rows(
    raw: RawTable, records: Records, typed: str, grain: list[str], files: Sequence[str]
) -> dict[str, int]:
    """Make the staging table and the rejects of a source that was read; the counts of its tally.

    typed : a select of its records with their values.
    """
    connection, source = raw.connection, raw.source
    whole, accepted, bad, empty = _count(connection, typed, records.read_columns)
    read = whole + raw.broken_count
    _refuse_unread(raw, read, files)
    if accepted < whole:
        store_rejected_rows(connection, source, typed, records)
    if not accepted:
        refuse_unreadable(connection, source, read)
    _store_values(connection, source, typed, records, bad)
    disagreeing = _check_folding(connection, source, typed, records, grain)
    folded = fold_sql(typed, records.read_columns, grain, _dated(records), records.spec)
    rows = with_computed(folded, records.columns, records.clock)
    made = _create_table(connection, source, rows, records.columns, grain)
    refuse_doubles(connection, source, typed, grain, records.read_columns)
    _store_unread(connection, source, typed, records, grain, bad)
    computed = [c for c in records.columns if c.is_computed]
    if computed:
        *_, more_bad, more_empty = _count(connection, f"select *, true as _kept from ({rows})", computed)
        _store_values(connection, source, rows, records, more_bad)
        bad, empty = bad | more_bad, empty | more_empty
    return {
        "rows_read": read,
        "rows_accepted": accepted,
        "rows_rejected": read - accepted,
        "values_rejected": sum(bad.values()) + disagreeing,
        "values_missing": sum(empty.values()),
        "rows_merged": accepted - made,
    }


def _refuse_unread(raw: RawTable, read: int, files: Sequence[str]) -> None:
    if not read:
        named = f"{files[0]}: the file has" if len(files) == 1 else f"{', '.join(files)}: the files have"
        remedy = "Export it again with its rows, or take the source out of study.yml"
        raise SourceError(f"{named} a header and no rows. {remedy}.")
    if raw.undecoded_count > max(1, BAD_ENCODING_SHARE * read):
        raise SourceError(
            f"{raw.undecoded_count:,} of {read:,} rows are not text in the encoding declared (utf-8 by default). "
            "Declare the one the file has, for example encoding: cp1252."
        )


def _store_values(
    connection: duckdb.DuckDBPyConnection, source: str, rows: str, records: Records, bad: dict[str, int]
) -> None:
    """The rejects of columns of which some value could not be read."""
    for column in records.columns:
        if bad.get(column.name):
            store_rejected_values(connection, source, rows, records, column)


def _store_unread(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    typed: str,
    records: Records,
    grain: list[str],
    bad: dict[str, int],
) -> None:
    """The keys of values that could not be read: they would be missing from a sum in silence, and look like empty."""
    for column in records.read_columns if len(grain) == 1 else ():
        if bad.get(column.name):
            merged = records.spec.doubled == "merge"
            store_unread_keys(connection, source, typed, column, grain[0], merged=merged)


def _dated(records: Records) -> list[str]:
    """The columns that say which of two rows of one key is the later."""
    return [c.name for c in records.read_columns if c.required and c.kind in ("time", "date")]


def _check_folding(
    connection: duckdb.DuckDBPyConnection, source: str, typed: str, records: Records, grain: list[str]
) -> int:
    """Refuse rows that cannot become one, and give the number of values that lose to another of their row."""
    columns = records.read_columns
    if records.spec.doubled == "merge" and "customer_id" in {c.name for c in columns}:
        refuse_other_customers(connection, source, typed, grain)
    if not records.spec.long:
        return 0
    refuse_doubled_items(connection, source, typed, columns, grain)
    return reject_disagreements(connection, source, typed, columns, grain, _dated(records))


def _count(
    connection: duckdb.DuckDBPyConnection, typed: str, columns: Sequence[Column]
) -> tuple[int, int, dict[str, int], dict[str, int]]:
    """Records, accepted records, and by column the values of these that could not be read, and that were missing."""
    counts = ["count(*)", "count(*) filter (_kept)"]
    for column in columns:
        text, value = name_sql(column.name), value_name(column)
        counts.append(f"count(*) filter (_kept and {text} is not null and {value} is null)")
        asked = f"and {is_about_sql(column, ITEM)}" if column.items else ""
        counts.append(f"count(*) filter (_kept and {text} is null {asked})")
    whole, accepted, *rest = connection.execute(f"select {', '.join(counts)} from ({typed})").fetchone()
    names = [c.name for c in columns]
    return (
        whole,
        accepted,
        dict(zip(names, rest[::2], strict=True)),
        dict(zip(names, rest[1::2], strict=True)),
    )


def _create_table(
    connection: duckdb.DuckDBPyConnection, source: str, rows: str, columns: Sequence[Column], grain: list[str]
) -> int:
    """Make the staging table and give its number of rows.

    They are ordered by customer and time, so that the windows of later joins are read from neighbouring rows.
    """
    names = {c.name for c in columns}
    times = [c.name for c in columns if c.required and c.kind in ("time", "date") and c.name not in grain]
    order = [*(["customer_id", *times] if "customer_id" in names and times else []), *grain]
    selected = ", ".join(f"{value_name(c)} as {name_sql(c.name)}" for c in columns)
    table = name_sql("stg_" + source)
    connection.execute(
        f"create or replace table {table} as select {selected} from ({rows}) "
        f"order by {', '.join(name_sql(c) for c in dict.fromkeys(order))}"
    )
    return connection.execute(f"select count(*) from {table}").fetchone()[0]
