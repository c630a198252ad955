"""Does a link hold when rows are taken to belong together one level up, with all that a unit's people share?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.checks import NOT_ASSESSED, PASS, REVIEW, Check
from linkage.group_codes import each_in_one
from linkage.limits.fewest import FEWEST_HIGHER
from linkage.refuting.refit import Slope, slope_of
from linkage.refuting.sample import LinkSample


@dataclass(frozen=True)
class HigherCluster:
    """The main estimate with errors clustered one level up.

    column : the level. slope : estimate and interval there; below forty units from the wild cluster bootstrap.
    ratio : standard error against the reported one. same_in_unit : the driver is the same for all rows of a unit (in
    a period). already : the link is clustered there, or higher, as declared.
    """

    column: str
    slope: Slope
    ratio: float
    same_in_unit: bool
    already: bool


def cluster_higher(sample: LinkSample, *, column: str = "unit_id", seed: int = 0) -> HigherCluster | None:
    """Cluster a link's errors by unit instead of by customer or employee; None where units are unknown or too few.

    column : of the sample's table. A row whose unit is not known stays with its own cluster.

    A shock that a unit's customers share makes rows of different customers alike, and errors clustered by customer
    too small (Moulton 1990; Cameron and Miller 2015, section IV: cluster at the higher level). With fewer than 40 units
    the interval is the wild cluster bootstrap's (Cameron, Gelbach and Miller 2008).
    """
    labels = _labels(sample, column)
    if labels is None:
        return None
    codes = unit_codes(sample, labels)
    already = sample.cluster == column or each_in_one(codes, sample.groups)
    if already:
        codes = sample.groups
    if codes.max() + 1 < FEWEST_HIGHER:
        return None
    slope = slope_of(
        sample.x, sample.y, codes, sample.place,
        weights=sample.weights, confidence=sample.confidence, seed=seed,
    )  # fmt: skip
    if slope is None or not sample.std_error > 0:
        return None
    same = same_within(sample, codes, sample.main)
    return HigherCluster(column, slope, slope.std_error / sample.std_error, same, already)


def _labels(sample: LinkSample, column: str) -> pd.Series | None:
    if column not in sample.table:
        return None
    labels = sample.table[column]
    return labels if labels.notna().mean() > 0.5 else None


def unit_codes(sample: LinkSample, labels: pd.Series) -> np.ndarray:
    """Unit codes; a row without a unit belongs to its own cluster."""
    known = pd.factorize(labels)[0]
    if known.min(initial=0) >= 0:
        return known
    return pd.factorize(np.where(known >= 0, known, known.max() + 1 + sample.groups))[0]


def same_within(sample: LinkSample, codes: np.ndarray, term: str, *, by_period: bool = True) -> bool:
    """Whether a regressor takes one value in each unit (by_period: or in each period of it)."""
    values = sample.x[:, sample.names.index(term)]
    if same_in_cells(values, codes):
        return True
    if not by_period or "period" not in sample.table:
        return False
    periods = pd.factorize(sample.table["period"])[0]
    return same_in_cells(values, pd.factorize(codes * (periods.max() + 1) + periods)[0])


def same_in_cells(values: np.ndarray, cells: np.ndarray) -> bool:
    """Whether values (n,) are the same for all rows of a cell (n,), up to rounding.

    Of rows that are alone in their cell nothing is told: half of all rows must have company.
    """
    counts = np.bincount(cells)
    several = counts[cells] > 1
    if several.mean() < 0.5:
        return False
    apart = values - (np.bincount(cells, weights=values) / counts)[cells]
    return bool((apart[several] ** 2).mean() < 1e-9 * max(values.var(), 1e-300))


def judge_higher_cluster(found: HigherCluster | None, *, shown: bool = True) -> Check:
    """PASS where the interval excludes zero one level up too; a driver of the unit must be clustered there."""
    name = "higher cluster"
    if found is None:
        return Check(
            name, NOT_ASSESSED, None, "excludes zero",
            "No level above the rows' own cluster is known: give customers or employees a unit_id.",
        )  # fmt: skip
    if not shown:
        return Check(name, NOT_ASSESSED, found.ratio, "excludes zero", "No link is shown that could be lost.")
    slope = found.slope
    said = (
        f"With errors clustered by {found.column} ({slope.clusters:,} of them) the interval is "
        f"{slope.low:.4g} to {slope.high:.4g}"
    )
    if found.already:
        return Check(
            name, PASS, found.ratio, "excludes zero", f"Errors are clustered at {found.column} or above."
        )
    if not slope.shown:
        return Check(
            name, REVIEW, found.ratio, "excludes zero",
            f"{said}: what the people of a {found.column} share may be all there is. Cluster there, or compare within.",
        )  # fmt: skip
    if found.same_in_unit:
        return Check(
            name, REVIEW, found.ratio, "excludes zero",
            f"The driver is the same for all rows of a {found.column}: errors must be clustered there "
            f"(`cluster: {found.column}`). {said}.",
        )  # fmt: skip
    return Check(name, PASS, found.ratio, "excludes zero", f"{said}.")
