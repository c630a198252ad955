"""A figure that moved, taken apart: what every answer of this kind holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.results import Result

NEW_DATA, MIX, RELATION, TOTAL = "new data", "mix", "relation", "total"
PARTS = (NEW_DATA, MIX, RELATION)
"""The parts of a change, in the order in which they are told; they sum to the total."""
COLUMNS = ("estimate", "std_error", "low", "high")


@dataclass(frozen=True, eq=False, repr=False)
class TakenApart(Result):
    """Why a figure is another one than it was.

    estimates : one row a part (index: new data, mix, relation, total): estimate, std_error, low, high. The parts sum
        to the total. A part that cannot be told apart is missing, and the others hold it.
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
        """Whether the interval of the whole change excludes zero."""
        row = self.estimates.loc[TOTAL]
        return bool(row["low"] > 0 or row["high"] < 0)

    def summary(self) -> str:
        from linkage.changing.words import parts_sentence

        return parts_sentence(self)


def part_table(values: dict[str, tuple[float, float, float, float]]) -> pd.DataFrame:
    """The table of parts. values : by part, (estimate, std_error, low, high); a part left out is missing."""
    nothing = (np.nan,) * len(COLUMNS)
    rows = [values.get(part, nothing) for part in (*PARTS, TOTAL)]
    return pd.DataFrame(rows, index=pd.Index((*PARTS, TOTAL), name="part"), columns=COLUMNS, dtype=float)
