"""Parquet files and .sql selects: tables that have types of their own, read as text like every other source."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.errors import SourceError
from linkage.sources.databases import attached
from linkage.sources.decimal_signs import EITHER, own_number_sql
from linkage.sources.own_files import refuse_foreign_files
from linkage.sources.rawtable import RawTable
from linkage.tables.quoting import name_sql, text_sql

if TYPE_CHECKING:
    import duckdb

    from linkage.study_file.declaration import SourceSpec
    from linkage.study_file.raw_rules import Attached

NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL", "U")


@dataclass(frozen=True)
class TypedTable:
    """A table DuckDB can select from; line : SQL for a record's number where its place does not tell it."""

    shown: str
    origin: str
    line: str
    header: tuple[str, ...]
    types: tuple[str, ...]
    decimal: str
    search_path: Path | None = None
    attach: Attached | None = None
    folder: Path = Path()

    def load(self, raw: RawTable, picks: dict[str, int | None]) -> None:
        import duckdb

        picked = {c: None if p is None else self._text(p) for c, p in picks.items()}
        try:
            with (
                _search_path(raw.connection, self.search_path),
                attached(raw.connection, self.attach, self.folder),
            ):
                raw.add_select(self.shown, picked, self.origin, line=self.line)
        except duckdb.Error as error:
            raise SourceError(f"{self.shown}: {_first_lines(error)}") from error

    def _text(self, position: int) -> str:
        """A column as the text its own type writes, numbers with the decimal sign of the source."""
        name, kind = name_sql(self.header[position]), self.types[position]
        if kind == "VARCHAR":
            return name
        if kind == "TIMESTAMP WITH TIME ZONE":
            return f"(cast({name} at time zone 'UTC' as varchar) || '+00')"
        text = f"cast({name} as varchar)"
        if kind.startswith(NUMBERS) and not kind.endswith("]"):
            # A column with gaps arrives as 12.0 where it was 12; a key must not end in .0.
            text = f"regexp_replace({text}, '\\.0+$', '')"
            if self.decimal == EITHER:
                return own_number_sql(text)
            return f"replace({text}, '.', ',')" if self.decimal == "," else text
        return text


def open_parquet(
    connection: duckdb.DuckDBPyConnection, path: Path, shown: str, spec: SourceSpec
) -> TypedTable:
    """A Parquet file; a record's line is its row number."""
    place = text_sql(re.sub(r"([\[*?])", r"[\1]", str(path)))
    header, types = _describe(connection, f"select * from read_parquet({place})", shown)
    origin = f"read_parquet({place}, file_row_number = true)"
    return TypedTable(shown, origin, "file_row_number + 1", header, types, spec.decimal)


def open_query(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    shown: str,
    spec: SourceSpec,
    folder: Path,
    scratch: Path,
    allowed: Sequence[Path],
) -> TypedTable:
    """The select in a .sql file, run with the study folder as the place of its files; a record's line is its row.

    scratch : a folder that lasts as long as the reading. allowed : folders and files beside `folder` that it may read.

    Raises SourceError where the file is not one select or reads what is no input, or with what DuckDB says of it.
    """
    try:
        text = _one_select(connection, path.read_text(encoding="utf-8-sig"), shown)
    except UnicodeDecodeError as error:
        raise SourceError(f"{shown}: this is not UTF-8 text: {error}. Save it as UTF-8.") from error
    place = _without_comma(folder, scratch)
    with _search_path(connection, place), attached(connection, spec.attach, folder):
        header, types = _describe(connection, f"select * from (\n{text}\n)", shown)
    refuse_foreign_files(text, shown, place, allowed, spec.attach)
    return TypedTable(
        shown, f"(\n{text}\n)", "", header, types, spec.decimal, place, spec.attach, folder=folder
    )


def _without_comma(folder: Path, scratch: Path) -> Path:
    """The folder, or a link to it: DuckDB takes a comma in a search path for the end of one folder."""
    if "," not in str(folder):
        return folder
    link = scratch / "study"
    try:
        link.symlink_to(folder, target_is_directory=True)
    except OSError as error:
        raise SourceError(
            f"a select cannot find files in a folder whose path has a comma: {folder}. Rename it."
        ) from error
    return link


def _one_select(connection: duckdb.DuckDBPyConnection, text: str, shown: str) -> str:
    import duckdb

    try:
        statements = connection.extract_statements(text)
    except duckdb.Error as error:
        raise SourceError(f"{shown}: {_first_lines(error)}") from error
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise SourceError(
            f"{shown}: expected one select and nothing else; found {len(statements)} statements."
        )
    content = text.encode()
    ends = [at for at, _ in duckdb.tokenize(text) if content[at : at + 1] == b";"]
    return content[: ends[0]].decode() if ends else text


def _describe(
    connection: duckdb.DuckDBPyConnection, select: str, shown: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    import duckdb

    try:
        rows = connection.execute(f"describe {select}").fetchall()
    except duckdb.Error as error:
        raise SourceError(f"{shown}: {_first_lines(error)}") from error
    return tuple(r[0] for r in rows), tuple(r[1] for r in rows)


@contextmanager
def _search_path(connection: duckdb.DuckDBPyConnection, folder: Path | None) -> Iterator[None]:
    if folder is None:
        yield
        return
    before = connection.execute("select current_setting('file_search_path')").fetchone()[0]
    connection.execute(f"set file_search_path = {text_sql(str(folder))}")
    try:
        yield
    finally:
        connection.execute(f"set file_search_path = {text_sql(before)}")


def _first_lines(error: Exception) -> str:
    """What DuckDB says, without its advice on options that a study has no say in."""
    return re.split(r"\n+(Possible|LINE|The search space)", str(error))[0].strip()
