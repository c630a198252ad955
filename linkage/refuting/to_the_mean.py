"""Is the change only a return to the usual? The outcome's own start is held fixed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.checks import NOT_ASSESSED, PASS, REVIEW, Check
from linkage.limits.answering import CHOSEN, EARLIER, KEPT_GIVEN_BASELINE
from linkage.refuting.cells import on_rows, places_of
from linkage.refuting.pulls import apart, is_moved, is_told, is_turned, line_of_pulled, pulled
from linkage.refuting.sample import LinkSample
from linkage.study_file.declaration import LinkSpec


@dataclass(frozen=True, eq=False)
class ToTheMean:
    """A change of the outcome beside where it started.

    estimates : rows declared, baseline_fixed and difference of the main driver, on rows with a baseline; baseline, the
        slope of the outcome's change on its start (-1: a full return to the mean; 0: none; absent where it is a control
        already); dip, the slope on the driver of how far the start lay above the periods before it (absent where those
        are not known).
    standardised : how far the driver's rows with a change (above zero) started from the others, in standard deviations.
    bands : five bands of the baseline: n, baseline, change, driver (means), for the picture.
    """

    estimates: pd.DataFrame
    standardised: float
    bands: pd.DataFrame
    n: int
    clusters: int


def hold_baseline(sample: LinkSample, values: pd.DataFrame | None, spec: LinkSpec) -> ToTheMean | None:
    """Does a link of changes hold among those whose outcome started alike?

    values : the outcome by key and period (refuting_rows.to_the_mean). None where the link holds no change, or no
    baseline is known.

    The baseline as a covariate takes out the return to the mean that goes with it (Barnett, van der Pols and Dobson
    2005, International Journal of Epidemiology 34, p. 215), and with it a difference that was there for good (Lord
    1967, Psychological Bulletin 68, p. 304). The two are told apart by the periods before the start: who was chosen
    for a bad moment had a better one just before (Ashenfelter 1978, Review of Economics and Statistics 60, p. 47).
    """
    if values is None:
        return None
    baseline = _outcome_at(sample, values, spec, back=0)
    has = np.isfinite(baseline)
    if has.sum() <= 10 * (sample.x.shape[1] + 1) or np.ptp(baseline[has]) == 0:
        return None
    base = np.where(has, 1.0 if sample.weights is None else sample.weights, 0.0)
    filled = np.where(has, baseline, 0.0)
    wider = np.column_stack([sample.x, filled])
    if not is_told(wider, sample.place, base):
        return None
    lines = _lines(sample, wider, base)
    dip = _dip(sample, baseline, values, spec)
    if dip is not None:
        lines["dip"] = dip
    driver = sample.x[has, sample.place]
    return ToTheMean(
        estimates=pd.DataFrame(lines).T,
        standardised=_chosen(driver, baseline[has]),
        bands=_bands(baseline[has], sample.y[has], driver),
        n=int(has.sum()),
        clusters=len(np.unique(sample.groups[has])),
    )


def _lines(sample: LinkSample, wider: np.ndarray, base: np.ndarray) -> dict[str, dict[str, float]]:
    """The main driver without and with the baseline (the last column of `wider`), and the baseline's own slope."""
    last = wider.shape[1] - 1
    plain = pulled(sample.x, sample.y, sample.groups, sample.place, base)
    fixed = pulled(wider, sample.y, sample.groups, sample.place, base)
    lines = {
        "declared": line_of_pulled(plain, sample.confidence),
        "baseline_fixed": line_of_pulled(fixed, sample.confidence),
        "difference": apart(fixed, plain, sample.confidence),
    }
    if is_told(wider, last, base):
        lines["baseline"] = line_of_pulled(
            pulled(wider, sample.y, sample.groups, last, base), sample.confidence
        )
    return lines


def _outcome_at(sample: LinkSample, values: pd.DataFrame, spec: LinkSpec, *, back: int) -> np.ndarray:
    """The outcome where its change starts, or `back` periods before; for an intervention, the period before its own."""
    key = next(c for c in values.columns if c not in ("period", "value"))
    if key not in sample.table or "period" not in sample.table:
        return np.full(len(sample.y), np.nan)
    cells = values.set_index([key, "period"])["value"]
    moment = places_of(spec, "outcome")[-1][1] if spec.change is not None else -1
    if isinstance(moment, str):
        return on_rows(sample.table.assign(period=moment), cells, _plain(spec, -back), "outcome")
    return on_rows(sample.table, cells, _plain(spec, moment - back), "outcome")


