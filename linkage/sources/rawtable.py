"""The records of a source's files as DuckDB holds them before typing: one temporary table a file, all text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from linkage.sources.casts import clean_sql, name_sql, text_sql

if TYPE_CHECKING:
    import duckdb

BATCH = 20_000
SHOWN = 200
"""So many characters of a broken record are kept to be shown."""


NOT_TEXT = "not valid"
"""How the reason begins where bytes are no text in the encoding that was declared."""


class Record(NamedTuple):
    """One record as a file has it: the line it starts in, its fields or why it has none, its lines."""

    line: int
    fields: list[str | None] | None
    text: Sequence[str] = ()
    reason: str = ""


@dataclass
class RawTable:
    """Where the files of one source are read into, and what was broken in them.

    columns : our names, in order. Each file becomes a temporary table of them, cleaned text, with the line.
    """

    connection: duckdb.DuckDBPyConnection
    source: str
    columns: tuple[str, ...]
    missing: tuple[str, ...]
    tables: list[tuple[str, str, str]] = field(default_factory=list)
    broken_count: int = 0
    undecoded_count: int = 0

    def add_select(
        self, file: str, picked: dict[str, str | None], origin: str, *, line: str, stored: bool
    ) -> int:
        """Read a file through a select and give the number of records.

        picked : for each of our columns the SQL that yields its text, or None where the file lacks it.
        line : SQL for a record's line; where not `stored` it is worked out from the row's position later.
        """
        table = self._new_table()
        texts = [f"{self._cleaned(picked[c])} as {name_sql(c)}" for c in self.columns]
        kept = [f"cast({line} as bigint) as _line"] if stored else []
        self.connection.execute(
            f"create temp table {table} as select {', '.join([*kept, *texts])} from {origin}"
        )
        self.tables.append((table, file, "_line" if stored else line))
        return self.connection.execute(f"select count(*) from {table}").fetchone()[0]

    def drop_last(self) -> None:
        """Forget the file read last, to read it another way."""
        table, *_ = self.tables.pop()
        self.connection.execute(f"drop table {table}")

    def add_records(
        self, file: str, positions: dict[str, int | None], width: int, records: Iterable[Record]
    ) -> None:
        """Read a file record by record, in batches; broken records go to the rejects.

        positions : for each of our columns its place among the fields, or None where the file lacks it.
        width : fields a whole record has; empty ones beyond it are forgiven.
        """
        table = self._new_table()
        columns = ", ".join(f"{name_sql(c)} varchar" for c in self.columns)
        self.connection.execute(f"create temp table {table} (_line bigint, {columns})")
        self.tables.append((table, file, "_line"))
        checked = (_whole(record, width) for record in records)
        while batch := list(islice(checked, BATCH)):
            good = [r for r in batch if r.fields is not None]
            self._insert(table, good, positions)
            self._insert_broken(file, [r for r in batch if r.fields is None])

    def union_sql(self) -> str:
        """Every record of every file: _file, _line and our columns as text."""
        columns = ", ".join(map(name_sql, self.columns))
        return " union all ".join(
            f"select {text_sql(file)} as _file, {line} as _line, {columns} from {table}"
            for table, file, line in self.tables
        )

    def drop(self) -> None:
        for table, *_ in self.tables:
            self.connection.execute(f"drop table if exists {table}")

    def _new_table(self) -> str:
        return name_sql(f"raw_{self.source}_{len(self.tables)}")

    def _cleaned(self, expression: str | None) -> str:
        return "cast(null as varchar)" if expression is None else clean_sql(expression, self.missing)

    def _insert(self, table: str, records: list[Record], positions: dict[str, int | None]) -> None:
        texts = [self._cleaned(None if positions[c] is None else name_sql(c)) for c in self.columns]
        rows = {"_line": [r.line for r in records]}
        for column, position in positions.items():
            if position is not None:
                rows[column] = [r.fields[position] for r in records]
        self._from_batch(f"insert into {table} select _line, {', '.join(texts)} from linkage_batch", rows)

    def _insert_broken(self, file: str, records: list[Record]) -> None:
        self.broken_count += len(records)
        self.undecoded_count += sum(r.reason.startswith(NOT_TEXT) for r in records)
        rows = {
            "_line": [r.line for r in records],
            "text": [_shown(r.text) for r in records],
            "reason": [r.reason for r in records],
        }
        values = f"{text_sql(self.source)}, {text_sql(file)}, _line, null, text, reason, false"
        self._from_batch(f"insert into rejects select {values} from linkage_batch", rows)

    def _from_batch(self, insert: str, rows: dict[str, list]) -> None:
        if not rows["_line"]:
            return
        import pyarrow as pa

        types = {name: pa.int64() if name == "_line" else pa.string() for name in rows}
        batch = pa.table({name: pa.array(values, types[name]) for name, values in rows.items()})
        self.connection.register("linkage_batch", batch)
        self.connection.execute(insert)
        self.connection.unregister("linkage_batch")


def _whole(record: Record, width: int) -> Record:
    fields = record.fields
    if fields is None or len(fields) == width:
        return record
    if len(fields) > width and not any(fields[width:]):
        return Record(record.line, fields[:width])
    words = "too few columns" if len(fields) < width else "too many columns"
    return Record(record.line, None, record.text, f"{words}: {len(fields)} where the header has {width}")


def _shown(lines: Sequence[str]) -> str:
    text = "".join(lines).rstrip("\r\n")[:SHOWN]
    return text.encode("utf-8", "replace").decode()
