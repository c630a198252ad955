"""Least squares of any number of rows: products in one pass, residuals and their spread in the next."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from linkage.errors import FitError, LinkageWarning, LinkError, TooFewRowsError
from linkage.limits.fitted import FEW_CLUSTERS
from linkage.regression.bootstrap import Parts, wild_draws, wild_interval
from linkage.regression.covariance import Errors, Spread, positive_definite
from linkage.regression.guards import check_rows
from linkage.regression.linear import LinearFit
from linkage.regression.result import estimate_table
from linkage.regression.streamed_moments import (
    Coordinates,
    Moments,
    Stream,
    coordinates_of,
    open_stream,
    sum_moments,
)
from linkage.regression.streamed_plan import Plan
from linkage.regression.streamed_spread import Left, cluster_parts_of, meats_for, pass_over, spread_of
from linkage.tables.quoting import name_sql


@dataclass(frozen=True, eq=False, repr=False)
class AbsorbedFit(LinearFit):
    """A least-squares fit with the effects of one column held fixed. absorbed : that column. effects : how many."""

    absorbed: str
    effects: int

    def predict(self, table: pd.DataFrame) -> pd.DataFrame:
        """Not offered: the level of each absorbed group is not kept. Raises LinkError."""
        raise LinkError(
            f"A fit that absorbs {self.absorbed!r} says how rows differ within it, not their level."
        )


@dataclass(frozen=True, eq=False)
class Solved:
    """What the passes came to. coordinates : (k,) orthonormal. left : squared residuals, weights of mean 1."""

    coordinates: np.ndarray
    left: float
    spread: Spread
    parts: Parts | None


def fit_linear_stream(
    plan: Plan, asked: Errors, *, automatic: bool, confidence: float, drivers: Sequence[str] | None, seed: int
) -> LinearFit:
    """The linear fit of a plan; see fit_streamed."""
    stream = open_stream(plan)
    _check_rows(plan, stream)
    moments = sum_moments(stream)
    _check_outcome(moments, stream)
    stream, at = coordinates_of(moments, stream)
    terms = _terms_to_bootstrap(plan, asked, automatic, drivers)
    solved = _second_pass(stream, moments, at, asked, bool(terms))
    perfect = _is_perfect(solved, moments, stream)
    if perfect:
        _warn_perfect(plan)
        nothing = replace(solved.spread, matrix=np.zeros_like(solved.spread.matrix))
        solved, terms = replace(solved, left=0.0, spread=nothing), ()
    back = to_raw(stream) @ at.back
    matrix, repaired = positive_definite(back @ solved.spread.matrix @ back.T)
    values = raw_coefficients(stream, at.back @ solved.coordinates, outcome_pivot=True)
    estimates = estimate_table(plan.names, values, matrix, df=solved.spread.df, confidence=confidence)
    fields = {
        **stream_fields(plan, "Least squares", confidence),
        "estimates": _bootstrap(estimates, terms, back, solved.parts, asked, confidence, seed),
        "covariance": pd.DataFrame(matrix, index=plan.names, columns=plan.names),
        "errors": _words(solved.spread, repaired, terms, asked),
        **_goodness(solved.left, moments, stream),
        "condition_number": at.condition,
        "solver": "Cholesky of centred, scaled products",
        "is_perfect": perfect,
        "bootstrapped": terms,
    }
    if not plan.absorb:
        return LinearFit(**fields)
    return AbsorbedFit(**fields, absorbed=plan.absorb, effects=stream.absorbed)


def stream_fields(plan: Plan, method: str, confidence: float) -> dict:
    """The fields of a Fit that come from the plan alone."""
    counts = plan.cluster_counts
    held = f", effects of {plan.absorb} held fixed" if plan.absorb else ""
    return {
        "outcome": plan.recipe.outcome,
        "formula": plan.recipe.formula,
        "method": method + (", weighted" if plan.weights else "") + held,
        "n_used": plan.rows.n_used,
        "n_dropped": plan.n_dropped,
        "clusters": None if not counts else counts[0] if len(counts) == 1 else counts,
        "weights": plan.weights,
        "confidence": confidence,
        "references": plan.recipe.references,
        "rows_kept": None,
        "fitted": None,
        "residuals": None,
        "recipe": None if plan.absorb else plan.recipe,
    }


def to_raw(stream: Stream) -> np.ndarray:
    """(k, k) coefficients about the pivots -> coefficients of the regressors as the caller knows them."""
    change, layout = np.eye(stream.k), stream.layout
    if layout.constant is not None:
        change -= np.outer(layout.constant, layout.pivots[:-1])
    return change


def raw_coefficients(stream: Stream, coefficients: np.ndarray, *, outcome_pivot: bool) -> np.ndarray:
    values = to_raw(stream) @ coefficients
    if outcome_pivot and stream.layout.constant is not None:
        values += stream.layout.constant * stream.layout.pivots[-1]
    return values


def _check_rows(plan: Plan, stream: Stream) -> None:
    check_rows(plan.rows.n_used, plan.names)
    if plan.rows.n_used <= stream.k + stream.absorbed:
        raise TooFewRowsError(
            f"{plan.rows.n_used:,} complete rows cannot carry {stream.k:,} coefficients and "
            f"{stream.absorbed:,} effects of {plan.absorb}."
        )


def _check_outcome(moments: Moments, stream: Stream) -> None:
    spread, middle = np.sqrt(moments.totals[-1]), stream.layout.pivots[-1]
    centred = stream.layout.constant is not None or stream.plan.absorb
    if centred and spread <= 1e-14 * np.sqrt(moments.weight) * abs(middle):
        raise FitError(
            f"The outcome {stream.plan.recipe.outcome!r} is {middle:g} in all {stream.plan.rows.n_used:,} complete "
            "rows: nothing to explain. Look at how it was made, or at which rows are complete."
        )


def _second_pass(
    stream: Stream, moments: Moments, at: Coordinates, asked: Errors, bootstrapped: bool
) -> Solved:
    k, plan = stream.k, stream.plan
    coordinates = at.back.T @ moments.products[:k, k]
    left, meats = Left(k), meats_for(stream, at, asked)
    parts = cluster_parts_of(plan, k) if bootstrapped else None
    pass_over(
        stream, at.local @ coordinates, [left, *(term[0] for term in meats), *([parts] if parts else [])]
    )
    for portion in (portion for term in meats for portion in term[1:]):
        pass_over(stream, at.local @ coordinates, [portion])
    # The residuals' products with the regressors would be 0 but for rounding: one step of refinement.
    return Solved(
        coordinates + at.local.T @ left.cross[:k],
        left.squares / (moments.weight / plan.rows.n_used),
        spread_of(stream, at, asked, meats, left.squares),
        parts.parts(at.local, plan.rows.n_used, k + stream.absorbed) if parts else None,
    )


def _is_perfect(solved: Solved, moments: Moments, stream: Stream) -> bool:
    size = np.hypot(np.sqrt(moments.totals[-1]), np.sqrt(moments.weight) * stream.layout.pivots[-1])
    return np.sqrt(solved.left * moments.weight / stream.plan.rows.n_used) <= 1e-12 * size


def _warn_perfect(plan: Plan) -> None:
    warnings.warn(
        f"{plan.recipe.outcome!r} is explained without remainder in all {plan.rows.n_used:,} rows, so there is no "
        "scatter to judge the estimates by (standard errors are 0). Look for a term computed from the outcome.",
        LinkageWarning,
        stacklevel=4,
    )


def _terms_to_bootstrap(plan: Plan, asked: Errors, automatic: bool, drivers) -> tuple[str, ...]:
    chosen = plan.recipe.numeric_names if drivers is None else []
    for driver in drivers or ():
        read = [driver] if driver in plan.names else plan.recipe.terms_of(driver)
        if not read:
            raise LinkError(
                f"drivers names {driver!r}, which the model does not hold: {', '.join(plan.names)}."
            )
        chosen = [*chosen, *read]
    few = automatic and len(plan.cluster) == 1 and plan.cluster_counts[0] < FEW_CLUSTERS
    if not (few or asked.kind == "wild"):
        return ()
    if plan.absorb and not _is_nested(plan):
        return _without_bootstrap(plan, asked)
    return tuple(dict.fromkeys(chosen))


def _is_nested(plan: Plan) -> bool:
    """Whether each absorbed group lies within one cluster: only then do cluster weights keep its mean at 0."""
    pairs = plan.rows.relation.project(
        f"{name_sql(plan.absorb)} as a, {name_sql(plan.cluster[0])} as c"
    ).distinct()
    return pairs.aggregate("count(*)").fetchall()[0][0] == plan.group_count(len(plan.cluster))


def _without_bootstrap(plan: Plan, asked: Errors) -> tuple[str, ...]:
    told = f"{plan.absorb} spreads over several {plan.cluster[0]}: no wild bootstrap while its effects are held fixed"
    if asked.kind == "wild":
        raise LinkError(
            f"{told}. Use errors='CR1', or cluster so that each {plan.absorb} lies within one cluster."
        )
    warnings.warn(
        f"{told}. With {plan.cluster_counts[0]:,} clusters the intervals are somewhat too narrow.",
        LinkageWarning,
        stacklevel=5,
    )
    return ()


def _bootstrap(estimates, terms, back, parts, asked: Errors, confidence, seed) -> pd.DataFrame:
    """The same table with p_value, low and high of some terms taken from the wild cluster bootstrap."""
    for term in terms:
        drawn = wild_draws(back[estimates.index.get_loc(term)], parts, draws=asked.draws, seed=seed)
        value = estimates.loc[term, "estimate"]
        below, above = wild_interval(drawn, confidence)
        estimates.loc[term, ["p_value", "low", "high"]] = [drawn.p_value(value), value + below, value + above]
    return estimates


def _words(spread: Spread, repaired: bool, wild: tuple[str, ...], asked: Errors) -> str:
    words = spread.words
    if wild:
        words += f"; wild cluster bootstrap-t (Webb, {asked.draws:,} draws) for {', '.join(wild)}"
    return words + ("; negative eigenvalues set to 0" if repaired else "")


def _goodness(left: float, moments: Moments, stream: Stream) -> dict[str, float]:
    n, used = stream.plan.rows.n_used, stream.k + stream.absorbed
    total, constant = moments.totals[-1], stream.layout.constant is not None or stream.plan.absorb is not None
    unexplained = left / (total / (moments.weight / n))
    return {
        "r_squared": float(1 - unexplained),
        "adjusted_r_squared": float(1 - unexplained * (n - constant) / (n - used)),
        "residual_sd": float(np.sqrt(left / (n - used))),
    }
