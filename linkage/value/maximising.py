"""The top of a likelihood, its curvature there, and the same again quickly from nearby."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from linkage.errors import FitError

Score = Callable[[np.ndarray], tuple[float, np.ndarray]]
FAR = 12.0
"""A log parameter this far from its start is on its way to infinity."""
MOST_STEPS = 60
MOST_FAILED = 0.05
"""Share of resamples without a top beyond which the rest is no fair sample."""


class Top(NamedTuple):
    """log_params (P,), value there, covariance (P, P) of the log parameters (inverse of minus the curvature)."""

    log_params: np.ndarray
    value: float
    covariance: np.ndarray


def maximise(score: Score, start: np.ndarray, names: list[str], cure: str) -> Top:
    """The top of a likelihood from `start` (P,).

    Quasi-Newton, then Newton steps on the slope, whose last one says whether the top was reached. FitError
    with `cure` where a parameter runs away, or the top is flat.
    """
    from scipy.optimize import minimize

    found = minimize(lambda at: _negative(score(at)), start, jac=True, method="BFGS", options={"gtol": 1e-3})
    at, step = found.x, np.full(len(start), np.inf)
    for _ in range(8):
        if not np.isfinite(at).all() or (np.abs(at - start) > FAR).any():
            break
        curvature = -_slope_changes(score, at)
        if not np.isfinite(curvature).all() or np.linalg.eigvalsh(curvature)[0] <= 0:
            break
        step = np.linalg.solve(curvature, score(at)[1])
        at = at + np.clip(step, -1, 1)
        if np.abs(step).max() < 1e-9:
            break
    if not np.abs(step).max() < 1e-6:
        far = int(np.argmax(np.abs(found.x - start)))
        raise FitError(
            f"The likelihood has no clear top; furthest from where it began is {names[far]}, times "
            f"{np.exp(found.x - start)[far]:.3g}. {cure}"
        )
    return Top(at, score(at)[0], np.linalg.inv(curvature))


def climb_again(score: Score, start: np.ndarray, covariance: np.ndarray) -> np.ndarray | None:
    """The top of a similar likelihood, from the top of the first with its curvature; None if not reached.

    Steps in units of the first top's standard errors. It ends where the slope is a hundredth a standard
    error: the likelihood is then within 0.0001 of its top. On a flat ridge (parameters that grow together and
    change no prediction) it so ends somewhere on it.
    """
    from scipy.optimize import minimize

    root = np.linalg.cholesky(covariance)

    def scored(steps: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = score(start + root @ steps)
        return -value, -(root.T @ slope)

    with np.errstate(all="ignore"):
        found = minimize(
            scored,
            np.zeros(len(start)),
            jac=True,
            method="BFGS",
            options={"gtol": 0.01, "maxiter": MOST_STEPS},
        )
    at = start + root @ found.x
    reached = np.isfinite(at).all() and (np.abs(at - start) < FAR).all() and np.abs(found.jac).max() < 0.05
    return at if reached else None


def _negative(scored: tuple[float, np.ndarray]) -> tuple[float, np.ndarray]:
    return -scored[0], -scored[1]


def _slope_changes(score: Score, at: np.ndarray) -> np.ndarray:
    """Second derivatives (P, P) by central differences of the slope."""
    width = 1e-4
    steps = np.eye(len(at)) * width
    rows = [(score(at + step)[1] - score(at - step)[1]) / (2 * width) for step in steps]
    return (np.array(rows) + np.array(rows).T) / 2
