"""Least squares: how much more of the outcome goes with one unit more of each term, the others held fixed."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from linkage.errors import LinkageWarning, LinkError
from linkage.limits.fitted import FEW_CLUSTERS
from linkage.regression.bootstrap import cluster_parts, wild_draws, wild_interval
from linkage.regression.covariance import (
    Errors,
    Spread,
    check_clusters,
    jackknife_meat,
    leverage_meat,
    positive_definite,
    score_meat,
    settle,
    words_for,
)
from linkage.regression.design import Design, build_design
from linkage.regression.guards import check_condition, check_outcome, check_rows, standardise
from linkage.regression.result import Fit, check_confidence, estimate_table, shared_fields, t_quantile
from linkage.rows import as_names


@dataclass(frozen=True, eq=False, repr=False)
class LinearFit(Fit):
    """A least-squares fit. Beside what every Fit has:

    r_squared, adjusted_r_squared : share of the outcome's variance explained (about 0 without a constant).
    residual_sd : outcome units. condition_number : of the scaled regressors; above 1e10 there is no fit.
    solver : how the equations were solved. is_perfect : nothing is left over; standard errors are then 0.
    bootstrapped : terms whose p_value, low and high are the wild bootstrap's (so the interval need not be
        symmetric, and is infinite where few clusters cannot exclude anything).
    """

    r_squared: float
    adjusted_r_squared: float
    residual_sd: float
    condition_number: float
    solver: str
    is_perfect: bool
    bootstrapped: tuple[str, ...]

    def predict(self, table: pd.DataFrame) -> pd.DataFrame:
        """The expected outcome of each row of a table: estimate, std_error, low, high; missing if incomplete.

        Raises TableError for a category that the fit has not seen.
        """
        complete = self.recipe.complete(table)
        x = self.recipe.matrix(table[complete])
        variance = np.einsum("ij,jk,ik->i", x, self.covariance.to_numpy(), x)
        values, std_error = x @ self.estimates["estimate"].to_numpy(), np.sqrt(np.maximum(variance, 0))
        half = t_quantile((1 + self.confidence) / 2, self.estimates["df"].to_numpy()[:1]) * std_error
        columns = {"estimate": values, "std_error": std_error, "low": values - half, "high": values + half}
        return pd.DataFrame(columns, index=table.index[complete]).reindex(table.index)

    def _fit_sentence(self) -> str:
        return f"Together they explain {self.r_squared:.1%} of its variance."


@dataclass(frozen=True, eq=False)
class Solution:
    """Least squares in coordinates that cannot lose digits: scaled, centred, orthonormal.

    q : (n, k) orthonormal. back : (k, k), the estimates as functions of the coordinates: b = back @ q'y.
    y, residuals : (n,), times the root of the weights. coordinates : (k,) q'y.
    """

    q: np.ndarray
    back: np.ndarray
    y: np.ndarray
    residuals: np.ndarray
    coordinates: np.ndarray
    condition: float

    @property
    def estimates(self) -> np.ndarray:
        return self.back @ self.coordinates


def fit_linear(
    table: pd.DataFrame,
    formula: str,
    *,
    cluster: str | Sequence[str] | None = None,
    errors: str | Errors = "auto",
    weights: str | None = None,
    drivers: Sequence[str] | None = None,
    confidence: float = 0.95,
    seed: int = 0,
    reference: Mapping[str, object] | None = None,
) -> LinearFit:
    """Fit an outcome on drivers and controls by (weighted) least squares.

    table : a linkage table. formula : "outcome ~ driver + control", with categories (text columns, `C(wave)`),
        interactions (`a:b`, `a*b`), transformations (`log(spend)`) and curves
        (`cr(x, df=4, constraints="center")`, `bs(x, df=4)`).
    cluster : one or two columns whose rows belong together, such as `customer_id`.
    errors : "auto", "iid", "HC0" to "HC3", "CR1", "CR3", "HAC", "wild", or an `Errors` with its conventions.
        "auto" is HC1; with a cluster CR1 and t(G-1); with fewer than 40 clusters the p-value and interval of
        numeric terms come from the wild cluster bootstrap-t besides.
    weights : a column of survey weights: they move the estimates and enter the errors by a sandwich.
    drivers : columns or terms to bootstrap, where not all numeric ones.
    reference : the level to compare with, by column.

    QR of the scaled, centred columns. Raises TooFewRowsError, TableError, FitError (constant, collinear) or
    LinkError (formula, errors). Warns where the outcome is explained without remainder.
    An association, not a cause. Sources: White 1980; MacKinnon and White 1985; Newey and West 1987;
    Cameron, Gelbach and Miller 2008 and 2011.
    """
    check_confidence(confidence)
    design = build_design(table, formula, cluster=cluster, weights=weights, reference=reference)
    asked = settle(errors, design.cluster, weighted=weights is not None)
    solution = solve(design)
    perfect = _is_perfect(solution)
    if perfect:
        _warn_perfect(design)
        solution = replace(solution, residuals=np.zeros_like(solution.residuals))
    spread = _spread(solution, design, asked)
    matrix, repaired = positive_definite(solution.back @ spread.matrix @ solution.back.T)
    names = design.recipe.names
    estimates = estimate_table(names, solution.estimates, matrix, df=spread.df, confidence=confidence)
    wild = () if perfect else _terms_to_bootstrap(design, errors, asked, drivers)
    estimates = _bootstrap(estimates, wild, solution, design, asked, confidence, seed)
    return LinearFit(
        **shared_fields(design, "Least squares", confidence),
        estimates=estimates,
        covariance=pd.DataFrame(matrix, index=names, columns=names),
        errors=_words(spread, repaired, wild, asked),
        fitted=design.x @ solution.estimates,
        residuals=design.y - design.x @ solution.estimates,
        **_goodness(solution, design),
        condition_number=solution.condition,
        solver="QR of scaled columns",
        is_perfect=perfect,
        bootstrapped=wild,
    )


def solve(design: Design) -> Solution:
    """Least squares of a design, refused where double precision cannot carry it."""
    names = design.recipe.names
    check_rows(len(design.y), names)
    check_outcome(design.y, design.recipe.outcome)
    root = np.sqrt(design.weight_array)
    scaled, change = standardise(design)
    q, triangle = np.linalg.qr(scaled * root[:, None])
    condition = check_condition(triangle, names)
    y = design.y * root
    coordinates = q.T @ y
    back = change @ np.linalg.inv(triangle)
    return Solution(q, back, y, y - q @ coordinates, coordinates, condition)


def _spread(solution: Solution, design: Design, asked: Errors) -> Spread:
    q, residuals = solution.q, solution.residuals
    n, k = q.shape
    if asked.kind == "iid":
        return Spread(np.eye(k) * (residuals @ residuals) / (n - k), n - k, words_for("iid"))
    if asked.kind in ("HC2", "HC3"):
        return leverage_meat(q, residuals, asked.kind)
    if asked.kind == "CR3":
        return jackknife_meat(q, residuals, design.groups[0], design.cluster[0])
    if design.cluster:
        for count, name in zip(design.cluster_counts, design.cluster, strict=True):
            check_clusters(count, name)
    return score_meat(q * residuals[:, None], asked, design.groups, k, design.cluster)


def _is_perfect(solution: Solution) -> bool:
    return np.linalg.norm(solution.residuals) <= 1e-12 * np.linalg.norm(solution.y)


def _warn_perfect(design: Design) -> None:
    warnings.warn(
        f"{design.recipe.outcome!r} is explained without remainder in all {len(design.y):,} rows, so there is no "
        "scatter to judge the estimates by (standard errors are 0). Look for a term computed from the outcome.",
        LinkageWarning,
        stacklevel=3,
    )


def _terms_to_bootstrap(design: Design, errors, asked: Errors, drivers) -> tuple[str, ...]:
    names = design.recipe.names
    chosen = design.recipe.numeric_names if drivers is None else []
    for driver in as_names(drivers or ()):
        read = [driver] if driver in names else design.recipe.terms_of(driver)
        if not read:
            raise LinkError(f"drivers names {driver!r}, which the model does not hold: {', '.join(names)}.")
        chosen = [*chosen, *read]
    automatic = (errors if isinstance(errors, str) else errors.kind) == "auto"
    few = automatic and len(design.groups) == 1 and design.cluster_counts[0] < FEW_CLUSTERS
    return tuple(dict.fromkeys(chosen)) if few or asked.kind == "wild" else ()


def _bootstrap(estimates, terms, solution, design, asked, confidence, seed) -> pd.DataFrame:
    """The same table with p_value, low and high of some terms taken from the wild cluster bootstrap."""
    if not terms:
        return estimates
    parts = cluster_parts(solution.q, solution.residuals, design.groups[0])
    for term in terms:
        direction = solution.back[design.recipe.names.index(term)]
        drawn = wild_draws(direction, parts, draws=asked.draws, seed=seed)
        value = estimates.loc[term, "estimate"]
        below, above = wild_interval(drawn, confidence)
        estimates.loc[term, ["p_value", "low", "high"]] = [drawn.p_value(value), value + below, value + above]
    return estimates


def _words(spread: Spread, repaired: bool, wild: tuple[str, ...], asked: Errors) -> str:
    words = spread.words
    if wild:
        words += f"; wild cluster bootstrap-t (Webb, {asked.draws:,} draws) for {', '.join(wild)}"
    return words + ("; negative eigenvalues set to 0" if repaired else "")


def _goodness(solution: Solution, design: Design) -> dict[str, float]:
    n, k = solution.q.shape
    root = np.sqrt(design.weight_array)
    has_constant = np.linalg.norm(root - solution.q @ (solution.q.T @ root)) < 1e-9 * np.linalg.norm(root)
    centre = np.average(design.y, weights=design.weight_array) if has_constant else 0.0
    left = float(solution.residuals @ solution.residuals)
    unexplained = left / float(((design.y - centre) ** 2 * design.weight_array).sum())
    return {
        "r_squared": 1 - unexplained,
        "adjusted_r_squared": 1 - unexplained * (n - has_constant) / (n - k),
        "residual_sd": float(np.sqrt(left / (n - k))),
    }
