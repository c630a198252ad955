"""Which files of a folder can be read as tables, and how: encoding, separator, header and what stands above it."""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import itertools
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from linkage.errors import LinkageError, StudyError
from linkage.proposing.headers import Head, find_header
from linkage.proposing.meaning import names_a_date, names_a_period
from linkage.proposing.names import free_name, identifier
from linkage.sources.delimited import DELIMITERS, read_records
from linkage.sources.locate import ENDINGS, JSON_ENDINGS, TEXT_ENDINGS
from linkage.sources.rawtable import Record
from linkage.sources.spellings import spelling_of

LOOKED_AT = 60
"""Records at the start of a file from which its separator and header are found."""

CHUNK = 1 << 20


@dataclass(frozen=True)
class LeftOut:
    """A file or sheet that is not used, and why."""

    shown: str
    reason: str


@dataclass(frozen=True)
class Found:
    """One table of a folder: a text file, a sheet of a workbook, a Parquet file or one of JSON objects.

    name : a short name, usable in study.yml. shown : the path from the folder. above : records before the header.
    header : column names; an empty one has no name. header_rows : the records it takes; raw : the names as staging
    knows them, where they differ.
    """

    name: str
    path: Path
    shown: str
    kind: str
    header: tuple[str, ...] = ()
    encoding: str = "utf-8"
    delimiter: str = ","
    above: int = 0
    sheet: str | None = None
    header_rows: int = 1
    raw: tuple[str, ...] = ()

    def raw_name(self, name: str) -> str:
        """What the file itself calls a column."""
        return self.raw[self.header.index(name)] if self.raw and name in self.header else name

    @property
    def period(self) -> str | None:
        """The period the sheet or file is named after, where no column tells one: a sheet a quarter, a file a month."""
        if any(names_a_date(h) or names_a_period(h) or spelling_of(h) for h in self.header if h):
            return None
        stem = re.sub(r"^.*?(?=(?:Q|H|S|T)?\d)", "", self.path.name.split(".")[0], flags=re.IGNORECASE)
        for name in (self.sheet, None if self.sheet else stem):
            if name and spelling_of(name.strip()):
                return name.strip()
        return None


def find_tables(folder: Path) -> tuple[list[Found], list[LeftOut]]:
    """Every table of a folder and the folders directly in it, or of one file, and what was left out.

    Raises StudyError where there is nothing, or nothing that could be read.
    """
    files, left_out = _files_of(folder)
    base = folder if folder.is_dir() else folder.parent
    tables: list[Found] = []
    taken: set[str] = set()
    for path in files:
        shown = path.relative_to(base).as_posix()
        try:
            found, refused = _open(path, shown, taken)
        except (LinkageError, OSError, EOFError, UnicodeError, csv.Error) as error:
            found, refused = [], [LeftOut(shown, _why(error).removeprefix(f"{shown}: "))]
        tables += found
        left_out += refused
    if not tables:
        said = "; ".join(f"{out.shown}: {out.reason}" for out in left_out[:5]) or "it is empty"
        raise StudyError(
            f"{folder}: nothing here can be read as a table ({said}). Readable are {', '.join(ENDINGS)}, "
            "each with a header and rows."
        )
    return tables, left_out


def _files_of(folder: Path) -> tuple[list[Path], list[LeftOut]]:
    """The files to look at, without those that are copies of another."""
    if folder.is_file():
        return [folder], []
    if not folder.is_dir():
        raise StudyError(f"{folder} is not a folder and not a file. Name the folder that holds your files.")
    inside = sorted(p for p in folder.iterdir() if not p.name.startswith("."))
    below = [q for p in inside if p.is_dir() for q in sorted(p.iterdir()) if not q.name.startswith(".")]
    left_out = [
        LeftOut(f"{p.relative_to(folder).as_posix()}/", "two folders deep") for p in below if p.is_dir()
    ]
    files = [p for p in [*inside, *below] if p.is_file()]
    twice = _copies(files)
    left_out += [
        LeftOut(
            p.relative_to(folder).as_posix(),
            f"the same as {one.relative_to(folder).as_posix()}, byte for byte",
        )
        for p, one in twice.items()
    ]
    return [p for p in files if p not in twice], left_out


def _copies(files: list[Path]) -> dict[Path, Path]:
    """Files with the very same content as another, and that other: the one of the shortest name."""
    by_size: dict[int, list[Path]] = {}
    for path in sorted(files, key=lambda p: (len(p.name), p)):
        by_size.setdefault(path.stat().st_size, []).append(path)
    found: dict[Path, Path] = {}
    for alike in (group for size, group in by_size.items() if size and len(group) > 1):
        first: dict[str, Path] = {}
        for path in alike:
            with path.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
            if first.setdefault(digest, path) is not path:
                found[path] = first[digest]
    return found


def _open(path: Path, shown: str, taken: set[str]) -> tuple[list[Found], list[LeftOut]]:
    name = path.name.lower()
    if path.stat().st_size == 0:
        return [], [LeftOut(shown, "the file is empty")]
    if name.endswith(".xlsx") and not name.startswith("~$"):
        from linkage.proposing.sheets import open_sheets

        return open_sheets(path, shown, taken)
    if name.endswith(".parquet"):
        return [Found(_name(path, taken), path, shown, "parquet")], []
    if name.endswith(JSON_ENDINGS):
        return [Found(_name(path, taken), path, shown, "json")], []
    if name.endswith(TEXT_ENDINGS):
        return _open_text(path, shown, taken)
    if name.endswith((".xls", ".xlsm", ".xlsb", ".ods")):
        return [], [LeftOut(shown, "save it as .xlsx to use it")]
    return [], [LeftOut(shown, "no table by its ending; if it is one, export it as .csv, .xlsx or .jsonl")]


