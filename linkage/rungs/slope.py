"""One slope with everything else taken out: effects of units and periods, controls, clusters, few clusters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from linkage.group_codes import count_groups, without_gaps
from linkage.limits.fitted import FEW_CLUSTERS
from linkage.regression.bootstrap import cluster_parts, wild_draws, wild_interval
from linkage.regression.result import t_quantile, t_tail

DRAWS, MANY, FEWER_DRAWS = 9_999, 100, 1_999
"""Draws of the wild bootstrap; with more than MANY clusters fewer do, as its cost grows with both."""


@dataclass(frozen=True)
class Slope:
    """One estimate as a table of estimates has it, with the rows and clusters it rests on."""

    estimate: float
    std_error: float
    low: float
    high: float
    p_value: float
    df: float
    n: int
    clusters: int


@dataclass(frozen=True, eq=False)
class Taken:
    """Columns with effects taken out, in units of the root of the weight.

    left : (n, k). basis : (n, r) orthonormal, what the periods were taken out by. counted : effects that cost a
    degree of freedom: those that no cluster holds whole.
    """

    left: np.ndarray
    basis: np.ndarray
    counted: int


def take_out(
    columns: np.ndarray,
    *,
    unit: np.ndarray | None = None,
    period: np.ndarray | None = None,
    cluster: np.ndarray | None = None,
    root: np.ndarray | None = None,
) -> Taken:
    """Columns (n, k) less their unit (or overall) means and period effects; unit, period, cluster : (n,) codes."""
    one = np.zeros(len(columns), dtype=int) if unit is None else unit
    left = _centred(columns, one, root)
    basis = np.zeros((len(columns), 0))
    if period is not None and period.max() > 0:
        basis = orthonormal(_centred(np.eye(int(period.max()) + 1)[period], one, root))
        left = left - basis @ (basis.T @ left)
    held = unit is not None and cluster is not None and _is_nested(unit, cluster)
    periods = 0 if period is None else int(period.max()) + 1
    # The constant is always one of them; of units and periods together, one is said by the others.
    counted = max(periods, 1) if held else int(one.max()) + 1 + max(periods - 1, 0)
    return Taken(left, basis, counted)


def _centred(columns: np.ndarray, codes: np.ndarray, root: np.ndarray | None) -> np.ndarray:
    weight = np.ones(len(columns)) if root is None else root**2
    total = np.bincount(codes, weights=weight)
    means = np.column_stack([np.bincount(codes, weights=column * weight) for column in columns.T])
    left = columns - (means / np.where(total > 0, total, 1.0)[:, None])[codes]
    return left if root is None else left * root[:, None]


def _is_nested(unit: np.ndarray, cluster: np.ndarray) -> bool:
    """Whether every unit lies within one cluster."""
    first = np.full(int(unit.max()) + 1, -1)
    first[unit] = cluster
    return bool((first[unit] == cluster).all())


def orthonormal(columns: np.ndarray) -> np.ndarray:
    """(n, r) orthonormal columns that span (n, k) ones; what the others say already is left out."""
    size = np.linalg.norm(columns, axis=0)
    scaled = columns[:, size > 1e-9] / size[size > 1e-9]
    values, vectors = np.linalg.eigh(scaled.T @ scaled)
    kept = values > 1e-9
    basis = scaled @ (vectors[:, kept] / np.sqrt(values[kept]))
    # Once more: one pass from the cross products leaves errors of the square root of rounding.
    return np.linalg.qr(basis)[0] if basis.shape[1] else basis


def slope_of(
    taken: Taken, cluster: np.ndarray, *, size: float, confidence: float, seed: int = 0, few: bool = False
) -> Slope | str:
    """The slope of the first column of `taken.left` on the second, the others held fixed; or why there is none.

    cluster : (n,) codes from 0. size : the second column's own scale, beside which rounding is nothing. few : use
    the wild bootstrap whatever the number of clusters.

    Least squares by Frisch, Waugh and Lovell; CR1 with t(G-1), effects nested in clusters not counted (Cameron and
    Miller 2015, sec. II.B); below 40 clusters the wild cluster bootstrap-t (Cameron, Gelbach and Miller 2008).
    """
    held = orthonormal(taken.left[:, 2:]) if taken.left.shape[1] > 2 else np.zeros((len(taken.left), 0))
    y, x = (taken.left[:, :2] - held @ (held.T @ taken.left[:, :2])).T
    n, clusters = len(y), count_groups(cluster)
    if not np.abs(x).max(initial=0.0) > 1e-9 * max(size, 1e-300):
        return "nothing of the driver moves once the rest is held fixed"
    k = 1 + held.shape[1] + taken.counted
    if clusters < 2 or n <= k:
        return f"{n:,} rows in {clusters:,} clusters are too few"
    length = x @ x
    estimate = float(x @ y / length)
    residual = y - estimate * x
    if not np.abs(residual).max() > 1e-9 * np.abs(y).max(initial=1e-300):
        return "the outcome is explained without remainder"
    cluster = without_gaps(cluster)
    scores = np.bincount(cluster, weights=x * residual)
    factor = clusters / (clusters - 1) * (n - 1) / (n - k)
    std_error = float(np.sqrt(factor * (scores @ scores)) / length)
    found = _by_t(estimate, std_error, n, clusters, confidence)
    if not few and clusters >= FEW_CLUSTERS:
        return found
    basis = np.column_stack([taken.basis, held, x / np.sqrt(length)])
    return _by_draws(found, basis, residual, cluster, np.sqrt(length), confidence, seed)


def _by_t(estimate: float, std_error: float, n: int, clusters: int, confidence: float) -> Slope:
    df = np.array(float(clusters - 1))
    half = float(t_quantile((1 + confidence) / 2, df)) * std_error
    p_value = float(2 * t_tail(np.abs(estimate / std_error), df)) if std_error > 0 else np.nan
    return Slope(estimate, std_error, estimate - half, estimate + half, p_value, float(df), n, clusters)


def _by_draws(found: Slope, basis, residual, cluster, length: float, confidence: float, seed: int) -> Slope:
    """p-value and interval from the wild cluster bootstrap-t."""
    direction = np.zeros(basis.shape[1])
    direction[-1] = 1 / length
    draws = DRAWS if found.clusters <= MANY else FEWER_DRAWS
    drawn = wild_draws(direction, cluster_parts(basis, residual, cluster), draws=draws, seed=seed)
    below, above = wild_interval(drawn, confidence)
    return Slope(
        found.estimate,
        found.std_error,
        found.estimate + below,
        found.estimate + above,
        drawn.p_value(found.estimate),
        found.df,
        found.n,
        found.clusters,
    )
