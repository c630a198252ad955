"""A KPI's estimate with its interval, from the sums that its SQL model leaves."""

from __future__ import annotations

import numpy as np
import pandas as pd

NOTHING = {"estimate": np.nan, "std_error": np.nan, "low": np.nan, "high": np.nan}
Estimate = dict[str, float]


def rate(numerator: float, base: float, confidence: float) -> Estimate:
    """A share of heads, each counted once, with Wilson's interval (1927, JASA 22, p. 209)."""
    from linkage.metrics.intervals import wilson
    from linkage.metrics.moments import GroupMoments

    if not base > 0:
        return NOTHING
    share = numerator / base
    n = np.array([float(base)])
    moments = GroupMoments(n, n, np.array([share]), np.nan, np.nan, np.array([np.nan]), n - 1)
    return _estimate(share, wilson(moments, confidence))


def complement(found: Estimate) -> Estimate:
    """The estimate of one less a share."""
    return {
        "estimate": 1 - found["estimate"],
        "std_error": found["std_error"],
        "low": 1 - found["high"],
        "high": 1 - found["low"],
    }


def clustered_share(sums: dict[str, float], clusters: int, confidence: float) -> Estimate:
    """A share of things, several of one cluster; Wilson's interval at the number they are worth.

    sums : y, x, yy, xy, xx over clusters, y of x things a cluster having the property. The effective number is
    that of the cluster sandwich (metrics.moments), never above x; where all agree, a cluster counts once.
    """
    from linkage.metrics.intervals import wilson
    from linkage.metrics.moments import GroupMoments

    if not sums["x"] > 1 or clusters < 2:
        return NOTHING
    share, variance = sums["y"] / sums["x"], ratio_variance(sums, clusters)
    by_row = share * (1 - share) / (sums["x"] - 1)
    worth = sums["x"] / max(variance / by_row, 1.0) if by_row > 0 else min(sums["x"], clusters)
    moments = GroupMoments(
        n=np.array([sums["x"]]),
        n_eff=np.array([worth]),
        mean=np.array([share]),
        variance=np.array([share * (1 - share)]),
        sampling_variance=np.array([variance]),
        clusters=np.array([float(clusters)]),
        df=np.array([clusters - 1]),
    )
    return _estimate(share, wilson(moments, confidence))


def ratio(sums: dict[str, float], clusters: int, confidence: float, top: float | None) -> Estimate:
    """A ratio of sums over clusters, with a t interval, cut at 0 and at `top`.

    Linearised: variance of the residuals y - r x over clusters (Cochran 1977, section 6.4).
    """
    from scipy.special import stdtrit

    if not sums["x"] > 0 or clusters < 2:
        return NOTHING
    value, error = sums["y"] / sums["x"], np.sqrt(ratio_variance(sums, clusters))
    half = stdtrit(clusters - 1, 0.5 + confidence / 2) * error
    high = value + half if top is None else min(value + half, top)
    return {"estimate": value, "std_error": error, "low": max(value - half, 0.0), "high": high}


def ratio_variance(sums: dict[str, float], clusters: int) -> float:
    """G/(G-1) of the sum of squared residuals y - r x over clusters, divided by the square of the sum of x."""
    value = sums["y"] / sums["x"]
    squares = sums["yy"] - 2 * value * sums["xy"] + value**2 * sums["xx"]
    return max(squares, 0.0) * clusters / (clusters - 1) / sums["x"] ** 2


def median_length(lengths: pd.DataFrame, confidence: float) -> Estimate:
    """The time by which half were over, of spells of which some are not (linkage.survival).

    lengths : one row a length: length, is_over, count. Infinite: less than half are over, or its limit is not
    reached.
    """
    from linkage.survival import median_time

    known = lengths[np.isfinite(lengths["length"])]
    counts, is_over = known["count"].to_numpy(), known["is_over"].to_numpy("float64")
    if counts.sum() < 2 or not is_over.any():
        return NOTHING
    lasted = np.repeat(known["length"].to_numpy("float64"), counts)
    median, low, high = median_time(lasted, np.repeat(is_over, counts), confidence=confidence)
    return {"estimate": median, "std_error": np.nan, "low": low, "high": high}


def mean_length(lengths: pd.DataFrame, confidence: float) -> Estimate:
    """The mean of the lengths that are over, with its t interval. lengths : as for median_length."""
    from math import fsum

    from scipy.special import stdtrit

    over = lengths[lengths["is_over"]]
    n = int(over["count"].sum())
    if n < 2:
        return NOTHING
    length, count = over["length"].to_numpy(), over["count"].to_numpy()
    mean = fsum(length * count) / n
    error = np.sqrt(fsum(count * (length - mean) ** 2) / (n - 1) / n)
    half = stdtrit(n - 1, 0.5 + confidence / 2) * error
    return {"estimate": mean, "std_error": error, "low": mean - half, "high": mean + half}


def difference(now: Estimate, before: Estimate) -> tuple[float, float, float]:
    """The change of an estimate with limits from those of both, as if they were independent.

    Squares of the two distances to the limits, added (Newcombe 1998, Statistics in Medicine 17, p. 873; Zou and
    Donner 2008, ibid. 27, p. 1693).
    """
    change = now["estimate"] - before["estimate"]
    down = np.hypot(now["estimate"] - now["low"], before["high"] - before["estimate"])
    up = np.hypot(now["high"] - now["estimate"], before["estimate"] - before["low"])
    return float(change), float(change - down), float(change + up)


def _estimate(value: float, interval: tuple[np.ndarray, np.ndarray, np.ndarray]) -> Estimate:
    error, low, high = (float(part[0]) for part in interval)
    return {"estimate": float(value), "std_error": error, "low": low, "high": high}
