"""How does a table with sentences in it print in a plain terminal: whole, each sentence below its row?"""

from __future__ import annotations

from textwrap import wrap

import pandas as pd

WIDTH, GAP, INDENT = 100, "  ", "    "
NOTHING = "\N{EN DASH}"


class PlainTable(pd.DataFrame):
    """A table as any other, but that print() shows whole.

    pandas leaves out columns and cuts sentences off where a line is narrow: of an estimate and its advice nothing would
    be left. What is made of it (a part, a sum) is a DataFrame again, and notebooks show it as ever.
    """

    def __repr__(self) -> str:
        return table_text(self)


def table_text(frame: pd.DataFrame, width: int = WIDTH) -> str:
    """A table as lines of at most `width` letters: columns side by side while they fit, the widest below their row.

    A single word that is longer than a line is not broken.
    """
    if frame.empty:
        return f"Nothing to list. Columns: {', '.join(map(str, frame.columns))}"
    named = any(name is not None for name in frame.index.names)
    cells = {str(name): _texts(column) for name, column in frame.reset_index(drop=not named).items()}
    wide = {name: max(map(len, [name, *texts])) for name, texts in cells.items()}
    first, below = next(iter(cells)), []
    while sum(wide.values()) + len(GAP) * (len(wide) - 1) > width and len(wide) > 1:
        widest = max((name for name in wide if name != first), key=lambda name: wide[name])
        below.append(widest)
        del wide[widest]
    below.sort(key=list(cells).index)
    right = {name for name in wide if pd.api.types.is_numeric_dtype(frame.get(name, pd.Series(dtype=object)))}
    lines = [_line({name: name for name in wide}, wide, right)]
    for place in range(len(frame)):
        lines.append(_line({name: cells[name][place] for name in wide}, wide, right))
        lines += [line for name in below for line in _sentence(name, cells[name][place], width)]
    return "\n".join(lines)


def _texts(column: pd.Series) -> list[str]:
    return [NOTHING if pd.isna(v) else f"{v:.10g}" if isinstance(v, float) else str(v) for v in column]


def _line(texts: dict[str, str], wide: dict[str, int], right: set[str]) -> str:
    cells = [text.rjust(wide[n]) if n in right else text.ljust(wide[n]) for n, text in texts.items()]
    return GAP.join(cells).rstrip()


def _sentence(name: str, text: str, width: int) -> list[str]:
    """A text below its row, with the name of its column in front; an empty one takes no line."""
    if text in ("", NOTHING):
        return []
    return wrap(
        f"{name}: {text}", width, initial_indent=INDENT, subsequent_indent=INDENT + GAP,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
