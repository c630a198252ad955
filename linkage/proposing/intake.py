"""Found tables -> views of text in a DuckDB of their own, read where they lie: nothing is held in Python."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.errors import SourceError
from linkage.proposing.files import Found, LeftOut, broken_lines, copy_as_utf8, open_lines, write_plain
from linkage.proposing.longform import Long
from linkage.proposing.names import common_start
from linkage.proposing.sheets import write_sheet
from linkage.sources.delimited import read_records
from linkage.sources.json_records import json_table
from linkage.tables.quoting import name_sql, text_sql

if TYPE_CHECKING:
    import duckdb

SAMPLE = 20_000
"""Rows of a table whose values are looked at; keys are counted over all."""


@dataclass(frozen=True)
class Table:
    """A table that can be selected from: its view, its sample and its columns.

    found : the files it consists of, all of one header and one form. columns : the header without names that are empty
    or stand twice. rows : records. broken : lines that are no record. select : None, or the SQL of a table made from
    another by turning it (`origin` standing for the other's name); then what is made must be written as a select.
    beside : further tables that the select reads, by the names it knows them under. long : its form, where it had one
    row an answer and question.
    """

    name: str
    found: tuple[Found, ...]
    columns: tuple[str, ...]
    view: str
    rows: int
    broken: int = 0
    doubled: tuple[str, ...] = ()
    select: str | None = None
    beside: tuple[tuple[str, Table], ...] = ()
    long: Long | None = None

    @property
    def first(self) -> Found:
        return self.found[0]

    @property
    def read_from(self) -> tuple[Found, ...]:
        """The files it is made of, those of other tables too."""
        return (*self.found, *(f for _, other in self.beside for f in other.found))

    @property
    def shown(self) -> str:
        """The files by name, for people."""
        names = ", ".join(f.shown for f in self.found)
        if len(self.found) > 3:
            names = f"{self.found[0].shown} to {self.found[-1].shown} ({len(self.found)} files)"
        return f"{names}, sheet {self.first.sheet!r}" if self.first.sheet else names


class Intake:
    """Where tables are looked at: a DuckDB in a folder that lasts as long as the looking."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, scratch: Path):
        self.connection, self.scratch, self.count = connection, scratch, 0
        self.key_tables: dict[tuple[str, str], str] = {}

    def rows(self, sql: str) -> list[tuple]:
        return self.connection.execute(sql).fetchall()

    def keys(self, view: str, column: str) -> str:
        """A table of the distinct values of a column over all rows: k as it is, bare without leading zeros."""
        if (view, column) not in self.key_tables:
            name = f"keys_{len(self.key_tables)}"
            key = name_sql(column)
            said = f"case when contains({key}, '@') then lower({key}) else {key} end"  # an address has no capitals
            self.connection.execute(
                f"create temp table {name} as select {said} as k, ltrim(k, '0') as bare from {view} "
                f"where {key} <> '' group by 1"
            )
            self.key_tables[view, column] = name
        return self.key_tables[view, column]

    def open(self, found: Found) -> Table | LeftOut:
        """A found table as a view; or why it cannot be read after all."""
        import duckdb

        view = self._next()
        try:
            reader = {"parquet": self._parquet, "json": self._json}.get(found.kind, self._text)
            columns, doubled, broken = reader(found, view)
            rows = self.rows(f"select count(*) from {view}")[0][0]
        except SourceError as error:
            return LeftOut(found.shown, str(error).removeprefix(f"{found.shown}: "))
        except (duckdb.Error, UnicodeError, OSError, EOFError) as error:
            return LeftOut(found.shown, f"it cannot be read: {str(error).splitlines()[0]}")
        if not rows:
            return LeftOut(found.shown, "it has a header and no rows")
        self.sample(view)
        found = found if found.header else replace(found, header=columns)
        return Table(found.name, (found,), columns, view, rows, broken, doubled)

    def turned(self, table: Table, select: str, *, beside: tuple[tuple[str, Table], ...] = ()) -> Table:
        """A table made from another by a select over the name `origin`, and over other tables by their names."""
        view = self._next()
        named = ", ".join(f"{n} as (select * from {t.view})" for n, t in (("origin", table), *beside))
        self.connection.execute(f"create table {view} as with {named} select * from ({select})")
        columns = tuple(c for (c, *_) in self.rows(f"describe {view}"))
        rows = self.rows(f"select count(*) from {view}")[0][0]
        self.sample(view)
        return replace(table, columns=columns, view=view, rows=rows, select=select, beside=beside)

    def together(self, tables: list[Table]) -> Table:
        """Tables of one header and form as one."""
        view, first = self._next(), tables[0]
        listed = ", ".join(map(name_sql, first.columns))
        parts = " union all ".join(f"select {listed} from {t.view}" for t in tables)
        self.connection.execute(f"create view {view} as {parts}")
        self.sample(view)
        found = tuple(f for t in tables for f in t.found)
        start = common_start([t.name for t in tables])
        start = re.sub(r"_(q|h|t|m)$", "", start)
        rows, broken = sum(t.rows for t in tables), sum(t.broken for t in tables)
        return replace(first, name=start or first.name, found=found, view=view, rows=rows, broken=broken)

    def _next(self) -> str:
        self.count += 1
        return f"t{self.count}"

    def sample(self, view: str) -> None:
        self.connection.execute(
            f"create or replace temp table s_{view} as select * from {view} limit {SAMPLE}"
        )

    def _parquet(self, found: Found, view: str) -> tuple[tuple[str, ...], tuple[str, ...], int]:
        place = f"read_parquet({_place(found.path)})"
        described = self.rows(f"describe select * from {place}")
        listed = ", ".join(f"{parquet_text(name, kind)} as {name_sql(name)}" for name, kind, *_ in described)
        self.connection.execute(f"create view {view} as select {listed} from {place}")
        return tuple(name for name, *_ in described), (), 0

    def _json(self, found: Found, view: str) -> tuple[tuple[str, ...], tuple[str, ...], int]:
        columns, select = json_table(self.connection, found.path, found.shown)
        self.connection.execute(f"create view {view} as {select}")
        return columns, (), 0

    def _text(self, found: Found, view: str) -> tuple[tuple[str, ...], tuple[str, ...], int]:
        plain, delimiter, skip = self._plain(found)
        seen = Counter(name.casefold() for name in found.header if name)
        doubled = tuple(name for name in found.header if name and seen[name.casefold()] > 1)
        kept = [(i, name) for i, name in enumerate(found.header) if name and seen[name.casefold()] == 1]
        listed = ", ".join(f"trim(c{i}, ' \t\u00a0\u202f\ufeff') as {name_sql(name)}" for i, name in kept)
        columns = ", ".join(f"'c{i}': 'varchar'" for i in range(len(found.header)))
        scan = (
            f"read_csv({_place(plain)}, auto_detect = false, columns = {{{columns}}}, header = false, "
            f"skip = {skip}, "
            f"delim = {text_sql(delimiter)}, quote = '\"', escape = '\"'"
        )
        broken = 0
        if not self.reads(f"{scan})"):
            broken = broken_lines(found)
            scan += ", ignore_errors = true, parallel = false"
        extra = f", {text_sql(found.period)} as period" if found.period else ""
        # Spreadsheets leave records of separators alone below their tables: no key would be in every row.
        said = f"concat({', '.join(name_sql(name) for _, name in kept)}) <> ''"
        self.connection.execute(f"create view {view} as select {listed}{extra} from {scan}) where {said}")
        return (*(name for _, name in kept), *(["period"] if extra else [])), doubled, broken

    def reads(self, scan: str) -> bool:
        """Whether a place can be read to its end."""
        import duckdb

        try:
            self.rows(f"select count(*), max(columns(*)) from {scan}")
        except duckdb.Error:
            return False
        return True

    def _plain(self, found: Found) -> tuple[Path, str, int]:
        """A file DuckDB reads, itself where it is plain UTF-8 and else a copy; its separator and the lines to skip."""
        copy = self.scratch / f"{self.count}.csv"
        if found.kind == "workbook":
            write_sheet(found, copy, header=False)
            return copy, ",", 0
        if found.header_rows > 1 or any("\n" in name for name in found.header):
            write_plain(found, copy, header=False)
            return copy, ",", 0
        if found.encoding == "utf-8":
            return found.path, found.delimiter, lines_above(found) + 1
        copy_as_utf8(found, copy)
        return copy, found.delimiter, lines_above(found) + 1


def parquet_text(name: str, kind: str) -> str:
    """A column of a Parquet file as text; a whole number with gaps arrives as 12.0 and must not end so."""
    text = f"cast({name_sql(name)} as varchar)"
    return (
        f"regexp_replace({text}, '\\.0+$', '')"
        if kind in ("DOUBLE", "FLOAT") or kind.startswith("DECIMAL")
        else text
    )


def lines_above(found: Found) -> int:
    """The lines before the header's: records above it, blank lines, and separators alone, which are none."""
    with open_lines(found.path, found.encoding) as text:
        records = read_records(iter(text), found.delimiter, found.encoding)
        return next((r.line - 1 for r in islice(records, found.above, None)), 0)


def _place(path: Path) -> str:
    return text_sql(re.sub(r"([\[*?])", r"[\1]", str(path)))
