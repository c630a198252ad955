"""Chances, counts and amounts of any number of rows: each step of the maximisation is one pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from linkage.errors import LinkError, TableError
from linkage.regression.covariance import Errors, positive_definite
from linkage.regression.glm import GAMMA, LOGIT, POISSON, Family, GlmFit, NoMaximumError
from linkage.regression.guards import check_rows
from linkage.regression.result import estimate_table
from linkage.regression.separation import EXTREME
from linkage.regression.streamed_design import Block
from linkage.regression.streamed_effects import Effects, effects_of
from linkage.regression.streamed_linear import raw_coefficients, stream_fields, to_raw
from linkage.regression.streamed_moments import Coordinates, Stream, coordinates_of, open_stream, sum_moments
from linkage.regression.streamed_plan import Plan
from linkage.regression.streamed_separation import check_separation_stream
from linkage.regression.streamed_spread import meats_for, spread_of

MOST_STEPS = 60
CLOSE = 1e-8  # of a linear predictor's spread: a step of Newton's beyond it changes nothing that can be seen


@dataclass(frozen=True)
class Kind:
    """What a family asks of its outcome, and what a fit says. deviance : (y, mean) -> a number a row."""

    family: Family
    is_wrong: Callable[[np.ndarray], np.ndarray]
    wanted: str
    start: Callable[[np.ndarray, float], np.ndarray]
    link: Callable[[np.ndarray], np.ndarray]
    deviance: Callable[[np.ndarray, np.ndarray], np.ndarray]


def _binary_deviance(y: np.ndarray, mean: np.ndarray) -> np.ndarray:
    return -2 * np.log(np.where(y > 0, mean, 1 - mean))


def _count_deviance(y: np.ndarray, mean: np.ndarray) -> np.ndarray:
    from scipy.special import xlogy

    return 2 * (xlogy(y, y / mean) - (y - mean))


KINDS = {
    "binomial": Kind(
        LOGIT,
        lambda y: (y != 0) & (y != 1),
        "0 and 1 (or false and true)",
        lambda y, mean: (y + 0.5) / 2,
        lambda mean: np.log(mean / (1 - mean)),
        _binary_deviance,
    ),
    "poisson": Kind(
        POISSON, lambda y: y < 0, "0 or more", lambda y, mean: (y + mean) / 2, np.log, _count_deviance
    ),
    "gamma": Kind(
        GAMMA,
        lambda y: y <= 0,
        "above 0",
        lambda y, mean: (y + mean) / 2,
        np.log,
        lambda y, mean: 2 * ((y - mean) / mean - np.log(y / mean)),
    ),
}


@dataclass(frozen=True, eq=False)
class Step:
    """What one pass says at some coefficients. information, score : of the likelihood, about the pivots."""

    information: np.ndarray
    score: np.ndarray
    deviance: float
    farthest: float


def fit_glm_stream(plan: Plan, kind: Kind, asked: Errors, *, confidence: float) -> GlmFit:
    """The fit of a plan through a link; see fit_streamed."""
    if asked.kind not in ("iid", "HC0", "HC1", "CR1"):
        raise LinkError(f"errors={asked.kind!r} is not offered for this model. Use 'auto', 'HC0' or 'HC1'.")
    check_rows(plan.rows.n_used, plan.names)
    stream = _without_outcome_pivot(open_stream(plan))
    mean = _check_outcome(stream, kind)
    moments = sum_moments(stream)
    stream, at = coordinates_of(moments, stream)
    coordinates = _maximise(stream, at, kind, mean)
    return _result(stream, at, kind, asked, coordinates, mean, moments.weight, confidence)


def _without_outcome_pivot(stream: Stream) -> Stream:
    pivot = stream.layout.pivot.copy()
    pivot[-1] = 0.0
    return replace(stream, layout=replace(stream.layout, pivot=pivot))


def _check_outcome(stream: Stream, kind: Kind) -> float:
    """The weighted mean of the outcome; refuses values that the family cannot hold, and only one value."""
    wrong, example, total, weight, low, high = 0, np.nan, 0.0, 0.0, np.inf, -np.inf
    for block in stream.blocks():
        bad = block.y[kind.is_wrong(block.y)]
        if len(bad):
            wrong, example = wrong + len(bad), bad[0]
        low, high = min(low, block.y.min()), max(high, block.y.max())
        total += block.y.sum() if block.w is None else block.w @ block.y
        weight += block.n if block.w is None else block.w.sum()
    outcome, n = stream.plan.recipe.outcome, stream.plan.rows.n_used
    if wrong:
        raise TableError(
            f"{outcome!r} must be {kind.wanted}; {wrong:,} of {n:,} values are not, for example {example:g}."
        )
    if low == high:
        raise NoMaximumError(
            f"The outcome {outcome!r} is {low:g} in all {n:,} complete rows: nothing to explain."
        )
    return float(total / weight)


def _maximise(stream: Stream, at: Coordinates, kind: Kind, mean: float) -> np.ndarray:
    """The maximum in orthonormal coordinates: Fisher's steps first, then Newton's, a step that overshoots halved."""
    values = _start(stream, at, kind, mean)
    best, last, checked = np.inf, values, False
    for step in range(MOST_STEPS):
        with np.errstate(all="ignore"):
            found = _pass(stream, kind, at.local @ values, newton=step > 1)
        if not checked and _is_extreme(found, kind):
            check_separation_stream(stream, at, kind.family)
            checked = True
        if not found.deviance <= best * (1 + 1e-9) + 1e-9:
            values = (values + last) / 2
            continue
        best, last = found.deviance, values
        information = at.local.T @ found.information @ at.local
        move = np.linalg.lstsq(information, at.local.T @ found.score, rcond=None)[0]
        values = values + move
        # Orthonormal columns: a move's length over the root of n is a typical change of the linear predictor.
        if np.linalg.norm(move) <= CLOSE * np.sqrt(stream.plan.rows.n_used):
            return values
    check_separation_stream(stream, at, kind.family)
    outcome = stream.plan.recipe.outcome
    raise NoMaximumError(f"{kind.family.method} of {outcome!r} did not settle in {MOST_STEPS} steps.")


def _is_extreme(found: Step, kind: Kind) -> bool:
    return kind.family is not GAMMA and not found.farthest < EXTREME


def _start(stream: Stream, at: Coordinates, kind: Kind, mean: float) -> np.ndarray:
    """Weighted least squares of the link of means that lie between the outcome and its mean."""
    k, family = stream.k, kind.family
    information, score = np.zeros((k + 2, k + 2)), np.zeros(k + 2)
    for block in stream.blocks():
        guess = kind.start(block.y, mean)
        weight = family.curvature(guess, guess) * (1.0 if block.w is None else block.w)
        pull = family.score(block.y, guess) * (1.0 if block.w is None else block.w)
        information += block.gram(weight)
        score += block.cross(weight * kind.link(guess) + pull)
    inside = at.local.T @ information[:k, :k] @ at.local
    return np.linalg.solve(inside, at.local.T @ score[:k])


def _pass(stream: Stream, kind: Kind, values: np.ndarray, *, newton: bool) -> Step:
    k, family = stream.k, kind.family
    information, score = np.zeros((k + 2, k + 2)), np.zeros(k + 2)
    deviance, low, high = 0.0, np.inf, -np.inf
    for block in stream.blocks():
        eta = block.linear(values)
        mean, w = family.mean(eta), 1.0 if block.w is None else block.w
        information += block.gram(w * family.curvature(block.y if newton else mean, mean))
        score += block.cross(w * family.score(block.y, mean))
        deviance += float(np.sum(w * kind.deviance(block.y, mean)))
        low, high = min(low, eta.min()), max(high, eta.max())
    # A chance runs off on either side, a count only towards 0.
    farthest = max(-low, high) if family is LOGIT else high - low
    return Step(information[:k, :k], score[:k], deviance, float(farthest))


class Final:
    """What the last pass sums at the maximum: information, spread, likelihood."""

    def __init__(self, k: int, kind: Kind, mean: float):
        self.kind, self.mean = kind, mean
        self.observed, self.expected = np.zeros((k + 2, k + 2)), np.zeros((k + 2, k + 2))
        self.deviance = self.null = self.pearson = self.logs = 0.0

    def add(self, block: Block, fitted: np.ndarray) -> None:
        y, w, family = block.y, 1.0 if block.w is None else block.w, self.kind.family
        self.observed += block.gram(w * family.curvature(y, fitted))
        if family.has_dispersion:
            self.expected += block.gram(w * family.curvature(fitted, fitted))
            self.pearson += float(np.sum(w * (y / fitted - 1) ** 2))
        self.deviance += float(np.sum(w * self.kind.deviance(y, fitted)))
        self.null += float(np.sum(w * self.kind.deviance(y, np.full(block.n, self.mean))))


def _last_pass(
    stream: Stream, at: Coordinates, kind: Kind, coordinates, final: Final, meats, effects
) -> None:
    """Every sum at the maximum in one pass; clusters beyond what memory holds take further ones."""
    for raw in stream.plan.rows.blocks():
        block = stream.block(raw)
        fitted, scores = _at(block, kind, at.local @ coordinates)
        final.add(block, fitted)
        for term in meats:
            term[0].add(block, scores, scores)
        effects.add(raw, block, at.back @ coordinates)
    for portion in (portion for term in meats for portion in term[1:]):
        for block in stream.blocks(grouped=True):
            _, scores = _at(block, kind, at.local @ coordinates)
            portion.add(block, scores, scores)


def _at(block: Block, kind: Kind, coefficients: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The means of a block, and its rows' scores times their weights."""
    fitted = kind.family.mean(block.linear(coefficients))
    return fitted, kind.family.score(block.y, fitted) * (1.0 if block.w is None else block.w)


