"""Units compared with units: between, random effects, and whether the latter may be believed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.errors import FitError, LinkError, TooFewRowsError
from linkage.panel.design import (
    fit_columns,
    group_means,
    moves,
    panel_design,
    strip_prefix,
)
from linkage.panel.within import fit_within
from linkage.regression import LinearFit
from linkage.regression.covariance import Errors, score_meat
from linkage.regression.guards import check_condition, check_outcome, check_rows
from linkage.regression.result import estimate_table
from linkage.results import Result


def fit_between(
    table: pd.DataFrame, formula: str, *, unit: str, errors: str = "HC1", confidence: float = 0.95
) -> LinearFit:
    """Do units whose driver is usually higher have a higher outcome? Least squares on the units' means.

    errors : "HC1", "HC3" or "iid" (one row a unit: nothing is left to cluster). n_used counts units,
        n_dropped the rows that were incomplete before averaging.

    An answer about units, never about the customers in them (the ecological fallacy).
    """
    design = panel_design(table, formula, [unit])
    codes = design.codes(unit)
    first = np.unique(codes, return_index=True)[1]
    x, y = group_means(design.x, codes)[first], group_means(design.y[:, None], codes)[first, 0]
    columns = {f"mean of {name}": column for name, column in zip(design.names, x.T, strict=True)}
    fit = fit_columns(design, columns, y, design.labels, None, errors, confidence, 0)
    return strip_prefix(fit, "mean of ")


@dataclass(frozen=True, eq=False, repr=False)
class RandomEffects(Result):
    """The link within and between units weighed together.

    estimates : one row a term, outcome units per unit of the term; covariance : of them.
    variance_within, variance_units : of the error from period to period, and of the units' levels.
    theta : share of the unit mean taken away, 0 (pooled) to 1 (within); the mean over rows where units differ
        in length. is_pooled : the units' variance came out negative and was set to 0.
    """

    outcome: str
    formula: str
    unit: str
    estimates: pd.DataFrame
    covariance: pd.DataFrame
    variance_within: float
    variance_units: float
    theta: float
    is_pooled: bool
    n_used: int
    n_dropped: int
    units: int
    errors: str
    confidence: float

    def summary(self) -> str:
        said = "; ".join(
            f"{term} {row.estimate:+.4g} ({row.low:+.4g} to {row.high:+.4g})"
            for term, row in self.estimates.drop(index="Intercept").iterrows()
        )
        share = self.variance_units / (self.variance_units + self.variance_within)
        return (
            f"Within and between {self.unit} weighed together, one unit more goes with this much "
            f"{self.outcome} "
            f"({self.confidence:.0%} intervals): {said}. Lasting differences between units are {share:.0%} "
            f"of the "
            f"unexplained variance (n = {self.n_used:,}, {self.units:,} units; {self.n_dropped:,} rows "
            "incomplete). Believe it only where `split_within_between` finds the two alike."
        )


def random_effects(
    table: pd.DataFrame, formula: str, *, unit: str, errors: str = "CR1", confidence: float = 0.95
) -> RandomEffects:
    """The link within and between units weighed together, if both are the same link.

    errors : "CR1" (clustered by unit, t(G-1)) or "iid".

    Generalised least squares with the variances of Swamy & Arora (1972); for units of unequal length as in
    Baltagi & Chang (1994, p. 72). A negative variance of the units is set to 0 (pooled least squares) and
    said.
    """
    if errors not in ("CR1", "iid"):
        raise LinkError(f"errors={errors!r} is unknown for random effects. Choose 'CR1' or 'iid'.")
    design = panel_design(table, formula, [unit])
    check_outcome(design.y, design.outcome)
    codes, names = design.codes(unit), ["Intercept", *design.names]
    x = np.column_stack([np.ones(len(design.y)), design.x])
    check_rows(len(design.y), names)
    within, between = _variances(x, design.y, codes, names)
    theta = 1 - np.sqrt(within / (within + np.bincount(codes) * max(between, 0.0)))
    left = np.column_stack([x, design.y])
    left = left - theta[codes][:, None] * group_means(left, codes)
    b, covariance, df, words = _solve(left[:, :-1], left[:, -1], names, codes, unit, errors)
    return RandomEffects(
        outcome=design.outcome,
        formula=formula,
        unit=unit,
        estimates=estimate_table(names, b, covariance, df=df, confidence=confidence),
        covariance=pd.DataFrame(covariance, names, names),
        variance_within=within,
        variance_units=max(between, 0.0),
        theta=float(theta[codes].mean()),
        is_pooled=between < 0,
        n_used=len(design.y),
        n_dropped=design.n_dropped,
        units=int(codes.max()) + 1,
        errors=words,
        confidence=confidence,
    )


@dataclass(frozen=True, eq=False, repr=False)
class HausmanTest(Result):
    """Do within and random-effects estimates differ by more than chance?

    estimates : per term both estimates (`within`, `random`) and their difference with its standard error.
    statistic, df, p_value : chi-squared under "the units' levels have nothing to do with the drivers".
    """

    estimates: pd.DataFrame
    statistic: float
    df: int
    p_value: float
    n_used: int
    n_dropped: int
    units: int

    def summary(self) -> str:
        return (
            f"That units may be compared with each other as well as with themselves has p = "
            f"{self.p_value:.3g} "
            f"(Hausman's chi-squared {self.statistic:.2f} on {self.df}; n = {self.n_used:,}, {self.units:,} "
            f"units; "
            f"{self.n_dropped:,} rows incomplete). A small p speaks for the within estimates."
        )


def hausman_test(table: pd.DataFrame, formula: str, *, unit: str) -> HausmanTest:
    """May units be compared with each other, or only with themselves?

    H = d'(V_within - V_random)^-1 d (Hausman 1978, p. 1261), with covariances that suppose independent rows:
    `split_within_between` asks the same with clustered errors and is to be preferred. FitError where the
    difference of the covariances is not positive definite: the statistic then means nothing.
    """
    from scipy.special import chdtrc

    within = fit_within(table, formula, unit=unit, errors="iid")
    random = random_effects(table, formula, unit=unit, errors="iid")
    terms = list(within.estimates.index)
    both = {"within": within.estimates["estimate"], "random": random.estimates.loc[terms, "estimate"]}
    gap = (both["within"] - both["random"]).to_numpy()
    spread = (within.covariance - random.covariance.loc[terms, terms]).to_numpy()
    scale = np.sqrt(np.diag(within.covariance))
    if np.linalg.eigvalsh(spread / np.outer(scale, scale)).min() <= 0:
        raise FitError("Hausman's statistic is not defined here: `split_within_between` always is.")
    statistic = float(gap @ np.linalg.solve(spread, gap))
    rows = pd.DataFrame({**both, "estimate": gap, "std_error": np.sqrt(np.diag(spread))})
    p_value = float(chdtrc(len(terms), statistic))
    counts = (random.n_used, random.n_dropped, random.units)
    return HausmanTest(rows, statistic, len(terms), p_value, *counts)


def _solve(x: np.ndarray, y: np.ndarray, names: list[str], codes: np.ndarray, unit: str, errors: str):
    """Least squares of y (n,) on x (n, k): estimates, covariance, df of the t, the errors in words."""
    n, k = x.shape
    length = np.linalg.norm(x, axis=0)
    q, triangle = np.linalg.qr(x / length)
    check_condition(triangle, names)
    back = np.linalg.inv(triangle) / length[:, None]
    b = back @ (q.T @ y)
    residuals = y - x @ b
    if errors == "iid":
        return b, back @ back.T * (residuals @ residuals) / (n - k), n - k, "equal variances (iid), t(n-k)"
    meat = score_meat(q * residuals[:, None], Errors("CR1"), (codes,), k, (unit,))
    return b, back @ meat.matrix @ back.T, meat.df, meat.words


def _variances(x: np.ndarray, y: np.ndarray, codes: np.ndarray, names: list[str]) -> tuple[float, float]:
    """Variance within units and of the units' levels. x (n, k) with its constant, y (n,), codes (n,)."""
    n, k, units = len(y), x.shape[1], int(codes.max()) + 1
    x_mean, y_mean = group_means(x, codes), group_means(y[:, None], codes)[:, 0]
    inside = (x - x_mean)[:, moves(x - x_mean, x)]
    spare = n - units - inside.shape[1]
    if units <= k or spare <= 0:
        raise TooFewRowsError(f"{units:,} units with {n:,} rows cannot carry random effects and {k:,} terms.")
    within = _rss(inside, y - y_mean) / spare
    length = np.linalg.norm(x_mean, axis=0)
    check_condition(np.linalg.qr(x_mean / np.where(length > 0, length, 1.0), mode="r"), names)
    # Each unit's mean repeated on its rows: a unit weighs by its length, as in Baltagi and Chang.
    sums = np.column_stack([np.bincount(codes, weights=column) for column in x.T])
    trace = np.trace(np.linalg.solve(x_mean.T @ x_mean, sums.T @ sums))
    return float(within), float((_rss(x_mean, y_mean) - (units - k) * within) / (n - trace))


def _rss(x: np.ndarray, y: np.ndarray) -> float:
    left = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    return float(left @ left)
