"""Tables as plain text for a terminal: figures to the right, words to the left, no line too long."""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Sequence

import pandas as pd

WIDTH = 120
NOTHING = ""
FIGURE = re.compile(r"[-<>~]? ?[\d,.]*\d%?")


def counted(count: int, noun: str) -> str:
    """So many of something: 1 row, 2 rows."""
    return f"{int(count):,} {noun}{'' if count == 1 else 's'}"


def shown(value: object) -> str:
    """One cell: thousands set apart, six digits of a fraction, nothing where nothing is known."""
    if pd.isna(value):
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) or hasattr(value, "__index__"):
        return f"{int(value):,}"
    if isinstance(value, float):
        return _number(value)
    return " ".join(str(value).split())


def _number(value: float) -> str:
    if not math.isfinite(value):
        return NOTHING
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.0f}"


def share(value: float | None) -> str:
    """A share in percent that neither rounds something to nothing nor nearly all to all."""
    if pd.isna(value):
        return NOTHING
    if 0 < value < 0.0005:
        return "< 0.1%"
    if 0.9995 <= value < 1:
        return "> 99.9%"
    return f"{value:.0%}" if value in (0, 1) else f"{value:.1%}"


def text_table(head: Sequence[str], rows: Sequence[Sequence[object]], *, most: int = 44) -> list[str]:
    """Lines of a table. A column of figures stands to the right. The last column may wrap, others are cut at `most`."""
    cells = [[shown(value) for value in row] for row in rows]
    last = len(head) - 1
    cells = [[c if i == last else _cut(c, most) for i, c in enumerate(row)] for row in cells]
    right = [all(_is_figure(row[i]) for row in cells) for i in range(len(head))]
    widths = [
        max(len(head[i]), *(len(row[i]) for row in cells)) if cells else len(head[i])
        for i in range(len(head))
    ]
    lines = []
    for row in [list(head), *cells]:
        start = "  ".join(
            cell.rjust(width) if side else cell.ljust(width)
            for cell, width, side in zip(row[:last], widths[:last], right[:last], strict=True)
        )
        start += "  " if last else ""
        tail = row[last].rjust(widths[last]) if right[last] else row[last]
        lines += _wrapped(start, tail)
    return lines


def _is_figure(cell: str) -> bool:
    return not cell or bool(FIGURE.fullmatch(cell))


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}\N{HORIZONTAL ELLIPSIS}"


def _wrapped(start: str, tail: str) -> list[str]:
    room = max(24, WIDTH - len(start))
    first, *rest = textwrap.wrap(tail, room) or [""]
    indent = " " * len(start)
    return [f"{start}{first}".rstrip(), *(f"{indent}{line}" for line in rest)]


def wrapped(text: str, *, indent: str = "", room: int = 0) -> list[str]:
    """A sentence in lines that fit, those after the first set in. room : width kept free for what stands before."""
    lines = textwrap.wrap(
        text, WIDTH - room, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False
    )
    return lines or [""]
