"""How much better does a metric foretell the next period's outcome than not knowing it? Rolling origin."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from linkage.group_means import less_group_means
from linkage.limits.fewest import FEWEST_LEARNED

DRAWS = 1000
BLOCK = 200
"""Draws made at once: enough to be quick, few enough to stay small."""


class Forecasts(NamedTuple):
    """Squared errors by cluster, summed over the forecast rows.

    base : (G,) without any metric. errors : (G, m) with each contender. n, clusters : rows forecast, and of how many
    clusters: who is there only in the first periods is learned from, not forecast. periods : forecast.
    """

    base: np.ndarray
    errors: np.ndarray
    n: int
    clusters: int
    periods: int


def forecast(
    y: np.ndarray, held: np.ndarray, metrics: np.ndarray, period: np.ndarray, cluster: np.ndarray
) -> Forecasts | None:
    """Fit on every period before, forecast the next, for as many periods as there are.

    y : (n,) outcome. held : (n, k) what is known besides. metrics : (n, m), one a contender. period : (n,) positions in
    order. cluster : (n,) codes from 0. All are taken as differences from their period's mean, which no metric of a
    customer could foretell. None where there are too few periods.
    """
    places = np.unique(period)
    if len(places) <= FEWEST_LEARNED:
        return None
    codes = np.unique(period, return_inverse=True)[1]
    y, held, metrics = (less_group_means(v, codes) for v in (y[:, None], held, metrics))
    clusters, contenders = int(cluster.max()) + 1, metrics.shape[1]
    base, errors = np.zeros(clusters), np.zeros((clusters, contenders))
    n = 0
    for place in places[FEWEST_LEARNED:]:
        past, now = period < place, period == place
        n += int(now.sum())
        left = [_left(held[past], part[past], held[now], part[now]) for part in (y, metrics)]
        (y_past, y_now), (x_past, x_now) = left
        base += np.bincount(cluster[now], weights=y_now[:, 0] ** 2, minlength=clusters)
        spread = (x_past**2).sum(axis=0)
        slopes = np.divide(x_past.T @ y_past[:, 0], spread, out=np.zeros(contenders), where=spread > 1e-12)
        missed = (y_now - x_now * slopes) ** 2
        for j in range(contenders):
            errors[:, j] += np.bincount(cluster[now], weights=missed[:, j], minlength=clusters)
    seen = len(np.unique(cluster[period >= places[FEWEST_LEARNED]]))
    return Forecasts(base, errors, n, seen, len(places) - FEWEST_LEARNED)


def _left(held_past, part_past, held_now, part_now) -> tuple[np.ndarray, np.ndarray]:
    """What is left of columns once what is held fixed has been taken out, with the weights of the past alone."""
    if not held_past.shape[1]:
        return part_past, part_now
    weights, *_ = np.linalg.lstsq(held_past, part_past, rcond=None)
    return part_past - held_past @ weights, part_now - held_now @ weights


def drawn_shares(found: Forecasts, *, draws: int = DRAWS, seed: int = 0) -> np.ndarray:
    """(B, m): the share of the error that each contender saves, with whole clusters weighed anew.

    The Bayesian bootstrap (Rubin 1981): every cluster keeps a little weight, so that few clusters cannot drop out.
    """
    rng = np.random.default_rng(seed)
    sums = np.column_stack([found.base, found.errors])
    made = []
    for start in range(0, draws, BLOCK):
        weights = rng.standard_exponential((min(BLOCK, draws - start), len(sums)))
        drawn = weights @ sums
        made.append(1 - drawn[:, 1:] / drawn[:, [0]])
    return np.concatenate(made)


def shares(found: Forecasts) -> np.ndarray:
    """(m,): the share of the error that each contender saves."""
    return 1 - found.errors.sum(axis=0) / found.base.sum()
