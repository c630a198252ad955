"""What is held fixed, as columns of numbers that can be told apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from linkage.drivers.controls import is_number


def held_columns(rows: pd.DataFrame, names: Sequence[str]) -> np.ndarray:
    """Numbers, and levels of categories but one, as columns (n, k): centred, of unit spread, none told by others."""
    blocks = [np.empty((len(rows), 0))]
    for name in names:
        if is_number(rows[name]):
            blocks.append(rows[[name]].to_numpy(dtype="float64"))
        else:
            blocks.append(
                pd.get_dummies(rows[name].astype(object), drop_first=True).to_numpy(dtype="float64")
            )
    columns = np.hstack(blocks)
    columns = columns - columns.mean(axis=0)
    spread = columns.std(axis=0)
    columns = columns[:, spread > 0] / spread[spread > 0]
    return columns[:, _telling(columns)]


def _telling(columns: np.ndarray) -> list[int]:
    """The columns that do not follow from those before them."""
    kept: list[int] = []
    for place in range(columns.shape[1]):
        before, column = columns[:, kept], columns[:, place]
        left = column - before @ np.linalg.lstsq(before, column, rcond=1e-9)[0]
        if left @ left > 1e-9 * len(columns):
            kept.append(place)
    return kept
