"""Do the two pages fit two sheets? An estimate of their height in print, and what goes first where they do not.

Only a browser knows where a page ends; the widths of letters and the sheet are known well enough to leave things out
in time, and a line says which and where they are told. The order: actions after the first, tiles, money but its last.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from linkage.sentences import plural

Row = dict[str, object]

SHEET = 265.0
"""Height of an A4 sheet between its margins, in millimetres, as are all heights here."""
SHEETS, SPARE = 2, 6.0
LINE, SMALL_LINE = 3.8, 3.5
"""A line of the text and of a table."""
HEAD, HEADS_OF_TABLE, BETWEEN_ROWS = 8.0, 7.0, 2.9
TILES, SIGNATURE, FOOT = 52.0, 14.0, 9.0
LETTERS = {"three": 36, "question": 34, "answer": 60, "action": 26, "target": 30, "gap": 100, "text": 120}
"""Letters on a line of each column."""


def fitted(page: Row) -> Row:
    """What the front page shows, shortened where it would need a third sheet; `no_room` names what went.

    All of it stands on the page of all answers.
    """
    page = {**page, "no_room": []}
    for shorten in (_fewer_actions, _no_tiles, _less_at_stake):
        if fits(page):
            break
        page = shorten(page)
    return page


def fits(page: Row) -> bool:
    """Whether all blocks of the page, none of them broken, end on the second sheet."""
    used = 0.0
    for height in _blocks(page):
        if used % SHEET + height > SHEET:
            used = ceil(used / SHEET) * SHEET
        used += height
    return used <= SHEETS * SHEET - SPARE


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


def _less(page: Row, said: str, **changed: object) -> Row:
    return {**page, **changed, "no_room": [*page["no_room"], said]}


def _fewer_actions(page: Row) -> Row:
    left = len(page["actions"]) - 1
    if left < 1:
        return page
    return _less(page, f"{left} more of the actions weighed", actions=page["actions"][:1])


def _no_tiles(page: Row) -> Row:
    count = len(page["figures"])
    return _less(page, f"{count} headline {plural('figure', count)}", figures=[]) if count else page


def _less_at_stake(page: Row) -> Row:
    left = len(page["stake"]) - 1
    if left < 1:
        return page
    return _less(page, f"{left} more {plural('figure', left)} in money", stake=page["stake"][-1:])
