"""The tables of goals as a reader meets them: metrics by their labels, few columns, rounded."""

from __future__ import annotations

import pandas as pd

SHOWN = [
    *("form", "kind", "goal", "low", "high", "now", "beyond_count", "n_last", "beyond_share", "gain"),
    *("p_value", "n", "level"),
]
AS_READ = {"estimate": "goal", "share": "beyond_share", "beyond": "beyond_count"}
"""What these tables call the columns of the estimates that say too little alone."""


def goals_table(estimates: pd.DataFrame, decimals: int) -> pd.DataFrame:
    """One row a metric: its goal, where the last period stands, and how many of its rows lie beyond."""
    frame = estimates.set_index("label").rename_axis("metric").rename(columns=AS_READ)[SHOWN]
    for column in ("beyond_count", "n_last"):
        frame[column] = frame[column].astype("Int64")
    return _rounded(frame, decimals)


def ways_table(ways: pd.DataFrame, decimals: int) -> pd.DataFrame:
    """One row a metric and way."""
    frame = ways.drop(columns=["metric", "found"]).rename(columns={"label": "metric"})
    return _rounded(frame.set_index(["metric", "way"]), decimals)


def groups_table(groups: pd.DataFrame, by: str, labels: pd.Series, decimals: int) -> pd.DataFrame:
    """One row a metric and group of `by`. labels : of the metrics, by name."""
    if groups.empty:
        return groups
    named = groups.assign(metric=[labels[name] for name in groups["metric"]])
    return _rounded(named.rename(columns={"share": "beyond_share"}).set_index(["metric", by]), decimals)


def _rounded(frame: pd.DataFrame, decimals: int) -> pd.DataFrame:
    numbers = frame.select_dtypes("floating").columns
    frame[numbers] = frame[numbers].astype(float).round(decimals) + 0.0
    return frame
