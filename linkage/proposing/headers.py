"""Where the header of a table is, and whether there is one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from linkage.sources.spellings import spelling_of

VALUE = re.compile(
    r"[+-]?[\d.,' %€$£]*\d[\d.,' %€$£]*|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*|\d{1,2}:\d{2}(:\d{2})?"
)

TITLES = 12
"""So many lines of title may stand above a header."""


def find_header(records: Sequence[Sequence[str | None]]) -> tuple[int, tuple[str, ...]] | str:
    """How many records stand above the header, and the header; or why there is none.

    The header is the first record as wide as the table that names things: titles above it are narrower, and a
    record of numbers or dates, or one whose words come back in the column below, is data.
    """
    rows = [[(cell or "").strip() for cell in record] for record in records]
    filled = [sum(map(bool, row)) for row in rows]
    if not any(filled):
        return "there is nothing in it"
    width = Counter(n for n in filled if n).most_common(1)[0][0]
    width = max(width, max(filled) if len(rows) < 4 else width)
    start = next((i for i, n in enumerate(filled[:TITLES]) if n >= max(1, 0.6 * width)), 0)
    if width < 2:
        return "it has one column only, so nothing in it can be linked"
    header = tuple(rows[start])
    while len(header) > 1 and not header[-1]:
        header = header[:-1]
    below = [row for row in rows[start + 1 :] if any(row)]
    if not below:
        return "it has a header and no rows"
    wrong = _no_header(header, below)
    return wrong or (start, header)


def _no_header(header: tuple[str, ...], below: list[list[str]]) -> str:
    values = [cell for cell in header if cell and VALUE.fullmatch(cell) and not spelling_of(cell)]
    years = [cell for cell in header if re.fullmatch(r"(19|20)\d\d", cell)]
    if len(values) - len(years) > 0.2 * len(header):
        return f"its first line is data, not a header (it holds {values[0]!r}). Put the names of the columns above it"
    again = 0
    for place, cell in enumerate(header):
        column = [row[place] for row in below if place < len(row)]
        again += bool(cell) and cell in column
    if again >= max(2, 0.3 * len(header)) or (again and len(header) <= 2):
        return "its first line looks like data, not a header: its values come back below. Put names of columns above"
    return ""
