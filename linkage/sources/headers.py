"""The names of columns where a header takes several lines: survey tools put questions and choices below each other."""

from __future__ import annotations

from collections.abc import Sequence

APART = ": "


def joined_header(rows: Sequence[Sequence[str | None]]) -> tuple[str, ...]:
    """One name a column from the lines of a header; empty where no line names it.

    The first line names a column. Where its name stands over several columns, the others left empty, each is named
    by it and by the line below, as in "What do you value?: Price". A first name that stands over one column is
    enough, whatever is below: so "Q1" stays "Q1", and its question in the second line is no part of the name.
    """
    width = max(map(len, rows))
    cells = [[(cell or "").strip() for cell in [*row, *[None] * (width - len(row))]] for row in rows]
    header = _without_empty_end(_joined(cells)) if len(cells) > 1 else _without_empty_end(cells[0])
    return tuple(header)


def _joined(rows: list[list[str]]) -> list[str]:
    top, below = rows[0], rows[1:]
    names, over = [], ""
    for place, name in enumerate(top):
        over = name or over
        under = next((row[place] for row in below if row[place]), "")
        spans = not name or (place + 1 < len(top) and not top[place + 1])
        names.append(f"{over}{APART}{under}" if spans and over and under else name or under)
    return names


def _without_empty_end(header: list[str]) -> list[str]:
    while len(header) > 1 and not header[-1]:
        header = header[:-1]
    return header
