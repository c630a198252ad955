"""Least squares of arrays with clustered errors: what an attack needs to fit again, without a table or a formula."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.group_codes import crossed
from linkage.limits.fitted import FEW_CARRIERS, FEW_CLUSTERS
from linkage.refuting.sample import LinkSample, solve
from linkage.regression.bootstrap import cluster_parts, wild_draws, wild_interval
from linkage.regression.covariance import row_sums
from linkage.regression.few_carriers import careful_error, carriers
from linkage.regression.result import t_quantile, t_tail

WILD_DRAWS = 1999


@dataclass(frozen=True, eq=False)
class Refit:
    """estimates : (k,), covariance : (k, k) clustered (CR1). df : clusters less one. n : rows."""

    estimates: np.ndarray
    covariance: np.ndarray
    df: float
    n: int

    def along(self, direction: np.ndarray) -> tuple[float, float]:
        """The estimate and the standard error of a sum of coefficients. direction : (k,)."""
        variance = direction @ self.covariance @ direction
        return float(direction @ self.estimates), float(np.sqrt(max(variance, 0.0)))


@dataclass(frozen=True)
class Slope:
    """One coefficient with its interval, and how many clusters it rests on."""

    estimate: float
    std_error: float
    low: float
    high: float
    p_value: float
    n: int
    clusters: int

    @property
    def shown(self) -> bool:
        """Whether the interval excludes zero."""
        return self.low > 0 or self.high < 0


def refit(
    x: np.ndarray, y: np.ndarray, groups: np.ndarray, *, weights: np.ndarray | None = None, absorbed: int = 0
) -> Refit:
    """Least squares of y (n,) on x (n, k), errors clustered by groups (n,) codes without gaps.

    absorbed : coefficients already taken out of x and y, such as period means. Empty columns of x get 0.
    """
    root = 1.0 if weights is None else np.sqrt(weights)
    x, y = (x.T * root).T, y * root
    scale = np.sqrt(np.einsum("ij,ij->j", x, x))
    scale = np.where(scale > 0, scale, 1.0)
    x = x / scale
    bread = np.linalg.pinv(x.T @ x, rcond=1e-12, hermitian=True)
    found = bread @ (x.T @ y)
    scores = row_sums(x * (y - x @ found)[:, None], groups)
    n, k = x.shape
    count = len(scores)
    factor = count / max(count - 1, 1) * (n - 1) / max(n - k - absorbed, 1)
    covariance = factor * bread @ (scores.T @ scores) @ bread
    return Refit(found / scale, covariance / np.outer(scale, scale), float(max(count - 1, 1)), n)


def slope_of(
    x: np.ndarray,
    y: np.ndarray,
    groups: np.ndarray,
    place: int,
    *,
    weights: np.ndarray | None = None,
    confidence: float = 0.95,
    seed: int = 0,
) -> Slope | None:
    """One coefficient of least squares, as a link's is reported: CR1 and t(G-1), below 40 clusters the wild bootstrap,
    and of a regressor that few of many clusters carry CR2 and its own degrees of freedom.

    None where the column is explained by the others, or all rows are one cluster.
    """
    groups = pd.factorize(groups)[0]
    count = int(groups.max()) + 1 if len(groups) else 0
    if count < 2 or len(y) <= x.shape[1] or not _varies(x, place, weights):
        return None
    fit = refit(x, y, groups, weights=weights)
    value, error = fit.along(np.eye(x.shape[1])[place])
    if count < FEW_CLUSTERS and error > 0:
        drawn = _wild(x, y, groups, place, weights, seed)
        below, above = wild_interval(drawn, confidence)
        return Slope(value, error, value + below, value + above, drawn.p_value(value), len(y), count)
    df = fit.df
    if error > 0:
        error, df = _careful(x, y, groups, place, weights, error, df)
    if df == 0:  # one cluster alone carries it
        return Slope(value, error, -np.inf, np.inf, 1.0, len(y), count)
    half = float(t_quantile((1 + confidence) / 2, np.array([df]))[0]) * error
    p = 2 * float(t_tail(np.array([abs(value) / error]), np.array([df]))[0]) if error > 0 else np.nan
    return Slope(value, error, value - half, value + half, p, len(y), count)


def _careful(x, y, groups, place, weights, error: float, df: float) -> tuple[float, float]:
    """The error and degrees of freedom of a regressor that few carry; the given ones of another."""
    q, residuals, direction = _coordinates(x, y, place, weights)
    if carriers(q @ direction, groups) >= 2 * FEW_CARRIERS:
        return error, df
    careful, own = careful_error(q, residuals, groups, direction)
    if own >= FEW_CARRIERS:
        return error, df
    return (careful, own) if own else (error, own)


def _varies(x: np.ndarray, place: int, weights: np.ndarray | None) -> bool:
    """Whether a regressor holds something that the others do not."""
    rest, own = np.delete(x, place, axis=1), x[:, place]
    if (np.ptp(rest, axis=0) == 0).any():  # with a constant, means say nothing: less them no digits are lost
        rest, own = rest - rest.mean(axis=0), own - own.mean()
    w = np.ones(len(x)) if weights is None else weights
    with_rest = rest.T @ (own * w)
    size = own @ (own * w)
    left = size - with_rest @ solve(rest.T @ (rest.T * w).T, with_rest)
    return bool(left > 1e-9 * size > 0)


def _wild(x, y, groups, place, weights, seed):
    q, residuals, direction = _coordinates(x, y, place, weights)
    return wild_draws(direction, cluster_parts(q, residuals, groups), draws=WILD_DRAWS, seed=seed)


def _coordinates(x, y, place, weights) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Orthonormal regressors, residuals, and the wanted coefficient as a function of the coordinates."""
    root = np.ones(len(y)) if weights is None else np.sqrt(weights)
    q, triangle = np.linalg.qr(_independent(x, place) * root[:, None])
    target = y * root
    return q, target - q @ (q.T @ target), np.linalg.inv(triangle)[-1]


