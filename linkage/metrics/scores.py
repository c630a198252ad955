"""Feedback scores with their uncertainty: net promoter score, top-box share, mean; whole or by group."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.metrics.groups import (
    MINIMUM_GROUP,
    ScoredRows,
    notes_on,
    score_groups,
    scored_rows,
    share_of_groups,
)
from linkage.metrics.measures import DETRACTOR_TO, PROMOTER_FROM, Measure, means, net_promoters, top_boxes
from linkage.results import Result
from linkage.sentences import capital, plural
from linkage.suppressing import not_told


@dataclass(frozen=True, eq=False, repr=False)
class Scores(Result):
    """A feedback score of everybody, or of each group, with its interval.

    estimates : one row a group (index: the values of `by`, or "all"). estimate, std_error, low, high in
        `unit`; n answers, n_eff the independent answers they are worth, clusters; suppressed is true where fewer
        people than `minimum_group` answered, or where all less the other groups would tell such a group; then nothing
        but n is shown.
    metric : what was counted, in words. unit : points, share or scale points. method : of the interval.
    n_used, n_dropped : answers counted; rows left out for a missing score, group, cluster or weight.
    notes : what a reader should know before trusting the figures.
    counted : what a group must have `minimum_group` of: people, or answers where nothing says whose they are.
    """

    metric: str
    unit: str
    method: str
    estimates: pd.DataFrame
    n_used: int
    n_dropped: int
    confidence: float
    minimum_group: int
    notes: tuple[str, ...] = ()
    counted: str = "answers"

    def summary(self) -> str:
        shown = self.estimates[~self.estimates["suppressed"]]
        if shown.empty:
            text = f"{self.metric}: not shown"
        elif len(self.estimates) == 1:
            text = f"{self.metric}: {self._said(shown.iloc[0])}"
        else:
            low, high = (shown["estimate"].argmin(), shown["estimate"].argmax())
            text = (
                f"{self.metric}, {len(shown):,} groups: lowest {in_words_label(shown.index[low])}, "
                f"{self._said(shown.iloc[low])}; highest {in_words_label(shown.index[high])}, "
                f"{self._said(shown.iloc[high])}"
            )
        return ". ".join([text, *self._limits()]) + "."

    def _said(self, row: pd.Series) -> str:
        value, low, high = (in_words(row[part], self.unit) for part in ("estimate", "low", "high"))
        sure = f"{self.confidence:.0%} interval {low} to {high}" if np.isfinite(row["low"]) else "no interval"
        return f"{value} ({sure}; n = {row['n']:,})"

    def _limits(self) -> list[str]:
        hidden, said = int(self.estimates["suppressed"].sum()), []
        if hidden:
            why = not_told(self.minimum_group, self.counted)
            said.append(f"{hidden:,} of its groups {'is' if hidden == 1 else 'are'} not shown, {why}")
        if self.n_dropped:
            rows, are = plural("row", self.n_dropped), "is" if self.n_dropped == 1 else "are"
            said.append(f"{self.n_dropped:,} {rows} without a score or label {are} left out")
        return [*said, *map(capital, self.notes)]


def net_promoter(
    table: pd.DataFrame,
    *,
    score: str,
    by: str | list[str] | None = None,
    cluster: str | None = None,
    weights: str | None = None,
    confidence: float = 0.95,
    method: str = "adjusted",
    scale: tuple[float, float] | None = None,
    minimum_group: int = MINIMUM_GROUP,
) -> Scores:
    """How many more would recommend us than would not: promoters (9, 10) less detractors (0 to 6).

    table : one row an answer. score : the 0 to 10 answer. The estimate is in points, -100 to 100.
    by : one or more columns, one row each. cluster : answers of one cluster are not independent.
    weights : positive survey weights; n is replaced by Kish's effective n. Rows of weight 0 do not count.
    method : "adjusted" adds 3/4 of a promoter, 3/4 of a detractor and 3 to n (Rocks 2016, The American
        Statistician 70(4), p. 365): 12 promoters of 12 keep a width. "wald" is the plain interval.
    scale : (0, 10) declares the scale; without it, answers that look like 1 to 5 or 1 to 7 are refused.
    minimum_group : groups in which fewer people answered are suppressed, and the next smallest where one alone would be
        (the score of all would tell it). Who answered is told by `cluster` where that
        is a key of people, else by the customer_id of answers, the employee_id of rows of employees; an answer of
        nobody named, and all of them where no column says whose they are, counts as a person.

    The std_error is that of the method's own interval. Also gives promoters_share and detractors_share.
    Raises TableError for answers off the scale, TooFewRowsError where none is complete.
    """
    rows = scored_rows(table, score=score, by=by, cluster=cluster, weights=weights)
    answers = rows.answers.to_numpy()
    shares = {"promoters_share": answers >= PROMOTER_FROM, "detractors_share": answers <= DETRACTOR_TO}
    result = scored(rows, net_promoters(scale, method), cluster, weights, confidence, minimum_group)
    for name, chosen in shares.items():
        share = share_of_groups(rows, chosen)
        result.estimates[name] = np.where(result.estimates["suppressed"], np.nan, share)
    return result


def top_box(
    table: pd.DataFrame,
    *,
    score: str,
    scale: tuple[float, float],
    top: int = 1,
    better: str = "higher",
    by: str | list[str] | None = None,
    cluster: str | None = None,
    weights: str | None = None,
    confidence: float = 0.95,
    minimum_group: int = MINIMUM_GROUP,
) -> Scores:
    """Which share chose the best point of the scale, or one of the `top` best.

    table : one row an answer. scale : lowest and highest point; better : at which end the best one is.
    by, cluster, weights, minimum_group : as in net_promoter. The estimate is a share, 0 to 1.

    Wilson's score interval (1927, JASA 22, p. 209) at the effective n. The std_error is half its width over
    the quantile. Raises TableError for answers off the scale, TooFewRowsError where none is complete.
    """
    rows = scored_rows(table, score=score, by=by, cluster=cluster, weights=weights)
    return scored(rows, top_boxes(scale, top, better), cluster, weights, confidence, minimum_group)


def mean_score(
    table: pd.DataFrame,
    *,
    score: str,
    scale: tuple[float, float] | None = None,
    by: str | list[str] | None = None,
    cluster: str | None = None,
    weights: str | None = None,
    confidence: float = 0.95,
    minimum_group: int = MINIMUM_GROUP,
) -> Scores:
    """What the mean answer is, in points of the scale.

    table : one row an answer, or one mean of answers. scale : where given, answers outside it are refused.
    by, cluster, weights, minimum_group : as in net_promoter.

    t interval with n - 1 degrees of freedom; the cluster sandwich with clusters - 1 where `cluster` is given.
    Raises TableError for answers off the scale, TooFewRowsError where none is complete.
    """
    rows = scored_rows(table, score=score, by=by, cluster=cluster, weights=weights)
    return scored(rows, means(scale), cluster, weights, confidence, minimum_group)


def scored(
    rows: ScoredRows,
    measure: Measure,
    cluster: str | None,
    weights: str | None,
    confidence: float,
    minimum_group: int,
) -> Scores:
    """Check the answers, count them in each group, and say how."""
    notes = measure.check(rows.answers)
    estimates = score_groups(rows, measure, confidence, minimum_group)
    weighted = f"; weighted by {weights}, effective n of Kish" if weights else ""
    return Scores(
        metric=f"{measure.title} of {rows.answers.name}",
        unit=measure.unit,
        method=measure.method + weighted + (f"; clustered by {cluster}" if cluster else ""),
        estimates=estimates,
        n_used=len(rows.answers),
        n_dropped=rows.n_dropped,
        confidence=confidence,
        minimum_group=minimum_group,
        notes=notes + notes_on(estimates, cluster),
        counted=rows.counted,
    )


def in_words(value: float, unit: str) -> str:
    """A figure as a person reads it: +12.3 points, 56.1%, 7.35."""
    if unit == "share":
        return f"{value:.1%}"
    return f"{value:+.1f}" if unit == "points" else f"{value:.2f}"


def change_in_words(value: float, unit: str) -> str:
    """A difference as a person reads it, always with its sign; shares in percentage points."""
    return f"{value * 100:+.1f} pp" if unit == "share" else f"{value:+.{1 if unit == 'points' else 2}f}"


def in_words_label(value: object) -> str:
    """A group's label in words."""
    return " / ".join(map(str, value)) if isinstance(value, tuple) else str(value)
