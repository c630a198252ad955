"""Titles and names of axes broken where they are longer than their panel: over its neighbour none can be read."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

SHARE = 0.8
"""Of a panel's width or height, what its ticks and margins leave for a title or the name of an axis."""
LETTER = 0.56
"""A letter's mean width, in parts of the font's size (DejaVu Sans)."""
POINTS = 72
"""To the inch."""
FEWEST = 12
"""Letters in a line: a narrower label would be broken within its words."""


def break_long_labels(figure: Figure) -> None:
    """Break what is too long for its panel at its words; lines there stay. The panels are taken to be of one size."""
    width, height = SHARE * figure.get_size_inches() * POINTS
    for axis in figure.axes:
        place = axis.get_subplotspec()
        if place is None:
            continue
        grid = place.get_gridspec()
        for text in (axis.xaxis.label, *_titles(axis)):
            _break(text, width / grid.ncols)
        _break(axis.yaxis.label, height / grid.nrows)


def _titles(axis: Axes) -> list[Text]:
    from matplotlib.text import Text

    said = {axis.get_title(loc=place) for place in ("left", "center", "right")} - {""}
    return [t for t in axis.get_children() if isinstance(t, Text) and t.get_text() in said]


def _break(text: Text, room: float) -> None:
    """room : in points."""
    letters = max(int(room / (LETTER * text.get_fontsize())), FEWEST)
    lines = text.get_text().split("\n")
    if max(map(len, lines)) > letters:
        text.set_text("\n".join(textwrap.fill(line, letters, break_long_words=False) for line in lines))
