"""Does the workbook say what the findings, the ledger and the money figures say? Its cells, one by one."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from linkage.errors import LinkageError
from linkage.exports.sheets import Sheet, shorten
from linkage.exports.workbook import HEAD
from linkage.limits.reviewing import SAME_DIGITS
from linkage.reviewing.lines import Line, bad, good, told

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from linkage.report.edition import Edition
    from linkage.reviewing.published import PublishedReport


def same_workbook(report: PublishedReport, edition: Edition) -> Iterator[Line]:
    """The sheets that repeat published rows, cell by cell; what else it holds is proved by its hash alone."""
    path = report.folder / f"linkage-{report.period}.xlsx"
    if not path.is_file():
        return
    try:
        sheets = _expected(edition)
    except LinkageError as error:
        yield bad(f"workbook: {error}")
        return
    from openpyxl import load_workbook

    try:
        book = load_workbook(path, read_only=True)
    except Exception as error:  # a damaged file fails in as many ways as there are bytes
        yield bad(f"workbook {path.name} cannot be opened: {type(error).__name__}: {error}")
        return
    for sheet in sheets:
        yield _same_sheet(book[sheet.name], sheet) if sheet.name in book.sheetnames else _no_sheet(sheet)
    others = [name for name in book.sheetnames if name not in {sheet.name for sheet in sheets}]
    if others:
        yield told(f"workbook: by its hash alone: {', '.join(others)}")


def _expected(edition: Edition) -> list[Sheet]:
    from linkage.exports.answers import answers_sheet, checks_sheet, findings_sheet
    from linkage.exports.figures import money_sheet
    from linkage.exports.ledgers import ledger_sheets

    minimum = edition.study.study.declared.minimum_group
    money = [money_sheet(edition.money, minimum)] if edition.money else []
    own = [answers_sheet(edition), findings_sheet(edition), checks_sheet(edition)]
    return [*own, *ledger_sheets(edition.study), *money]


def _no_sheet(sheet: Sheet) -> Line:
    return bad(f"workbook: the sheet {sheet.name} is gone")


def _same_sheet(page: Worksheet, sheet: Sheet) -> Line:
    from openpyxl.utils import get_column_letter

    width = len(sheet.headers)
    there = [row[:width] for row in page.iter_rows(min_row=HEAD + 1, values_only=True)]
    wanted = [sheet.headers, *sheet.rows]
    for line, row in enumerate(wanted):
        found = there[line] if line < len(there) else ()
        for place, value in enumerate(row):
            cell = found[place] if place < len(found) else None
            if not _is_cell(cell, value):
                where = f"{get_column_letter(place + 1)}{HEAD + 1 + line} ({sheet.headers[place]})"
                return bad(
                    f"workbook: sheet {sheet.name}, {where} holds {cell!r}, the report's data give {value!r}"
                )
    if any(any(cell is not None for cell in row) for row in there[len(wanted) :]):
        return bad(f"workbook: sheet {sheet.name} has rows that are not in the report's data")
    return good(f"workbook: sheet {sheet.name}, {len(sheet.rows)} rows as the report's data give them")


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
