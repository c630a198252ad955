"""Delimited text files: their header, their delimiter, and their records with the line each starts in."""

from __future__ import annotations

import codecs
import csv
import gzip
import re
import shutil
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING

from linkage.errors import SourceError
from linkage.sources.casts import AROUND
from linkage.sources.headers import joined_header
from linkage.sources.rawtable import LONGEST_RECORD, NOT_TEXT, RawTable, Record
from linkage.tables.quoting import text_sql

if TYPE_CHECKING:
    from linkage.study_file.declaration import SourceSpec

DELIMITERS = (",", ";", "\t", "|")

NOT_UTF8 = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True)
class DelimitedFile:
    """A text file with a header.

    path : the file to read, UTF-8; shown : the file as study.yml knows it.
    skip : records up to and with the header, blank lines counted; header_lines : the lines they take.
    """

    path: Path
    shown: str
    encoding: str
    delimiter: str
    header: tuple[str, ...]
    skip: int
    header_lines: int

    def load(self, raw: RawTable, picks: dict[str, int | None]) -> None:
        """Read the records: by DuckDB where every record is one good line, else one by one.

        DuckDB's own reject tables number records, not lines, and one open quote takes the rest of the file with it.
        """
        if not self._load_fast(raw, picks):
            with closing(self._records()) as records:
                raw.add_records(self.shown, picks, len(self.header), records)

    def _load_fast(self, raw: RawTable, picks: dict[str, int | None]) -> bool:
        import duckdb

        if len(self.header) == 1:  # DuckDB takes a blank line for a record here.
            return False
        picked = {c: None if p is None else f"c{p}" for c, p in picks.items()}
        try:
            count = raw.add_select(self.shown, picked, self._scan(), after=self.header_lines)
        except duckdb.Error:
            return False
        # As many records as lines: then each is one line, and its line follows from its position.
        if count != self._count_lines() - self.header_lines:
            raw.drop_last()
            return False
        if raw.last_has_empty():
            raw.drop_last()
            raw.add_select(self.shown, picked, self._filled(), line=f"_place + {self.header_lines}")
        return True

    def _filled(self) -> str:
        """The records that hold anything, with their place: below a table spreadsheets leave separators alone."""
        said = f"trim(concat({', '.join(f'c{i}' for i in range(len(self.header)))}), {text_sql(AROUND)})"
        return f"(select *, row_number() over () as _place from {self._scan()}) where {said} <> ''"

    def _scan(self) -> str:
        columns = ", ".join(f"'c{i}': 'varchar'" for i in range(len(self.header)))
        path = re.sub(r"([\[*?])", r"[\1]", str(self.path))
        return (
            f"read_csv({text_sql(path)}, auto_detect = false, columns = {{{columns}}}, header = false, "
            f"skip = {self.skip}, delim = {text_sql(self.delimiter)}, quote = '\"', escape = '\"')"
        )

    def _records(self) -> Iterator[Record]:
        with _open_text(self.path) as text:
            records = read_records(text, self.delimiter, self.encoding)
            yield from (r for r in _readable(records, self.shown) if r.line > self.header_lines)

    def _count_lines(self) -> int:
        """Lines of the file up to the last that holds anything."""
        count, trailing, last = 0, 0, b"\n"
        with _open_bytes(self.path) as file:
            while chunk := file.read(1 << 20):
                while chunk.endswith(b"\r") and (more := file.read(1)):  # keep \r\n together
                    chunk += more
                filled = len(chunk.rstrip(b"\r\n"))
                trailing = _line_ends(chunk[filled:]) + (0 if filled else trailing)
                count, last = count + _line_ends(chunk), chunk[-1:]
        return count - max(trailing - 1, 0) + (last not in b"\r\n")


def _line_ends(content: bytes) -> int:
    return content.count(b"\n") + content.count(b"\r") - content.count(b"\r\n")


def open_delimited(
    path: Path, shown: str, spec: SourceSpec, wanted: set[str], scratch: Path
) -> DelimitedFile:
    """A text file whose header was found, in the delimiter declared or else the one that fits best.

    wanted : column names study.yml asks for; the delimiter under which most of them appear is taken.

    Raises SourceError where the file is empty, has no readable header or is in another encoding.
    """
    _check_signature(path, shown, spec.encoding)
    plain = path if _is_utf8(spec.encoding) else _as_utf8(path, shown, spec.encoding, scratch)
    choices = [_one_character(spec.delimiter)] if spec.delimiter else list(DELIMITERS)
    tried = [_header(plain, shown, spec, delimiter) for delimiter in choices]
    found = [file for file in tried if isinstance(file, DelimitedFile)]
    if not found:
        raise SourceError(f"{shown}: {tried[0]}")
    return max(found, key=lambda file: (len(wanted.intersection(file.header)), len(file.header)))


def read_records(text: Iterator[str], delimiter: str, encoding: str = "utf-8") -> Iterator[Record]:
    """The records of a delimited text, each with its line; blank lines, and separators alone, are none.

    A record that quotes wrongly costs its first line only: reading goes on with the next.
    """
    lines = _Lines(text)
    quoted = _quoted_reader(lines, delimiter)
    undecodable = f"{NOT_TEXT} {encoding}: declare the encoding of the file, for example encoding: cp1252"
    for line in lines:
        if '"' not in line:
            fields, reason = line.rstrip("\r\n").split(delimiter), ""
        else:
            fields, reason = quoted()
        if lines.undecoded:
            yield Record(lines.first, None, lines.taken, undecodable)
        elif fields is None or any(field.strip(AROUND) for field in fields):
            yield Record(lines.first, fields, lines.taken, reason)
        lines.start_record()


