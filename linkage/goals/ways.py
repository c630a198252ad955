"""The goal three ways: where the outcome turns, where a stated target is still met, where the gain meets its cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.cards.parts.forms import Form
from linkage.cards.parts.held import Held, interval
from linkage.goals.course import Course

BREAK, TARGET, OPTIMUM, NO_GOAL = "break", "target", "optimum", "none"
DRAWS = 500

THRESHOLD, SATURATED, CONTRARY = "threshold", "saturated", "contrary"
ALL_MET, NOWHERE_MET, PAYS_ALONG, PAYS_NOWHERE, INSIDE = (
    *("met all along", "met nowhere"),
    *("pays all along", "pays nowhere"),
    "inside",
)


@dataclass(frozen=True)
class Way:
    """A goal found one way, or what was found instead.

    goal, low, high : in the metric's units; missing where there is no goal. found : what the course looks like,
    such as threshold, met nowhere, pays all along. std_error : of a bend's place. reaches_end : the interval ends
    where the search, or what was seen, did. worth : what a unit better is worth on the good and on the bad side of
    it, per contact.
    """

    way: str
    found: str
    goal: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")
    std_error: float = float("nan")
    reaches_end: bool = False
    worth: tuple[tuple[float, float, float], ...] = ()

    @property
    def is_goal(self) -> bool:
        return bool(np.isfinite(self.goal))


def slopes_beside(held: Held, form: Form) -> pd.DataFrame:
    """The slopes before and after a bend, outcome units per unit of the metric: rows before, after."""
    take = np.array([[1.0, 0.0], [1.0, 1.0]])
    error = np.sqrt(np.diag(take @ form.fit.covariance[1:3, 1:3] @ take.T)) / held.unit
    made = interval(take @ form.values / held.unit, error, form.fit.df, held.confidence)
    return pd.DataFrame(made, index=["before", "after"])


def by_break(course: Course) -> Way:
    """The turn as a goal: beyond it each unit worse costs, within it less or nothing.

    A bend's interval is that of its place (see `fit_bend`); of steps, the cuts between levels that cannot be told
    from the best one.
    """
    if course.form.bend is None:
        return _by_cut(course)
    bend, held = course.form.bend, course.held
    sides = slopes_beside(held, course.form)
    good, bad = (("before", "after") if course.turn > 0 else ("after", "before"))  # fmt: skip
    loss = -course.sign * course.turn * sides[["estimate", "low", "high"]]
    low, goal, high = (held.middle + held.unit * v for v in (bend.low, bend.place, bend.high))
    if loss.loc[bad, "estimate"] > loss.loc[good, "estimate"] and loss.loc[bad].min() > 0:
        change = abs(course.coefficients[1])
        error = np.sqrt(course.covariance[2, 2]) / change * held.unit if change else float("inf")
        return Way(BREAK, THRESHOLD, goal, low, high, float(error), bend.reaches_end)
    return Way(BREAK, SATURATED if loss.loc[good].min() > 0 else CONTRARY)


def _by_cut(course: Course) -> Way:
    """Of few values the last that is still good: the cut into two that leaves least unexplained."""
    from scipy.special import stdtrit

    held, codes = course.held, course.form.codes
    fits = [held.fit((codes > cut).astype(float)[:, None]) for cut in range(codes.max())]
    left = np.array([fit.deviance for fit in fits])
    best = int(left.argmin())
    fit = fits[best]
    if not -course.sign * course.turn * fit.coefficients[0] > 0:
        return Way(BREAK, CONTRARY)
    dispersion = fit.deviance / (len(codes) - held.parameters - 2)
    inflation = max(fit.covariance[1, 1] / fit.bread[0, 0], dispersion)
    limit = stdtrit(fit.df, (1 + held.confidence) / 2) ** 2 * inflation
    near = np.flatnonzero(left <= left.min() + limit)
    # The last good value: the highest below the cut where less is better, the lowest above it where more is.
    ends = [
        held.driver[codes == cut].max() if course.turn > 0 else held.driver[codes == cut + 1].min()
        for cut in range(len(left))
    ]
    reaches = bool(near[0] == 0 and near[-1] == len(left) - 1 and len(left) > 1)
    return Way(BREAK, THRESHOLD, ends[best], ends[near[0]], ends[near[-1]], reaches_end=reaches)


def by_target(course: Course, target: float) -> Way:
    """The last value, from the good end on, at which the expected outcome still meets a target.

    The interval: the last values at which the worse, and the better, end of the outcome's band does.
    """
    level = course.level(course.places)
    worse, better = ("low", "high") if course.sign > 0 else ("high", "low")
    ends = [_last_met(course, level[part].to_numpy(), target) for part in ("estimate", worse, better)]
    if ends[0] is None:
        return Way(TARGET, NOWHERE_MET)
    if ends[0] == course.places[-1]:
        return Way(TARGET, ALL_MET)
    near = course.places[0] if ends[1] is None else ends[1]
    low, high = sorted((float(near), float(ends[2])))
    reaches = ends[1] is None or ends[2] == course.places[-1]
    return Way(TARGET, INSIDE, float(ends[0]), low, high, reaches_end=bool(reaches))


def _last_met(course: Course, expected: np.ndarray, target: float) -> float | None:
    """The last place of the first run that meets the target; None where the best place does not."""
    spare = course.sign * (expected - target)
    if spare[0] < 0:
        return None
    missed = np.flatnonzero(spare < 0)
    if not len(missed):
        return float(course.places[-1])
    k = int(missed[0])
    if course.is_stepped:
        return float(course.places[k - 1])
    share = spare[k - 1] / (spare[k - 1] - spare[k])
    return float(course.places[k - 1] + share * (course.places[k] - course.places[k - 1]))


def by_optimum(course: Course, values: np.ndarray, *, value: float, cost: float, seed: int) -> Way:
    """The cap at which all that is gained less all that it costs is most: there a unit's worth meets its cost.

    values : the metric of the contacts it is for. value : of a point of the outcome; cost : of one unit better; both
    per contact and assumed. Never outside of what was seen. The interval: percentiles over coefficients drawn from
    their errors.
    """
    losses = course.losses()
    beyond = _shares_beyond(course, values) * np.abs(np.diff(course.places))
    best = _best_cap(losses["estimate"].to_numpy()[None, :], beyond, value, cost)[0]
    drawn = _best_cap(course.drawn_losses(DRAWS, seed), beyond, value, cost)
    worth = tuple(tuple(value * losses[["estimate", "low", "high"]].iloc[k]) for k in (0, -1))
    if best == len(course.places) - 1:
        return Way(OPTIMUM, PAYS_NOWHERE, worth=worth)
    if best == 0:
        return Way(OPTIMUM, PAYS_ALONG, worth=worth)
    tail = (1 - course.held.confidence) / 2
    ends = np.quantile(drawn, [tail, 1 - tail], method="inverted_cdf").astype(int)
    low, high = sorted(float(course.places[k]) for k in ends)
    reaches = bool(ends[0] == 0 or ends[1] == len(course.places) - 1)
    return Way(OPTIMUM, INSIDE, float(course.places[best]), low, high, reaches_end=reaches, worth=worth)


def _shares_beyond(course: Course, values: np.ndarray) -> np.ndarray:
    """The share of contacts that a step between two places would move: (p - 1,)."""
    middle = (course.places[1:] + course.places[:-1]) / 2
    order = np.sort(course.turn * np.asarray(values, dtype=float))
    return 1 - np.searchsorted(order, course.turn * middle, side="right") / max(len(order), 1)


def _best_cap(losses: np.ndarray, beyond: np.ndarray, value: float, cost: float) -> np.ndarray:
    """The place (of p) whose cap nets most, for each row of losses (d, p - 1)."""
    nets = (value * losses - cost) * beyond
    total = np.concatenate([nets[:, ::-1].cumsum(axis=1)[:, ::-1], np.zeros((len(nets), 1))], axis=1)
    return total.argmax(axis=1)
