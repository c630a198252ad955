"""What kind of outcome: a measure, a yes or no, a count, an amount; and how each is fitted."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from linkage.errors import FitError, LinkError, TableError

MOST_STEPS = 60
FARTHEST = 30.0


class Family(NamedTuple):
    """mean : from the linear predictor. working : weight and working residual of each row, from outcome
    and mean. deviance : from outcome and mean. slope_unit : what a slope is measured in. fits : which outcomes."""

    name: str
    mean: Callable
    working: Callable
    deviance: Callable
    start: Callable
    slope_unit: str
    fits: Callable
    rule: str


class GlmFit(NamedTuple):
    """coefficients (k,), mean (n,), weights (n,), residuals (n,) working ones, deviance."""

    coefficients: np.ndarray
    mean: np.ndarray
    weights: np.ndarray
    residuals: np.ndarray
    deviance: float


def _times_log(y: np.ndarray, ratio: np.ndarray) -> np.ndarray:
    return np.where(y > 0, y * np.log(np.where(y > 0, ratio, 1)), 0)


def _logit_deviance(y: np.ndarray, mu: np.ndarray) -> float:
    return 2 * float((_times_log(y, y / mu) + _times_log(1 - y, (1 - y) / (1 - mu))).sum())


def _logistic(eta: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-eta))


FAMILIES = {
    "gaussian": Family(
        "gaussian",
        mean=lambda eta: eta,
        working=lambda y, mu: (np.ones(len(y)), y - mu),
        deviance=lambda y, mu: float(((y - mu) ** 2).sum()),
        start=lambda y: y.mean(),
        slope_unit="",
        fits=lambda y: np.isfinite(y),
        rule="any number",
    ),
    "binomial": Family(
        "binomial",
        mean=_logistic,
        working=lambda y, mu: (mu * (1 - mu), (y - mu) / (mu * (1 - mu))),
        deviance=_logit_deviance,
        start=lambda y: np.log(y.mean() / (1 - y.mean())),
        slope_unit=" in log odds",
        fits=lambda y: (y == 0) | (y == 1),
        rule="0 or 1",
    ),
    "poisson": Family(
        "poisson",
        mean=np.exp,
        working=lambda y, mu: (mu, (y - mu) / mu),
        deviance=lambda y, mu: 2 * float((_times_log(y, y / mu) - (y - mu)).sum()),
        start=lambda y: np.log(y.mean()),
        slope_unit=" in logarithms",
        fits=lambda y: y >= 0,
        rule="zero or more",
    ),
    "gamma": Family(
        "gamma",
        mean=np.exp,
        working=lambda y, mu: (np.ones(len(y)), (y - mu) / mu),
        deviance=lambda y, mu: 2 * float(((y - mu) / mu - np.log(y / mu)).sum()),
        start=lambda y: np.log(y.mean()),
        slope_unit=" in logarithms",
        fits=lambda y: y > 0,
        rule="above zero",
    ),
}


def choose_family(name: str, outcome: np.ndarray, column: str) -> Family:
    """The family of that name, once the outcome (n,) is seen to fit it.

    Raises LinkError for a name unknown, TableError for an outcome that the family cannot have.
    """
    if name not in FAMILIES:
        raise LinkError(f"There is no family {name!r}; use one of {', '.join(FAMILIES)}.")
    family, fits = FAMILIES[name], FAMILIES[name].fits(outcome)
    if not fits.all():
        raise TableError(
            f"Column {column!r} is not {family.rule} in {(~fits).sum():,} of {len(outcome):,} rows, for "
            f"example {outcome[~fits][0]:g}; family {name!r} needs that. Choose another family or another column."
        )
    return family


def fit_glm(
    design: np.ndarray, outcome: np.ndarray, family: Family, start: np.ndarray | None = None
) -> GlmFit:
    """Fit outcome (n,) on design (n, k), its first column the constant, by reweighted least squares.

    Links: identity, logit, log, log (McCullagh and Nelder 1989, section 2.5). Raises FitError where fitted
    values run away, as they do when a driver separates the zeros from the ones.
    """
    if start is None:
        start = np.zeros(design.shape[1])
        start[0] = family.start(outcome)
    coefficients, mean = start, family.mean(design @ start)
    deviance = family.deviance(outcome, mean)
    for _ in range(MOST_STEPS):
        weights, residuals = family.working(outcome, mean)
        try:
            step = np.linalg.solve(design.T @ (design * weights[:, None]), design.T @ (weights * residuals))
        except np.linalg.LinAlgError as error:
            raise FitError(f"The {family.name} fit is collinear: leave out a control.") from error
        coefficients, mean, deviance = _improve(design, outcome, family, coefficients, step, deviance)
        if np.abs(step).max() <= 1e-9 * (1 + np.abs(coefficients).max()):
            return GlmFit(coefficients, mean, *family.working(outcome, mean), deviance)
    raise FitError(f"The {family.name} fit did not settle in {MOST_STEPS} steps. Look for extreme values.")


def _improve(design, outcome, family, coefficients, step, deviance):
    """Take the step, or as much of it as does not make the fit worse."""
    for share in 0.5 ** np.arange(12):
        candidate = coefficients + share * step
        eta = design @ candidate
        if family.name == "gaussian" or np.abs(eta).max() < FARTHEST:
            mean = family.mean(eta)
            reached = family.deviance(outcome, mean)
            if reached <= deviance + 1e-8 * abs(deviance):
                return candidate, mean, reached
    raise FitError(
        f"The {family.name} fit has no finite solution: the driver or a control separates the outcomes, or a "
        "value is extreme. Use fewer or coarser controls."
    )
