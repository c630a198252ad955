"""At which lag does an outcome go with its driver? Each lag in a regression of its own, before and after."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.limits.fewest import FEWEST_LAGGED
from linkage.refuting.refit import beside, slope_of
from linkage.refuting.sample import LinkSample


@dataclass(frozen=True, eq=False)
class LagProfile:
    """The main driver's slope at each lag of the outcome.

    estimates : index lag (periods from driver to outcome; below zero the outcome comes first): estimate, std_error,
    low, high, p_value, n, clusters, declared. The declared lag was fixed before the data were seen; the others are
    a picture, no search: the largest of several may be largest by chance.
    """

    declared: int
    estimates: pd.DataFrame

    @property
    def strongest(self) -> int:
        """The lag whose estimate lies most of its errors from zero."""
        return int((self.estimates["estimate"] / self.estimates["std_error"]).abs().idxmax())


def profile_lags(
    sample: LinkSample, lagged: pd.DataFrame, *, declared: int, seed: int = 0
) -> LagProfile | None:
    """Regress the outcome of each lag on the driver, the link's controls held fixed as at the driver's time.

    lagged : the sample's keys and one column a lag, named `lag -2` to `lag 4`: the outcome so many periods after the
    driver. The outcome's own present (`<outcome>_now`) is left out of the controls: at lag 0 it is the outcome.
    Lags known in fewer than fifty rows are left out; None where none is left.
    """
    names = [c for c in lagged.columns if c.startswith("lag ")]
    known = beside(sample, lagged, names)
    now = f"{sample.outcome}_now"
    kept = [i for i, name in enumerate(sample.names) if name != now]
    place = kept.index(sample.place)
    found = {}
    for name in names:
        y = known[name].to_numpy(dtype=float)
        rows = np.isfinite(y)
        if rows.sum() < FEWEST_LAGGED or np.ptp(y[rows]) == 0:
            continue
        weights = None if sample.weights is None else sample.weights[rows]
        slope = slope_of(
            sample.x[np.ix_(rows, kept)], y[rows], sample.groups[rows], place,
            weights=weights, confidence=sample.confidence, seed=seed,
        )  # fmt: skip
        if slope is not None:
            found[int(name.removeprefix("lag "))] = vars(slope)
    if not found:
        return None
    frame = pd.DataFrame.from_dict(found, orient="index").rename_axis("lag").sort_index()
    return LagProfile(declared, frame.assign(declared=frame.index == declared))
