"""Intervals of scores: adjusted Wald for net promoters, Wilson for shares, t for means."""

from __future__ import annotations

import numpy as np
from scipy.special import stdtrit

from linkage import precision
from linkage.errors import TableError
from linkage.metrics.moments import GroupMoments

EXTRA_ANSWERS = 3.0  # the adjusted Wald interval adds three answers ...
EXTRA_EACH = 0.75  # ... three quarters of one to the promoters, three quarters to the detractors

Interval = tuple[np.ndarray, np.ndarray, np.ndarray]


def quantiles_for(moments: GroupMoments, confidence: float) -> np.ndarray:
    """Two-sided quantiles: normal for independent answers, t with clusters - 1 degrees of freedom."""
    clustered = np.isfinite(moments.clusters)
    return -stdtrit(np.where(clustered, np.maximum(moments.df, 1), np.inf), (1 - confidence) / 2)


def adjusted_wald(moments: GroupMoments, confidence: float) -> Interval:
    """Standard error, low and high of p - d, from values -1, 0 and 1.

    With m = n_eff + 3, p' = (n_eff p + 3/4)/m and d' alike: (p' - d') +- q sqrt((p' + d' - (p' - d')^2)/m),
    cut at -1 and 1 (Rocks 2016, The American Statistician 70(4), p. 365). Its centre lies nearer to zero than p - d;
    where hardly more than one answer counts and all agree, it is widened to hold p - d itself.
    """
    quantiles = quantiles_for(moments, confidence)
    difference, either = moments.mean, moments.variance + moments.mean**2  # p - d and p + d
    size = moments.n_eff + EXTRA_ANSWERS
    centre = moments.n_eff * difference / size
    either = (moments.n_eff * either + 2 * EXTRA_EACH) / size
    error = np.sqrt((either - centre**2) / size)
    low = np.minimum(np.maximum(centre - quantiles * error, -1), difference)
    return error, low, np.maximum(np.minimum(centre + quantiles * error, 1), difference)


def plain_wald(moments: GroupMoments, confidence: float) -> Interval:
    """The same without adjustment: sqrt((p + d - (p - d)^2)/n_eff), or the cluster sandwich."""
    quantiles = quantiles_for(moments, confidence)
    independent = moments.variance / moments.n_eff
    error = np.sqrt(np.where(np.isfinite(moments.clusters), moments.sampling_variance, independent))
    return error, moments.mean - quantiles * error, moments.mean + quantiles * error


def wilson(moments: GroupMoments, confidence: float) -> Interval:
    """Standard error, low and high of a share by the score interval (Wilson 1927, JASA 22, p. 209).

    The standard error is half the width over the quantile: it is not zero where all agree.
    """
    quantiles = quantiles_for(moments, confidence)
    share, size = moments.mean, moments.n_eff
    shrink = 1 + quantiles**2 / size
    centre = (share + quantiles**2 / (2 * size)) / shrink
    error = np.sqrt(share * (1 - share) / size + quantiles**2 / (4 * size**2)) / shrink
    low, high = centre - quantiles * error, centre + quantiles * error
    # Where nobody or everybody does, one end is 0 or 1 itself, which a difference of two roots only nears.
    return (
        error,
        np.where(share <= 0, 0.0, np.maximum(low, 0)),
        np.where(share >= 1, 1.0, np.minimum(high, 1)),
    )


def student(moments: GroupMoments, confidence: float) -> Interval:
    """Standard error, low and high of a mean, t with n - 1 or clusters - 1 degrees of freedom."""
    error = np.sqrt(moments.sampling_variance)
    quantiles = -stdtrit(np.maximum(moments.df, 1), (1 - confidence) / 2)
    return error, moments.mean - quantiles * error, moments.mean + quantiles * error


def check_confidence(confidence: float) -> None:
    """Refuse a coverage that is not between 0 and 1, such as 95: a TableError, as for all else asked of scores."""
    precision.check_confidence(confidence, kind=TableError)
