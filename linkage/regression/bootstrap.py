"""The wild cluster bootstrap for least squares: honest p-values and intervals from few clusters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from linkage.precision import check_seed
from linkage.regression.covariance import row_sums, rows_of

WEBB = np.sqrt(np.array([0.5, 1.0, 1.5]))
CELLS_AT_ONCE = 2_000_000


@dataclass(frozen=True, eq=False)
class Parts:
    """What all terms share: per-cluster sums in the orthonormal coordinates of the regressors.

    moments : (G, k, k) of Q_g'Q_g. scores : (G, k) of Q_g'e_g. factor : the small-sample factor of CR1.
    """

    moments: np.ndarray
    scores: np.ndarray
    factor: float


def cluster_parts(q: np.ndarray, residuals: np.ndarray, groups: np.ndarray) -> Parts:
    """The sums from orthonormal regressors q (n, k), residuals (n,) and cluster codes (n,)."""
    n, k = q.shape
    moments = np.stack([q[rows].T @ q[rows] for rows in rows_of(groups)])
    factor = len(moments) / (len(moments) - 1) * (n - 1) / (n - k)
    return Parts(moments, row_sums(q * residuals[:, None], groups), factor)


@dataclass(frozen=True, eq=False)
class WildDraws:
    """The bootstrap t of every draw as a function of the value tested: (n0 + d n1) / sqrt(v0 + 2 d v1 + d^2 v2).

    With the null imposed, the restricted residuals move on a straight line in d = estimate - value tested, so
    one set of draws serves every value: inverting the test costs nothing more.
    """

    n0: np.ndarray
    n1: np.ndarray
    v0: np.ndarray
    v1: np.ndarray
    v2: np.ndarray
    std_error: float

    def p_value(self, distance: float) -> float:
        """p = (1 + #{abs t* >= abs t}) / (B + 1) for the value at this distance from the estimate."""
        variance = np.maximum(self.v0 + 2 * distance * self.v1 + distance**2 * self.v2, 0.0)
        above = np.abs(self.n0 + distance * self.n1)
        beyond = above >= abs(distance) / self.std_error * np.sqrt(variance) * (1 - 1e-12)
        return (1 + int(beyond.sum())) / (1 + len(beyond))


def wild_draws(direction: np.ndarray, parts: Parts, *, draws: int, seed: int) -> WildDraws:
    """Draws of the wild cluster bootstrap-t for one coefficient, the null imposed, Webb's six-point weights.

    direction : (k,) the coefficient as a function of the orthonormal coordinates.
    y* = X b_restricted + w_g e_restricted (Cameron, Gelbach and Miller 2008, sec. 3.3; Webb 2013).
    """
    touched = parts.moments @ direction  # (G, k): Q_g'Q_g c
    return draws_along(direction, parts.scores, touched, parts.factor, draws=draws, seed=seed)


def draws_along(
    direction: np.ndarray, scores: np.ndarray, touched: np.ndarray, factor: float, *, draws: int, seed: int
) -> WildDraws:
    """The draws of `wild_draws` from what they need of the regressors.

    direction : (k,). scores, touched : (G, k) of Q_g'e_g and of Q_g'Q_g direction. factor : as of `Parts`.
    """
    check_seed(seed)
    moving = touched / (direction @ direction)
    rng = np.random.default_rng(seed)
    count = len(scores)
    size = max(1, CELLS_AT_ONCE // count)
    pieces = []
    for start in range(0, draws, size):
        w = _webb(rng, min(size, draws - start), count)
        numerators, deviations = [], []
        for part in (scores, moving):
            shift = w @ part  # (B, k): the coordinates of b* - b_restricted
            numerators.append(shift @ direction)
            deviations.append(w * (part @ direction) - shift @ touched.T)
        d0, d1 = deviations
        sums = [np.einsum("bg,bg->b", a, b) * factor for a, b in ((d0, d0), (d0, d1), (d1, d1))]
        pieces.append((*numerators, *sums))
    own = np.sqrt(factor * ((scores @ direction) ** 2).sum())
    return WildDraws(*(np.concatenate(column) for column in zip(*pieces, strict=True)), std_error=float(own))


def _webb(rng: np.random.Generator, draws: int, count: int) -> np.ndarray:
    picked = rng.integers(0, 6, size=(draws, count))
    return np.concatenate([-WEBB, WEBB])[picked]


def wild_interval(drawn: WildDraws, confidence: float) -> tuple[float, float]:
    """How far below and above the estimate the test still accepts: two distances, infinite if it always does."""
    return tuple(side * _edge(drawn, -side, 1 - confidence) for side in (-1, 1))


def _edge(drawn: WildDraws, sign: int, alpha: float) -> float:
    """The distance, as a positive number, at which p falls to alpha on one side of the estimate."""
    inside, outside = 0.0, drawn.std_error
    while drawn.p_value(sign * outside) >= alpha:
        inside, outside = outside, 2 * outside
        if outside > 1e6 * drawn.std_error:
            return np.inf
    for _ in range(60):
        middle = (inside + outside) / 2
        if drawn.p_value(sign * middle) >= alpha:
            inside = middle
        else:
            outside = middle
    return (inside + outside) / 2
