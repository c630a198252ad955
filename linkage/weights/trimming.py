"""Weights as such: what they are worth, how they are capped, where they belong."""

from __future__ import annotations

import numpy as np
import pandas as pd

from linkage.errors import TableError

MOST_ROUNDS = 1000


def effective_n(weights: np.ndarray | pd.Series) -> float:
    """How many equal answers weighted ones are worth: (sum w)^2 / sum w^2 (Kish 1965, Survey sampling, p. 427).

    weights : missing ones (of rows without an answer) do not count.
    """
    known = np.asarray(weights, dtype=float)
    known = known[np.isfinite(known)]
    return float(known.sum() ** 2 / (known**2).sum()) if (known > 0).any() else 0.0


def check_trim(trim: float | None) -> None:
    """Refuse a cap at or below the mean weight."""
    if trim is not None and not trim > 1:
        raise TableError(f"trim caps weights at a multiple of their mean, so it lies above 1; got {trim!r}.")


def trimmed(weights: np.ndarray, trim: float | None) -> tuple[np.ndarray, int]:
    """Weights of mean 1 cut at `trim` (again after each rescaling), and how many were cut."""
    if trim is None:
        return weights, 0
    for _ in range(MOST_ROUNDS):
        weights = np.minimum(weights, trim)
        mean = np.nanmean(weights)
        if mean > 1 - 1e-12:
            break
        at_cap = weights >= trim
        free = np.nansum(np.where(at_cap, 0.0, weights))
        if free == 0:
            break
        # what was cut goes to the others, so that the cap holds and the mean stays 1
        spare = np.isfinite(weights).sum() - trim * at_cap.sum()
        weights = np.where(at_cap, trim, weights * spare / free)
    return weights, int((weights >= trim * (1 - 1e-9)).sum())


def aligned(rows: pd.Series, values: np.ndarray, index: pd.Index, name: str) -> pd.Series:
    """Values put back in their places on the table's own index; missing where there is none.

    rows : the place, from 0, of each value.
    """
    placed = np.full(len(index), np.nan)
    placed[rows.to_numpy(dtype=int)] = values
    return pd.Series(placed, index=index, name=name)