def _independent(x: np.ndarray, place: int) -> np.ndarray:
    """The other columns without copies of each other, and the wanted one last."""
    rest = np.delete(x, place, axis=1)
    scale = np.linalg.norm(rest, axis=0)
    vectors, sizes, _ = np.linalg.svd(rest / np.where(scale > 0, scale, 1.0), full_matrices=False)
    kept = vectors[:, sizes > 1e-10 * max(sizes[0], 1e-300)] if len(sizes) else vectors
    return np.column_stack([kept, x[:, place]])


def beside(sample: LinkSample, fetched: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Fetched columns brought to the rows of a sample by the keys both have; missing where there is none.

    A key that stands twice in what was fetched raises pandas' MergeError: rows would be doubled.
    """
    keys = [c for c in fetched.columns if c in sample.table.columns and c not in columns]
    places = places_of(sample.table[keys], fetched[keys])
    return fetched[columns].reset_index(drop=True).reindex(places).reset_index(drop=True)


def places_of(rows: pd.DataFrame, fetched: pd.DataFrame) -> np.ndarray:
    """For each row (n,) the place among `fetched` of the one with the same keys, -1 where there is none.

    rows, fetched : the same columns, keys alone. A missing key is like any other missing one, as in a merge.
    """
    codes = np.zeros(len(rows) + len(fetched), dtype=np.int64)
    for key in rows.columns:
        labels = pd.concat([rows[key], fetched[key]], ignore_index=True)
        codes = crossed(codes, pd.factorize(labels, use_na_sentinel=False)[0])
    own, found = codes[: len(rows)], codes[len(rows) :]
    if np.bincount(found).max(initial=0) > 1:
        raise pd.errors.MergeError(f"Rows were fetched that share their {', '.join(map(str, rows.columns))}.")
    places = np.full(codes.max(initial=-1) + 1, -1)
    places[found] = np.arange(len(fetched))
    return places[own]
