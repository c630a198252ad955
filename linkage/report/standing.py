"""How is a finding counted, and which of several is told first?"""

from __future__ import annotations

from collections.abc import Iterable

from linkage.ladder import LINKED, counted_as

Row = dict[str, object]


def counted(row: Row) -> str:
    """The word under which a finding is read and counted; see ladder.counted_as."""
    return counted_as(row, row.get("checks") or ())


OTHER_WAY = "the other way round"
SIGNS = {"positive": 1, "negative": -1}


def runs_against(row: Row) -> bool:
    """Whether a link is shown, and of the other sign than was declared to be expected of it."""
    sign = SIGNS.get(str(row.get("expected")), 0)
    return row["verdict"] == LINKED and row["estimate"] is not None and sign * row["estimate"] < 0


def best_founded(rows: Iterable[Row]) -> Row | None:
    """The finding that is told where there is room for one: linked before not, then the highest level, then the first.

    rows : in the order declared. Never the largest, nor the largest for its error: whoever picks those overstates what
    is there (Gelman and Carlin 2014, Perspectives on Psychological Science 9, p. 641). The order was declared before
    any result was seen. None of none.
    """
    return max(rows, key=lambda row: (row["verdict"] == LINKED, str(row["level"])), default=None)
