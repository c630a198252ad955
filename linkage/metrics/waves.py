"""Whether a feedback score has changed from one wave to another, and whether the two can be compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from linkage.errors import TableError
from linkage.group_codes import without_gaps
from linkage.metrics.groups import MINIMUM_GROUP, ScoredRows, scored_rows
from linkage.metrics.intervals import EXTRA_ANSWERS, check_confidence
from linkage.metrics.measures import Measure, measure
from linkage.metrics.moments import GroupMoments, group_moments
from linkage.metrics.scores import change_in_words, in_words, in_words_label
from linkage.results import Result
from linkage.rows import as_names, require_columns
from linkage.sentences import capital, plural
from linkage.suppressing import not_told, shown_groups

UNLIKELY = 0.001  # an end point this unlikely to be missed by chance suggests another scale
BEFORE, AFTER = 0, 1
BLANK = dict.fromkeys(
    ("estimate", "std_error", "low", "high", "p_value", "df", "before", "after", "shared_clusters"), np.nan
)


@dataclass(frozen=True, eq=False, repr=False)
class WaveChange(Result):
    """How a score differs between two waves, with its interval.

    estimates : one row a group (index: the values of `by`, or "all"). estimate is after less before, in
        `unit`, with std_error, low, high, p_value (of no change) and df; before and after are the two
        scores, n_before and n_after their answers; shared_clusters those with answers in both.
        suppressed is true where in a wave fewer than `minimum_group` people answered, where all less the other
        groups would tell such a group (see `Scores`), or where there is one cluster: only the n is shown.
    notes : doubts about comparing the waves at all. counted : people, or answers where nothing says whose they are.
    """

    metric: str
    unit: str
    method: str
    before: object
    after: object
    estimates: pd.DataFrame
    n_used: int
    n_dropped: int
    confidence: float
    minimum_group: int
    notes: tuple[str, ...] = ()
    counted: str = "answers"

    def summary(self) -> str:
        shown = self.estimates[~self.estimates["suppressed"]]
        parts = [self._said(label, row) for label, row in shown.head(5).iterrows()]
        text = f"{self.metric}, {self.before} to {self.after}: " + ("; ".join(parts) or "not shown")
        hidden, more = int(self.estimates["suppressed"].sum()), len(shown) - len(parts)
        limits = [f"{more:,} more groups are in the table"] if more else []
        if hidden:
            why = not_told(self.minimum_group, f"{self.counted}, or of one cluster, in a wave")
            limits.append(f"{hidden:,} {plural('group', hidden)} not shown, {why}")
        if self.n_dropped:
            limits.append(f"{self.n_dropped:,} rows of these waves without a score or label are left out")
        return ". ".join([text, *limits, *map(capital, self.notes)]) + "."

    def _said(self, label: object, row: pd.Series) -> str:
        before, after = (in_words(row[part], self.unit) for part in ("before", "after"))
        change, low, high = (change_in_words(row[part], self.unit) for part in ("estimate", "low", "high"))
        reading = "no change would give such figures too" if row["low"] <= 0 <= row["high"] else "it differs"
        named = "" if label == "all" else f"{in_words_label(label)} "
        return (
            f"{named}{before} to {after}, a change of {change} ({self.confidence:.0%} interval {low} to "
            f"{high}, p = {row['p_value']:.3f}, n = {row['n_before']:,} and {row['n_after']:,}): {reading}"
        )


def compare_waves(
    table: pd.DataFrame,
    *,
    score: str,
    wave: str,
    before: object,
    after: object,
    kind: str = "nps",
    scale: tuple[float, float] | None = None,
    top: int = 1,
    better: str = "higher",
    by: str | list[str] | None = None,
    cluster: str | None = None,
    weights: str | None = None,
    confidence: float = 0.95,
    minimum_group: int = MINIMUM_GROUP,
) -> WaveChange:
    """Has the score changed from wave `before` to wave `after`?

    table : one row an answer, both waves among them. wave : the column that tells them apart.
    kind : "nps", "top_box" (needs `scale`) or "mean". by : one comparison a group.
    cluster : a customer who answered both waves is one cluster: the overlap is taken into account.

    nps and mean: difference +- quantile x sqrt(s1^2 + s2^2 - 2 r s1 s2), with the standard errors of the
    scores themselves and r from the clusters' sums (0 without clusters); for means Welch's degrees of
    freedom (1947), for clusters the smaller number less one. top_box: square-and-add Wilson limits
    (Newcombe 1998, Statistics in Medicine 17, p. 873, method 10), the p-value by inverting them.
    Raises TableError for answers off the scale or unknown waves.
    """
    check_confidence(confidence)
    how = measure(kind, scale=scale, top=top, better=better)
    by = list(as_names(by or ()))
    chosen = two_waves(table, wave, before, after, by)
    rows = scored_rows(chosen, score=score, by=[*by, wave], cluster=cluster, weights=weights)
    notes = how.check(rows.answers)
    is_after = rows.labels.get_level_values(-1).to_numpy()[rows.groups] == AFTER
    notes += scale_doubts(rows.answers, is_after, scale or ((0, 10) if kind == "nps" else None))
    estimates = changes_of_groups(rows, is_after, how, confidence, minimum_group)
    clustered = f"; clustered by {cluster}" if cluster else ""
    return WaveChange(
        metric=f"{how.title} of {score}",
        unit=how.unit,
        method=f"difference of two waves, {how.method}{clustered}",
        before=before,
        after=after,
        estimates=estimates,
        n_used=len(rows.answers),
        n_dropped=rows.n_dropped,
        confidence=confidence,
        minimum_group=minimum_group,
        notes=notes,
        counted=rows.counted,
    )


def two_waves(
    table: pd.DataFrame, wave: str, before: object, after: object, by: Sequence[str] = ()
) -> pd.DataFrame:
    """The rows of both waves, the column `wave` now 0 or 1; refuses waves that the table does not hold."""
    require_columns(table, [wave])
    if before == after:
        raise TableError(f"A change needs two waves; both are {before!r}.")
    if wave in by:
        raise TableError(f"by names {wave!r}, which tells the waves apart: no group of it is in both.")
    sides = [(table[wave] == name).fillna(False).to_numpy(dtype=bool) for name in (before, after)]
    for name, side in zip((before, after), sides, strict=True):
        if not side.any():
            held = ", ".join(map(str, sorted(table[wave].dropna().unique(), key=str)[:12]))
            raise TableError(f"Column {wave!r} has no row of wave {name!r}. It holds: {held}.")
    both = sides[BEFORE] | sides[AFTER]
    return table[both].assign(**{wave: sides[AFTER][both].astype(int)})


def changes_of_groups(
    rows: ScoredRows, is_after: np.ndarray, how: Measure, confidence: float, minimum_group: int
) -> pd.DataFrame:
    """One row a group: the difference of its two waves."""
    outer = rows.labels.droplevel(-1) if rows.labels.nlevels > 1 else pd.Index(["all"] * len(rows.labels))
    names = outer.unique()
    group_of_row = names.get_indexer(outer)[rows.groups]
    people = np.append(rows.members(2 * group_of_row + is_after), 0)  # the last wave may have no row
    fewest = people[: 2 * len(names)].reshape(-1, 2).min(axis=1)
    hidden = ~shown_groups(fewest, None, minimum_group)
    lines = []
    for code in range(len(names)):
        mine = group_of_row == code
        lines.append(change_of_group(rows, mine, is_after[mine].astype(int), how, confidence, hidden[code]))
    return pd.DataFrame(lines, index=names)


def change_of_group(
    rows: ScoredRows, mine: np.ndarray, waves: np.ndarray, how: Measure, confidence: float, small: bool
) -> dict[str, float]:
    """The line of one group; empty but for its n where a wave is too small to be shown, or has no answer."""
    counts = np.bincount(waves, minlength=2)
    line = {"n_before": int(counts[BEFORE]), "n_after": int(counts[AFTER])}
    if small or not counts.min():
        return {**BLANK, **line, "suppressed": True}
    values, weights = how.recode(rows.answers.to_numpy()[mine]), rows.weights[mine]
    clusters = None if rows.clusters is None else without_gaps(rows.clusters[mine])
    moments = group_moments(values, waves, weights, clusters)
    if not np.isfinite(moments.sampling_variance).all():  # one answer or one cluster: no interval
        return {**BLANK, **line, "suppressed": True}
    correlation, shared = overlap(values, waves, weights, clusters, moments)
    if how.kind != "mean":  # the answers that these intervals add are not shared by the waves
        correlation *= counts.min() / (counts.min() + EXTRA_ANSWERS)
    change = difference(moments, correlation, how, confidence)
    scaled = {
        name: value * (1 if name in ("p_value", "df") else how.factor) for name, value in change.items()
    }
    means = {"before": how.factor * moments.mean[BEFORE], "after": how.factor * moments.mean[AFTER]}
    return {**scaled, **means, "shared_clusters": shared, **line, "suppressed": False}


def overlap(
    values: np.ndarray,
    waves: np.ndarray,
    weights: np.ndarray,
    clusters: np.ndarray | None,
    moments: GroupMoments,
) -> tuple[float, float]:
    """Correlation of the two waves' scores through clusters that answered both, and how many did."""
    if clusters is None:
        return 0.0, np.nan
    sums = np.zeros((2, clusters.max() + 1))
    seen = np.zeros_like(sums, dtype=bool)
    np.add.at(sums, (waves, clusters), weights * (values - moments.mean[waves]))
    seen[waves, clusters] = True
    size = np.sqrt((sums[BEFORE] ** 2).sum() * (sums[AFTER] ** 2).sum())
    return (float(sums[BEFORE] @ sums[AFTER] / size) if size > 0 else 0.0), float(seen.all(axis=0).sum())


