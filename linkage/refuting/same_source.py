"""Could one mood behind one answer make the link? The survey's common factor, and a marker held fixed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.checks import NOT_ASSESSED, PASS, REVIEW, Check
from linkage.errors import LinkageError
from linkage.limits.answering import ALIKE_SHARE, KEPT_WITH_MARKER
from linkage.refuting.pulls import apart, line_of_pulled, pulled
from linkage.refuting.sample import LinkSample
from linkage.rows import as_numbers


@dataclass(frozen=True, eq=False)
class Halo:
    """What one source could do to a link.

    share : of the variance of the survey's items that their first component holds; share_low, share_high. Two items
        always share half or more, so of fewer than three it is NaN.
    correlations : of the items, for the picture. marker : the declared column, or None; then the proxy is the smallest
        correlation of driver or outcome with another item. marker_r : what the marker says of the common source.
    correlation, corrected : of driver and outcome, before and after it is taken out.
    estimates : rows declared, marker_fixed and difference of the main driver, on rows with a marker; else empty.
    together : share of answers to either question that hold both.
    """

    share: float
    share_low: float
    share_high: float
    correlations: pd.DataFrame
    marker: str | None
    marker_r: float
    correlation: float
    corrected: float
    estimates: pd.DataFrame
    together: float
    n: int


def look_for_halo(
    sample: LinkSample, items: pd.DataFrame | None, *, marker: str | None = None
) -> Halo | None:
    """How much of the link could be the answer's own mood?

    items : one row an answer, its items and `_cluster` (refuting_rows.same_source). marker : a column of the link's
    rows that theory ties to neither side. None without items, or where they do not vary.

    Share: first eigenvalue of the items (metrics.same_source). Marker: r less the marker's smaller correlation, over
    one less it (Lindell and Whitney 2001, Journal of Applied Psychology 86, p. 114), signs aside; and the fit with
    the marker as a further control. Without a marker the smallest correlation stands in, as they suggest, which
    corrects too much where all items are about one thing.
    """
    from linkage.metrics.same_source import first_factor_share

    if items is None:
        return None
    driver, outcome = sample.drivers[0], sample.outcome
    names = [c for c in items.columns if c != "_cluster"]
    try:
        cluster = "_cluster" if items["_cluster"].notna().any() else None
        shared = first_factor_share(items, columns=names, cluster=cluster, confidence=sample.confidence)
    except LinkageError:
        return None
    row = shared.estimates.iloc[0] if len(names) > 2 else dict.fromkeys(("estimate", "low", "high"), math.nan)
    correlations = items[names].corr()
    declared = marker if marker and marker in sample.table else None
    r = float(correlations.loc[driver, outcome])
    marker_r = _marker_r(sample, declared) if declared else _smallest(correlations, driver, outcome)
    return Halo(
        share=float(row["estimate"]),
        share_low=float(row["low"]),
        share_high=float(row["high"]),
        correlations=correlations,
        marker=declared,
        marker_r=marker_r,
        correlation=r,
        corrected=_corrected(r, marker_r),
        estimates=_with_marker(sample, declared),
        together=float(items.attrs.get("together", math.nan)),
        n=shared.n_used,
    )


def _marker_r(sample: LinkSample, marker: str) -> float:
    """The marker's smaller correlation with driver and outcome, on the link's rows."""
    values = as_numbers(sample.table[marker]).to_numpy()
    has = np.isfinite(values)
    if has.sum() < 3 or np.ptp(values[has]) == 0:
        return math.nan
    sides = (sample.x[has, sample.place], sample.y[has])
    return float(min(abs(np.corrcoef(values[has], side)[0, 1]) for side in sides))


def _smallest(correlations: pd.DataFrame, driver: str, outcome: str) -> float:
    others = correlations.drop(columns=[driver, outcome]).loc[[driver, outcome]]
    return float(others.abs().min(axis=None)) if others.shape[1] else math.nan


def _corrected(r: float, marker_r: float) -> float:
    if not math.isfinite(marker_r) or marker_r >= 1:
        return math.nan
    return math.copysign((abs(r) - marker_r) / (1 - marker_r), r) if abs(r) > marker_r else 0.0


def _with_marker(sample: LinkSample, marker: str | None) -> pd.DataFrame:
    """The main driver with and without the marker held fixed, on the rows that have it."""
    if marker is None:
        return pd.DataFrame(columns=["estimate", "std_error", "low", "high", "p_value", "df"])
    values = as_numbers(sample.table[marker]).to_numpy()
    has = np.isfinite(values)
    base = np.where(has, 1.0 if sample.weights is None else sample.weights, 0.0)
    wider = np.column_stack([sample.x, np.where(has, values, 0.0)])
    plain = pulled(sample.x, sample.y, sample.groups, sample.place, base)
    fixed = pulled(wider, sample.y, sample.groups, sample.place, base)
    return pd.DataFrame(
        {
            "declared": line_of_pulled(plain, sample.confidence),
            "marker_fixed": line_of_pulled(fixed, sample.confidence),
            "difference": apart(fixed, plain, sample.confidence),
        }
    ).T


def judge_halo(found: Halo | None, *, same: bool) -> Check:
    """PASS where driver and outcome come from different sources; REVIEW where one answer holds both.

    same : one answer holds both. Only a declared marker that takes little away lets such a link pass.
    """
    name = "same source"
    if not same:
        return Check(name, PASS, None, ALIKE_SHARE, "Driver and outcome do not come from the same answer.")
    if found is None:
        return Check(
            name, NOT_ASSESSED, None, ALIKE_SHARE,
            "Driver and outcome are of the same answer, but its items vary too little, or are too few, to look on.",
        )  # fmt: skip
    said = "Driver and outcome are parts of the same answer"
    if math.isfinite(found.share):
        said += f", and one factor holds {found.share:.0%} of its items' variance"
    if found.marker is None:
        proxy = "" if math.isnan(found.corrected) else (
            f"; less the smallest correlation in it ({found.marker_r:.2f}) theirs is {found.corrected:+.2f} of "
            f"{found.correlation:+.2f}"
        )  # fmt: skip
        return Check(
            name, REVIEW, _share(found), ALIKE_SHARE,
            f"{said}{proxy}: the mood of the answer may be in both. Declare a `marker:`, or prefer an outcome that was "
            "observed, not asked.",
        )  # fmt: skip
    return _judged_by_marker(name, found, said)


def _share(found: Halo) -> float | None:
    return found.share if math.isfinite(found.share) else None


def _judged_by_marker(name: str, found: Halo, said: str) -> Check:
    plain, fixed = found.estimates.loc["declared"], found.estimates.loc["marker_fixed"]
    kept = float(fixed["estimate"] / plain["estimate"]) if plain["estimate"] else math.nan
    said = (
        f"{said}; with {found.marker} held fixed {kept:.0%} of the estimate stays ({fixed['estimate']:.4g})"
    )
    holds = (
        kept >= KEPT_WITH_MARKER
        and (fixed["low"] > 0 or fixed["high"] < 0)
        and not found.share >= ALIKE_SHARE
    )
    if holds:
        return Check(
            name, PASS, _share(found), ALIKE_SHARE, f"{said}, and {found.corrected:+.2f} of its correlation."
        )
    return Check(
        name, REVIEW, _share(found), ALIKE_SHARE,
        f"{said}: the mood of the answer may be in both. Prefer an outcome that was observed, not asked.",
    )  # fmt: skip
