"""Is a link found where there can be none: on an outcome its driver cannot move, by a driver that cannot move it?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.checks import FAIL, NOT_ASSESSED, PASS, REVIEW, Check
from linkage.limits.designs import NEGATIVE_FAIL_P
from linkage.limits.fewest import FEWEST_FITTED
from linkage.refuting.refit import Slope, slope_of
from linkage.refuting.sample import LinkSample
from linkage.rows import as_numbers
from linkage.study_file.declaration import NegativeControl as Declared


@dataclass(frozen=True, eq=False)
class NegativeControls:
    """What the link's own fit finds where nothing can be.

    estimates : index outcome, driver alone (in the driver's place), driver (beside the driver): column, estimate,
    std_error, low, high, p_value, n, clusters, standard (standard deviations for one), ratio (to the link's own).
    """

    estimates: pd.DataFrame


def try_negative_controls(
    sample: LinkSample, *, outcome: str | None = None, driver: str | None = None, seed: int = 0
) -> NegativeControls | None:
    """Fit the link with its outcome, or its driver, replaced by one that cannot be linked.

    outcome : a column that the drivers cannot move. driver : a column that cannot move the outcome. What a common cause
    brings about shows there too (Lipsitch, Tchetgen Tchetgen and Cohen 2010). A driver that merely goes with the link's
    own shows in its place but not beside it: beside it is what counts. None where neither is a numeric column of
    the link's rows with values enough.
    """
    made = {}
    if outcome in sample.table:
        made["outcome"] = (outcome, _of_outcome(sample, outcome, seed))
    if driver in sample.table:
        made["driver alone"] = (driver, _of_driver(sample, driver, seed, beside=False))
        made["driver"] = (driver, _of_driver(sample, driver, seed, beside=True))
    rows = {kind: {"column": column, **found} for kind, (column, found) in made.items() if found}
    if not set(rows) & {"outcome", "driver"}:
        return None
    return NegativeControls(pd.DataFrame.from_dict(rows, orient="index"))


def _numbers(sample: LinkSample, column: str) -> tuple[np.ndarray, np.ndarray] | None:
    """The column's values and the rows that have one; None for texts, constants and nearly empty columns."""
    if not (pd.api.types.is_numeric_dtype(sample.table[column])):
        return None
    values = as_numbers(sample.table[column]).to_numpy()
    rows = np.isfinite(values)
    return (values, rows) if rows.sum() >= FEWEST_FITTED and np.ptp(values[rows]) > 0 else None


def _of_outcome(sample: LinkSample, column: str, seed: int) -> dict | None:
    known = _numbers(sample, column)
    if known is None:
        return None
    values, rows = known
    slope = _slope(sample, sample.x[rows], values[rows], rows, sample.place, seed)
    return slope and _sized(sample, slope, sample.x[rows, sample.place].std(), values[rows].std())


def _of_driver(sample: LinkSample, column: str, seed: int, *, beside: bool) -> dict | None:
    known = _numbers(sample, column)
    if known is None:
        return None
    values, rows = known
    others = sample.x if beside else np.delete(sample.x, sample.place, axis=1)
    x = np.column_stack([values, others])[rows]
    slope = _slope(sample, x, sample.y[rows], rows, 0, seed)
    return slope and _sized(sample, slope, values[rows].std(), sample.y[rows].std())


def _slope(sample: LinkSample, x, y, rows, place: int, seed: int) -> Slope | None:
    weights = None if sample.weights is None else sample.weights[rows]
    return slope_of(
        x, y, sample.groups[rows], place, weights=weights, confidence=sample.confidence, seed=seed
    )


def _sized(sample: LinkSample, slope: Slope, spread_x: float, spread_y: float) -> dict:
    own = sample.estimate * sample.x[:, sample.place].std() / sample.y.std()
    standard = slope.estimate * spread_x / spread_y
    return {**vars(slope), "standard": standard, "ratio": standard / own if own else np.nan}


def judge_negative_control(
    found: NegativeControls | None, declared: Declared | None = None, *, shown: bool = True
) -> Check:
    """PASS where no link is found that cannot be; REVIEW where one is; FAIL where it is as strong as the link itself.

    declared : what the study names. shown : the link's own interval excludes zero.
    """
    name = "negative control"
    if found is None:
        nothing = declared is None or (declared.outcome is None and declared.driver is None)
        advice = (
            "Declare one (`negative_control: {outcome: ..., driver: ...}`): a figure that the driver cannot move, or a "
            "driver that cannot move this outcome."
            if nothing
            else "The declared one has too few numbers in the link's rows, or never changes."
        )
        return Check(name, NOT_ASSESSED, None, "includes zero", advice)
    rows = found.estimates.loc[[k for k in ("outcome", "driver") if k in found.estimates.index]]
    linked = rows[(rows["low"] > 0) | (rows["high"] < 0)]
    worst = (linked if len(linked) else rows)["ratio"].abs().idxmax()
    row = rows.loc[worst]
    said = (
        f"{row['column']}, which {'the driver cannot move' if worst == 'outcome' else 'cannot move the outcome'}: "
        f"{row['estimate']:+.4g} (interval {row['low']:.4g} to {row['high']:.4g}), {abs(row['ratio']):.0%} of the "
        "link's own standardised size"
    )
    value = float(row["ratio"])
    if not len(linked):
        return Check(name, PASS, value, "includes zero", f"No link where there can be none. {said}.")
    as_strong = shown and abs(row["ratio"]) >= 1 and row["p_value"] < NEGATIVE_FAIL_P
    if as_strong:
        return Check(
            name, FAIL, value, "includes zero",
            f"A link as strong is found where there can be none. {said}. Whatever makes it can make this one.",
        )  # fmt: skip
    return Check(
        name, REVIEW, value, "includes zero",
        f"A link is found where there can be none. {said}. Something common moves both: find and hold it fixed.",
    )  # fmt: skip