def difference(
    moments: GroupMoments, correlation: float, how: Measure, confidence: float
) -> dict[str, float]:
    """estimate, std_error, low, high, p_value and df of after less before, in values."""
    estimate = moments.mean[AFTER] - moments.mean[BEFORE]
    errors = how.interval(moments, confidence)[0]
    error = np.sqrt(max(errors @ errors - 2 * correlation * errors[BEFORE] * errors[AFTER], 0.0))
    df = degrees_of_freedom(moments, errors, how.kind)
    if how.kind == "top_box":
        low, high = square_and_add(moments, correlation, how, 1 - confidence)
        p_value = inverted(lambda alpha: square_and_add(moments, correlation, how, alpha), estimate)
    else:
        limit = 2 if how.kind == "nps" else np.inf
        reach = -stdtrit(df, (1 - confidence) / 2) * error
        low, high = max(estimate - reach, -limit), min(estimate + reach, limit)
        p_value = 2 * stdtr(df, -abs(estimate) / error) if error > 0 else np.nan
    return {
        "estimate": estimate,
        "std_error": error,
        "low": low,
        "high": high,
        "p_value": float(p_value),
        "df": df,
    }


def degrees_of_freedom(moments: GroupMoments, errors: np.ndarray, kind: str) -> float:
    """Clusters less one of the smaller wave; Welch's for means; none to count for shares of free answers."""
    if np.isfinite(moments.clusters).all():
        return float(moments.df.min())
    if kind != "mean" or not errors.any():
        return np.inf
    return float((errors @ errors) ** 2 / (errors**4 / moments.df).sum())