def _result(stream, at, kind: Kind, asked: Errors, coordinates, mean, weight, confidence) -> GlmFit:
    plan, k, family = stream.plan, stream.k, kind.family
    final, meats, effects = Final(k, kind, mean), meats_for(stream, at, asked), Effects.of(stream, family)
    _last_pass(stream, at, kind, coordinates, final, meats, effects)
    mean_weight = weight / plan.rows.n_used
    dispersion = final.pearson / mean_weight / (plan.rows.n_used - k) if family.has_dispersion else None
    inner, df, words = _inner(stream, at, asked, final, meats, dispersion)
    back = to_raw(stream) @ at.back
    matrix, values = (
        back @ inner @ back.T,
        raw_coefficients(stream, at.back @ coordinates, outcome_pivot=False),
    )
    return GlmFit(
        **stream_fields(plan, family.method, confidence),
        estimates=estimate_table(plan.names, values, matrix, df=df, confidence=confidence),
        covariance=pd.DataFrame(matrix, index=plan.names, columns=plan.names),
        errors=words,
        effects=effects_of(effects, at.back @ inner @ at.back.T, weight, df=df, confidence=confidence),
        log_likelihood=_log_likelihood(stream, kind, at.local @ coordinates, mean_weight, dispersion),
        pseudo_r_squared=float(1 - final.deviance / final.null),
        dispersion=dispersion,
        family=family,
    )


