"""Do the two pages fit two sheets? An estimate of their height in print; where it is too high they print smaller.

Only a browser knows where a page ends, but the widths of letters and the sheet are known well enough to choose by.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

Row = dict[str, object]

SHEET = 275.0
"""Height of an A4 sheet between its margins, in millimetres, as are all heights here."""
SHEETS, SPARE = 2, 10.0
LINE, SMALL_LINE = 3.8, 3.5
"""A line of the text and of a table."""
HEAD, HEADS_OF_TABLE, BETWEEN_ROWS = 8.0, 7.0, 2.9
TILES, SIGNATURE, FOOT = 66.0, 14.0, 9.0
LETTERS = {"three": 36, "question": 34, "answer": 64, "action": 24, "target": 38, "gap": 104, "text": 120}
"""Letters on a line of each column."""


def is_tight(page: Row) -> bool:
    """Whether the page must be printed smaller: all its blocks, none of them broken, would end on a third sheet."""
    used = 0.0
    for height in _blocks(page):
        if used % SHEET + height > SHEET:
            used = ceil(used / SHEET) * SHEET
        used += height
    return used > SHEETS * SHEET - SPARE


def _blocks(page: Row) -> Iterator[float]:
    """The heights of the blocks, from the top: of a table its rows."""
    three = max((_lines(text, "three") for _, text in page["three"]), default=0)
    above = [*page["headline"], *page["troubles"]]
    yield 8.0 + sum(_lines(text, "text") * LINE for text in above) + HEAD + three * LINE
    yield HEAD + HEADS_OF_TABLE
    for row in page["ten"]:
        yield (
            max(_lines(row["question"], "question"), _lines(row["brief"], "answer"), 2) * SMALL_LINE
            + BETWEEN_ROWS
        )
    yield 2 * LINE
    yield TILES if page["figures"] else 0.0
    rows = [max(_lines(r["label"], "action"), _lines(r["target"], "target")) for r in page["actions"]]
    yield (
        (HEAD + HEADS_OF_TABLE + 6 + len(page["stake"]) * (SMALL_LINE + BETWEEN_ROWS))
        if page["stake"]
        else 0.0
    )
    yield (9 + 6 + sum(n * SMALL_LINE + BETWEEN_ROWS for n in rows)) if rows else 0.0
    yield HEAD
    yield from (_lines(row["words"], "gap") * LINE + 1.8 for row in page["not_known"])
    if page["forecasts"]:
        yield HEAD + sum(_lines(text, "text") * LINE for text in page["forecasts"])
    yield SIGNATURE + _lines(" ".join(page["sign_off"]), "text") * LINE + FOOT


def _lines(text: object, column: str) -> int:
    return ceil(len(str(text or "")) / LETTERS[column])
