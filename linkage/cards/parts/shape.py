"""The shape of a link: straight, bent, curved or in steps; around neutral; at every cut of an ordinal outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.cards.parts.cuts import Cuts, cuts_of
from linkage.cards.parts.forms import (
    BREAK,
    CURVE,
    LINE,
    STEPS,
    Form,
    compare_forms,
    curve_at,
    other_forms,
    straight_form,
)
from linkage.cards.parts.held import Held, as_sample, held_of, interval
from linkage.cards.parts.levels import adjusted_bins, bins_of
from linkage.cards.parts.neutral import PenaltyReward, penalty_reward
from linkage.limits.fewest import FEWEST_CLUSTERS
from linkage.limits.forms import FEWEST_ROWS
from linkage.refuting.sample import LinkSample
from linkage.results import Result
from linkage.study_file.declaration import LinkSpec

STRAIGHT, BENT, CURVED, IN_STEPS, FLAT, UNKNOWN = (
    *("straight", "bent", "curved", "steps", "flat"),
    "not assessed",
)
FORMS = {BREAK: BENT, CURVE: CURVED, STEPS: IN_STEPS}
GRID = 60
QUARTERS = (0.25, 0.50, 0.75)


@dataclass(frozen=True, eq=False, repr=False)
class LinkShape(Result):
    """What shape a link has along its first driver, the other regressors held fixed.

    form : straight, bent, curved, steps, flat (straight, and no slope shown) or not assessed. reason : why not, or
        why only a straight line was possible.
    estimates : one row a part, with at (the place on the driver), estimate, std_error, low, high, p_value, df and,
        for levels, n and clusters. Always `straight line`; with a bend `break point` (driver units), `before`,
        `after` and `change`; with a curve `at 25%` ... of the rows; with steps each level against the reference.
        Slopes are outcome units per driver unit, steps outcome units.
    reference : the level that steps are compared with. reaches_end : the break's interval ends where the search did.
    p_value : of a straight line against the shape shown, or the nearest to being shown; corrected for the search
        and for the shapes tried. comparison : straight line, spline, break or steps by BIC (see `compare_forms`).
    curve : driver, estimate, std_error, low, high. bins : adjusted means beside it (see `adjusted_bins`).
    neutral : penalty against reward. cuts : the slope at every cut of an ordinal outcome. None where there is none.
    """

    form: str
    reason: str
    outcome: str
    driver: str
    estimates: pd.DataFrame
    reference: str
    reaches_end: bool
    p_value: float
    comparison: pd.DataFrame
    curve: pd.DataFrame
    bins: pd.DataFrame
    neutral: PenaltyReward | None
    cuts: Cuts | None
    n_used: int
    clusters: int | None
    method: str
    confidence: float

    @property
    def is_straight(self) -> bool | None:
        """Whether one slope may stand for the link; None where its shape was not assessed."""
        return None if self.form == UNKNOWN else self.form in (STRAIGHT, FLAT)

    def summary(self) -> str:
        from linkage.cards.parts.words import shape_sentence

        return shape_sentence(self, (self.driver, self.outcome), ("", ""))


def shape_of(
    rows: pd.DataFrame | LinkSample,
    spec: LinkSpec,
    *,
    scales: Mapping[str, tuple[float, float] | None] | None = None,
    better: str = "higher",
    fewest: int = 10,
    seed: int = 0,
    confidence: float = 0.95,
) -> LinkShape:
    """Is the link a straight line; if not, what is it, and does it lie below neutral or at one end of the scale?

    rows : a link's rows, or the sample of its fit. scales : declared scales by column: their middle is neutral.
    better : which way of the driver is good. fewest : no level, bin or cut with fewer rows or clusters is shown.

    Least squares, errors clustered as in the link. Another shape takes a straight line's place only if its BIC,
    charged for the search and for clusters, is better, a straight line would look so in less than one sample of a
    hundred, and it makes a difference: a slope a quarter off, and a gap of 0.05 standard deviations.
    Raises what `fit_linear` raises. An association, not a cause.
    """
    sample = as_sample(rows, spec, confidence)
    held = held_of(sample)
    reason = _not_assessed(sample, held)
    if reason:
        return _unknown(sample, held, reason)
    scale = (scales or {}).get(sample.drivers[0])
    z = (held.driver - held.middle) / held.unit
    line = straight_form(held, z)
    others = other_forms(held, z, line, fewest=fewest, seed=seed) if len(np.unique(z)) > 2 else []
    compared = compare_forms(held, z, line, others)
    better_ones = compared.index[compared["is_better"]]
    shown = next((f for name in better_ones[:1] for f in others if f.name == name), line)
    estimates, reference = _estimates(held, z, line, shown, scale)
    return LinkShape(
        form=FORMS.get(shown.name) or _straight_or_flat(estimates),
        reason="" if others else "The driver takes two values: a straight line joins them.",
        outcome=sample.outcome,
        driver=sample.drivers[0],
        estimates=estimates,
        reference=reference,
        reaches_end=shown.bend is not None and shown.bend.reaches_end,
        p_value=_p_value(compared, shown),
        comparison=compared,
        curve=_curve(held, z, shown),
        bins=_bins(held, z, shown, fewest),
        neutral=penalty_reward(held, scale=scale, better=better) if others else None,
        cuts=cuts_of(held, fewest=fewest),
        n_used=len(z),
        clusters=held.clusters,
        method=_method(sample),
        confidence=held.confidence,
    )


def _not_assessed(sample: LinkSample, held: Held) -> str:
    if sample.main != sample.drivers[0]:
        return "The driver is a category: its levels are compared one by one already."
    if len(sample.y) < FEWEST_ROWS:
        return f"{len(sample.y)} rows are too few to tell a shape; it needs {FEWEST_ROWS}."
    if held.clusters is not None and held.clusters < FEWEST_CLUSTERS:
        return f"{held.clusters} clusters are too few to tell a shape; it needs {FEWEST_CLUSTERS}."
    if not held.rest @ held.rest > 1e-18 * (sample.y @ sample.y):
        return "The outcome is explained without remainder."
    return ""


def _method(sample: LinkSample) -> str:
    errors = (
        f"errors clustered by {sample.cluster}" if sample.cluster else "errors robust to uneven spread (HC1)"
    )
    return f"straight line, spline, break and steps by least squares, {errors}; BIC charged for search and clusters"


def _unknown(sample: LinkSample, held: Held, reason: str) -> LinkShape:
    empty = pd.DataFrame(columns=["at", "estimate", "std_error", "low", "high", "p_value", "df"], dtype=float)
    return LinkShape(
        UNKNOWN, reason, sample.outcome, sample.drivers[0], empty, "", False, float("nan"), pd.DataFrame(),
        pd.DataFrame(), pd.DataFrame(), None, None, len(sample.y), held.clusters, _method(sample), held.confidence,
    )  # fmt: skip


def _straight_or_flat(estimates: pd.DataFrame) -> str:
    row = estimates.loc["straight line"]
    return STRAIGHT if row["low"] > 0 or row["high"] < 0 else FLAT


def _p_value(compared: pd.DataFrame, shown: Form) -> float:
    if shown.name != LINE:
        return float(compared.loc[shown.name, "p_value"])
    return float(compared["p_value"].min())


def _estimates(
    held: Held, z: np.ndarray, line: Form, shown: Form, scale: tuple[float, float] | None
) -> tuple[pd.DataFrame, str]:
    """The table of the shape shown, below the straight line's row; and the reference level of steps."""
    tables, reference = [_slopes(held, line, {"straight line": 0.0}, at=False)], ""
    if shown.name == CURVE:
        places = {f"at {q:.0%}": float(np.quantile(z, q, method="inverted_cdf")) for q in QUARTERS}
        tables.append(_slopes(held, shown, places))
    elif shown.name == BREAK:
        tables.append(_break_rows(held, shown))
    elif shown.name == STEPS:
        steps, reference = _step_rows(held, shown, scale)
        tables.append(steps)
    return pd.concat(tables).rename_axis("part"), reference


