"""Does what customers feel afterwards explain the outcome as well as what they felt before? Then it need not lead."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from linkage.checks import NOT_ASSESSED, PASS, REVIEW, Check
from linkage.group_codes import count_groups
from linkage.group_means import less_group_means
from linkage.limits.designs import (
    FEWEST_LEADS,
    LEAD_CONFIDENCE,
    LEAD_ROWS_SHARE,
    LEVEL_KNOWN,
    SKEWED,
    STRONG_LEAD_SHARE,
)
from linkage.limits.fewest import FEWEST_CLUSTERS
from linkage.refuting.refit import Refit, beside, refit
from linkage.refuting.sample import LinkSample, codes_of
from linkage.regression.result import t_quantile


@dataclass(frozen=True, eq=False)
class Lead:
    """A link's driver before its outcome and the same driver after it, in one regression.

    estimates : rows before and after: estimate, std_error, low, high in the link's own units.
    gap : how much more goes with the driver before than with the one after, in standard deviations of the outcome
    for one of the driver, in the direction of the link; gap_low : its one-sided lower bound.
    rows, clusters : that have both. asked : rows of the link. rooted : the gap is told in square roots of the outcome,
    so that a few large values do not decide.
    levelled : each customer's or unit's own level of the outcome is held fixed.
    """

    estimates: pd.DataFrame
    gap: float
    gap_low: float
    rows: int
    clusters: int
    asked: int
    rooted: bool
    levelled: bool

    @property
    def share(self) -> float:
        """The later driver's coefficient as a share of the declared one's."""
        before, after = self.estimates["estimate"]
        return float(after / before) if before else float("nan")


def next_driver(sample: LinkSample, ahead: pd.DataFrame) -> Lead | None:
    """Put the driver's next value, measured after the outcome's window, beside the declared one.

    ahead : the sample's keys with `lead`, and where known `level` and `level_root`, the mean of the outcome and of
    its square root over all periods of the same customer or unit, and `past`, the outcome before or at the driver.

    If the outcome moves the driver and not the reverse, the value after the outcome goes with it at least as much
    as the one before; a driver that moves the outcome goes with it more before, although it persists and is measured
    with noise. What lasts in a customer cancels in the gap between the two. Period means are taken out. Where the next
    value comes longer after the outcome than the outcome after the driver, distance alone would favour the driver:
    then `past` must be given, and is held fixed.
    After Granger 1969 and the test of leads in Angrist and Pischke 2009, p. 237. None where too few rows have both.
    """
    if sample.main != sample.drivers[0]:
        return None
    known = _known(sample, ahead)
    rows = _usable(sample, known)
    if rows is None:
        return None
    rooted = _is_skewed(sample.y[rows])
    levelled = "level" in known
    own = _two_drivers(sample, known, rows, "level", np.asarray)
    if own is None:
        return None
    told = (_two_drivers(sample, known, rows, "level_root", _root) if rooted else None) or own
    fit, (spread_x, spread_y) = told
    direction = np.zeros(len(fit.estimates))
    direction[:2] = (1, -1) if sample.estimate >= 0 else (-1, 1)
    gap, error = fit.along(direction * spread_x / spread_y)
    reach = float(t_quantile(LEAD_CONFIDENCE, np.array([fit.df]))[0]) * error
    table = _estimates(own[0], sample.confidence)
    return Lead(
        table, gap, gap - reach, fit.n, int(fit.df) + 1, len(sample.y), rooted and told is not own, levelled
    )


def _known(sample: LinkSample, ahead: pd.DataFrame) -> pd.DataFrame:
    """What is known of each row, without the own levels where many of the rows with a lead have none."""
    known = beside(sample, ahead, [c for c in ("lead", "past", "level", "level_root") if c in ahead])
    if "level" in known and known.loc[known["lead"].notna(), "level"].notna().mean() < LEVEL_KNOWN:
        known = known.drop(columns=["level", "level_root"], errors="ignore")
    return known


def _usable(sample: LinkSample, known: pd.DataFrame) -> np.ndarray | None:
    """The rows with a later driver, where they are enough and both drivers and the outcome vary in them."""
    rows = known["lead"].notna().to_numpy().copy()
    for column in ("past", "level"):
        if column in known:
            rows &= known[column].notna().to_numpy()
    if rows.sum() < max(FEWEST_LEADS, LEAD_ROWS_SHARE * len(rows)):
        return None
    if count_groups(sample.groups[rows]) < FEWEST_CLUSTERS or np.ptp(sample.y[rows]) == 0:
        return None
    return rows


def _is_skewed(y: np.ndarray) -> bool:
    """An amount that cannot be negative, with a long tail: a few large spenders would decide alone."""
    if y.min() < 0 or len(np.unique(y)) < 10:
        return False
    centred = y - y.mean()
    return bool((centred**3).mean() > SKEWED * (centred**2).mean() ** 1.5)


def _root(values: np.ndarray) -> np.ndarray:
    return np.sqrt(np.maximum(values, 0.0))


def _two_drivers(sample, known, rows, level, change) -> tuple[Refit, tuple[float, float]] | None:
    """The fit with the driver first and its lead second, and the spreads of driver and outcome."""
    driver, lead = sample.x[rows, sample.place], known["lead"].to_numpy(dtype=float)[rows]
    others = np.delete(sample.x, sample.place, axis=1)[rows]
    if level in known:
        others = np.column_stack([others, known[level].to_numpy(dtype=float)[rows]])
    if "past" in known:
        others = np.column_stack([others, change(known["past"].to_numpy(dtype=float)[rows])])
    y = change(sample.y[rows])
    both = np.column_stack([driver, lead, others])
    absorbed = 0
    if "period" in sample.table and "period" not in sample.controls:
        periods = codes_of(sample.table["period"][rows])[0]
        both, y = less_group_means(both, periods), less_group_means(y, periods)
        absorbed = int(periods.max())
    if _alike(both):
        return None
    weights = None if sample.weights is None else sample.weights[rows]
    fit = refit(both, y, pd.factorize(sample.groups[rows])[0], weights=weights, absorbed=absorbed)
    return fit, (float(driver.std()), float(y.std()) or 1.0)


def _alike(both: np.ndarray) -> bool:
    """Whether the lead says nothing that the driver and the controls do not: it hardly changes with time."""
    scale = np.linalg.norm(both, axis=0)
    kept = both[:, scale > 0] / scale[scale > 0]
    if (scale[:2] <= 1e-12).any():
        return True
    for place in (0, 1):
        rest = np.delete(kept, place, axis=1)
        left = kept[:, place] - rest @ np.linalg.lstsq(rest, kept[:, place], rcond=None)[0]
        if left @ left < 1e-6:
            return True
    return False


def _estimates(fit: Refit, confidence: float) -> pd.DataFrame:
    half = float(t_quantile((1 + confidence) / 2, np.array([fit.df]))[0])
    made = [fit.along(np.eye(len(fit.estimates))[place]) for place in (0, 1)]
    frame = pd.DataFrame(made, index=["before", "after"], columns=["estimate", "std_error"])
    frame["low"] = frame["estimate"] - half * frame["std_error"]
    return frame.assign(high=frame["estimate"] + half * frame["std_error"])


def judge_lead(found: Lead | None, *, shown: bool = True) -> Check:
    """PASS where the driver before the outcome goes with it more than the driver after it, REVIEW where it does not.

    Where beside each other neither shows the link, the rows are too few to tell: not assessed.
    shown : the link's interval excludes zero; where it does not there is no direction to doubt.
    """
    check = Check("lead", NOT_ASSESSED, None, 0.0, "")
    if found is None:
        return replace(
            check,
            advice="The driver's next value after the outcome is known in too few rows, or it never changes: "
            "ask the same customers or units again.",
        )
    after = found.estimates.loc["after"]
    said = f"{after['estimate']:+.4g} (interval {after['low']:.4g} to {after['high']:.4g})"
    if not shown:
        return replace(
            check, value=found.gap_low, advice=f"No link is shown; the next value goes with {said}."
        )
    if found.gap_low > 0:
        return replace(
            check, verdict=PASS, value=found.gap_low,
            advice=f"The outcome goes with the driver before it more than with the next one after it, {said}.",
        )  # fmt: skip
    excludes = after["low"] > 0 or after["high"] < 0
    before = found.estimates.loc["before"]
    if not excludes and before["low"] <= 0 <= before["high"]:
        return replace(
            check, value=found.gap_low,
            advice=f"Beside each other neither the driver before the outcome, {before['estimate']:+.4g}, nor the next "
            f"one after it, {said}, shows the link: these rows cannot tell which came first. More periods would.",
        )  # fmt: skip
    strong = excludes and found.share >= STRONG_LEAD_SHARE
    how = "explains the outcome as well" if strong else "is not clearly less linked to the outcome"
    return replace(
        check, verdict=REVIEW, value=found.gap_low,
        advice=f"The driver's next value, measured after the outcome, {how}: {said}. The outcome, or what lasts in "
        "each customer or unit, may come first: hold the outcome's own past fixed, or compare changes.",
    )  # fmt: skip