def _inner(stream, at, asked: Errors, final: Final, meats, dispersion) -> tuple[np.ndarray, float, str]:
    """Covariance in orthonormal coordinates, degrees of freedom, words: a sandwich, or the likelihood's own."""
    k, n, known = stream.k, stream.plan.rows.n_used, dispersion is None
    observed, expected = (
        at.local.T @ information[:k, :k] @ at.local
        for information in (final.observed, final.observed if known else final.expected)
    )
    if asked.kind == "iid":
        words = "of the likelihood (iid), " + ("normal" if known else "t(n-k)")
        return np.linalg.inv(expected) * (1.0 if known else dispersion), np.inf if known else n - k, words
    spread = spread_of(stream, at, asked, meats, 0.0)
    bread = np.linalg.inv(observed)
    # A negative variance is repaired in centred columns, as in memory: the repair depends on the coordinates.
    there, again = np.linalg.solve(at.centre, at.back), np.linalg.solve(at.back, at.centre)
    matrix, repaired = positive_definite(there @ bread @ spread.matrix @ bread @ there.T)
    matrix = again @ matrix @ again.T
    return matrix, float(spread.df), spread.words + ("; negative eigenvalues set to 0" if repaired else "")


def _log_likelihood(
    stream: Stream, kind: Kind, coefficients, mean_weight: float, dispersion: float | None
) -> float:
    """The log-likelihood, with weights of mean 1. A Gamma's needs its dispersion, and so a pass of its own."""
    from scipy.special import gammaln, xlogy

    total = 0.0
    for block in stream.blocks():
        y, w = block.y, 1.0 if block.w is None else block.w / mean_weight
        mean = kind.family.mean(block.linear(coefficients))
        if kind.family is LOGIT:
            part = -w * kind.deviance(y, mean) / 2
        elif kind.family is POISSON:
            part = w * (xlogy(y, mean) - mean - gammaln(y + 1))
        else:
            shape = w / dispersion
            part = shape * (np.log(shape * y / mean) - y / mean) - gammaln(shape) - np.log(y)
        total += float(part.sum())
    return total
