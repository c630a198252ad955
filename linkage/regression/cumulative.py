"""The likelihood of ordered categories: chances to lie at or below each cut, for any cut and slope design."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from linkage.errors import FitError


@dataclass(frozen=True)
class Curve:
    """A cumulative distribution, symmetric about 0: its value, density and the density's slope."""

    name: str
    below: Callable[[np.ndarray], np.ndarray]
    density: Callable[[np.ndarray], np.ndarray]
    bend: Callable[[np.ndarray], np.ndarray]


def _logistic(eta: np.ndarray) -> np.ndarray:
    from scipy.special import expit

    return expit(eta)


def _normal(eta: np.ndarray) -> np.ndarray:
    from scipy.special import ndtr

    return ndtr(eta)


def _normal_density(eta: np.ndarray) -> np.ndarray:
    return np.exp(-(eta**2) / 2) / np.sqrt(2 * np.pi)


CURVES = {
    "logit": Curve(
        "logit",
        _logistic,
        lambda e: _logistic(e) * _logistic(-e),
        lambda e: _logistic(e) * _logistic(-e) * (_logistic(-e) - _logistic(e)),
    ),
    "probit": Curve("probit", _normal, _normal_density, lambda e: -e * _normal_density(e)),
}


@dataclass(frozen=True, eq=False)
class CutDesign:
    """Each row between two cuts: category j lies between the linear predictors lower and upper.

    upper, lower : (n, p) regressors of the two cuts; has_upper, has_lower : (n,) false at the ends, where the
    cut is at infinity. w : (n,) weights.
    """

    upper: np.ndarray
    lower: np.ndarray
    has_upper: np.ndarray
    has_lower: np.ndarray
    w: np.ndarray


def cut_design(z: np.ndarray, codes: np.ndarray, w: np.ndarray, free: np.ndarray) -> CutDesign:
    """Regressors of the cuts: J - 1 thresholds, then slopes with a minus sign.

    z : (n, k) without an intercept. codes : 0..J-1. free : (k,) whether a column has a slope of its own at each
    cut (partial proportional odds) or one for all.
    """
    cuts = int(codes.max())
    return CutDesign(
        _cut_rows(z, np.minimum(codes, cuts - 1), cuts, free),
        _cut_rows(z, np.maximum(codes - 1, 0), cuts, free),
        codes < cuts,
        codes > 0,
        w,
    )


def _cut_rows(z: np.ndarray, cut: np.ndarray, cuts: int, free: np.ndarray) -> np.ndarray:
    at = np.eye(cuts)[cut]  # (n, cuts)
    own = (at[:, :, None] * z[:, None, free]).reshape(len(z), -1)
    return np.column_stack([at, -z[:, ~free], -own])


@dataclass(frozen=True, eq=False)
class CutPeak:
    """A maximum: parameters, scores a row (n, p), inverse information (p, p), log-likelihood."""

    values: np.ndarray
    scores: np.ndarray
    bread: np.ndarray
    log_likelihood: float


def climb(cuts: CutDesign, curve: Curve, start: np.ndarray, outcome: str) -> CutPeak:
    """Newton's method with halved steps; refuses what does not settle in 200 steps."""
    values, state = start, _state(cuts, curve, start)
    for _ in range(200):
        log_likelihood, scores, information = state
        gradient = scores.sum(axis=0)
        try:
            step = np.linalg.solve(information, gradient)
        except np.linalg.LinAlgError:
            break
        if gradient @ step < 1e-16 * (1 + abs(log_likelihood)):
            return CutPeak(values, scores, np.linalg.inv(information), log_likelihood)
        for _ in range(40):
            state = _state(cuts, curve, values + step)
            if state[0] >= log_likelihood - 1e-12 * abs(log_likelihood):
                break
            step = step / 2
        values = values + step
    raise FitError(
        f"The ordered fit of {outcome!r} did not settle: a category may be too rare, or a term predicts it without "
        "error. Join rare categories."
    )


def _state(cuts: CutDesign, curve: Curve, values: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Log-likelihood, scores and information (minus the Hessian) at some parameters."""
    up = np.where(cuts.has_upper, cuts.upper @ values, np.inf)
    low = np.where(cuts.has_lower, cuts.lower @ values, -np.inf)
    chance = between(curve, low, up)
    if not (chance > 0).all():
        return -np.inf, np.empty(0), np.empty(0)
    ends = (_at_end(curve, up, cuts.has_upper), _at_end(curve, low, cuts.has_lower))
    (up_density, up_bend), (low_density, low_bend) = ends
    rows = (up_density[:, None] * cuts.upper - low_density[:, None] * cuts.lower) / chance[:, None]
    scores = cuts.w[:, None] * rows
    information = scores.T @ rows
    for bend, side, sign in ((up_bend, cuts.upper, -1), (low_bend, cuts.lower, 1)):
        information = information + sign * (side * (cuts.w * bend / chance)[:, None]).T @ side
    return float(cuts.w @ np.log(chance)), scores, information


def between(curve: Curve, low: np.ndarray, up: np.ndarray) -> np.ndarray:
    """The chance between two cuts, from the side on which no digits are lost."""
    flip = low > 0
    return np.where(flip, curve.below(-low) - curve.below(-up), curve.below(up) - curve.below(low))


def _at_end(curve: Curve, eta: np.ndarray, finite: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    known = np.where(finite, eta, 0.0)
    return curve.density(known) * finite, curve.bend(known) * finite
