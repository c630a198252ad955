"""The records of a source's files as DuckDB holds them before typing: a temporary table a file, all text."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from linkage.sources.casts import missing_sql, trim_sql
from linkage.tables.quoting import name_sql, text_sql

if TYPE_CHECKING:
    import duckdb

LONGEST_RECORD = 2_000_000
"""Characters; DuckDB's own limit. A quote still open after so many is taken for a stray one."""

SHOWN = 200
"""So many characters of a broken record are kept to be shown."""

FILE_APART = 10**12
"""More lines than a file can have: what keeps the records of several in order."""

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

    columns : our names, in order. Each file becomes a temporary table of them: trimmed text, and the line.
    scratch : a folder that lasts as long as the reading.
    """

    connection: duckdb.DuckDBPyConnection
    source: str
    columns: tuple[str, ...]
    missing: tuple[str, ...]
    scratch: Path
    tables: list[tuple[str, str, str]] = field(default_factory=list)
    broken_count: int = 0
    undecoded_count: int = 0

    def add_select(
        self, file: str, picked: dict[str, str | None], origin: str, *, line: str = "", after: int = 0
    ) -> int:
        """Read a file through a select and give the number of its records.

        picked : for each of our columns the SQL that yields its text, or None where the file lacks it.
        line : SQL for a record's line; without it every record is one line, and they follow the line `after`.
        """
        table = name_sql(f"raw_{self.source}_{len(self.tables)}")
        given, kept = ([f"cast({line} as bigint) as _line"], ["_line"]) if line else ([], [])
        trimmed = [f"{trim_sql(picked[c] or 'null::varchar')} as {name_sql(c)}" for c in self.columns]
        cleaned = [f"{missing_sql(name_sql(c), self.missing)} as {name_sql(c)}" for c in self.columns]
        self.connection.execute(
            f"create or replace temp table {table} as select {', '.join([*kept, *cleaned])} "
            f"from (select {', '.join([*given, *trimmed])} from {origin})"
        )
        self.tables.append((table, file, "_line" if line else f"rowid + {after + 1}"))
        return self.connection.execute(f"select count(*) from {table}").fetchone()[0]

    def add_records(
        self, file: str, positions: dict[str, int | None], width: int, records: Iterable[Record]
    ) -> None:
        """Read a file record by record, by way of a clean copy; broken records go to the rejects.

        positions : for each of our columns its place among the fields, or None where the file lacks it.
        width : fields a whole record has; empty ones beyond it are forgiven.
        """
        clean, broken = self.scratch / "records.csv", self.scratch / "broken.csv"
        self._separate(records, width, clean, broken)
        picked = {c: None if p is None else f"c{p + 1}" for c, p in positions.items()}
        self.add_select(file, picked, _scan_copy(clean, width + 1), line="c0")
        self.connection.execute(
            f"insert into rejects select {text_sql(self.source)}, {text_sql(file)}, cast(c0 as bigint), "
            f"null, c1, c2, false from {_scan_copy(broken, 3)}"
        )

    def last_has_empty(self) -> bool:
        """Whether the file read last has records that hold nothing in our columns."""
        nothing = " and ".join(f"{name_sql(c)} is null" for c in self.columns)
        found = self.connection.execute(f"select 1 from {self.tables[-1][0]} where {nothing} limit 1")
        return bool(found.fetchall())

    def drop_last(self) -> None:
        """Forget the file read last, to read it another way."""
        table, *_ = self.tables.pop()
        self.connection.execute(f"drop table {table}")

    def union_sql(self) -> str:
        """Every record of every file: _file, _line, its place among all as _order, and our columns as text."""
        columns = ", ".join(map(name_sql, self.columns))
        return " union all ".join(
            f"select {text_sql(file)} as _file, {line} as _line, {place * FILE_APART} + {line} as _order, "
            f"{columns} from {table}"
            for place, (table, file, line) in enumerate(self.tables)
        )

    def drop(self) -> None:
        for table, *_ in self.tables:
            self.connection.execute(f"drop table if exists {table}")

    def _separate(self, records: Iterable[Record], width: int, clean: Path, broken: Path) -> None:
        with (
            clean.open("w", encoding="utf-8", newline="") as good,
            broken.open("w", encoding="utf-8", errors="replace", newline="") as bad,
        ):
            keep, put_aside = csv.writer(good), csv.writer(bad)
            for line, fields, text, reason in records:
                if fields is not None and len(fields) != width:
                    fields, reason = _fitted(fields, width)
                if fields is not None:
                    keep.writerow((line, *fields))
                    continue
                put_aside.writerow((line, "".join(text).rstrip("\r\n")[:SHOWN], reason))
                self.broken_count += 1
                self.undecoded_count += reason.startswith(NOT_TEXT)


def _fitted(fields: list[str | None], width: int) -> tuple[list[str | None] | None, str]:
    if len(fields) > width and not any(fields[width:]):
        return fields[:width], ""
    words = "too few columns" if len(fields) < width else "too many columns"
    return None, f"{words}: {len(fields)} where the header has {width}"


def _scan_copy(path: Path, width: int) -> str:
    columns = ", ".join(f"'c{i}': 'varchar'" for i in range(width))
    return (
        f"read_csv({text_sql(str(path))}, auto_detect = false, columns = {{{columns}}}, header = false, "
        f"delim = ',', quote = '\"', escape = '\"', new_line = '\\r\\n', parallel = false, "
        f"max_line_size = {8 * LONGEST_RECORD})"
    )
