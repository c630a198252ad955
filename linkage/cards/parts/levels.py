"""A driver's values as groups of rows: levels where it has few, bins where it has many; none too small to show."""

from __future__ import annotations

import numpy as np
import pandas as pd

from linkage.cards.parts.held import Held
from linkage.group_codes import count_groups, without_gaps
from linkage.thresholds.bins import bin_codes

BINS = 10


def fold_levels(
    values: np.ndarray, groups: np.ndarray | None, fewest: int
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Codes (n,) from 0, lowest first, and a name each; values with fewer rows or clusters join their neighbour."""
    kinds, codes = np.unique(values, return_inverse=True)
    joined, start = [], 0
    for stop in range(1, len(kinds) + 1):
        inside = (codes >= start) & (codes < stop)
        if _many(inside, groups, fewest):
            joined.append((start, stop))
            start = stop
    if not joined:
        return np.zeros(len(values), dtype=int), (_name(kinds, 0, len(kinds)),)
    joined[-1] = (joined[-1][0], len(kinds))
    ends = np.array([stop for _, stop in joined])
    return np.searchsorted(ends, codes, side="right"), tuple(_name(kinds, *part) for part in joined)


def _many(inside: np.ndarray, groups: np.ndarray | None, fewest: int) -> bool:
    rows = int(inside.sum())
    return rows >= fewest and (groups is None or count_groups(groups[inside]) >= fewest)


def _name(kinds: np.ndarray, start: int, stop: int) -> str:
    first, last = f"{kinds[start]:.6g}", f"{kinds[stop - 1]:.6g}"
    if stop - start == 1:
        return first
    if stop == len(kinds) and start > 0:
        return f"{first} or more"
    return f"{last} or less" if start == 0 and stop < len(kinds) else f"{first} to {last}"


def adjusted_bins(
    held: Held, at: np.ndarray, residuals: np.ndarray, codes: np.ndarray, confidence: float
) -> pd.DataFrame:
    """The mean outcome of each group of rows with the rest held at its average.

    at (n,) : the outcome as the shape has it. residuals (n,) : what is left of each row. codes (n,) : from 0.
    One row a group: driver_low, driver_high, driver_mean, estimate, std_error, low, high, n, clusters. The error
    of a mean is that of a ratio of cluster sums (Cochran 1977, chapter 6); that of the shape itself is not in it.
    """
    from scipy.special import stdtrit

    w, count = held.root**2, int(codes.max()) + 1
    total = np.bincount(codes, w, count)
    value = at + residuals / held.root
    mean = np.bincount(codes, w * value, count) / total
    own = held.groups[0] if held.groups else np.arange(len(codes))
    pairs, cell = np.unique(codes * (int(own.max()) + 1) + own, return_inverse=True)
    sums = np.bincount(cell, w * (value - mean[codes]))
    bin_of = pairs // (int(own.max()) + 1)
    clusters = np.bincount(bin_of, minlength=count)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.sqrt(clusters / (clusters - 1) * np.bincount(bin_of, sums**2, count)) / total
    reach = stdtrit(np.maximum(clusters - 1, 1), (1 + confidence) / 2) * error
    order = pd.Series(held.driver).groupby(codes)
    return pd.DataFrame(
        {
            "driver_low": order.min().to_numpy(),
            "driver_high": order.max().to_numpy(),
            "driver_mean": np.bincount(codes, w * held.driver, count) / total,
            "estimate": mean,
            "std_error": error,
            "low": mean - reach,
            "high": mean + reach,
            "n": np.bincount(codes, minlength=count),
            "clusters": clusters if held.groups else np.full(count, np.nan),
        }
    )


def bins_of(held: Held, fewest: int) -> np.ndarray | None:
    """Codes of up to ten bins of about as many rows, none too small to show; None where not even two are."""
    groups = held.groups[0] if held.groups else None
    for bins in range(BINS, 1, -1):
        codes = without_gaps(bin_codes(held.driver, bins))
        if codes.max() and all(_many(codes == b, groups, fewest) for b in range(int(codes.max()) + 1)):
            return codes
    return None
