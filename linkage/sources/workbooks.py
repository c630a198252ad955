"""Workbooks: one sheet of an .xlsx file, row by row, its cells as text."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from linkage.errors import SourceError
from linkage.sources.decimal_signs import EITHER
from linkage.sources.headers import joined_header
from linkage.sources.rawtable import RawTable, Record

if TYPE_CHECKING:
    from linkage.study_file.declaration import SourceSpec


SHEET = "_sheet"
"""A column of every sheet that holds its name, where a study asks for it."""


@dataclass(frozen=True)
class Workbook:
    """One sheet with a header; sheet None is the first. decimal : the sign numbers are written with.

    names_sheet : whether the last column of the header is the sheet's own name.
    """

    path: Path
    shown: str
    sheet: str | None
    decimal: str
    header: tuple[str, ...]
    names_sheet: bool = False
    header_rows: int = 1

    def load(self, raw: RawTable, picks: dict[str, int | None]) -> None:
        """Read the rows below the header; a record's line is its row on the sheet."""
        width = len(self.header) - self.names_sheet
        with _open_sheet(self.path, self.shown, self.sheet) as sheet:
            records = _padded(read_rows(sheet, self.decimal, self.shown), width)
            records = islice(records, self.header_rows, None)
            if self.names_sheet:
                records = _with_last(records, sheet.title, width)
            raw.add_records(self.shown, picks, len(self.header), records)


def open_workbooks(path: Path, shown: str, spec: SourceSpec, wanted: set[str]) -> list[Workbook]:
    """The sheets a source means, each with a header: its first row that holds anything.

    wanted : raw columns the study asks for. Of `*`, which means all sheets, those without any row are left out.

    Raises SourceError where the file is no workbook, lacks a sheet or a sheet is empty.
    """
    every = spec.sheet == ("*",)
    sheets = _sheet_names(path, shown) if every else list(spec.sheet) or [None]
    found = []
    for sheet in sheets:
        place = shown if len(sheets) == 1 else f"{shown} [{sheet}]"
        header = _header(path, place, sheet, spec.header_rows)
        if header is None and not every:
            raise SourceError(f"{shown}: the sheet {sheet or 'that comes first'} is empty.")
        if header is not None:
            names = SHEET in wanted and SHEET not in header
            named = header + (SHEET,) * names
            found.append(Workbook(path, place, sheet, spec.decimal, named, names, spec.header_rows))
    if not found:
        raise SourceError(f"{shown}: every sheet is empty.")
    return found


def _header(path: Path, shown: str, sheet: str | None, rows: int) -> tuple[str, ...] | None:
    with _open_sheet(path, shown, sheet) as opened:
        found = list(islice(read_rows(opened, ".", shown), rows))
    return joined_header([record.fields for record in found]) if len(found) == rows else None


def read_rows(sheet: Any, decimal: str, shown: str) -> Iterator[Record]:
    """The rows of a sheet that hold anything, cells as text and dates as ISO; line is the row's number."""
    for number, cells in _rows(sheet, shown):
        fields = [_as_text(cell, decimal) for cell in cells]
        if any(fields):
            yield Record(number, fields, (" | ".join(f or "" for f in fields),))


def _rows(sheet: Any, shown: str) -> Iterator[tuple[int, Any]]:
    try:
        yield from enumerate(sheet.iter_rows(), start=1)
    except Exception as error:
        raise SourceError(
            f"{shown}: the sheet cannot be read to its end: {error}. Save it again as .xlsx."
        ) from error


@contextmanager
def _open_sheet(path: Path, shown: str, name: str | None) -> Iterator[Any]:
    with open_book(path, shown) as book:
        sheets = {sheet.title: sheet for sheet in book.worksheets}
        if name is not None and name not in sheets:
            raise SourceError(f"{shown}: there is no sheet {name!r}. It has: {', '.join(map(repr, sheets))}.")
        sheet = sheets[name] if name is not None else book.worksheets[0]
        # Some programs write a wrong extent, and rows beyond it would be lost.
        sheet.reset_dimensions()
        yield sheet


@contextmanager
def open_book(path: Path, shown: str) -> Iterator[Any]:
    """A workbook to read cell by cell. shown : its name in errors. Raises SourceError where it cannot be read."""
    from openpyxl import load_workbook

    # openpyxl lets through whatever its zip and XML readers raise on a damaged file.
    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except Exception as error:
        raise SourceError(
            f"{shown}: this cannot be read as a workbook: {error}. Save it again as .xlsx."
        ) from error
    try:
        yield book
    finally:
        book.close()


def _sheet_names(path: Path, shown: str) -> list[str]:
    with open_book(path, shown) as book:
        return [sheet.title for sheet in book.worksheets]


def _with_last(records: Iterator[Record], last: str, width: int) -> Iterator[Record]:
    """Rows with one more field; what stands beyond the header's width stays there, to be told of."""
    for record in records:
        inside, beyond = record.fields[:width], record.fields[width:]
        yield record._replace(fields=[*inside, last, *beyond])


def _padded(records: Iterator[Record], width: int) -> Iterator[Record]:
    """Rows end at their last cell; what is missing to the header's width is empty."""
    for record in records:
        short = width - len(record.fields)
        yield record._replace(fields=record.fields + [None] * short) if short > 0 else record


def _as_text(cell: Any, decimal: str) -> str | None:
    value = cell.value
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return _number_text(value, "%" in str(cell.number_format), decimal)
    if isinstance(value, datetime.datetime):
        return value.isoformat(sep=" ")
    return value.isoformat() if isinstance(value, (datetime.date, datetime.time)) else str(value)


def _number_text(value: float, is_percent: bool, decimal: str) -> str:
    """A number as the source would write it; what the sheet shows as 77.5% keeps its sign, or it were 0.775%."""
    exact = Decimal(repr(value))
    if not exact.is_finite():
        return str(value)
    text = f"{exact.scaleb(2):f}%" if is_percent else f"{exact:f}"
    whole, _, fraction = text.rstrip("%").partition(".")
    fraction = fraction.rstrip("0")
    if decimal == EITHER:
        decimal, fraction = ".", fraction and fraction.ljust(4, "0")  # three digits might be thousands
    return whole + (decimal + fraction if fraction else "") + ("%" if is_percent else "")
