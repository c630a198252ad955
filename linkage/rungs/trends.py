"""Differences in differences: the effect of an event, and whether treated and untreated moved alike before it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from linkage.limits.fitted import FEW_CLUSTERS
from linkage.limits.rungs import FEW_TREATED
from linkage.regression.result import estimate_table
from linkage.rungs.arrays import Arrays
from linkage.rungs.slope import Slope, Taken, orthonormal, slope_of
from linkage.rungs.stacks import Stacks, stacked


@dataclass(frozen=True, eq=False)
class Trends:
    """Treated against not yet treated, before and after an event.

    slope : the difference of differences. events : one row a period since the event, against the last one before it:
    estimate, std_error, low, high, n (rows of the treated).
    statistic, df, df_residual, p_value : Hotelling's F of "no difference in any earlier period"; missing without one.
    drift : what the drift of before would add to the effect if it went on; drift_low, drift_high : its interval.
    treated, comparison : clusters of either side; units : treated units; never : of the compared, units never treated.
    cohorts : periods in which the event began for somebody; always : units exposed in all their rows, left out.
    groups : named groups the treated belong to, where the event is declared of groups; 0 where it is not.
    """

    slope: Slope
    events: pd.DataFrame
    statistic: float
    df: float
    df_residual: float
    p_value: float
    drift: float
    drift_low: float
    drift_high: float
    treated: int
    comparison: int
    units: int
    never: int
    cohorts: int
    always: int
    groups: int = 0


def before_and_after(arrays: Arrays, *, confidence: float, seed: int = 0) -> Trends | str:
    """What an event that a 0/1 driver switches on did to the outcome; or why it cannot be told.

    arrays : rows of units (or groups) over periods. Stacked difference in differences with unit and period effects of
    each cohort; errors clustered, and by the wild bootstrap where either side has few clusters.
    """
    if arrays.unit is None or arrays.when is None:
        return "there are no units followed over periods"
    made = stacked(arrays)
    if isinstance(made, str):
        return made
    if made.treated < 2 or made.comparison < 2:
        return (
            f"{_clusters(made.treated)} treated and {_clusters(made.comparison)} to compare with are too few"
        )
    few = min(made.treated, made.comparison) < FEW_TREATED
    slope = _difference(made, few, confidence, seed)
    if isinstance(slope, str):
        return slope
    slope = replace(slope, n=made.rows)  # a comparison row serves several cohorts
    values, spread, df = _by_event_time(made)
    events = _event_table(made, values, spread, df, confidence)
    counts = {
        name: getattr(made, name) for name in ("treated", "comparison", "units", "never", "cohorts", "always")
    }
    return Trends(
        slope,
        events,
        **_joint(made, values, spread, df),
        **_drift(made, values, spread, df, confidence),
        **counts,
    )


def _clusters(number: int) -> str:
    return "1 cluster" if number == 1 else f"{number} clusters"


def _difference(made: Stacks, few: bool, confidence: float, seed: int) -> Slope | str:
    others = made.left[:, 2 + len(made.times) :]
    left = np.column_stack([made.left[:, :2], others])
    wild = few or made.cluster.max() + 1 < FEW_CLUSTERS
    basis = _whole(made.basis) if wild else np.zeros((len(left), 0))
    taken = Taken(left, basis, made.counted)
    return slope_of(taken, made.cluster, size=1.0, confidence=confidence, seed=seed, few=few)


def _whole(parts: list[np.ndarray]) -> np.ndarray:
    """The stacks' period columns as one (n, r): each is zero outside its own stack."""
    rows, columns = (sum(part.shape[side] for part in parts) for side in (0, 1))
    whole, row, column = np.zeros((rows, columns)), 0, 0
    for part in parts:
        whole[row : row + part.shape[0], column : column + part.shape[1]] = part
        row, column = row + part.shape[0], column + part.shape[1]
    return whole


def _by_event_time(made: Stacks) -> tuple[np.ndarray, np.ndarray, int]:
    """A difference for every event time: (m,), their CR1 covariance (m, m), and its degrees of freedom."""
    m = len(made.times)
    held = orthonormal(made.left[:, 2 + m :])
    both = made.left[:, : 2 + m] - held @ (held.T @ made.left[:, : 2 + m])
    y, x = both[:, 0], both[:, 2:]
    inverse = np.linalg.pinv(x.T @ x, hermitian=True)
    values = inverse @ (x.T @ y)
    residual = y - x @ values
    scores = np.column_stack([np.bincount(made.cluster, weights=column * residual) for column in x.T])
    n, groups = len(y), len(scores)
    k = m + held.shape[1] + made.counted
    factor = groups / (groups - 1) * (n - 1) / max(n - k, 1)
    return values, factor * inverse @ (scores.T @ scores) @ inverse, groups - 1


def _event_table(made: Stacks, values, spread, df: int, confidence: float) -> pd.DataFrame:
    whole = estimate_table(list(made.times), values, spread, df=df, confidence=confidence)
    events = whole[["estimate", "std_error", "low", "high"]]
    events.loc[made.reference] = 0.0
    events = events.sort_index().rename_axis("event_time").reset_index()
    return events.assign(n=[made.counts[t] for t in events["event_time"]])


def _joint(made: Stacks, values: np.ndarray, spread: np.ndarray, df: int) -> dict[str, float]:
    """All earlier differences at once: Hotelling (1931, p. 360), as their covariance comes from df + 1 clusters."""
    from scipy.special import fdtrc

    early = np.array(made.times) < made.reference
    count = int(early.sum())
    spare = df - count + 1
    empty = {"statistic": np.nan, "df": float(count), "df_residual": float(spare), "p_value": np.nan}
    if not 0 < count <= df:
        return empty
    b, v = values[early], spread[np.ix_(early, early)]
    if np.linalg.matrix_rank(v, hermitian=True) < count:
        return empty
    statistic = float(b @ np.linalg.solve(v, b)) / count * spare / df
    return empty | {"statistic": statistic, "p_value": float(fdtrc(count, spare, statistic))}


def _drift(made: Stacks, values, spread, df: int, confidence: float) -> dict[str, float]:
    """A straight line through the differences before, carried from the middle of before to the middle of after."""
    times, counts = np.array(made.times), np.array([made.counts[t] for t in made.times])
    early = times < made.reference
    if not early.any():
        return dict.fromkeys(("drift", "drift_low", "drift_high"), np.nan)
    before = np.append(times[early], made.reference)
    weight = np.append(counts[early], made.counts[made.reference])
    middle = np.average(before, weights=weight)
    gap = np.average(times[times >= 0], weights=counts[times >= 0]) - middle
    line = np.zeros(len(times))
    line[early] = gap * counts[early] * (times[early] - middle) / np.sum(weight * (before - middle) ** 2)
    row = estimate_table(
        ["drift"], np.array([line @ values]), np.array([[line @ spread @ line]]), df=df, confidence=confidence
    )
    return {
        "drift": float(row["estimate"].iloc[0]),
        "drift_low": float(row["low"].iloc[0]),
        "drift_high": float(row["high"].iloc[0]),
    }
