"""Was it drawn by lot? What was known beforehand must not tell the arms apart, nor who is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from linkage.limits.rungs import LEAST_LEVEL, TELLING_CLUSTERS
from linkage.rows import as_numbers
from linkage.rungs.slope import orthonormal


@dataclass(frozen=True, eq=False)
class Balance:
    """The two arms of a draw beside each other.

    columns : one row a column (or category of it) known beforehand: its mean in the drawn arm and in the other, and
    the difference in standard deviations, column by column. df, p_value : of the test of all of them at once.
    answered_p : of "both arms lack the outcome equally often"; drawn_answered, other_answered : shares that have it.
    drawn_share : rows in the drawn arm; planned_share, share_p : the plan and the chance of this far from it.
    clusters : with two rows or more; crossing : those among them in both arms; expected_crossing : if rows were drawn.
    """

    columns: pd.DataFrame
    df: int
    p_value: float
    drawn_answered: float
    other_answered: float
    answered_p: float
    drawn_share: float
    planned_share: float | None
    share_p: float
    clusters: int
    crossing: int
    expected_crossing: float


def balance_of(
    rows: pd.DataFrame,
    drawn: np.ndarray,
    *,
    outcome: str,
    cluster: np.ndarray,
    before: Sequence[str],
    strata: np.ndarray | None = None,
    planned_share: float | None = None,
) -> Balance:
    """Compare the arms of a draw in everything known before it.

    rows : every row that was drawn, with and without the outcome. drawn : (n,) 1 in the arm, 0 in the other.
    before : columns known before the draw. strata : (n, s) columns within which it was drawn, or None.

    Standardised differences (Austin 2009); joint test by clustered scores: Hotelling's F of the covariances
    of arm and columns, which needs no model (after Hansen and Bowers 2008).
    """
    made = [column for name in before for column in _columns(rows, name)]
    arm = _residual(drawn.astype("float64"), strata)
    answered = rows[outcome].notna().to_numpy(dtype="float64")
    table = pd.DataFrame(
        [_compared(name, level, values, drawn) for name, level, values in made], columns=_COLUMNS
    )
    filled = np.column_stack([_filled(v) for _, _, v in made]) if made else np.zeros((len(rows), 0))
    df, p_value = _scores_test(arm, _residual(filled, strata), cluster)
    _, answered_p = _scores_test(arm, _residual(answered[:, None], strata), cluster)
    share_p = np.nan if planned_share is None else _share_p(drawn - planned_share, cluster)
    return Balance(
        columns=table,
        df=df,
        p_value=p_value,
        drawn_answered=_mean(answered[drawn == 1]),
        other_answered=_mean(answered[drawn == 0]),
        answered_p=answered_p,
        drawn_share=float(drawn.mean()),
        planned_share=planned_share,
        share_p=share_p,
        **_crossing(drawn, cluster),
    )


_COLUMNS = ["column", "category", "drawn", "other", "difference", "n"]


def _columns(rows: pd.DataFrame, name: str) -> list[tuple[str, str | None, np.ndarray]]:
    """A column as numbers; a category as one 0/1 column for each level that enough rows have, less the last."""
    values = rows[name]
    if is_numeric_dtype(values) or is_bool_dtype(values):
        numbers = as_numbers(values).to_numpy()
        return [(name, None, numbers)] if np.isfinite(numbers).sum() > 1 and np.nanstd(numbers) > 0 else []
    counts = values.value_counts()
    levels = sorted((str(level), level) for level in counts.index if counts[level] >= LEAST_LEVEL)
    known = values.notna().to_numpy()
    columns = [
        (name, word, np.where(known, (values == level).to_numpy(dtype="float64", na_value=0.0), np.nan))
        for word, level in levels
    ]
    return [column for column in columns if np.nanstd(column[2]) > 0]


def _compared(name: str, category: str | None, values: np.ndarray, drawn: np.ndarray) -> tuple:
    one, other = (values[(drawn == side) & np.isfinite(values)] for side in (1, 0))
    means = _mean(one), _mean(other)
    spread = np.sqrt((one.var() + other.var()) / 2) if len(one) and len(other) else np.nan
    difference = (means[0] - means[1]) / spread if spread > 0 else np.nan
    return name, category, *means, difference, len(one) + len(other)


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else np.nan


def _filled(values: np.ndarray) -> np.ndarray:
    """Missing values at the mean, scaled: they neither balance nor unbalance."""
    centred = np.where(np.isfinite(values), values - np.nanmean(values), 0.0)
    return centred / (np.sqrt(np.mean(centred**2)) or 1.0)


def _residual(columns: np.ndarray, strata: np.ndarray | None) -> np.ndarray:
    one = np.ones((len(columns), 1))
    held = orthonormal(one if strata is None else np.column_stack([one, strata]))
    return columns - held @ (held.T @ columns)


def _scores_test(arm: np.ndarray, columns: np.ndarray, cluster: np.ndarray) -> tuple[int, float]:
    """Whether an arm goes with any of the columns (n, k): how many were tested apart, and the chance of as much."""
    from scipy.special import fdtrc

    columns = orthonormal(columns)
    if not columns.shape[1]:
        return 0, np.nan
    scores = np.column_stack([np.bincount(cluster, weights=arm * column) for column in columns.T])
    scores = scores[(scores != 0).any(axis=1)]
    total, spread = scores.sum(axis=0), scores.T @ scores
    df, groups = int(np.linalg.matrix_rank(spread, hermitian=True)), len(scores)
    if groups - df < TELLING_CLUSTERS:
        return df, np.nan
    # The share of "one" that the scores explain: Hotelling's T-squared about zero, exact for normal scores.
    share = min(float(total @ np.linalg.pinv(spread, hermitian=True) @ total) / groups, 1.0)
    statistic = np.inf if share >= 1 else share / (1 - share) * (groups - df) / df
    return df, float(fdtrc(df, groups - df, statistic))


def _share_p(away: np.ndarray, cluster: np.ndarray) -> float:
    """The chance of a mean this far from zero, by clusters."""
    from linkage.regression.result import t_tail

    sums = np.bincount(cluster, weights=away)
    if len(sums) < 2 or not (sums**2).sum() > 0:
        return np.nan
    statistic = abs(sums.sum()) / np.sqrt((sums**2).sum())
    return float(2 * t_tail(np.array(statistic), np.array(float(len(sums) - 1))))


def _crossing(drawn: np.ndarray, cluster: np.ndarray) -> dict[str, float]:
    sizes, ones = np.bincount(cluster), np.bincount(cluster, weights=drawn)
    several = sizes > 1
    p, size = drawn.mean(), sizes[several]
    expected = float((1 - p**size - (1 - p) ** size).sum())
    both = int(((ones > 0) & (ones < sizes))[several].sum())
    return {"clusters": int(several.sum()), "crossing": both, "expected_crossing": expected}