def _dip(
    sample: LinkSample, baseline: np.ndarray, values: pd.DataFrame, spec: LinkSpec
) -> dict[str, float] | None:
    """The same fit on the start less the mean of the (up to three) periods before it; None where few are known."""
    past = np.column_stack([_outcome_at(sample, values, spec, back=back) for back in range(1, EARLIER + 1)])
    count = np.isfinite(past).sum(axis=1)
    fall = baseline - np.where(count > 0, np.nansum(past, axis=1), np.nan) / np.maximum(count, 1)
    has = np.isfinite(fall)
    if has.sum() < max(len(fall) / 2, 10 * sample.x.shape[1]):
        return None
    weights = np.where(has, 1.0 if sample.weights is None else sample.weights, 0.0)
    found = pulled(sample.x, np.where(has, fall, 0.0), sample.groups, sample.place, weights)
    return line_of_pulled(found, sample.confidence)


def _plain(spec: LinkSpec, shift: int) -> LinkSpec:
    """The same link without its change, its outcome taken `shift` periods from the row's own."""
    return LinkSpec.model_construct(**{**dict(spec), "change": None, "lag": shift})


def _chosen(driver: np.ndarray, baseline: np.ndarray) -> float:
    """How far apart the rows above and not above the driver's usual value started, in standard deviations."""
    usual = 0.0 if len(np.unique(driver)) <= 3 else float(np.median(driver))
    above = driver > usual
    if above.all() or not above.any():
        return math.nan
    spread = math.sqrt((baseline[above].var() + baseline[~above].var()) / 2)
    return float((baseline[above].mean() - baseline[~above].mean()) / spread) if spread > 0 else math.nan


def _bands(baseline: np.ndarray, change: np.ndarray, driver: np.ndarray) -> pd.DataFrame:
    order = np.argsort(baseline, kind="stable")
    band = np.empty(len(order), dtype=int)
    band[order] = np.arange(len(order)) * 5 // len(order)
    frame = pd.DataFrame({"band": band, "baseline": baseline, "change": change, "driver": driver})
    means = frame.groupby("band").mean()
    return means.assign(n=frame.groupby("band").size()).reset_index()


def judge_to_the_mean(found: ToTheMean | None, *, shown: bool = True) -> Check:
    """PASS where a change keeps its link among those who started alike, or where they were not chosen for a bad moment.

    REVIEW where the estimate turns, moves or halves given the baseline and the periods before it do not rule the return
    to the mean out.
    """
    name = "regression to the mean"
    if found is None:
        return Check(
            name, NOT_ASSESSED, None, KEPT_GIVEN_BASELINE,
            "The link compares no changes, or where its outcome started is not known.",
        )  # fmt: skip
    plain, fixed, moved = (found.estimates.loc[k] for k in ("declared", "baseline_fixed", "difference"))
    kept = float(fixed["estimate"] / plain["estimate"]) if plain["estimate"] else math.nan
    said = f"Given where its outcome started the estimate is {fixed['estimate']:.4g} beside {plain['estimate']:.4g}"
    if "baseline" in found.estimates.index:
        back = found.estimates.loc["baseline", "estimate"]
        said += f"; a point higher at the start goes with {back:+.2f} of change"
    if math.isfinite(found.standardised) and abs(found.standardised) > CHOSEN:
        said += (
            f"; those whose driver rose started {found.standardised:+.2f} standard deviations from the others"
        )
    lost = shown and (kept < KEPT_GIVEN_BASELINE or not (fixed["low"] > 0 or fixed["high"] < 0))
    doubted = lost or is_turned(fixed, plain) or is_moved(moved, float(fixed["std_error"]))
    if doubted and not _ruled_out(found):
        return Check(
            name, REVIEW, kept, KEPT_GIVEN_BASELINE,
            f"{said}: part of the change may be a return to the usual. Read the two estimates as bounds.",
        )  # fmt: skip
    if doubted:
        said += ", but had so before as well: they differ for good, and were not chosen for a bad moment"
    return Check(name, PASS, kept, KEPT_GIVEN_BASELINE, f"{said}.")


def _ruled_out(found: ToTheMean) -> bool:
    """Whether the periods before the start exclude a dip that would make up half of the estimate."""
    if "dip" not in found.estimates.index:
        return False
    declared, dip = found.estimates.loc["declared", "estimate"], found.estimates.loc["dip"]
    worst = dip["low"] if declared > 0 else -dip["high"]
    return bool(worst > -(1 - KEPT_GIVEN_BASELINE) * abs(declared))
