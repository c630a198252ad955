"""Loyalty in three parts: will customers stay, recommend, buy more (retention, advocacy, purchasing)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.errors import TableError, TooFewRowsError
from linkage.metrics.groups import MINIMUM_GROUP
from linkage.metrics.reliability import ANSWERS_NEEDED, ENOUGH, scale_reliability
from linkage.metrics.scales import check_answers, check_scale
from linkage.metrics.scores import mean_score
from linkage.results import Result
from linkage.rows import as_numbers, require_columns

INDICES = {"retention": "RLI", "advocacy": "ALI", "purchasing": "PLI"}


@dataclass(frozen=True, eq=False, repr=False)
class LoyaltyIndices(Result):
    """Means of the loyalty indices, with how reliably each is measured.

    estimates : index RLI, ALI, PLI (those with items): estimate, std_error, low, high in points of the scale,
        n, clusters, item_count, reliability with reliability_low and reliability_high, suppressed.
    scores : aligned with the table's index: retention_score, advocacy_score, purchasing_score, each the mean
        of its items, missing where one of them is.
    correlations : of the scores, over rows that have all of them. notes : doubts, each naming its index.
    counted : what `minimum_group` counts: people, or answers where nothing says whose they are.
    """

    estimates: pd.DataFrame
    scores: pd.DataFrame
    correlations: pd.DataFrame
    scale: tuple[float, float]
    confidence: float
    minimum_group: int
    notes: tuple[str, ...] = ()
    counted: str = "answers"

    def summary(self) -> str:
        parts = []
        for name, row in self.estimates.iterrows():
            if row["suppressed"]:
                parts.append(f"{name}: not shown, fewer than {self.minimum_group} {self.counted}")
                continue
            sure = f", reliability {row['reliability']:.2f}" if np.isfinite(row["reliability"]) else ""
            parts.append(
                f"{name} {row['estimate']:.2f} ({self.confidence:.0%} interval {row['low']:.2f} to "
                f"{row['high']:.2f}; {row['item_count']} items{sure}; n = {row['n']:,})"
            )
        text = f"Loyalty on {self.scale[0]:g} to {self.scale[1]:g}: {'; '.join(parts)}"
        return ". ".join([text, *self.notes]) + "."


def rapid_indices(
    table: pd.DataFrame,
    *,
    retention: Sequence[str] = (),
    advocacy: Sequence[str] = (),
    purchasing: Sequence[str] = (),
    scale: tuple[float, float],
    reverse: Sequence[str] = (),
    cluster: str | None = None,
    confidence: float = 0.95,
    minimum_group: int = MINIMUM_GROUP,
) -> LoyaltyIndices:
    """How loyal are customers in each of the three ways that matter for money?

    table : one row an answer. retention, advocacy, purchasing : the items of each index, on one `scale`.
    reverse : items worded the other way round, such as likelihood to leave.

    Each index is the mean of its items (Hayes 2009, Beyond the ultimate question: the RAPID approach), with a
    t interval, and its alpha, or Spearman-Brown for two items. In his studies retention goes with churn,
    advocacy with new customers, purchasing with growth of revenue per user.
    Raises TableError for an item in two indices, answers off the scale, or no items at all.
    """
    groups = {"retention": list(retention), "advocacy": list(advocacy), "purchasing": list(purchasing)}
    groups = {name: items for name, items in groups.items() if items}
    check_groups(groups, reverse)
    check_scale(scale)
    reverse = [reverse] if isinstance(reverse, str) else list(reverse)
    scores = pd.DataFrame(
        {f"{name}_score": index_score(table, items, scale, reverse) for name, items in groups.items()}
    )
    lines, notes = {}, []
    for name, items in groups.items():
        code = INDICES[name]
        rows = table.assign(**scores)  # with who answered
        means = mean_score(
            rows, score=f"{name}_score", scale=scale, cluster=cluster,
            confidence=confidence, minimum_group=minimum_group,
        )  # fmt: skip
        notes += [f"{code}: {note}" for note in means.notes]
        own = [item for item in reverse if item in items]
        sure, doubts = index_reliability(table, items, scale, own, confidence)
        notes += [f"{code}: {doubt}" for doubt in doubts]
        lines[code] = {**means.estimates.loc["all"].to_dict(), "item_count": len(items), **sure}
    return LoyaltyIndices(
        estimates=pd.DataFrame(lines).T.infer_objects().drop(columns="n_eff"),
        scores=scores,
        correlations=scores.dropna().corr(),
        scale=scale,
        confidence=confidence,
        minimum_group=minimum_group,
        notes=tuple(notes),
        counted=means.counted,
    )


def check_groups(groups: dict[str, list[str]], reverse: Sequence[str]) -> None:
    """Refuse no items, an item that counts twice, and a reversed item that counts nowhere."""
    items = [item for group in groups.values() for item in group]
    if not items:
        raise TableError(
            "A loyalty index needs items: give retention=, advocacy= or purchasing= some columns."
        )
    twice = sorted({item for item in items if items.count(item) > 1})
    if twice:
        raise TableError(f"Item {twice[0]!r} is named more than once; an item belongs to one index.")
    lost = [item for item in ([reverse] if isinstance(reverse, str) else reverse) if item not in items]
    if lost:
        raise TableError(f"reverse names {lost[0]!r}, which is in no index.")


def index_score(
    table: pd.DataFrame, items: list[str], scale: tuple[float, float], reverse: Sequence[str]
) -> pd.Series:
    """The mean of the items of each row, the reversed ones turned over; missing where an answer is missing."""
    require_columns(table, items)
    answers = pd.DataFrame({item: as_numbers(table[item]) for item in items})
    for item in items:
        check_answers(answers[item].dropna(), scale)
    for item in set(reverse) & set(items):
        answers[item] = sum(scale) - answers[item]
    return answers.mean(axis=1, skipna=False)


def index_reliability(
    table: pd.DataFrame, items: list[str], scale: tuple[float, float], reverse: list[str], confidence: float
) -> tuple[dict[str, float], list[str]]:
    """reliability, reliability_low and reliability_high of an index, and what to doubt about them."""
    missing = dict.fromkeys(("reliability", "reliability_low", "reliability_high"), np.nan)
    if len(items) == 1:
        return missing, ["a single item: its reliability cannot be known from one wave"]
    try:
        found = scale_reliability(table, items=items, scale=scale, reverse=reverse, confidence=confidence)
    except TooFewRowsError:
        return missing, [f"fewer than {ANSWERS_NEEDED} complete answers: reliability not assessed"]
    best, doubts = found.best, list(found.notes)
    if best["estimate"] < ENOUGH:
        doubts.append(f"reliability {best['estimate']:.2f} is below {ENOUGH:.2f}: slopes on it are weakened")
    sure = {"reliability": best["estimate"], "reliability_low": best["low"], "reliability_high": best["high"]}
    return sure, doubts
