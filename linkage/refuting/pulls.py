"""Two estimates of one coefficient from rows they share: how far apart, and is that more than chance?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from linkage.group_codes import count_groups
from linkage.refuting.sample import solve

TOLD = 1e-10
"""A column of which less than this is left beside the others is a copy of them, up to rounding."""


@dataclass(frozen=True, eq=False)
class Pulled:
    """One estimate, and what each cluster pulls at it: (G,). n, clusters : with a weight above zero."""

    estimate: float
    pulls: np.ndarray
    n: int
    clusters: int
    terms: int

    @property
    def std_error(self) -> float:
        """Clustered error (CR1): the clusters' pulls, squared and added up."""
        return math.sqrt(self.step * float(self.pulls @ self.pulls))

    @property
    def step(self) -> float:
        """The small-sample factor of CR1."""
        if self.clusters < 2 or self.n <= self.terms:
            return math.nan
        return self.clusters / (self.clusters - 1) * (self.n - 1) / (self.n - self.terms)


def pulled(
    x: np.ndarray, y: np.ndarray, groups: np.ndarray, place: int, weights: np.ndarray | None = None
) -> Pulled:
    """A coefficient by (weighted) least squares, and what each cluster pulls at it.

    x : (n, k). y : (n,). groups : (n,) codes from 0. place : the coefficient's column. weights : 0 leaves a row out,
    so that two fits on different rows still share their clusters.

    Least squares is a sum over clusters to first order: b - beta = sum of pulls (Huber 1967, Liang and Zeger 1986).
    """
    w = np.ones(len(y)) if weights is None else np.asarray(weights, dtype=float)
    scaled = x * w[:, None]
    xx = scaled.T @ x
    coefficients = solve(xx, scaled.T @ y)
    unit = np.zeros(x.shape[1])
    unit[place] = 1.0
    direction = solve(xx, unit)
    pulls = np.bincount(groups, (scaled @ direction) * (y - x @ coefficients), int(groups.max()) + 1)
    kept = w > 0
    return Pulled(float(coefficients[place]), pulls, int(kept.sum()), count_groups(groups[kept]), x.shape[1])


def is_told(x: np.ndarray, place: int, weights: np.ndarray | None = None) -> bool:
    """Whether the rows tell a coefficient: its column holds something that the other columns do not."""
    root = np.ones(len(x)) if weights is None else np.sqrt(weights)
    own, rest = x[:, place] * root, np.delete(x, place, axis=1) * root[:, None]
    left = own - rest @ np.linalg.lstsq(rest, own, rcond=None)[0]
    return bool(left @ left > TOLD * max(own @ own, 1e-300))


def line_of(estimate: float, std_error: float, df: float, confidence: float) -> dict[str, float]:
    """One row of a table of estimates: t with df degrees of freedom."""
    from scipy.special import stdtr, stdtrit

    reach = float(stdtrit(df, (1 + confidence) / 2)) * std_error if df > 0 else math.nan
    p_value = 2 * float(stdtr(df, -abs(estimate / std_error))) if std_error > 0 and df > 0 else math.nan
    return {
        "estimate": estimate,
        "std_error": std_error,
        "low": estimate - reach,
        "high": estimate + reach,
        "p_value": p_value,
        "df": df,
    }


def line_of_pulled(found: Pulled, confidence: float) -> dict[str, float]:
    """The estimate as a row: t with clusters - 1 degrees of freedom."""
    return line_of(found.estimate, found.std_error, found.clusters - 1, confidence)


def apart(second: Pulled, first: Pulled, confidence: float) -> dict[str, float]:
    """The second estimate less the first as a row, their shared clusters allowed for.

    The clusters' pulls are differenced before they are squared (Hausman's comparison, made robust: Wooldridge
    2010, Econometric analysis of cross section and panel data).
    """
    gap = second.pulls - first.pulls
    step = max(second.step, first.step)
    df = min(second.clusters, first.clusters) - 1
    error = math.sqrt(step * float(gap @ gap)) if math.isfinite(step) else math.nan
    return line_of(second.estimate - first.estimate, error, df, confidence)


def is_moved(difference: dict[str, float], own_error: float) -> bool:
    """Whether two estimates differ by more than the second one's own error, and by more than chance."""
    beyond_chance = difference["low"] > 0 or difference["high"] < 0
    return bool(beyond_chance and abs(difference["estimate"]) > own_error)


def is_turned(second: dict[str, float], first: dict[str, float]) -> bool:
    """Whether both intervals exclude zero, on different sides."""
    return bool((first["low"] > 0 and second["high"] < 0) or (first["high"] < 0 and second["low"] > 0))
