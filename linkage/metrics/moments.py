"""Means of groups and how far they can be trusted, with weights and clusters, in a few array passes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class GroupMoments:
    """What an interval needs to know of each group; every array has one entry a group.

    n : answers. n_eff : independent equal-weight answers they are worth.
    mean, variance : weighted, of the values (variance divides by the sum of weights).
    sampling_variance : of the mean; a ratio-estimator sandwich over clusters, or over rows.
    clusters : number of clusters, NaN when none were given. df : clusters - 1, or n - 1.
    """

    n: np.ndarray
    n_eff: np.ndarray
    mean: np.ndarray
    variance: np.ndarray
    sampling_variance: np.ndarray
    clusters: np.ndarray
    df: np.ndarray


def group_moments(
    values: np.ndarray, groups: np.ndarray, weights: np.ndarray, clusters: np.ndarray | None = None
) -> GroupMoments:
    """Moments of `values` in each group.

    values, weights : floats, one a row, weights positive. groups, clusters : codes from 0.

    Weights: Kish (1965, p. 427), n_eff = (sum w)^2 / sum w^2. Clusters: the sandwich of the ratio
    estimator, G/(G-1) sum_g (sum_i w_i (x_i - mean))^2 / (sum w)^2 (Cochran 1977, section 9.3); n_eff is
    divided by its ratio to the same sandwich over rows, where that ratio is above one. Where it cannot
    be known, because all values agree, a cluster counts as one answer.
    """
    n = np.bincount(groups)
    total = np.bincount(groups, weights)
    mean = np.bincount(groups, weights * values) / total
    residuals = weights * (values - mean[groups])
    variance = np.bincount(groups, residuals * (values - mean[groups])) / total
    n_eff = total**2 / np.bincount(groups, weights**2)
    by_row = corrected(np.bincount(groups, residuals**2) / total**2, n)
    if clusters is None:
        return GroupMoments(n, n_eff, mean, variance, by_row, np.full(len(n), np.nan), n - 1)
    scores, owners = cluster_scores(residuals, groups, clusters)
    cluster_count = np.bincount(owners, minlength=len(n))
    by_cluster = corrected(np.bincount(owners, scores**2, minlength=len(n)) / total**2, cluster_count)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.where(
            by_row > 0, n_eff / np.maximum(by_cluster / by_row, 1), np.minimum(n_eff, cluster_count)
        )
    spread = np.where(cluster_count > 1, spread, np.nan)
    return GroupMoments(n, spread, mean, variance, by_cluster, cluster_count.astype(float), cluster_count - 1)


def cluster_scores(
    residuals: np.ndarray, groups: np.ndarray, clusters: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The sum of residuals of each (group, cluster), and the group each sum belongs to."""
    pairs, codes = np.unique(groups.astype(np.int64) * (clusters.max() + 1) + clusters, return_inverse=True)
    return np.bincount(codes, residuals), pairs // (clusters.max() + 1)


def corrected(variance: np.ndarray, count: np.ndarray) -> np.ndarray:
    """A sandwich times count/(count - 1); missing where there is only one."""
    return np.where(count > 1, variance * count / np.maximum(count - 1, 1), np.nan)