def _name(path: Path, taken: set[str]) -> str:
    stem = path.name
    for ending in sorted(ENDINGS, key=len, reverse=True):
        stem = stem[: -len(ending)] if stem.lower().endswith(ending) else stem
    name = free_name(identifier(stem, otherwise="file"), taken)
    taken.add(name)
    return name


def _open_text(path: Path, shown: str, taken: set[str]) -> tuple[list[Found], list[LeftOut]]:
    encoding = detect_encoding(path)
    if encoding is None:
        return [], [LeftOut(shown, "this is no text; give the file its true ending, or export it as text")]
    delimiter, records = _split(path, encoding)
    head = find_header(records)
    if isinstance(head, str):
        return [], [LeftOut(shown, head)]
    name = _name(path, taken)
    return [found_with(Found(name, path, shown, "text", encoding=encoding, delimiter=delimiter), head)], []


def found_with(found: Found, head: Head) -> Found:
    return replace(found, header=head.names, above=head.above, header_rows=head.rows, raw=head.raw)


def detect_encoding(path: Path) -> str | None:
    """The encoding of a text file, read to its end: utf-8, utf-16, latin-1 or cp1252; None where it is no text.

    cp1252 and latin-1 differ in the euro sign, dashes and curly quotes: latin-1 is said only where none occurs.
    """
    with open_bytes(path) as stream:
        start = stream.read(4096)
        if start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "utf-16"
        zeros = start.count(b"\0")
        if zeros:
            even, odd = start[::2].count(b"\0"), start[1::2].count(b"\0")
            wide = zeros > len(start) / 4 and min(even, odd) < zeros / 20
            return ("utf-16-le" if odd > even else "utf-16-be") if wide else None
        decoder = codecs.getincrementaldecoder("utf-8")()
        is_utf8, curly, controls, size, chunk = True, False, 0, 0, start
        while chunk:
            if is_utf8:
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError:
                    is_utf8 = False
            high = chunk.translate(None, bytes(b for b in range(256) if not 0x80 <= b <= 0x9F))
            curly = curly or bool(high)
            controls += len(chunk) - len(chunk.translate(None, bytes([*range(1, 9), *range(14, 27)])))
            size += len(chunk)
            chunk = stream.read(CHUNK)
    if controls > size / 100:
        return None
    return "utf-8" if is_utf8 else "cp1252" if curly else "latin-1"


def open_bytes(path: Path) -> IO[bytes]:
    return gzip.open(path, "rb") if path.name.lower().endswith(".gz") else path.open("rb")


def open_lines(path: Path, encoding: str) -> IO[str]:
    """The text of a file, as the readers of sources take it."""
    opening = gzip.open if path.name.lower().endswith(".gz") else open
    named = "utf-8-sig" if encoding == "utf-8" else encoding
    return opening(path, "rt", encoding=named, errors="surrogateescape", newline="")


def _split(path: Path, encoding: str) -> tuple[str, list[list[str]]]:
    """The separator under which most records of the start have one width above one, and the records."""
    best: tuple[float, int] = (0.0, 0)
    chosen, records = ",", None
    for delimiter in DELIMITERS:
        found = _first_records(path, encoding, delimiter)
        widths = Counter(len(r) for r in found if any(r))
        wide = {w: n for w, n in widths.items() if w > 1}
        width = max(wide, key=lambda w: (wide[w], w)) if wide else 1
        score = (round(wide.get(width, 0) / max(sum(widths.values()), 1), 1), width)
        if records is None or score > best:
            best, chosen, records = score, delimiter, found
    return chosen, records or []


def _first_records(path: Path, encoding: str, delimiter: str) -> list[list[str]]:
    with open_lines(path, encoding) as lines:
        found: Iterator = itertools.islice(read_records(lines, delimiter, encoding), LOOKED_AT)
        return [r.fields if r.fields is not None else [] for r in found]


def write_plain(found: Found, target: Path, *, header: bool = True) -> None:
    """The table of a text file as comma and UTF-8, without what stands above its header and without broken lines."""
    from linkage.proposing.sheets import write_rows

    target.parent.mkdir(parents=True, exist_ok=True)
    with open_lines(found.path, found.encoding) as lines:
        records = itertools.islice(_records(found, lines), found.header_rows, None)
        rows = (r.fields for r in records if _is_whole(r, found))
        write_rows(itertools.chain([found.header] if header else [], rows), len(found.header), target)


def broken_lines(found: Found) -> int:
    """The records of a text file that are none: a quote left open, too many or too few columns, no text."""
    with open_lines(found.path, found.encoding) as lines:
        return sum(not _is_whole(r, found) for r in _records(found, lines))


def _records(found: Found, lines: Iterable[str]) -> Iterator[Record]:
    """The records from the header on."""
    return itertools.islice(read_records(iter(lines), found.delimiter, found.encoding), found.above, None)


def _is_whole(record: Record, found: Found) -> bool:
    fields = record.fields
    return fields is not None and len(fields) >= len(found.header) and not any(fields[len(found.header) :])


def copy_as_utf8(found: Found, target: Path) -> None:
    """A text file written out again in UTF-8, in a stream; bytes that mean nothing become the sign for that."""
    with (
        open_lines(found.path, found.encoding) as text,
        target.open("w", encoding="utf-8", errors="replace", newline="") as out,
    ):
        shutil.copyfileobj(text, out, CHUNK)


def _why(error: Exception) -> str:
    """Why a file was left out, without the system's numbers."""
    if isinstance(error, PermissionError):
        return "it may not be read by you; give yourself the right to read it"
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)
