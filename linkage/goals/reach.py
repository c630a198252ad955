"""How many contacts of the last period lie beyond a goal, and what meeting it would go with; in all, and by group."""

from __future__ import annotations

import numpy as np
import pandas as pd

from linkage.goals.course import Course
from linkage.goals.ways import Way
from linkage.group_codes import without_gaps
from linkage.kpis.intervals import clustered_share
from linkage.suppressing import shown_groups

REACH = ["share", "share_low", "share_high", "gain", "gain_low", "gain_high", "n", "customers"]


def reach_of(course: Course, rows: pd.DataFrame, way: Way) -> dict[str, float]:
    """The share of rows beyond a goal, and the gain of the mean outcome if none were.

    rows : value, cluster. The share's interval reaches from that of the laxer end of the goal's interval to that of
    the stricter, each with the spread of its customers (Wilson's, at their effective number). The gain's: see
    `Course.gain`; it takes the goal as it is.
    """
    return _reach(course, rows["value"].to_numpy("float64"), pd.factorize(rows["cluster"])[0], way)


def _reach(course: Course, values: np.ndarray, codes: np.ndarray, way: Way) -> dict[str, float]:
    """Of values (n,) with their clusters (n,), numbered from 0 without gaps."""
    strict, lax = (way.low, way.high) if course.turn > 0 else (way.high, way.low)
    share = _share(course, values, codes, way.goal)
    outer = [_share(course, values, codes, end) for end in (lax, strict)]
    gain = course.gain(values, way.goal)
    return {
        "share": share["estimate"],
        "share_low": float(np.fmin(outer[0]["low"], share["low"])),
        "share_high": float(np.fmax(outer[1]["high"], share["high"])),
        "gain": gain["estimate"],
        "gain_low": gain["low"],
        "gain_high": gain["high"],
        "n": len(values),
        "customers": int(codes.max()) + 1,
    }


def _share(course: Course, values: np.ndarray, codes: np.ndarray, goal: float) -> dict[str, float]:
    beyond = course.is_beyond(values, goal)
    x, y = np.bincount(codes), np.bincount(codes, beyond)
    sums = {"y": y.sum(), "x": float(x.sum()), "yy": y @ y, "xy": x @ y, "xx": float(x @ x)}
    found = clustered_share(sums, len(x), course.held.confidence)
    return {**found, "estimate": float(beyond.mean())}


def reach_by(
    course: Course, rows: pd.DataFrame, way: Way, by: str, *, fewest: int
) -> tuple[pd.DataFrame, int]:
    """The same for each group of `by`, the farthest beyond first, and how many groups are not shown.

    No group of fewer than `fewest` rows or customers is shown, nor one that the total less the others would tell.
    """
    if by not in rows or not rows[by].notna().any():
        return pd.DataFrame(columns=[by, *REACH]), 0
    group, names = pd.factorize(rows[by], sort=True)
    values, clusters = rows["value"].to_numpy("float64"), pd.factorize(rows["cluster"])[0]
    members = [np.flatnonzero(group == k) for k in range(len(names))]
    parts = [(values[rows_in], without_gaps(clusters[rows_in])) for rows_in in members]
    sizes = [(len(part), int(codes.max()) + 1) for part, codes in parts]
    shown = shown_groups(*np.array(sizes).T, fewest)
    found = [{by: names[k], **_reach(course, *parts[k], way)} for k in np.flatnonzero(shown)]
    table = pd.DataFrame(found, columns=[by, *REACH])
    return table.sort_values("share", ascending=False, kind="stable", ignore_index=True), int((~shown).sum())
