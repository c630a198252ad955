"""Where the header of a table is, and whether there is one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from linkage.sources.headers import joined_header
from linkage.sources.spellings import spelling_of

VALUE = re.compile(
    r"[+-]?[\d.,' %€$£]*\d[\d.,' %€$£]*|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*|\d{1,2}:\d{2}(:\d{2})?"
)

OPAQUE = re.compile(r"(q|qid|v|var|f|p|item|frage|question)?[ _.]?\d+([_.#-]\w{1,6})*", re.IGNORECASE)
"""A name that only numbers a question: Q1, QID12_3, v_101."""

ANSWER_KINDS = frozenset(
    (
        *("response", "open-ended response", "antwort", "offene antwort", "réponse", "réponse ouverte"),
        *("respuesta", "respuesta abierta", "resposta", "resposta aberta", "risposta", "antwoord"),
    )
)
"""What survey tools write below a question that has one column."""

TITLES = 12
"""So many lines of title may stand above a header."""


@dataclass(frozen=True)
class Head:
    """Where a header is. above : records over it. rows : records it takes. raw : the columns' names as staging knows
    them. names : what to call them here: of columns called Q1 or v_12 the question in the line below.
    """

    above: int
    names: tuple[str, ...]
    rows: int = 1
    raw: tuple[str, ...] = ()


def find_header(records: Sequence[Sequence[str | None]]) -> Head | str:
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
    count = _rows_of_header(rows[start:])
    raw = joined_header(rows[start : start + count])
    below = [row for row in rows[start + count :] if any(row)]
    if not below:
        return "it has a header and no rows"
    return _no_header(raw, below) or Head(start, _called(raw, rows[start : start + count]), count, raw)


def _rows_of_header(rows: list[list[str]]) -> int:
    """How many records the header takes: survey tools put questions, choices and codes of their own below the names."""
    for count, row in enumerate(rows[1:3], start=2):
        if sum(cell.startswith('{"ImportId"') for cell in row) > len(row) / 2:
            return count
    return 2 if len(rows) > 4 and _explains(rows[1], rows[2:]) else 1


def _explains(row: list[str], below: list[list[str]]) -> bool:
    """Whether a record holds no data but words on columns that below hold numbers and dates."""
    valued = [place for place in range(len(row)) if _mostly_values(place, below)]
    said = [row[place] for place in valued if row[place]]
    texts = [cell for cell in row if cell]
    if len(valued) < 2 or any(VALUE.fullmatch(cell) for cell in said) or len(texts) < 2:
        return False
    asked = bool(ANSWER_KINDS.intersection(map(str.lower, texts)))
    return asked or len(set(said)) == len(said) > 0.6 * len(valued)


def _mostly_values(place: int, below: list[list[str]]) -> bool:
    cells = [row[place] for row in below if place < len(row) and row[place]]
    return len(cells) > 0.5 * len(below) and sum(bool(VALUE.fullmatch(c)) for c in cells) >= 0.8 * len(cells)


def _called(raw: tuple[str, ...], rows: list[list[str]]) -> tuple[str, ...]:
    """The names, with the question instead of a mere number of one."""
    if len(rows) == 1:
        return raw
    under = [re.sub(r"\s+", " ", rows[1][i]) if i < len(rows[1]) else "" for i in range(len(raw))]
    names = [re.sub(r"\s+", " ", name) for name in raw]
    once = Counter([*under, *names])
    return tuple(
        asked if asked and OPAQUE.fullmatch(name) and once[asked] == 1 else name
        for name, asked in zip(names, under, strict=True)
    )


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
