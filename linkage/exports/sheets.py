"""A sheet of a workbook as plain data: a title, a note, columns and rows; no library and no file yet."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from linkage.report.findings import FORMULA_STARTS

LONGEST = 32_000
"""A cell of a workbook holds 32,767 characters."""
CUT = " [...]"
READ_DIGITS = 4
"""Significant digits of a figure in a list; the workbook keeps them all behind its formats."""


class Share(float):
    """A number from 0 to 1 that is read in percent."""


class Amount(float):
    """A number of money, read in whole units of the currency."""


class Change(float):
    """A difference, read with its sign; that of shares is in percentage points, not in percent."""


@dataclass(frozen=True)
class Chart:
    """A chart of one range of a sheet, by the place of its columns and its first and last row.

    kind : "dots" (estimates with intervals), "line" (a course over periods) or "bars". less, more : columns with the
    interval's distance below and above the value.
    """

    title: str
    kind: str
    categories: int
    values: int
    first: int
    last: int
    less: int | None = None
    more: int | None = None
    axis: str = ""
    percent: bool = False


@dataclass(frozen=True)
class Sheet:
    """One table. note : what a row is and what is left out. headers : one a column. rows : texts, numbers, None.

    hidden : places of columns that only charts read.
    """

    name: str
    title: str
    note: str
    headers: tuple[str, ...]
    rows: list[tuple[object, ...]]
    charts: tuple[Chart, ...] = ()
    hidden: tuple[int, ...] = ()
    widths: dict[str, int] = field(default_factory=dict)


def plain_value(value: object) -> object:
    """A value a cell can hold: text, number, True or False, or None for what is missing."""
    if isinstance(value, str | Share | Amount | Change | bool) or value is None:
        return value
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    if hasattr(value, "isoformat"):
        return None if pd.isna(value) else value.isoformat()[:10]
    if pd.isna(value):
        return None
    value = value.item() if hasattr(value, "item") else value
    return value if isinstance(value, int | float) else str(value)


def sheet_rows(rows: Iterable[dict[str, object]], columns: Sequence[str]) -> list[tuple[object, ...]]:
    """Rows as tuples in the order of the columns; what a row lacks is empty."""
    return [tuple(plain_value(row.get(name)) for name in columns) for row in rows]


def shorten(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - len(CUT)] + CUT


def write_csv(sheet: Sheet, path: Path) -> None:
    """A sheet as CSV to read and work from: figures at four digits, no cell of which a spreadsheet would run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(sheet.headers)
        writer.writerows([_csv_cell(value) for value in row] for row in sheet.rows)


def _csv_cell(value: object) -> object:
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    if isinstance(value, float):
        return f"{float(f'{value:.{READ_DIGITS}g}'):.15g}"
    return "" if value is None else value