def _quoted_reader(lines: _Lines, delimiter: str) -> Callable[[], tuple[list[str] | None, str]]:
    """Reads the record whose first line was just taken, or gives back all but that line and says why it cannot."""
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST_RECORD))
    reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=delimiter != " ")

    def read() -> tuple[list[str] | None, str]:
        lines.give_back(0)
        try:
            return next(reader), ""
        except (csv.Error, StopIteration) as error:
            lines.give_back(1)
            closed = "expected after" in str(error)
            return None, "text after a closing quote" if closed else "a quote is opened and not closed"

    return read


class _Lines:
    """The lines of a text, counted; those of the current record are remembered and can be given back."""

    def __init__(self, text: Iterator[str]):
        self.text, self.waiting, self.number = text, deque(), 0
        self.start_record()

    def start_record(self) -> None:
        self.taken: list[str] = []
        self.first, self.size, self.undecoded = self.number + 1, 0, False

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if self.size > LONGEST_RECORD:
            raise csv.Error("longer than any record")
        line = self.waiting.popleft() if self.waiting else next(self.text)
        self.number += 1
        self.size += len(line)
        self.taken.append(line)
        if not line.isascii() and NOT_UTF8.search(line):
            self.undecoded = True
        return line

    def give_back(self, keep: int) -> None:
        """Give back every line of the record but the first few."""
        back = self.taken[keep:]
        self.waiting.extendleft(reversed(back))
        self.number -= len(back)
        self.taken = self.taken[:keep]
        self.size = sum(map(len, self.taken))
        self.undecoded = any(NOT_UTF8.search(line) for line in self.taken)


def _header(path: Path, shown: str, spec: SourceSpec, delimiter: str) -> DelimitedFile | str:
    """The file as this delimiter reads its header, or why it cannot."""
    with _open_text(path) as text:
        lines = _Lines(text)
        found = _readable(read_records(lines, delimiter, spec.encoding), shown)
        records, ends = [], 0
        for record in islice(found, spec.header_rows):
            records, ends = [*records, record], lines.number
    if len(records) < spec.header_rows:
        return "the file is empty. Export it again, with a header and rows."
    for record in records:
        if record.fields is None:
            return f"the header in line {record.line} cannot be read: {record.reason}."
    header = joined_header([record.fields for record in records])
    return DelimitedFile(path, shown, spec.encoding, delimiter, header, records[-1].line, ends)


def _readable(records: Iterator[Record], shown: str) -> Iterator[Record]:
    try:
        yield from records
    except (gzip.BadGzipFile, EOFError, zlib.error, OSError) as error:
        raise SourceError(
            f"{shown}: the file cannot be read to its end: {error}. Export it again."
        ) from error


def _check_signature(path: Path, shown: str, encoding: str) -> None:
    try:
        with _open_bytes(path) as file:
            start = file.read(4096)
    except (gzip.BadGzipFile, EOFError, zlib.error, OSError) as error:
        raise SourceError(f"{shown}: the file cannot be read: {error}. Export it again.") from error
    if start.startswith(b"PK\x03\x04"):
        raise SourceError(
            f"{shown}: this is a workbook or an archive, not text. Give it its true ending, or export text."
        )
    if _is_utf8(encoding) and (
        start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) or b"\0" in start[:100]
    ):
        raise SourceError(
            f"{shown}: this is not {encoding} text but looks like UTF-16. Declare encoding: utf-16."
        )


def _is_utf8(encoding: str) -> bool:
    try:
        return codecs.lookup(encoding).name in ("utf-8", "utf-8-sig", "ascii")
    except LookupError:
        raise SourceError(
            f"encoding: {encoding} is unknown. Known are utf-8, utf-16, latin-1, cp1252 and Python's other codecs."
        ) from None


def _as_utf8(path: Path, shown: str, encoding: str, scratch: Path) -> Path:
    """A copy in UTF-8, made in a stream; bytes that are nothing in the encoding stay as they are and are rejected."""
    copy = scratch / f"{len(list(scratch.iterdir()))}.csv"
    try:
        with (
            codecs.getreader(encoding)(_open_bytes(path), errors="surrogateescape") as text,
            copy.open("w", encoding="utf-8", errors="surrogateescape", newline="") as out,
        ):
            shutil.copyfileobj(text, out, 1 << 20)
    except UnicodeError as error:
        raise SourceError(
            f"{shown}: this is not {encoding} text: {error}. Declare the encoding it has."
        ) from error
    return copy


def _open_bytes(path: Path) -> IO[bytes]:
    return gzip.open(path, "rb") if path.name.lower().endswith(".gz") else path.open("rb")


def _open_text(path: Path) -> IO[str]:
    opening = gzip.open if path.name.lower().endswith(".gz") else open
    return opening(path, "rt", encoding="utf-8-sig", errors="surrogateescape", newline="")


def _one_character(delimiter: str) -> str:
    delimiter = {"\\t": "\t", "tab": "\t"}.get(delimiter, delimiter)
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise SourceError(f"delimiter: {delimiter!r} is not one character that can separate columns.")
    return delimiter
