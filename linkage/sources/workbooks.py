"""Workbooks: one sheet of an .xlsx file, row by row, its cells as text."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from linkage.errors import SourceError
from linkage.sources.rawtable import RawTable, Record

if TYPE_CHECKING:
    from linkage.declaration import SourceSpec


@dataclass(frozen=True)
class Workbook:
    """One sheet with a header; sheet None is the first. decimal : the sign numbers are written with."""

    path: Path
    shown: str
    sheet: str | None
    decimal: str
    header: tuple[str, ...]

    def load(self, raw: RawTable, picks: dict[str, int | None]) -> None:
        """Read the rows below the header; a record's line is its row on the sheet."""
        with _open_sheet(self.path, self.shown, self.sheet) as sheet:
            records = read_rows(sheet, self.decimal, self.shown)
            next(records)
            raw.add_records(self.shown, picks, len(self.header), _padded(records, len(self.header)))


def open_workbook(path: Path, shown: str, spec: SourceSpec) -> Workbook:
    """A sheet whose header is its first row that holds anything.

    Raises SourceError where the file is no workbook, lacks the sheet or is empty.
    """
    with _open_sheet(path, shown, spec.sheet) as sheet:
        first = next(read_rows(sheet, ".", shown), None)
    if first is None:
        raise SourceError(f"{shown}: the sheet {spec.sheet or 'that comes first'} is empty.")
    header = tuple((name or "").strip() for name in first.fields)
    while len(header) > 1 and not header[-1]:
        header = header[:-1]
    return Workbook(path, shown, spec.sheet, spec.decimal, header)


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
    from openpyxl import load_workbook

    # openpyxl lets through whatever its zip and XML readers raise on a damaged file.
    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except Exception as error:
        raise SourceError(
            f"{shown}: this cannot be read as a workbook: {error}. Save it again as .xlsx."
        ) from error
    try:
        sheets = {sheet.title: sheet for sheet in book.worksheets}
        if name is not None and name not in sheets:
            raise SourceError(f"{shown}: there is no sheet {name!r}. It has: {', '.join(map(repr, sheets))}.")
        sheet = sheets[name] if name is not None else book.worksheets[0]
        # Some programs write a wrong extent, and rows beyond it would be lost.
        sheet.reset_dimensions()
        yield sheet
    finally:
        book.close()


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
    return whole + (decimal + fraction if fraction else "") + ("%" if is_percent else "")
