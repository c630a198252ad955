"""One pair of columns: how far they go together once period and segment are held fixed, with clustered error."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pandas as pd

from linkage.group_means import less_group_means
from linkage.limits.fewest import FEWEST_FITTED, FEWEST_SIGNED


class PairFit(NamedTuple):
    """A slope in outcome units per driver unit; correlation and its bounds are the same slope in standard units."""

    estimate: float
    std_error: float
    low: float
    high: float
    p_value: float
    correlation: float
    correlation_low: float
    correlation_high: float
    n: int
    clusters: int
    reason: str = ""


def no_fit(reason: str, n: int = 0, clusters: int = 0) -> PairFit:
    return PairFit(*[math.nan] * 8, n, clusters, reason)


def fit_pair(
    x: np.ndarray,
    y: np.ndarray,
    held: np.ndarray,
    cluster: np.ndarray,
    *,
    also: np.ndarray | None = None,
    confidence: float = 0.95,
) -> PairFit:
    """The slope of y on x within the groups of `held`.

    x, y : (n,) with NaN where missing. held : (n,) codes of what is held fixed. cluster : (n,) codes, -1 where none.
    also : (n, k) figures to be held fixed besides; their own slopes count as known in the error.
    The error is the jackknife over clusters (CR3; Bell and McCaffrey 2002), which is careful where they are few.
    """
    from scipy.stats import t

    used = np.isfinite(x) & np.isfinite(y) & (cluster >= 0)
    if also is not None:
        used &= np.isfinite(also).all(axis=1)
    n, groups = int(used.sum()), pd.unique(cluster[used])
    if n < FEWEST_FITTED or len(groups) < FEWEST_SIGNED:
        return no_fit(f"only {n:,} rows in {len(groups):,} clusters hold both", n, len(groups))
    same = np.unique(held[used], return_inverse=True)[1]
    x, y = less_group_means(x[used], same), less_group_means(y[used], same)
    if also is not None:
        x, y = _without(less_group_means(also[used], same), x, y)
    codes = np.unique(cluster[used], return_inverse=True)[1]
    xx, xy = np.bincount(codes, weights=x * x), np.bincount(codes, weights=x * y)
    spread_x, spread_y = xx.sum(), float(y @ y)
    if spread_x <= 1e-12 * n or spread_y <= 1e-12 * n or (spread_x - xx <= 1e-9 * spread_x).any():
        return no_fit("one of the two hardly varies", n, len(groups))
    slope = xy.sum() / spread_x
    without = (xy.sum() - xy) / (spread_x - xx)
    count = len(xx)
    error = math.sqrt((count - 1) / count * ((without - slope) ** 2).sum())
    if error == 0:
        return no_fit("the pair fits without remainder", n, count)
    reach = t.ppf((1 + confidence) / 2, count - 1)
    standard = math.sqrt(spread_x / spread_y)
    low, high = slope - reach * error, slope + reach * error
    bounds = [float(np.clip(v * standard, -1, 1)) for v in (slope, low, high)]
    p_value = float(2 * t.sf(abs(slope) / error, count - 1))
    return PairFit(slope, error, low, high, p_value, *bounds, n, count)


def _without(others: np.ndarray, *columns: np.ndarray) -> list[np.ndarray]:
    """Columns (n,) with others (n, k) taken out (Frisch and Waugh 1933)."""
    return [c - others @ np.linalg.lstsq(others, c, rcond=None)[0] for c in columns]
