"""A level and a slope of its own for every unit."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.errors import FitError, TableError
from linkage.regression.result import check_confidence, estimate_table
from linkage.results import Result
from linkage.rows import as_names, complete_rows


@dataclass(frozen=True, eq=False, repr=False)
class GrowthFit(Result):
    """How units grow: the mean line, and how far units stray from it.

    estimates : the mean line (Intercept, time, controls), with normal intervals.
    variances : variance and sd of the units' levels and slopes, their correlation, and the residual.
    unit_effects : each unit's departure from the mean line, shrunk towards it (best linear unbiased
        prediction).
    log_likelihood : restricted for "REML". is_boundary : a variance is next to 0, or levels and slopes go
        together all but perfectly: the data cannot tell the units' levels or slopes apart.
    """

    outcome: str
    time: str
    estimates: pd.DataFrame
    variances: pd.DataFrame
    unit_effects: pd.DataFrame
    log_likelihood: float
    is_boundary: bool
    method: str
    n_used: int
    n_dropped: int
    units: int
    confidence: float

    def summary(self) -> str:
        slope = self.estimates.loc[self.time]
        spread = self.variances["sd"].get("slope")
        apart = (
            f" Units' own slopes stray from it with a standard deviation of {spread:.3g}." if spread else ""
        )
        return (
            f"{self.outcome} goes {slope.estimate:+.4g} per unit of {self.time} on average "
            f"({self.confidence:.0%} "
            f"interval {slope.low:+.4g} to {slope.high:+.4g}; n = {self.n_used:,}, {self.units:,} units; "
            f"{self.n_dropped:,} incomplete).{apart}"
        )


def fit_growth(
    table: pd.DataFrame,
    *,
    outcome: str,
    time: str,
    unit: str,
    controls: Sequence[str] = (),
    random: str = "slope",
    method: str = "REML",
    confidence: float = 0.95,
) -> GrowthFit:
    """How fast does the outcome grow, and do units differ in it?

    time : periods since a common start, as a number (its zero is where levels are compared).
    random : "slope" (a level and a slope a unit) or "intercept" (a level only: its error of the slope is too
        small where slopes do differ).
    method : "REML" (for variances) or "ML" (for comparing models by likelihood).

    Laird & Ware (1982); Bates et al. (2015) for the notation outcome ~ time + (time | unit). Raises FitError
    where the likelihood has no trustworthy maximum.
    """
    check_confidence(confidence)
    if random not in ("slope", "intercept") or method not in ("REML", "ML"):
        raise TableError("random is 'slope' or 'intercept', and method 'REML' or 'ML'.")
    names = [time, *as_names(controls)]
    rows = complete_rows(table, [outcome, *names], [unit], at_least=len(names) + 4)
    scale = {c: _spread(rows, c) for c in names}
    x = np.column_stack([np.ones(len(rows)), *(rows[c] / scale[c] for c in names)])
    own = x[:, :2] if random == "slope" else x[:, :1]
    codes, units = _codes(rows[unit])
    fit = _fit_mixed(rows[outcome].to_numpy(), x, own, codes, method)
    back = np.array([1.0, *(scale[c] for c in names)])
    covariance = np.asarray(fit.cov_params())[: len(back), : len(back)] / np.outer(back, back)
    means = np.asarray(fit.fe_params) / back
    estimates = estimate_table(["Intercept", *names], means, covariance, df=np.inf, confidence=confidence)
    own_back = back[: own.shape[1]]
    effects = _unit_effects(fit, own_back, units)
    variances = _variance_table(np.asarray(fit.cov_re) / np.outer(own_back, own_back), float(fit.scale))
    counts = (len(rows), len(table) - len(rows), len(units))
    # The restricted likelihood, unlike the full one, changes with the units of x: give it in the caller's.
    likelihood = float(fit.llf) - (np.log(back).sum() if method == "REML" else 0.0)
    edge = _is_boundary(np.asarray(fit.cov_re), float(fit.scale))
    return GrowthFit(
        outcome, time, estimates, variances, effects, likelihood, edge, method, *counts, confidence
    )


def _spread(rows: pd.DataFrame, column: str) -> float:
    spread = float(rows[column].std())
    if not spread > 0:
        raise FitError(f"{column} is the same on all {len(rows):,} rows: no slope can be told.")
    return spread


def _codes(labels: pd.Series) -> tuple[np.ndarray, pd.Index]:
    """Codes (n,) of the units and their labels, sorted; as text where those of several kinds have no order."""
    try:
        codes, units = pd.factorize(labels, sort=True)
    except TypeError:
        codes, units = pd.factorize(labels.astype(str), sort=True)
    return codes, pd.Index(units, name=labels.name)


def _fit_mixed(y: np.ndarray, x: np.ndarray, own: np.ndarray, codes: np.ndarray, method: str):
    """statsmodels on standardised times: the optimum does not depend on units, but finding it does."""
    from statsmodels.regression.mixed_linear_model import MixedLM

    if codes.max() + 1 < 5:
        raise FitError(f"{codes.max() + 1} units are too few to tell how units differ; 5 at least.")
    if not np.std(y) > 0:
        raise FitError("The outcome is the same on all rows.")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # judged below by the fit itself
        fit = MixedLM(y, x, codes, exog_re=own).fit(
            reml=method == "REML", method=["bfgs", "lbfgs", "nm"], gtol=1e-8
        )
    if not fit.converged or not np.isfinite(np.asarray(fit.bse_fe)).all():
        raise FitError(
            "The growth model did not converge: units may not differ in slope; try random='intercept'."
        )
    return fit


def _is_boundary(between: np.ndarray, residual: float) -> bool:
    """True where a variance is under 1e-4 of the residual's, or levels and slopes correlate beyond .999."""
    size = np.sqrt(np.diag(between))
    if (size**2 < 1e-4 * residual).any():
        return True
    return len(size) == 2 and bool(abs(between[0, 1]) > 0.999 * size[0] * size[1])


def _unit_effects(fit, back: np.ndarray, units: pd.Index) -> pd.DataFrame:
    values = np.array([np.asarray(fit.random_effects[g]) for g in range(len(units))]) / back
    return pd.DataFrame(values, units, ["level", "slope"][: len(back)])


def _variance_table(between: np.ndarray, residual: float) -> pd.DataFrame:
    parts = ["level", "slope"][: len(between)]
    variance = pd.Series([*np.diag(between), residual], [*parts, "residual"])
    table = pd.DataFrame({"variance": variance, "sd": np.sqrt(variance), "correlation": np.nan})
    if len(between) == 2:
        together = between[0, 1]
        table.loc["level with slope"] = [together, np.nan, together / np.sqrt(between[0, 0] * between[1, 1])]
    return table.rename_axis("part")
