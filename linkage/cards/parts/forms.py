"""Straight line, curve, break or steps: each fitted, tested, and charged for how it was found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from linkage.cards.parts.bending import Bend, fit_bend, weigh_bend
from linkage.cards.parts.held import Fitted, Held
from linkage.cards.parts.levels import fold_levels
from linkage.errors import FitError
from linkage.limits.fewest import FEWEST_FOR_BREAK
from linkage.limits.forms import DIFFERENCE, FEWEST_VALUES, GAP, MISSED_SHARE, SHAPE_P
from linkage.thresholds.profile import hinge
from linkage.thresholds.spline import place_knots, spline_columns, spline_slopes

LINE, CURVE, BREAK, STEPS = "straight line", "spline", "line with a break", "steps"
BENDS = 4


@dataclass(frozen=True, eq=False)
class Form:
    """One way to describe a link along its driver.

    columns : of the driver in standard deviations, (n,) to (n, m); slopes : their derivatives by it.
    fit : its first columns are those. p_value : of a straight line against it. bend : of a break.
    codes, names : of steps.
    """

    name: str
    columns: Callable[[np.ndarray], np.ndarray]
    slopes: Callable[[np.ndarray], np.ndarray]
    fit: Fitted
    p_value: float
    bend: Bend | None = None
    codes: np.ndarray | None = None
    names: tuple[str, ...] = ()

    @property
    def values(self) -> np.ndarray:
        """The coefficients of its columns."""
        return self.fit.coefficients[: self.columns(np.zeros(1)).shape[1]]


def _as_it_is(z: np.ndarray) -> np.ndarray:
    return z[:, None]


def _ones(z: np.ndarray) -> np.ndarray:
    return np.ones((len(z), 1))


def straight_form(held: Held, z: np.ndarray) -> Form:
    return Form(LINE, _as_it_is, _ones, held.fit(z[:, None]), float("nan"))


def other_forms(held: Held, z: np.ndarray, line: Form, *, fewest: int, seed: int) -> list[Form]:
    """The shapes that a driver has values enough for; one that cannot be fitted falls away."""
    count = len(np.unique(z))
    makers = []
    if count >= FEWEST_VALUES:
        makers.append(partial(_curve_form, held, z))
    else:
        makers.append(partial(_steps_form, held, z, fewest))
    if count >= FEWEST_FOR_BREAK:
        makers.append(partial(_break_form, held, z, line, seed))
    made = []
    for make in makers:
        try:
            made.append(make())
        except FitError:
            continue
    return [form for form in made if form is not None]


def _curve_form(held: Held, z: np.ndarray) -> Form | None:
    """A natural cubic spline, its knots spread over the distinct values where most rows share one."""
    knots = place_knots(z, BENDS)
    knots = knots if len(knots) >= 3 else place_knots(np.unique(z), BENDS)
    columns, slopes = partial(spline_columns, knots=knots), partial(spline_slopes, knots=knots)
    fit = held.fit(columns(z))
    return Form(CURVE, columns, slopes, fit, joint_p(fit, slice(1, None)))


def _break_form(held: Held, z: np.ndarray, line: Form, seed: int) -> Form:
    bend = fit_bend(held, z, line.fit)
    p_value = weigh_bend(held, z, line.fit, seed=seed)

    def columns(at: np.ndarray) -> np.ndarray:
        return np.column_stack([at, hinge(at, bend.place)])

    def slopes(at: np.ndarray) -> np.ndarray:
        return np.column_stack([np.ones(len(at)), (at > bend.place).astype(float)])

    return Form(BREAK, columns, slopes, bend.fit, p_value, bend)


def _steps_form(held: Held, z: np.ndarray, fewest: int) -> Form | None:
    """A level for each value; None where too few are left to differ from a line."""
    codes, names = fold_levels(held.driver, held.groups[0] if held.groups else None, fewest)
    if len(names) < 3:
        return None
    kinds, first = np.unique(z, return_index=True)
    level_of = codes[first]

    def columns(at: np.ndarray) -> np.ndarray:
        level = level_of[np.clip(np.searchsorted(kinds, at - 1e-9), 0, len(kinds) - 1)]
        return np.column_stack([at, *(level == k for k in range(1, len(names) - 1))])

    def slopes(at: np.ndarray) -> np.ndarray:
        return np.column_stack([np.ones(len(at)), np.zeros((len(at), len(names) - 2))])

    fit = held.fit(columns(z))
    return Form(STEPS, columns, slopes, fit, joint_p(fit, slice(1, None)), codes=codes, names=names)


def joint_p(fit: Fitted, part: slice) -> float:
    """F of some coefficients being zero, with the robust covariance; missing with fewer clusters than coefficients."""
    from scipy.special import fdtrc

    values, covariance = fit.coefficients[part], fit.covariance[1:, 1:][part, part]
    if fit.df < len(values) or not len(values):
        return float("nan")
    try:
        f_value = float(values @ np.linalg.solve(covariance, values)) / len(values)
    except np.linalg.LinAlgError:
        return float("nan")
    return float(fdtrc(len(values), fit.df, f_value)) if f_value >= 0 else float("nan")


def compare_forms(held: Held, z: np.ndarray, line: Form, others: list[Form]) -> pd.DataFrame:
    """One row a form, best BIC first: parameters, charged, deviance, bic, bic_difference, p_value (corrected for
    the shapes tried), missed_share, gap, slope_gap, is_better.

    charged : the driver's parameters, a break's place among them, counted as often as clusters inflate their
    variance, but at least once (Gao and Song 2010, JASA 105, 1531-1540); the straight line's residuals tell that.
    missed_share : of what the form explains, what a straight line misses. gap : the farthest it lies from the
    line between the 5% and 95% quantiles, in standard deviations of the outcome with the rest held fixed. slope_gap :
    the farthest its slope lies from the line's there, as a part of that; missing for steps, which have none.
    """
    n, rows = len(z), {}
    for form in [line, *others]:
        charged, deviance = _charge(held, form.fit, line.fit), form.fit.deviance
        explained = float(held.rest @ held.rest) - deviance
        rows[form.name] = {
            "parameters": form.fit.part.shape[1],
            "charged": charged,
            "deviance": deviance,
            "bic": n * np.log(max(deviance, 1e-300) / n) + np.log(n) * charged,
            "p_value": min(1.0, form.p_value * len(others)) if form is not line else float("nan"),
            "missed_share": max((line.fit.deviance - deviance) / explained, 0.0) if explained > 0 else 0.0,
            "gap": _gap(held, z, line, form),
            "slope_gap": _slope_gap(z, line, form),
        }
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("model")
    table.insert(4, "bic_difference", table["bic"] - table["bic"].min())
    matters = (table["slope_gap"] >= DIFFERENCE) | (table["missed_share"] >= MISSED_SHARE) & (
        table.index == STEPS
    )
    table["is_better"] = (
        (table["bic"] < table.loc[LINE, "bic"])
        & (table["p_value"] < SHAPE_P)
        & (table["gap"] >= GAP)
        & matters
    )
    return table.sort_values("bic", kind="stable")


def _charge(held: Held, fit: Fitted, line: Fitted) -> float:
    extra = fit.part.shape[1]
    q, triangle = np.linalg.qr(fit.part)
    robust, _ = held.spread(q, np.linalg.inv(triangle), line.residuals, jackknife=False)
    dispersion = line.deviance / max(len(line.residuals) - held.parameters - 1, 1)
    if not dispersion > 0:
        return float(extra)
    return max(float(extra), float(np.trace(np.linalg.solve(dispersion * fit.bread, robust[1:, 1:]))))


def _gap(held: Held, z: np.ndarray, line: Form, form: Form) -> float:
    size = np.sqrt(line.fit.deviance / (held.root**2).sum())
    if form is line or not size > 0:
        return 0.0
    places = np.quantile(z, np.linspace(0.05, 0.95, 91), method="inverted_cdf")
    apart = curve_at(held, z, form, places)[0] - curve_at(held, z, line, places)[0]
    return float(np.abs(apart).max() / size)


def _slope_gap(z: np.ndarray, line: Form, form: Form) -> float:
    if form.name in (LINE, STEPS):
        return float("nan")
    places = np.quantile(z, (0.10, 0.25, 0.50, 0.75, 0.90), method="inverted_cdf")
    straight = float(line.values[0])
    apart = np.abs(form.slopes(places) @ form.values - straight).max()
    return float(apart / abs(straight)) if straight else float("inf")


def curve_at(held: Held, z: np.ndarray, form: Form, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The expected outcome at places (m,) with the rest at its average, and its standard errors."""
    own = form.columns(places) - held.centre(form.columns(z))
    design = np.zeros((len(places), len(form.fit.covariance)))
    design[:, 0], design[:, 1 : 1 + own.shape[1]] = 1.0, own
    if form.bend is not None:  # the place's error moves the curve beyond it
        design[:, -1] = -(places > form.bend.place).astype(float)
    error = np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", design, form.fit.covariance, design), 0.0))
    return held.mean + own @ form.values, error
