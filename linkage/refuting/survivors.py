"""Is the link one of those who stayed? The lost are put back, with what they spent after: nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from linkage.checks import NOT_ASSESSED, PASS, REVIEW, Check
from linkage.errors import LinkageError
from linkage.limits.fewest import FEWEST_GONE
from linkage.refuting.pulls import Pulled, apart, is_moved, is_told, is_turned, line_of_pulled, pulled

if TYPE_CHECKING:
    from linkage.study_file.declaration import LinkSpec


@dataclass(frozen=True, eq=False)
class Survivors:
    """A money link among all, and among those who stayed.

    estimates : rows all (lost customers as zero where nothing is known of them), stayers and difference (stayers less
        all) of the main driver; and lost, the slope of having left on the driver (share per unit).
    gone : customers' rows lost, lost_share of n. filled : those of whom nothing was known, taken as zero.
    """

    estimates: pd.DataFrame
    gone: int
    n: int
    lost_share: float
    filled: int
    clusters: int

    @property
    def leaves_out_lost(self) -> bool:
        """Whether the declared link's own rows lack most of the lost."""
        return self.filled > self.gone / 2


def put_back_lost(
    rows: pd.DataFrame | None, spec: LinkSpec, *, cluster: str | None, confidence: float = 0.95
) -> Survivors | None:
    """The slope of money among all customers, the lost with zero, beside the slope among those who stayed.

    rows : the link's rows with `is_gone` (refuting_rows.survivors). None without them, or with fewer than five lost.

    A stayers' slope conditions on an outcome of the driver itself (Heckman 1979); with the lost as zero it is the
    whole effect, on staying and on spending together (Duan, Manning, Morris and Newhouse 1983, the two parts in one).
    """
    from linkage.regression.design import build_design

    if rows is None or "is_gone" not in rows:
        return None
    gone = rows["is_gone"].to_numpy(dtype=bool)
    filled = gone & rows[spec.outcome].isna().to_numpy()
    table = rows.assign(**{spec.outcome: rows[spec.outcome].mask(filled, 0.0)})
    formula = f"{spec.outcome} ~ {' + '.join([*spec.drivers, *spec.controls])}"
    try:
        design = build_design(table, formula, cluster=cluster, weights=spec.weights)
    except LinkageError:
        return None
    left = gone[design.kept]
    if left.sum() < FEWEST_GONE or left.all():
        return None
    groups = design.groups[0] if design.groups else np.arange(len(design.y))
    place = design.recipe.names.index(design.recipe.terms_of(spec.drivers[0])[0])
    staying = design.weight_array * ~left
    if not is_told(design.x, place, staying):
        return None
    everyone = pulled(design.x, design.y, groups, place, design.weight_array)
    stayers = pulled(design.x, design.y, groups, place, staying)
    leaving = pulled(design.x, left.astype(float), groups, place, design.weight_array)
    return Survivors(
        estimates=_lines(everyone, stayers, leaving, confidence),
        gone=int(left.sum()),
        n=len(left),
        lost_share=float(left.mean()),
        filled=int(filled[design.kept].sum()),
        clusters=everyone.clusters,
    )


def _lines(everyone: Pulled, stayers: Pulled, leaving: Pulled, confidence: float) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "all": line_of_pulled(everyone, confidence),
            "stayers": line_of_pulled(stayers, confidence),
            "difference": apart(stayers, everyone, confidence),
            "lost": line_of_pulled(leaving, confidence),
        }
    ).T


def judge_survivors(found: Survivors | None) -> Check:
    """REVIEW where those who stayed tell another slope than all, by sign or by more than the errors."""
    name = "survivors"
    if found is None:
        return Check(
            name, NOT_ASSESSED, None, "same slope",
            "No money of customers in a later window, no dated departures (`left_on`), or fewer than "
            f"{FEWEST_GONE} customers lost in between.",
        )  # fmt: skip
    everyone, stayers, gap = (found.estimates.loc[k] for k in ("all", "stayers", "difference"))
    said = (
        f"{found.lost_share:.1%} of {found.n:,} left between drivers and outcome. Among all, the lost with zero, the "
        f"slope is {everyone['estimate']:.4g}; among those who stayed {stayers['estimate']:.4g}"
    )
    kept = float(stayers["estimate"] / everyone["estimate"]) if everyone["estimate"] else math.nan
    # The lost as zero always dilute the slope by their share: only where leaving goes with the driver is it another.
    lost = found.estimates.loc["lost"]
    chosen = lost["low"] > 0 or lost["high"] < 0
    opposite = everyone["estimate"] * stayers["estimate"] < 0 and (gap["low"] > 0 or gap["high"] < 0)
    moved = opposite or is_moved(gap, float(everyone["std_error"]))
    if is_turned(stayers, everyone) or (chosen and moved):
        whom = (
            "The declared link leaves the lost out"
            if found.leaves_out_lost
            else "The declared link counts the lost"
        )
        return Check(
            name, REVIEW, kept, "same slope",
            f"{said}. {whom}: say whom the figure is of, and for money at stake take the one of all.",
        )  # fmt: skip
    return Check(name, PASS, kept, "same slope", f"{said}.")
