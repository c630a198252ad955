"""How sure a figure is that follows from sums: the same figure again, each time without one group of clusters."""

from __future__ import annotations

import numpy as np

FEWEST_CLUSTERS = 20
"""Below this no interval is given: as few clusters say little about how clusters differ."""
MOST_GROUPS = 400
"""More clusters are drawn into this many groups of whole clusters: no more figures are worked out again, and the
interval still has its hundreds of degrees of freedom."""


def cluster_groups(clusters: np.ndarray, *, seed: int = 0) -> np.ndarray:
    """The group of clusters that each row is left out with: (n,) codes without gaps.

    clusters : (n,) codes from 0 without gaps. Whole clusters stay together, whatever the side of their rows.
    """
    count = int(clusters.max()) + 1 if len(clusters) else 0
    if count <= MOST_GROUPS:
        return clusters
    order = np.random.default_rng(seed).permutation(count)
    return order[clusters] % MOST_GROUPS


def spread_of(whole: np.ndarray, left_out: np.ndarray, *, confidence: float) -> np.ndarray:
    """Standard error, low and high of figures: (3, m).

    whole : (m,) from all clusters. left_out : (G, m), each row without one group of clusters.

    The jackknife around the whole's figure with t(G - 1): for least squares the estimator CV3 of MacKinnon, Nielsen
    and Webb (2023, Journal of Applied Econometrics 38, p. 671), the least optimistic with few clusters; with groups of
    clusters the delete-a-group jackknife (Kott 2001, Journal of Official Statistics 17, p. 521). Missing below twenty
    groups.
    """
    from linkage.regression.result import t_quantile

    groups = len(left_out)
    if groups < FEWEST_CLUSTERS:
        return np.full((3, len(whole)), np.nan)
    error = np.sqrt((groups - 1) / groups * ((left_out - whole) ** 2).sum(axis=0))
    half = float(t_quantile((1 + confidence) / 2, np.array([groups - 1.0]))[0]) * error
    return np.array([error, whole - half, whole + half])