def _slopes(held: Held, form: Form, places: dict[str, float], *, at: bool = True) -> pd.DataFrame:
    take = form.slopes(np.array(list(places.values())))
    covariance = form.fit.covariance[1 : 1 + take.shape[1], 1 : 1 + take.shape[1]]
    error = np.sqrt(np.einsum("ij,jk,ik->i", take, covariance, take)) / held.unit
    rows = interval(take @ form.values / held.unit, error, form.fit.df, held.confidence)
    known = held.middle + held.unit * np.array(list(places.values())) if at else float("nan")
    return pd.DataFrame({"at": known, **rows}, index=list(places))


def _break_rows(held: Held, form: Form) -> pd.DataFrame:
    bend, fit = form.bend, form.fit
    low, place, high = (held.middle + held.unit * value for value in (bend.low, bend.place, bend.high))
    take = np.array([[1.0, 0], [1, 1], [0, 1]])
    error = np.sqrt(np.diag(take @ fit.covariance[1:3, 1:3] @ take.T)) / held.unit
    rows = interval(take @ form.values / held.unit, error, fit.df, held.confidence)
    change = abs(fit.coefficients[1])
    place_error = np.sqrt(fit.covariance[3, 3]) / change * held.unit if change else float("inf")
    table = pd.DataFrame({"at": place, **rows}, index=["before", "after", "change"])
    table.loc["change", "p_value"] = form.p_value  # of a bend anywhere: the search is paid for
    own = {"at": place, "estimate": place, "std_error": place_error, "low": low, "high": high}
    own |= {"p_value": float("nan"), "df": float(fit.df)}
    return pd.concat([pd.DataFrame([own], index=["break point"]), table])


