"""Penalty and reward: does falling below neutral go with more than rising above it?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.cards.parts.held import Held, interval
from linkage.errors import FitError
from linkage.limits.forms import FEWEST_BESIDE, SHAPE_P


@dataclass(frozen=True, eq=False)
class PenaltyReward:
    """The slope on either side of a neutral place.

    neutral : driver units; why : how it was chosen. estimates : below, above and difference (above less below),
    outcome units per driver unit, with estimate, std_error, low, high, p_value, df, n (rows beyond neutral).
    words : lopsided one way or the other, or not shown.
    """

    neutral: float
    why: str
    estimates: pd.DataFrame
    words: str

    @property
    def is_lopsided(self) -> bool:
        return bool(self.estimates.loc["difference", "p_value"] < SHAPE_P)


def penalty_reward(
    held: Held, *, scale: tuple[float, float] | None, better: str = "higher"
) -> PenaltyReward | None:
    """Slopes below and above neutral and the test of their difference (Anderson and Mittal 2000).

    Neutral is zero for a driver of both signs, such as a lead or delay on a promise; else the middle of its
    declared scale; else, or where too few rows lie to one side of it, the median. None without 30 rows on both sides.
    """
    place = _neutral(held.driver, scale)
    if place is None:
        return None
    neutral, why = place
    x = (held.driver - neutral) / held.unit
    try:
        fit = held.fit(np.column_stack([np.minimum(x, 0), np.maximum(x, 0)]))
    except FitError:
        return None
    take = np.array([[1.0, 0], [0, 1], [-1, 1]])
    values = take @ fit.coefficients / held.unit
    error = np.sqrt(np.diag(take @ fit.covariance[1:, 1:] @ take.T)) / held.unit
    table = pd.DataFrame(
        interval(values, error, fit.df, held.confidence),
        index=pd.Index(["below", "above", "difference"], name="side"),
    )
    table["n"] = [int((x < 0).sum()), int((x > 0).sum()), len(x)]
    return PenaltyReward(neutral, why, table, _words(table, better))


def _neutral(driver: np.ndarray, scale: tuple[float, float] | None) -> tuple[float, str] | None:
    if driver.min() < 0 < driver.max() and _both_sides(driver, 0.0):
        return 0.0, "zero"
    if scale is not None and _both_sides(driver, sum(scale) / 2):
        return sum(scale) / 2, "the middle of its scale"
    median = float(np.median(driver))
    return (median, "the median") if _both_sides(driver, median) else None


def _both_sides(driver: np.ndarray, place: float) -> bool:
    """Whether enough rows lie on each side for a slope of its own: thirty, and one in fifty."""
    fewest = max(FEWEST_BESIDE, len(driver) / 50)
    return bool(min((driver < place).sum(), (driver > place).sum()) >= fewest)


def _words(table: pd.DataFrame, better: str) -> str:
    if not table.loc["difference", "p_value"] < SHAPE_P:
        return "no difference shown between the sides"
    worse, good = ("below", "above") if better == "higher" else ("above", "below")
    size = table["estimate"].abs()
    return f"the {'worse' if size[worse] > size[good] else 'better'} side counts more"
