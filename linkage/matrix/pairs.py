"""One pair of columns: how far they go together once period and segment are held fixed, with clustered error."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from linkage.group_codes import without_gaps
from linkage.group_means import less_group_means
from linkage.limits.fewest import FEWEST_FITTED, FEWEST_SIGNED
from linkage.limits.fitted import FEW_CLUSTERS

WILD_DRAWS = (1_999, 9_999)
"""Of a pair, and of one whose chance is below RARE: among hundreds of pairs it must be told how small it is."""
RARE = 0.01


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
    The error is the jackknife over clusters (CR3; Bell and McCaffrey 2002). Of fewer than 40 clusters p-value and
    interval are those of the wild cluster bootstrap, as a declared link's are (Cameron, Gelbach and Miller 2008).
    """
    from scipy.special import stdtr, stdtrit

    used = np.isfinite(x) & np.isfinite(y) & (cluster >= 0)
    if also is not None:
        used &= np.isfinite(also).all(axis=1)
    used = np.flatnonzero(used)
    codes = without_gaps(cluster[used])
    n, count = len(codes), int(codes.max(initial=-1)) + 1
    if n < FEWEST_FITTED or count < FEWEST_SIGNED:
        return no_fit(f"only {n:,} rows in {count:,} clusters hold both", n, count)
    same = without_gaps(held[used])
    x, y = less_group_means(x[used], same), less_group_means(y[used], same)
    if also is not None:
        x, y = _without(less_group_means(also[used], same), x, y)
    xx, xy = np.bincount(codes, weights=x * x), np.bincount(codes, weights=x * y)
    spread_x, spread_y = xx.sum(), float(y @ y)
    if spread_x <= 1e-12 * n or spread_y <= 1e-12 * n or (spread_x - xx <= 1e-9 * spread_x).any():
        return no_fit("one of the two hardly varies", n, count)
    slope = xy.sum() / spread_x
    without = (xy.sum() - xy) / (spread_x - xx)
    error = math.sqrt((count - 1) / count * ((without - slope) ** 2).sum())
    if error == 0:
        return no_fit("the pair fits without remainder", n, count)
    if count < FEW_CLUSTERS:
        low, high, p_value = _wild(x, y - slope * x, same, codes, slope, confidence)
    else:
        reach = stdtrit(count - 1, (1 + confidence) / 2) * error
        low, high, p_value = slope - reach, slope + reach, float(2 * stdtr(count - 1, -abs(slope) / error))
    standard = math.sqrt(spread_x / spread_y)
    bounds = [min(max(float(v * standard), -1.0), 1.0) for v in (slope, low, high)]
    return PairFit(slope, error, low, high, p_value, *bounds, n, count)


def _wild(
    x: np.ndarray, residuals: np.ndarray, held: np.ndarray, codes: np.ndarray, slope: float, confidence: float
) -> tuple[float, float, float]:
    """low, high and p-value of the wild cluster bootstrap-t, the means of the groups held fixed drawn anew with it.

    x, residuals : (n,) less the means of their groups. held, codes : (n,) groups and clusters, each from 0.
    """
    from linkage.regression.bootstrap import draws_along, wild_interval

    clusters, groups, length = codes.max() + 1, held.max() + 1, math.sqrt(x @ x)
    root = np.sqrt(np.bincount(held))

    def summed(values: np.ndarray) -> np.ndarray:
        """(G, k) of q_g'values_g, q the groups as columns of length one and x the last of them."""
        cells = np.bincount(codes * groups + held, weights=values, minlength=clusters * groups)
        own = np.bincount(codes, weights=x * values) / length
        return np.column_stack([cells.reshape(clusters, groups) / root, own])

    direction = np.append(np.zeros(groups), 1 / length)
    factor = clusters / (clusters - 1) * (len(x) - 1) / max(len(x) - groups - 1, 1)
    scores, touched = summed(residuals), summed(x) / length**2
    for draws in WILD_DRAWS:
        drawn = draws_along(direction, scores, touched, factor, draws=draws, seed=0)
        p_value = drawn.p_value(slope)
        if p_value >= RARE:
            break
    below, above = wild_interval(drawn, confidence)
    return slope + below, slope + above, p_value


def _without(others: np.ndarray, *columns: np.ndarray) -> list[np.ndarray]:
    """Columns (n,) with others (n, k) taken out (Frisch and Waugh 1933)."""
    return [c - others @ np.linalg.lstsq(others, c, rcond=None)[0] for c in columns]
