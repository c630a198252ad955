"""One factor behind several items: its loadings by maximum likelihood, and the omega that follows."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from linkage.errors import FitError

HEYWOOD = 0.01  # an item with less unique variance than this share has more in common than it can have


@dataclass(frozen=True, eq=False)
class OneFactor:
    """loadings, uniquenesses : one an item, in the items' own units. heywood : which uniquenesses vanish."""

    loadings: np.ndarray
    uniquenesses: np.ndarray
    heywood: np.ndarray


def fit_one_factor(covariance: np.ndarray, n: int) -> OneFactor:
    """Loadings of one factor on k >= 3 items (statsmodels Factor, maximum likelihood on the correlations).

    covariance : k x k. Raises FitError where items are copies of each other or the fit does not settle.
    """
    from statsmodels.multivariate.factor import Factor

    spread = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(spread, spread)
    if np.linalg.eigvalsh(correlation)[0] < 1e-8:
        raise FitError(
            "The items are linearly dependent: one is a copy, a sum or a mean of the others. Leave it out."
        )
    values, vectors = np.linalg.eigh(correlation)
    first = vectors[:, -1:] * np.sqrt(values[-1])
    # Without a start it begins at random, each time elsewhere.
    start = (first, np.clip(1 - first[:, 0] ** 2, 0.05, 0.95))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the optimum is judged below instead
        fit = Factor(corr=correlation, n_factor=1, method="ml", nobs=n).fit(start=start)
    loadings = fit.loadings[:, 0] * (1 if fit.loadings.sum() >= 0 else -1)
    uniquenesses = np.asarray(fit.uniqueness, dtype=float)
    heywood = uniquenesses < HEYWOOD
    unsettled = np.abs(loadings**2 + uniquenesses - 1).max() > 1e-3  # at a maximum the variances are met
    if not np.isfinite(loadings).all() or (unsettled and not heywood.any()):
        raise FitError("One factor could not be fitted to these items: the likelihood has no stable maximum.")
    return OneFactor(loadings * spread, uniquenesses * spread**2, heywood)


def omega_total(factor: OneFactor) -> float:
    """(sum l)^2 / ((sum l)^2 + sum u) (McDonald 1999, Test theory, p. 89)."""
    common = factor.loadings.sum() ** 2
    return float(common / (common + factor.uniquenesses.sum()))


def omega_error(factor: OneFactor, n: int) -> float:
    """Standard error of omega by the delta method on the expected information (Raykov 2002).

    Multivariate Behavioral Research 37(1), p. 89; information of l l' + diag(u) for normal items.
    """
    inverse = np.linalg.inv(np.outer(factor.loadings, factor.loadings) + np.diag(factor.uniquenesses))
    pull = inverse @ factor.loadings
    loadings = n * (np.outer(pull, pull) + (factor.loadings @ pull) * inverse)
    mixed = n * inverse * pull
    information = np.block([[loadings, mixed], [mixed.T, n / 2 * inverse**2]])
    total, unique = factor.loadings.sum(), factor.uniquenesses.sum()
    slope = np.where(np.arange(2 * len(pull)) < len(pull), 2 * total * unique, -(total**2))
    slope = slope / (total**2 + unique) ** 2
    return float(np.sqrt(slope @ np.linalg.solve(information, slope)))


def logit_interval(estimate: float, error: float, confidence: float) -> tuple[float, float]:
    """An interval for a share that stays within 0 and 1."""
    reach = -ndtri((1 - confidence) / 2) * error / (estimate * (1 - estimate))
    centre = np.log(estimate / (1 - estimate))
    return float(1 / (1 + np.exp(reach - centre))), float(1 / (1 + np.exp(-reach - centre)))
