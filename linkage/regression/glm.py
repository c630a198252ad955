"""Fits through a link: chances, counts and amounts, with robust errors and effects in outcome units."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.errors import FitError
from linkage.regression.contrasts import average_effects
from linkage.regression.covariance import Errors, Spread, positive_definite, score_meat
from linkage.regression.design import Design
from linkage.regression.guards import check_outcome, check_rows, check_scaled, standardise
from linkage.regression.result import Fit, estimate_table, shared_fields, t_quantile


class NoMaximumError(FitError):
    """A likelihood without a maximum that could be found."""


@dataclass(frozen=True)
class Family:
    """A mean as a function of the linear predictor, and what a row says about that predictor.

    mean, slope : of eta. score, curvature : of y and the mean; the first derivative of a row's log-likelihood
    by eta, and minus the second.
    """

    method: str
    statsmodels: str
    mean: Callable[[np.ndarray], np.ndarray]
    slope: Callable[[np.ndarray], np.ndarray]
    score: Callable[[np.ndarray, np.ndarray], np.ndarray]
    curvature: Callable[[np.ndarray, np.ndarray], np.ndarray]
    has_dispersion: bool = False


def _chance(eta: np.ndarray) -> np.ndarray:
    from scipy.special import expit

    return expit(eta)


def _uncertain(eta: np.ndarray) -> np.ndarray:
    return _chance(eta) * _chance(-eta)


LOGIT = Family("Logit", "Binomial", _chance, _uncertain, lambda y, m: y - m, lambda y, m: m * (1 - m))
POISSON = Family("Poisson (log link)", "Poisson", np.exp, np.exp, lambda y, m: y - m, lambda y, m: m)
GAMMA = Family("Gamma (log link)", "Gamma", np.exp, np.exp, lambda y, m: y / m - 1, lambda y, m: y / m, True)


@dataclass(frozen=True, eq=False, repr=False)
class GlmFit(Fit):
    """A fit through a link. Beside what every Fit has:

    estimates : on the scale of the link (log odds, or log of the mean).
    effects : one row a driver or category: the average change of the mean outcome, in its own units, for one
        unit more of a number, for a flag from 0 to 1, or for a category against its reference.
    pseudo_r_squared : 1 - deviance / deviance without terms (McFadden 1974 for a logit).
    dispersion : of a Gamma (variance over squared mean) or a negative binomial (alpha); None elsewhere.
    """

    effects: pd.DataFrame
    log_likelihood: float
    pseudo_r_squared: float
    dispersion: float | None
    family: Family

    def predict(self, table: pd.DataFrame) -> pd.DataFrame:
        """The mean outcome of each row: estimate, low, high; missing if the row is incomplete."""
        complete = self.recipe.complete(table)
        x = self.recipe.matrix(table[complete])
        eta = x @ self.estimates["estimate"].to_numpy()
        std_error = np.sqrt(np.einsum("ij,jk,ik->i", x, self.covariance.to_numpy(), x))
        half = t_quantile((1 + self.confidence) / 2, self.estimates["df"].to_numpy()[:1]) * std_error
        ends = {"estimate": eta, "low": eta - half, "high": eta + half}
        columns = {name: self.family.mean(value) for name, value in ends.items()}
        return pd.DataFrame(columns, index=table.index[complete]).reindex(table.index)

    def summary(self) -> str:
        lines = [f"{self.method} of {self.outcome} ({self.errors}). Average effects on {self.outcome}:"]
        lines += [
            f"{name}: {row.estimate:+.4g} ({self.confidence:.0%} interval {row.low:+.4g} to {row.high:+.4g})."
            for name, row in self.effects.iterrows()
        ]
        explained = f"{self.pseudo_r_squared:.1%} of the deviance is explained."
        return " ".join([*lines, explained, self._rows_sentence()])


@dataclass(frozen=True, eq=False)
class Peak:
    """The maximum of a likelihood, in coordinates that keep their digits (standardised columns).

    back : (p, p) turns parameters of those coordinates into coefficients of the regressors (and what else is
    estimated). values : (p,) after that. bread : (p, p) inverse of the information observed, for a sandwich;
    model_bread : of the information expected if the model holds. scores : (n, p), times the weights.
    """

    values: np.ndarray
    back: np.ndarray
    bread: np.ndarray
    model_bread: np.ndarray
    scores: np.ndarray
    log_likelihood: float
    pseudo_r_squared: float
    dispersion: float | None


def check_design(design: Design) -> None:
    """Refuse too few rows, a constant outcome, constant or collinear columns."""
    check_rows(len(design.y), design.recipe.names)
    check_outcome(design.y, design.recipe.outcome)
    check_scaled(standardise(design)[0], design)


def maximise(design: Design, family: Family) -> Peak:
    """The fit by iteratively reweighted least squares of statsmodels, on scaled columns of a checked design.

    Raises NoMaximumError where it does not settle.
    """
    from statsmodels.genmod import families
    from statsmodels.genmod.generalized_linear_model import GLM

    z, change = standardise(design)
    link = families.links.Log() if family is GAMMA else None
    model_family = getattr(families, family.statsmodels)(link)
    model = GLM(design.y, z, family=model_family, var_weights=design.weight_array)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # what they warn of is checked here and by the caller
        try:
            result = model.fit(tol=1e-10, maxiter=100)
            null, settled = result.null_deviance, result.converged and np.isfinite(result.params).all()
            mean = family.mean(z @ result.params)
            observed, expected = (
                np.linalg.inv((z * (design.weight_array * family.curvature(y, mean))[:, None]).T @ z)
                for y in (design.y, mean)
            )
        except np.linalg.LinAlgError:
            settled = False
    if not settled or not np.isfinite(observed).all():
        raise NoMaximumError(f"{family.method} of {design.recipe.outcome!r} did not settle in 100 steps.")
    return Peak(
        values=change @ result.params,
        back=change,
        bread=observed,
        model_bread=expected,
        scores=z * (design.weight_array * family.score(design.y, mean))[:, None],
        log_likelihood=float(result.llf),
        pseudo_r_squared=float(1 - result.deviance / null),
        dispersion=float(result.scale) if family.has_dispersion else None,
    )


def refit(family: Family, y: np.ndarray, x: np.ndarray, w: np.ndarray, start: np.ndarray) -> np.ndarray:
    """The same maximum with other weights, from a start near it: what a bootstrap needs thousands of times.

    Missing values where Fisher's steps do not settle.
    """
    values = start.copy()
    for _ in range(25):
        mean = family.mean(x @ values)
        information = (x * (w * family.curvature(mean, mean))[:, None]).T @ x
        try:
            step = np.linalg.solve(information, x.T @ (w * family.score(y, mean)))
        except np.linalg.LinAlgError:
            break
        values = values + step
        if np.abs(step).max() < 1e-8 * (1 + np.abs(values).max()):
            return values
    return np.full_like(start, np.nan)


def likelihood_spread(peak: Peak, design: Design, asked: Errors) -> tuple[np.ndarray, float, str]:
    """Covariance in the peak's coordinates, degrees of freedom, words: a sandwich, or the likelihood's own."""
    n, p = peak.scores.shape
    if asked.kind == "iid":
        known = peak.dispersion is None or p > design.x.shape[1]
        scale, df = (1.0, np.inf) if known else (peak.dispersion, n - p)
        return scale * peak.model_bread, df, "of the likelihood (iid), " + ("normal" if known else "t(n-k)")
    spread: Spread = score_meat(peak.scores, asked, design.groups, p, design.cluster)
    matrix, repaired = positive_definite(peak.bread @ spread.matrix @ peak.bread)
    words = spread.words + ("; negative eigenvalues set to 0" if repaired else "")
    return matrix, float(spread.df), words


def glm_result(design: Design, peak: Peak, family: Family, asked: Errors, confidence: float) -> GlmFit:
    """The frozen answer of a maximum: estimates, effects, and all that judges them."""
    names, k = design.recipe.names, design.x.shape[1]
    inner, df, words = likelihood_spread(peak, design, asked)
    values, back, inner = peak.values[:k], peak.back[:k, :k], inner[:k, :k]
    matrix = back @ inner @ back.T

    def mean_outcome(x: np.ndarray, share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        eta = x @ values
        return np.array([share @ family.mean(eta)]), (share * family.slope(eta))[None, :] @ x @ back

    fitted = family.mean(design.x @ values)
    return GlmFit(
        **shared_fields(design, family.method, confidence),
        estimates=estimate_table(names, values, matrix, df=df, confidence=confidence),
        covariance=pd.DataFrame(matrix, index=names, columns=names),
        errors=words,
        fitted=fitted,
        residuals=design.y - fitted,
        effects=average_effects(design, mean_outcome, inner, df=df, confidence=confidence),
        log_likelihood=peak.log_likelihood,
        pseudo_r_squared=peak.pseudo_r_squared,
        dispersion=peak.dispersion,
        family=family,
    )
