"""Which KPIs' rows are too small to be shown, or would tell of one that is; and what stands in for names and counts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from linkage.kpis.definitions import ALL, KPIS
from linkage.suppressing import NOT_SHOWN, few_of, hidden_in, unnamed

GAPS = frozenset(kpi.name for kpi in KPIS if kpi.group == "gap_days")
"""KPIs whose groups are spans of days, the longer holding the shorter: no parts of a whole, and nobody's names."""


def hidden_rows(
    kpi: str, groups: np.ndarray, periods: np.ndarray, people: np.ndarray, minimum: int
) -> np.ndarray:
    """Which rows (k,) of one KPI to hide: too small, or told by the whole less the other groups of its period.

    groups, periods (k,) : of each row. people (k,) : the smaller of its cases and its customers.
    """
    hidden = people < minimum
    parts = (groups != ALL) & (kpi not in GAPS)
    hidden[parts] = hidden_in(people[parts], periods[parts], minimum)
    return hidden


def without_small_names(frame: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """KPIs' rows as others may see them: a stand-in for the name of each group too small, which may be a person's.

    Another stands for the n of what is not shown. The whole and a span of days keep their name: they name nobody.
    Stand-ins are numbered within a KPI.
    """
    hidden, people = frame["suppressed"].astype(bool), frame["n"]
    if "clusters" in frame:
        people = np.minimum(people, frame["clusters"])
    small = hidden & (people < minimum)
    named = small & (frame["group"] != ALL) & ~frame["kpi"].isin(GAPS)
    place = frame[named].groupby("kpi")["group"].transform(lambda names: names.factorize()[0] + 1)
    groups, counts = frame["group"].astype(object), frame["n"].astype(object)
    groups[named] = [unnamed("group", number, minimum, "customers") for number in place]
    return frame.assign(group=groups, n=counts.mask(hidden, NOT_SHOWN).mask(small, few_of(minimum)))
