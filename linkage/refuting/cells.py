"""Figures of each unit, or employee, and period, put on a link's rows where the link takes its driver or outcome."""

from __future__ import annotations

import numpy as np
import pandas as pd

from linkage.periods import parse_period
from linkage.study_file.declaration import ChangeBetween, LinkSpec


def places_of(spec: LinkSpec, side: str) -> list[tuple[float, int | str]]:
    """Where a side of a link takes its values: (sign, periods from the row's own, or a period by name).

    side : "driver" or "outcome". A change has two: its end (+1) and its start (-1).
    """
    change = spec.change
    if isinstance(change, ChangeBetween):
        start, end = change.drivers if side == "driver" else change.outcome
        return [(1.0, end), (-1.0, start)]
    lag = 0 if side == "driver" else spec.lag
    return [(1.0, lag)] if change is None else [(1.0, lag), (-1.0, lag - change)]


def on_rows(
    table: pd.DataFrame, cells: pd.Series, spec: LinkSpec, side: str, *, added: bool = False
) -> np.ndarray:
    """A figure of cells on the link's rows, differenced as the link differences: (n,), NaN where a cell lacks.

    cells : indexed by key and period, the key a column of `table`. added : add both ends of a change up instead, as
        variances of errors do.
    """
    key, period = cells.index.names
    cells = cells.set_axis(
        [cells.index.get_level_values(key), _positions(cells.index.get_level_values(period))]
    )
    own = _positions(table["period"])
    total = np.zeros(len(table))
    for sign, place in places_of(spec, side):
        at = own + place if isinstance(place, int) else np.full(len(own), parse_period(place).position)
        wanted = pd.MultiIndex.from_arrays([table[key], at])
        total += cells.reindex(wanted).to_numpy(dtype=float) * (1.0 if added else sign)
    return total


def _positions(names) -> np.ndarray:
    """Periods' places on the calendar, from their names."""
    codes, labels = pd.factorize(np.asarray(names, dtype=object))
    return np.array([parse_period(label).position for label in labels], dtype=int)[codes]
