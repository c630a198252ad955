"""Does the workbook say what the data say? Written again: every sheet cell by cell, and all else."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.exports.sheets import Sheet, shorten
from linkage.exports.workbook import HEAD
from linkage.limits.reviewing import SAME_DIGITS
from linkage.reviewing.archives import LOOSE, differing_parts
from linkage.reviewing.lines import Line, bad, good
from linkage.scratch import scratch_folder

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

    from linkage.exports.contents import Contents
    from linkage.report.edition import Edition
    from linkage.reviewing.published import PublishedReport

CELLS = ("xl/worksheets/", "xl/sharedStrings")
"""The parts of a workbook that hold the cells, which are compared one by one."""


def same_workbook(report: PublishedReport, edition: Edition, contents: Contents) -> Iterator[Line]:
    """The workbook written again: every sheet cell by cell, and every other part of the file.

    contents : what it says, gathered again.
    """
    path = report.folder / f"linkage-{report.period}.xlsx"
    if not path.is_file():
        yield bad(f"workbook: {path.name} is gone", about="workbook")
        return
    from openpyxl import load_workbook

    try:
        parts = _other_parts(path, edition, contents)
        book = load_workbook(path, read_only=True) if parts else None
        lines = list(_sheets(book, contents.sheets)) if book else []
    except Exception as error:  # a damaged file fails in as many ways as there are bytes
        said = f"workbook {path.name} cannot be opened: {type(error).__name__}: {error}"
        yield bad(said, about="workbook")
        return
    yield from lines or (_good(sheet) for sheet in contents.sheets)
    drawn = [part for part in parts if not part.startswith(CELLS)]
    if drawn or (parts and all(line.passed for line in lines)):
        said = f"workbook: not as the report's data give it: {', '.join((drawn or parts)[:3])}"
        yield bad(f"{said} ({_named_part((drawn or parts)[0])})", about="workbook")
    elif not parts:
        yield good(f"workbook: {path.name}, charts and formats too", about="workbook")


def _other_parts(path: Path, edition: Edition, contents: Contents) -> list[str]:
    """The parts of the file that are not as written again."""
    from linkage.exports.making import last_day
    from linkage.exports.workbook import write_workbook

    title = f"{edition.study.title}, {edition.period}"
    with scratch_folder() as scratch:
        again = Path(scratch, path.name)
        write_workbook(again, contents.sheets, title=title, on=last_day(edition))
        return differing_parts(path, again)


def _named_part(part: str) -> str:
    """What a part of the file is, for a person."""
    kinds = {
        "xl/charts/": "a chart",
        "xl/drawings/": "where a chart lies, or its words",
        "xl/styles": "formats",
        LOOSE: "before, between or behind its parts",
    }
    return next((word for start, word in kinds.items() if part.startswith(start)), "a part of the file")


def _sheets(book: Workbook, sheets: Sequence[Sheet]) -> Iterator[Line]:
    for sheet in sheets:
        yield _same_sheet(book[sheet.name], sheet) if sheet.name in book.sheetnames else _no_sheet(sheet)
    for name in book.sheetnames:
        if name not in {sheet.name for sheet in sheets}:
            yield bad(f"workbook: the report makes no sheet {name}", about=f"workbook: sheet {name}")


def _no_sheet(sheet: Sheet) -> Line:
    return bad(f"workbook: the sheet {sheet.name} is gone", about=f"workbook: sheet {sheet.name}")


def _good(sheet: Sheet) -> Line:
    about = f"workbook: sheet {sheet.name}"
    return good(f"{about}, {len(sheet.rows)} rows as the report's data give them", about=about)


def _same_sheet(page: Worksheet, sheet: Sheet) -> Line:
    from openpyxl.utils import get_column_letter

    about = f"workbook: sheet {sheet.name}"
    there = list(page.iter_rows(values_only=True))
    wanted = [(sheet.title,), (sheet.note,), sheet.headers, *sheet.rows]
    for line, row in enumerate(wanted):
        found = there[line] if line < len(there) else ()
        for place, value in enumerate((*row, *[None] * (len(found) - len(row)))):
            cell = found[place] if place < len(found) else None
            if not _is_cell(cell, value):
                named = f" ({sheet.headers[place]})" if line >= HEAD and place < len(sheet.headers) else ""
                where = f"{get_column_letter(place + 1)}{line + 1}{named}"
                said = f"{about}, {where} holds {cell!r}, the report's data give {value!r}"
                return bad(said, about=about)
    if any(any(cell is not None for cell in row) for row in there[len(wanted) :]):
        return bad(f"{about} has rows that are not in the report's data", about=about)
    return _good(sheet)


def _is_cell(cell: object, value: object) -> bool:
    """Whether a cell holds a value as the workbook writes it."""
    if isinstance(value, bool):
        return cell == ("yes" if value else "no")
    if isinstance(value, int | float):
        if not math.isfinite(value):
            return cell == "without bound"
        return isinstance(cell, int | float) and math.isclose(
            cell, value, rel_tol=SAME_DIGITS, abs_tol=1e-300
        )
    return (cell or "") == shorten(str(value)) if value is not None else cell in (None, "")
