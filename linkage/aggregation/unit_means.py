"""What to do about unit means that rest on few answers: shrink them, or correct the slope on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from linkage.aggregation.variance import OneWay, one_way, reliability_of_means, unit_parts
from linkage.errors import TableError
from linkage.metrics.groups import MINIMUM_GROUP
from linkage.metrics.intervals import check_confidence
from linkage.results import Result
from linkage.rows import complete_rows
from linkage.sentences import plural
from linkage.suppressing import not_told, shown_groups


@dataclass(frozen=True, eq=False, repr=False)
class CorrectedSlope(Result):
    """A slope on a driver measured with error, and what it would be without the error.

    estimates : rows observed and corrected: estimate, std_error, low, high, p_value.
    reliability : of the driver, 0 to 1.
    """

    estimates: pd.DataFrame
    reliability: float
    confidence: float

    def summary(self) -> str:
        observed, corrected = self.estimates.loc["observed"], self.estimates.loc["corrected"]
        return (
            f"The slope {observed['estimate']:+.3f} on a driver of reliability {self.reliability:.2f} stands for "
            f"{corrected['estimate']:+.3f} on the same driver without error ({self.confidence:.0%} interval "
            f"{corrected['low']:+.3f} to {corrected['high']:+.3f})."
        )


def correct_attenuation(
    slope: float,
    std_error: float,
    reliability: float,
    *,
    reliability_error: float = 0.0,
    confidence: float = 0.95,
) -> CorrectedSlope:
    """What the slope on a noisy driver would be, were it measured without error.

    slope, std_error : of the only noisy driver in a linear fit. reliability : of that driver, for a unit mean
    its ICC(2); given other drivers, the reliability of what they leave of it, which is lower.
    reliability_error : its standard error, 0 to take it as known.

    slope / reliability (Spearman 1904, American Journal of Psychology 15, p. 72), standard error by the delta
    method. Raises TableError for a reliability not above 0 or above 1.
    """
    check_confidence(confidence)
    if not 0 < reliability <= 1:
        raise TableError(
            f"reliability lies above 0 and not above 1; got {reliability:g}. At 0 or below nothing but error "
            "was measured, and no correction can help: gather more answers a unit."
        )
    if not (np.isfinite(slope) and np.isfinite(std_error) and std_error >= 0 and reliability_error >= 0):
        raise TableError("A slope and standard errors are finite numbers, the errors not negative.")
    corrected = slope / reliability
    error = np.hypot(std_error, corrected * reliability_error) / reliability
    frame = pd.DataFrame(
        {"estimate": [slope, corrected], "std_error": [std_error, error]}, index=["observed", "corrected"]
    )
    reach = stats.norm.isf((1 - confidence) / 2) * frame["std_error"]
    with np.errstate(divide="ignore", invalid="ignore"):
        p_value = 2 * stats.norm.sf(np.abs(frame["estimate"] / frame["std_error"]))
    frame = frame.assign(low=frame["estimate"] - reach, high=frame["estimate"] + reach, p_value=p_value)
    return CorrectedSlope(frame, float(reliability), confidence)


@dataclass(frozen=True, eq=False, repr=False)
class ShrunkMeans(Result):
    """Unit means drawn towards the overall mean, by how little each can be relied on.

    estimates : one row a unit: estimate (shrunk mean), std_error, low, high, mean (as observed), n,
        reliability (the share of its distance that is kept), suppressed.
    overall : the mean the units are drawn to. icc1 : share of variance between units.
    """

    score: str
    group: str
    estimates: pd.DataFrame
    overall: float
    icc1: float
    n_used: int
    n_dropped: int
    confidence: float
    minimum_group: int

    def summary(self) -> str:
        shown = self.estimates[~self.estimates["suppressed"]]
        kept = self.estimates["reliability"]
        hidden = int(self.estimates["suppressed"].sum())
        text = (
            f"Means of {self.score} of {len(self.estimates):,} units, drawn towards {self.overall:.2f}: between "
            f"{kept.min():.0%} and {kept.max():.0%} of their distance is kept (ICC(1) {self.icc1:.2f}, "
            f"n = {self.n_used:,}; {self.n_dropped:,} incomplete)"
        )
        if len(shown):
            text += f". They run from {shown['estimate'].min():.2f} to {shown['estimate'].max():.2f}"
        why = not_told(self.minimum_group, "answers")
        said = f". {hidden:,} {plural('unit', hidden)} not shown, {why}" if hidden else ""
        return text + said + "."


def shrink_unit_means(
    table: pd.DataFrame,
    *,
    score: str,
    group: str,
    method_n0: str = "adjusted",
    confidence: float = 0.95,
    minimum_group: int = MINIMUM_GROUP,
) -> ShrunkMeans:
    """The best guess of each unit's mean, given how few answered there.

    table : one row an answer. minimum_group : units with fewer answers are not shown, nor the next smallest where one
    alone would be (the overall mean would tell it); 1 shows all, for a
    fit in which no unit is named.

    Each mean keeps n r/(1 + (n-1) r) of its distance from the precision-weighted overall mean, r = ICC(1)
    (Efron and Morris 1975, JASA 70, p. 311; Searle, Casella and McCulloch 1992, p. 57). Where units differ
    no more than chance has them differ, all are drawn to the overall mean. Raises TooFewRowsError below three units.
    """
    check_confidence(confidence)
    rows = complete_rows(table, [score], [group])
    parts = unit_parts(rows, score, group)
    found = one_way(parts, method_n0=method_n0, confidence=confidence)
    estimates, overall = shrunk(parts, found, confidence)
    small = ~shown_groups(estimates["n"].to_numpy(), None, minimum_group)
    estimates.loc[small, ["estimate", "std_error", "low", "high", "mean"]] = np.nan
    return ShrunkMeans(
        score=score,
        group=group,
        estimates=estimates.assign(suppressed=small),
        overall=overall,
        icc1=found.icc1[0],
        n_used=len(rows),
        n_dropped=len(table) - len(rows),
        confidence=confidence,
        minimum_group=minimum_group,
    )


def shrunk(parts: pd.DataFrame, found: OneWay, confidence: float) -> tuple[pd.DataFrame, float]:
    """Shrunk means with their errors, and the mean they are drawn to."""
    n, mean = parts["n"].to_numpy(dtype=float), parts["mean"].to_numpy()
    spread = found.between + found.within / n
    weights = 1 / spread if spread.min() > 0 else n
    overall = float((weights * mean).sum() / weights.sum())
    kept = reliability_of_means(found.between / (found.between + found.within), n)
    estimate = overall + kept * (mean - overall)
    error = np.sqrt((1 - kept) * found.between + (1 - kept) ** 2 / weights.sum() * (spread.min() > 0))
    reach = stats.norm.isf((1 - confidence) / 2) * error
    frame = pd.DataFrame(
        {
            "estimate": estimate,
            "std_error": error,
            "low": estimate - reach,
            "high": estimate + reach,
            "mean": mean,
            "n": parts["n"].to_numpy(),
            "reliability": kept,
        },
        index=parts.index,
    )
    return frame, overall
