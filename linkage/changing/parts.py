"""A figure that moved, taken apart: what every answer of this kind holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.changing.jackknife import FEWEST_CLUSTERS
from linkage.results import Result

NEW_DATA, MIX, RELATION, UNTOLD, TOTAL = "new data", "mix", "relation", "not told apart", "total"
PARTS = (NEW_DATA, MIX, RELATION, UNTOLD)
"""The parts of a change, in the order in which they are told; they sum to the total."""
COLUMNS = ("estimate", "std_error", "low", "high")


@dataclass(frozen=True, eq=False, repr=False)
class TakenApart(Result):
    """Why a figure is another one than it was.

    estimates : one row a part (index: new data, mix, relation, not told apart, total): estimate, std_error, low, high.
        The parts that are there sum to the total. "Not told apart" is what rows of an unknown group add, of which
        nobody can say whether it is mix or relation; it is missing where every group is known.
    first, last : the figure before and now. n_before, n_now : the rows they rest on.
    columns : the segments whose mix counts. pooled : groups of theirs taken together for their size.
    clusters : whose rows belong together. confidence : coverage of the intervals.
    """

    first: float
    last: float
    estimates: pd.DataFrame
    n_before: int
    n_now: int
    columns: tuple[str, ...]
    pooled: int
    clusters: int
    confidence: float

    @property
    def total(self) -> float:
        return float(self.estimates.loc[TOTAL, "estimate"])

    @property
    def largest(self) -> str:
        """The part that moved the figure most."""
        return str(self.estimates.loc[list(PARTS), "estimate"].abs().fillna(0.0).idxmax())

    @property
    def is_shown(self) -> bool:
        """Whether the figure moved: the interval of its change, less new data, leaves out zero.

        The one rule of a report, for figures and for links. New data is known exactly, so chance has no part in it.
        """
        row = self.estimates.loc[TOTAL]
        late = np.nan_to_num(self.estimates.loc[NEW_DATA, "estimate"])
        return bool(row["low"] - late > 0 or row["high"] - late < 0)

    @property
    def why_no_interval(self) -> str:
        """Why the parts of this change have no interval; nothing where they have one."""
        if self.clusters >= FEWEST_CLUSTERS:
            return ""
        if not self.clusters:
            return "its rows are not kept one by one"
        return f"{self.clusters} clusters, fewer than the {FEWEST_CLUSTERS} an interval needs"

    def summary(self) -> str:
        from linkage.changing.words import parts_sentence

        return parts_sentence(self)


def part_table(values: dict[str, tuple[float, float, float, float]]) -> pd.DataFrame:
    """The table of parts. values : by part, (estimate, std_error, low, high); a part left out is missing."""
    nothing = (np.nan,) * len(COLUMNS)
    rows = [values.get(part, nothing) for part in (*PARTS, TOTAL)]
    return pd.DataFrame(rows, index=pd.Index((*PARTS, TOTAL), name="part"), columns=COLUMNS, dtype=float)
