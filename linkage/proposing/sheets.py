"""The sheets of a workbook: which hold a table, where its header is, and a sheet written out as text."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator
from pathlib import Path

from linkage.proposing.files import LOOKED_AT, Found, LeftOut, found_with
from linkage.proposing.headers import find_header
from linkage.proposing.names import free_name, identifier
from linkage.sources.workbooks import open_book, read_rows


def open_sheets(path: Path, shown: str, taken: set[str]) -> tuple[list[Found], list[LeftOut]]:
    """Every sheet of a workbook that holds a table, and those that do not.

    Raises SourceError where the file is no workbook.
    """
    found, left_out = [], []
    with open_book(path, shown) as book:
        for sheet in book.worksheets:
            place = f"{shown}, sheet {sheet.title!r}"
            if sheet.sheet_state != "visible":
                left_out.append(LeftOut(place, "the sheet is hidden"))
                continue
            sheet.reset_dimensions()
            records = [r.fields for r in itertools.islice(read_rows(sheet, ".", shown), LOOKED_AT)]
            head = find_header(records) if records else "the sheet is empty"
            if isinstance(head, str):
                left_out.append(LeftOut(place, head))
                continue
            name = free_name(identifier(sheet.title, otherwise="sheet"), taken)
            taken.add(name)
            found.append(found_with(Found(name, path, shown, "workbook", sheet=sheet.title), head))
    return found, left_out


def write_sheet(table: Found, target: Path, *, header: bool = True) -> None:
    """A sheet's table as text, comma and UTF-8, without what stands above its header."""
    with open_book(table.path, table.shown) as book:
        sheet = next(s for s in book.worksheets if s.title == table.sheet)
        sheet.reset_dimensions()
        records = itertools.islice(read_rows(sheet, ".", table.shown), table.above + table.header_rows, None)
        rows = itertools.chain([table.header] if header else [], (r.fields for r in records))
        write_rows(rows, len(table.header), target)


def write_rows(rows: Iterator[list[str | None]], width: int, target: Path) -> None:
    """Records as text, comma and UTF-8, each cut or filled to one width."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("w", encoding="utf-8", newline="") as stream:
        # Not CR LF: a cell with lines of its own would make the ends of lines two kinds, which a select refuses.
        writer = csv.writer(stream, lineterminator="\n")
        for fields in rows:
            writer.writerow([*fields, *[None] * (width - len(fields))][:width])
