"""May the answers of a unit be averaged, and may the averages be compared? The gate before unit means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.aggregation.agreement import (
    median_with_interval,
    skewed_variance,
    uniform_variance,
    within_agreement,
)
from linkage.aggregation.variance import OneWay, one_way, parts_from_sums, reliability_of_means, unit_parts
from linkage.aggregation.verdicts import gate_checks
from linkage.checks import PASS, Check, worst
from linkage.errors import TableError
from linkage.limits.answering import RELIABLE_MEANS
from linkage.metrics.groups import MINIMUM_GROUP
from linkage.metrics.intervals import check_confidence
from linkage.metrics.scales import check_answers, check_scale
from linkage.results import Result
from linkage.rows import as_names, complete_rows
from linkage.suppressing import shown_groups


@dataclass(frozen=True, eq=False, repr=False)
class AggregationGate(Result):
    """Whether unit means stand for something, and which do.

    estimates : rows icc1, icc2, rwg, rwg_skewed (medians over units; rwg(j) for several items) and
        reliable_units_share: estimate, std_error, low, high, limit, verdict.
    units : one row a unit: n, mean, reliability of that mean at its n, is_reliable (0.70 or more), rwg and
        rwg_skewed, suppressed (fewer than `minimum_group` answers, or telling of such: mean and rwg are not shown).
    checks : a verdict for each row, with its advice. verdict : the gravest of those that bind.
    f, p_value, df : test that units do not differ. n0 : unit size used, by method_n0.
    floored, floored_skewed : units whose rwg was below zero and set to zero. item_count : items averaged.
    """

    score: str
    group: str
    estimates: pd.DataFrame
    units: pd.DataFrame
    checks: tuple[Check, ...]
    verdict: str
    f: float
    p_value: float
    df: tuple[int, int]
    n0: float
    method_n0: str
    floored: int
    floored_skewed: int
    item_count: int
    n_used: int
    n_dropped: int
    confidence: float
    minimum_group: int

    def summary(self) -> str:
        line = self.estimates.loc
        text = (
            f"{self.verdict}: means of {self.score} by {self.group}. ICC(1) {self._said(line['icc1'])}, ICC(2) "
            f"{self._said(line['icc2'])}; {line['reliable_units_share', 'estimate']:.0%} of {len(self.units):,} "
            f"units have a mean of reliability {RELIABLE_MEANS:.2f} or more; n = {self.n_used:,}, "
            f"{self.n_dropped:,} incomplete; unit size {self.n0:.1f} ({self.method_n0})"
        )
        if np.isfinite(line["rwg", "estimate"]):
            text += f"; median agreement {line['rwg', 'estimate']:.2f} (rwg, {self.floored:,} floored at 0)"
        passed = [check.name for check in self.checks if check.verdict == PASS]
        text += f". Passes: {', '.join(passed) or 'nothing'}."
        failed = [check for check in self.checks if check.verdict != PASS]
        if not failed:
            return text
        named = ", ".join(f"{check.name} ({check.verdict})" for check in failed)
        return f"{text} Does not pass: {named}. " + " ".join(dict.fromkeys(check.advice for check in failed))

    def _said(self, row: pd.Series) -> str:
        return f"{row['estimate']:.2f} ({self.confidence:.0%} interval {row['low']:.2f} to {row['high']:.2f})"


def gate_aggregation(
    table: pd.DataFrame,
    *,
    group: str,
    score: str | None = None,
    items: Sequence[str] | None = None,
    scale: tuple[float, float] | None = None,
    method_n0: str = "mean",
    confidence: float = 0.95,
    minimum_group: int = MINIMUM_GROUP,
) -> AggregationGate:
    """May we average these answers to units and compare the means?

    table : one row an answer. group : the unit. score : one answer, or items : several whose mean is used.
    scale : lowest and highest point, needed for rwg; without it agreement is not assessed.
    method_n0 : "mean" (R's multilevel) or "adjusted" unit size. See one_way and within_agreement for methods.

    Limits: ICC(1) .05, ICC(2) .70, rwg .70 (Bliese 2000; LeBreton and Senter 2008). Raises TableError for
    answers off the scale, TooFewRowsError below three units or without two answers in any.
    """
    check_confidence(confidence)
    columns = list(as_names(items)) if items is not None else [score]
    if (score is None) == (items is None) or not columns:
        raise TableError("Name what is averaged: score= one column, or items= several; not both.")
    rows = complete_rows(table, columns, [group])
    for column in columns if scale is not None else ():
        check_answers(rows[column], scale, whole=False)
    rows = rows.assign(_score=rows[columns].mean(axis=1))
    parts = unit_parts(rows, "_score", group)
    variances = rows.groupby(group, sort=True, observed=True)[columns].var().mean(axis=1, skipna=False)
    name = score if items is None else f"the mean of {', '.join(columns)}"
    return gated(
        parts, variances.to_numpy(), score=name, group=group, items=len(columns), scale=scale,
        method_n0=method_n0, confidence=confidence, minimum_group=minimum_group, given=len(table),
    )  # fmt: skip


def gate_from_sums(
    sums: pd.DataFrame,
    *,
    n: str = "n",
    total: str = "total",
    squares: str = "squares",
    score: str = "score",
    scale: tuple[float, float] | None = None,
    method_n0: str = "mean",
    confidence: float = 0.95,
    minimum_group: int = MINIMUM_GROUP,
) -> AggregationGate:
    """The same gate from one row a unit: count, sum and sum of squares of the complete answers.

    sums : indexed by the unit, as `select unit_id, count(x) as n, fsum(x) as total, fsum(x * x) as squares`
    gives them (in DuckDB, as doubles). score : what was summed, for the words. Rows left out before the sums
    cannot be counted here.
    """
    check_confidence(confidence)
    parts = parts_from_sums(sums, n=n, total=total, squares=squares)
    with np.errstate(divide="ignore", invalid="ignore"):
        variances = np.where(parts["n"] > 1, parts["within_ss"] / (parts["n"] - 1), np.nan)
    return gated(
        parts, variances, score=score, group=str(sums.index.name or "unit"), items=1, scale=scale,
        method_n0=method_n0, confidence=confidence, minimum_group=minimum_group, given=int(parts["n"].sum()),
    )  # fmt: skip


def gated(
    parts: pd.DataFrame,
    variances: np.ndarray,
    *,
    score: str,
    group: str,
    items: int,
    scale: tuple[float, float] | None,
    method_n0: str,
    confidence: float,
    minimum_group: int,
    given: int,
) -> AggregationGate:
    """Judge units from their parts and the variance of answers within each."""
    found = one_way(parts, method_n0=method_n0, confidence=confidence)
    units, floored = describe_units(parts, variances, found, items, scale)
    estimates = gate_estimates(found, units, confidence)
    checks = gate_checks(estimates, len(units))
    small = ~shown_groups(units["n"].to_numpy(), None, minimum_group)
    units.loc[small, ["mean", "rwg", "rwg_skewed"]] = np.nan
    binding = [check for check in checks if check.name in ("icc1", "icc2", "rwg")]
    return AggregationGate(
        score=score,
        group=group,
        estimates=estimates.assign(
            limit=[check.limit for check in checks], verdict=[check.verdict for check in checks]
        ),
        units=units.assign(suppressed=small),
        checks=checks,
        verdict=worst(binding),
        f=found.f,
        p_value=found.p_value,
        df=found.df,
        n0=found.n0,
        method_n0=method_n0,
        floored=floored[0],
        floored_skewed=floored[1],
        item_count=items,
        n_used=int(parts["n"].sum()),
        n_dropped=given - int(parts["n"].sum()),
        confidence=confidence,
        minimum_group=minimum_group,
    )


def describe_units(
    parts: pd.DataFrame, variances: np.ndarray, found: OneWay, items: int, scale: tuple[float, float] | None
) -> tuple[pd.DataFrame, tuple[int, int]]:
    """The table of units, and how many of their rwg were floored against either null."""
    points = 0 if scale is None else round(check_scale(scale)[1] - scale[0]) + 1
    nulls = (uniform_variance(points), skewed_variance(points)) if points else (np.nan, np.nan)
    agreement = [within_agreement(variances, null, items) for null in nulls]
    reliability = reliability_of_means(found.icc1[0], parts["n"].to_numpy(dtype=float))
    units = parts[["n", "mean"]].assign(
        reliability=reliability,
        is_reliable=reliability >= RELIABLE_MEANS,
        rwg=agreement[0][0],
        rwg_skewed=agreement[1][0],
    )
    return units, (agreement[0][1], agreement[1][1])


def gate_estimates(found: OneWay, units: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Five figures of the gate with their intervals."""
    n = units["n"].to_numpy(dtype=float)
    shares = [
        (reliability_of_means(icc1, n) >= RELIABLE_MEANS).mean() for icc1 in (found.icc1[0], *found.icc1[2:])
    ]
    lines = {
        "icc1": found.icc1,
        "icc2": found.icc2,
        "reliable_units_share": (shares[0], np.nan, shares[1], shares[2]),
    }
    for name in ("rwg", "rwg_skewed"):
        median, low, high = median_with_interval(units[name].to_numpy(), confidence)
        lines[name] = (median, np.nan, low, high)
    frame = pd.DataFrame(lines, index=["estimate", "std_error", "low", "high"]).T
    return frame.loc[["icc1", "icc2", "rwg", "rwg_skewed", "reliable_units_share"]]