def square_and_add(
    moments: GroupMoments, correlation: float, how: Measure, alpha: float
) -> tuple[float, float]:
    """Limits of a difference from the limits of its parts."""
    _, low, high = how.interval(moments, 1 - alpha)
    down, up = moments.mean - low, high - moments.mean
    estimate = moments.mean[AFTER] - moments.mean[BEFORE]

    def reach(one: float, other: float) -> float:
        return np.sqrt(max(one**2 + other**2 - 2 * correlation * one * other, 0.0))

    return estimate - reach(down[AFTER], up[BEFORE]), estimate + reach(up[AFTER], down[BEFORE])


def inverted(limits: Callable[[float], tuple[float, float]], estimate: float) -> float:
    """The p-value at which an interval just touches zero."""
    from scipy.optimize import brentq

    if estimate == 0:
        return 1.0
    side = 0 if estimate > 0 else 1

    def touch(log_alpha: float) -> float:
        return limits(np.exp(log_alpha))[side] * np.sign(estimate)

    smallest, largest = -36.0, -1e-9  # 1 - alpha is not told from 1 below exp(-36)
    if touch(smallest) > 0:
        return float(np.exp(smallest))
    if touch(largest) < 0:
        return 1.0
    return float(np.exp(brentq(touch, smallest, largest)))


def scale_doubts(
    answers: pd.Series, is_after: np.ndarray, scale: tuple[float, float] | None
) -> tuple[str, ...]:
    """Notes where an end of the scale was used in one wave and, beyond chance, never in the other."""
    notes = []
    for end in scale or ():
        at_end = (answers == end).to_numpy()
        for empty, other, name in ((~is_after, is_after, "before"), (is_after, ~is_after, "after")):
            share = at_end[other].mean() if other.any() else 0.0
            if not at_end[empty].any() and (1 - share) ** empty.sum() < UNLIKELY:
                notes.append(
                    f"in the wave {name} nobody of {empty.sum():,} chose {end:g}, in the other {share:.1%} "
                    "did: the scale may have changed, and then the two waves cannot be compared"
                )
    return tuple(notes)
