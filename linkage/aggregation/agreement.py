"""How far the people of a unit agree: rwg against answers given at random."""

from __future__ import annotations

import numpy as np
from scipy import stats

# Variance of random answers that lean slightly to one side, by number of points
# (LeBreton and Senter 2008, Organizational Research Methods 11, p. 832, table 2).
SLIGHT_SKEW = {5: 1.34, 6: 1.85, 7: 2.90, 8: 3.47, 9: 5.66, 10: 6.30, 11: 7.31}


def uniform_variance(points: int) -> float:
    """Variance of answers spread evenly over the points, (A^2 - 1)/12."""
    return (points**2 - 1) / 12


def skewed_variance(points: int) -> float:
    """Variance of random answers that lean slightly to one side; NaN where none is published."""
    return SLIGHT_SKEW.get(points, np.nan)


def within_agreement(variance: np.ndarray, random_variance: float, items: int = 1) -> tuple[np.ndarray, int]:
    """rwg, or rwg(j) for several items, of each unit, and how many were floored at zero.

    variance : of a unit's answers (n - 1 in the divisor), for several items the mean of their variances;
    NaN for a unit of one answer stays NaN. random_variance : of answers at random.

    1 - m and J(1-m)/(J(1-m) + m) with m = variance / random_variance (James, Demaree and Wolf 1984, Journal
    of Applied Psychology 69, p. 85). Below zero there is less agreement than at random: set to zero, counted.
    """
    if not np.isfinite(random_variance):
        return np.full(len(variance), np.nan), 0
    ratio = variance / random_variance
    floored = ratio > 1
    kept = np.where(floored, 1.0, ratio)
    return items * (1 - kept) / (items * (1 - kept) + kept), int(floored.sum())


def median_with_interval(values: np.ndarray, confidence: float) -> tuple[float, float, float]:
    """Median of the finite values with limits from the binomial order statistics (Conover 1999, p. 143)."""
    known = np.sort(values[np.isfinite(values)])
    if not len(known):
        return np.nan, np.nan, np.nan
    rank = int(stats.binom.ppf((1 - confidence) / 2, len(known), 0.5))
    return (
        float(np.median(known)),
        float(known[max(rank - 1, 0)]),
        float(known[min(len(known) - rank, len(known) - 1)]),
    )