def _step_rows(held: Held, form: Form, scale: tuple[float, float] | None) -> tuple[pd.DataFrame, str]:
    """Each level against neutral where rows stand there, else against the lowest."""
    codes, names = form.codes, form.names
    means = np.bincount(codes, held.driver) / np.bincount(codes)
    neutral = 0.0 if held.driver.min() < 0 < held.driver.max() else sum(scale) / 2 if scale else None
    exact = [
        k for k in range(len(names)) if neutral is not None and (held.driver[codes == k] == neutral).all()
    ]
    against = exact[0] if exact else 0
    others = [k for k in range(len(names)) if k != against]
    fit = held.fit(np.column_stack([(codes == k).astype(float) for k in others]))
    error = np.sqrt(np.diag(fit.covariance)[1:])
    table = pd.DataFrame(
        {"at": means[others], **interval(fit.coefficients, error, fit.df, held.confidence)},
        index=[f"{names[k]} against {names[against]}" for k in others],
    )
    table["n"] = np.bincount(codes)[others]
    if held.groups:
        table["clusters"] = [len(np.unique(held.groups[0][codes == k])) for k in others]
    return table, names[against]


def _curve(held: Held, z: np.ndarray, form: Form) -> pd.DataFrame:
    low, high = np.quantile(z, [0.01, 0.99])
    places = np.linspace(low, high, GRID)
    if form.bend is not None and low < form.bend.place < high:
        places = np.unique(np.append(places, form.bend.place))
    if form.codes is not None:
        places = np.unique(z)
    values, error = curve_at(held, z, form, places)
    rows = interval(values, error, form.fit.df, held.confidence)
    columns = {name: rows[name] for name in ("estimate", "std_error", "low", "high")}
    return pd.DataFrame({"driver": held.middle + held.unit * places, **columns})


def _bins(held: Held, z: np.ndarray, form: Form, fewest: int) -> pd.DataFrame:
    codes = bins_of(held, fewest)
    if codes is None:
        return pd.DataFrame()
    own = form.columns(z)
    at = held.mean + (own - held.centre(own)) @ form.values
    table = adjusted_bins(held, at, form.fit.residuals, codes, held.confidence)
    table.index = pd.RangeIndex(1, len(table) + 1, name="bin")
    return table
