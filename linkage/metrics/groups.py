"""Scores of groups: the rows that count, their groups and weights, and one row of estimates a group."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.errors import TableError
from linkage.grains import CLUSTERS, PERSONS, grain_by_key
from linkage.metrics.intervals import check_confidence
from linkage.metrics.measures import Measure
from linkage.metrics.moments import group_moments
from linkage.rows import complete_rows, require_columns
from linkage.suppressing import hidden_in

MINIMUM_GROUP = 10
FEW_CLUSTERS = 30
WHO = "_who"
OVER_TIME = ("period", "wave", "week", "month", "quarter", "half", "year")
"""Columns that part answers by when they came: each has a total of its own beside its groups."""
SHOWN = ("estimate", "std_error", "low", "high", "n_eff", "clusters")


@dataclass(frozen=True, eq=False)
class ScoredRows:
    """The complete rows of a table, as arrays.

    answers : a Series named after the score. groups : codes into `labels`. weights : ones where none are
    given. clusters : codes, or None. people : codes of who answered, one of their own for each row that does not
    say; None where no column does. n_dropped : rows left out.
    """

    answers: pd.Series
    groups: np.ndarray
    labels: pd.Index
    weights: np.ndarray
    clusters: np.ndarray | None
    people: np.ndarray | None
    n_dropped: int

    @property
    def counted(self) -> str:
        """What a group must have enough of to be shown."""
        return "answers" if self.people is None else "people"

    def members(self, where: np.ndarray | None = None) -> np.ndarray:
        """How many people (answers, where nothing tells whose) each group has. where : (n,) instead of `groups`."""
        codes = self.groups if where is None else where
        if self.people is None:
            return np.bincount(codes)
        pairs = np.unique(codes.astype(np.int64) * (self.people.max() + 1) + self.people)
        return np.bincount(pairs // (self.people.max() + 1), minlength=codes.max() + 1)


def scored_rows(
    table: pd.DataFrame,
    *,
    score: str,
    by: str | list[str] | None = None,
    cluster: str | None = None,
    weights: str | None = None,
) -> ScoredRows:
    """The rows with a score, a group, a cluster and a positive weight, and how many are left out."""
    by = [by] if isinstance(by, str) else list(by or [])
    require_columns(table, [score, *by, *(column for column in (cluster, weights) if column)])
    person = cluster if cluster in PERSONS else _person_of(table)
    if person:  # a row that does not say whose it is still counts
        require_columns(table, [person])
        table = table.assign(**{WHO: _people(table[person])})
    numbers = [score, *([weights] if weights else [])]
    rows = complete_rows(table, numbers, [*by, cluster] if cluster else by, along=[WHO] if person else [])
    if weights:
        rows = positive_weights(rows, weights)
    codes, labels = np.zeros(len(rows), dtype=int), pd.Index(["all"])
    if by:
        grouped = rows.groupby(by[0] if len(by) == 1 else by, sort=True, observed=True)
        codes, labels = grouped.ngroup().to_numpy(), grouped.size().index
    return ScoredRows(
        answers=rows[score],
        groups=codes,
        labels=labels,
        weights=rows[weights].to_numpy() if weights else np.ones(len(rows)),
        clusters=rows[cluster].factorize()[0] if cluster else None,
        people=rows[WHO].to_numpy(dtype="int64") if person else None,
        n_dropped=len(table) - len(rows),
    )


def _person_of(table: pd.DataFrame) -> str | None:
    """The column that says who answered; None where the table has none, or a row is of a unit."""
    person = CLUSTERS[grain_by_key(table.columns)]
    return person if person in PERSONS and person in table.columns else None


def _people(keys: pd.Series) -> np.ndarray:
    """Codes of people, from 0. Of nameless answers each counts as somebody else's: nothing tells whose it is."""
    codes = keys.factorize()[0].astype(np.int64)
    nameless = codes < 0
    codes[nameless] = codes.max(initial=-1) + 1 + np.arange(nameless.sum())
    return codes


def positive_weights(rows: pd.DataFrame, weights: str) -> pd.DataFrame:
    """The rows of positive weight; refuses negative weights and tables in which all are zero."""
    negative = rows.loc[rows[weights] < 0, weights]
    if len(negative):
        raise TableError(
            f"Column {weights!r}: {len(negative):,} of {len(rows):,} weights are negative, for example "
            f"{negative.iloc[0]:g}. A weight says how many people an answer stands for."
        )
    kept = rows[rows[weights] > 0].reset_index(drop=True)
    if kept.empty:
        raise TableError(f"Column {weights!r}: all {len(rows):,} weights are zero, so no answer counts.")
    return kept


def score_groups(rows: ScoredRows, measure: Measure, confidence: float, minimum_group: int) -> pd.DataFrame:
    """One row a group: estimate, std_error, low, high, n, n_eff, clusters, suppressed."""
    check_confidence(confidence)
    values = measure.recode(rows.answers.to_numpy())
    moments = group_moments(values, rows.groups, rows.weights, rows.clusters)
    error, low, high = (measure.factor * part for part in measure.interval(moments, confidence))
    estimates = pd.DataFrame(
        {
            "estimate": measure.factor * moments.mean,
            "std_error": error,
            "low": low,
            "high": high,
            "n": moments.n,
            "n_eff": moments.n_eff,
            "clusters": moments.clusters,
            "suppressed": hidden_groups(rows.members(), rows.labels, minimum_group),
        },
        index=rows.labels,
    )
    if estimates["suppressed"].any():
        estimates.loc[estimates["suppressed"], list(SHOWN)] = np.nan
    return estimates


def hidden_groups(people: np.ndarray, labels: pd.Index, minimum_group: int) -> np.ndarray:
    """Which groups (k,) are not shown: too small, or told by the score of all less those of the others.

    people (k,) : in each. labels : of the groups; those of one time are parts of one whole.
    """
    times = [labels.get_level_values(name) for name in labels.names if name in OVER_TIME]
    return hidden_in(
        people, pd.MultiIndex.from_arrays(times) if times else np.zeros(len(people)), minimum_group
    )


def share_of_groups(rows: ScoredRows, chosen: np.ndarray) -> np.ndarray:
    """The weighted share of each group that `chosen` (true or false, one a row) marks."""
    return np.bincount(rows.groups, rows.weights * chosen) / np.bincount(rows.groups, rows.weights)


def notes_on(estimates: pd.DataFrame, cluster: str | None) -> tuple[str, ...]:
    """What to know of these estimates: one cluster, few clusters, or answers that all agree."""
    shown = ~estimates["suppressed"].to_numpy()
    clusters, low, high = (estimates[c].to_numpy("float64")[shown] for c in ("clusters", "low", "high"))
    counts = {
        f"rest on a single {cluster}: no interval can be given": clusters == 1,
        f"rest on fewer than {FEW_CLUSTERS} clusters of {cluster}: their intervals are likely too narrow": (
            (clusters >= 2) & (clusters < FEW_CLUSTERS)
        ),
        "are of answers that all agree: their interval has no width": high == low,
    }
    return tuple(
        f"{found.sum():,} of {len(clusters):,} estimates {text}"
        for text, found in counts.items()
        if found.any()
    )
