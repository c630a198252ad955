"""One link on every rung, each group left out, each segment: pictures whose rows are estimates in the same units."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from linkage.cards.plots.dots import (
    MOST_LISTED,
    DotRow,
    between,
    draw_rows,
    excludes_zero,
    height_of,
    span_of,
    wrapped,
)
from linkage.ladder import rung_level, rung_words
from linkage.memory import kept
from linkage.plots import ACCENT, MUTED, Picture, nothing_to_draw, picture
from linkage.sentences import CLUSTER_NOUNS, number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_ROWS = 24
"""Beyond, groups left out stand side by side without names."""


@kept
def draw_ladder(frame: pd.DataFrame, *, label: str = "", confidence: float = 0.95) -> Picture:
    """A link's estimate on every rung, from the plainest comparison down.

    frame : one row a rung: rung, level, what, estimate, low, high, n, order and, where there are, is_declared (the
    card's own) and note (why a rung has no estimate). label : of the axis: outcome units per driver unit.
    """
    known = frame[frame["estimate"].notna()]
    if known.empty:
        return nothing_to_draw("No rung of the ladder has an estimate.")
    declared = frame["is_declared"] if "is_declared" in frame else pd.Series(True, index=frame.index)
    rows = [_rung(row, bool(declared[at])) for at, row in frame.iterrows()]
    alt = f"The link on every rung, {confidence:.0%} intervals{f', {label}' if label else ''}. " + "; ".join(
        f"{r.label}: {r.said}".replace("\n", " ") for r in rows
    )

    def draw(figure: Figure) -> None:
        axis = figure.subplots()
        draw_rows(axis, rows)
        axis.set_xlabel(label, fontsize=8.5)

    return picture(draw, alt, width=7.8, height=height_of(rows))


def _rung(row: pd.Series, is_declared: bool) -> DotRow:
    name = f"{row['what']}\n({_reads(row)})"
    if math.isnan(row["estimate"]):
        return DotRow(name, said="not possible")
    size = f"; n = {int(row['n']):,}" if pd.notna(row["n"]) else ""
    said = f"{number(row['estimate'])} {between(row['low'], row['high'])}{size}"
    marked = f"{name}, as declared" if is_declared and "is_declared" in row else name
    return DotRow(marked, row["estimate"], row["low"], row["high"], said, is_declared)


def _reads(row: pd.Series) -> str:
    """What a rung can show, in words: "L2, at the same time: goes with"."""
    order = row.get("order")
    if not order:
        return str(row["level"])
    return f"{rung_level(row['level'], order)}, {rung_words(row['level'], order)}"


@kept
def draw_segments(frame: pd.DataFrame, *, label: str = "", confidence: float = 0.95) -> Picture:
    """The slope in each segment: drawn towards the mean, and in grey above it as it is.

    frame : `estimates` of SegmentEffects: segment, category, estimate, low, high, shrunken, shrunken_low,
    shrunken_high, n.
    """
    if frame.empty:
        return nothing_to_draw("No segment is large enough to be shown.")
    rows = []
    for segment, part in frame.groupby("segment", sort=False):
        rows.append(DotRow(str(segment), is_heading=True))
        for row in part.itertuples():
            said = (
                f"{number(row.shrunken)} {between(row.shrunken_low, row.shrunken_high)}; n = {int(row.n):,}"
            )
            strong = excludes_zero(row.shrunken_low, row.shrunken_high)
            ghost = (row.estimate, row.low, row.high)
            rows.append(
                DotRow(
                    str(row.category), row.shrunken, row.shrunken_low, row.shrunken_high, said, strong, ghost
                )
            )
    alt = (
        f"The slope in each segment, {confidence:.0%} intervals{f', {label}' if label else ''}; drawn towards the "
        "mean, and as it is. "
    ) + "; ".join(
        f"{r.segment} {r.category}: {number(r.shrunken)} {between(r.shrunken_low, r.shrunken_high)}, as it is "
        f"{number(r.estimate)} {between(r.low, r.high)}, n = {int(r.n):,}"
        for r in frame.itertuples()
    )

    def draw(figure: Figure) -> None:
        axis = figure.subplots()
        draw_rows(axis, rows)
        axis.set_xlabel(f"{label}\n(grey: as it is; below it: drawn towards the mean)".strip(), fontsize=8.5)

    return picture(draw, alt, width=7.8, height=height_of(rows))


@kept
def draw_leave_one_out(
    frame: pd.DataFrame, *, column: str, full: float, label: str = "", confidence: float = 0.95
) -> Picture:
    """The estimate without each group in turn: how far any one of them carries it.

    frame : one row a group: group, estimate and, where there are, low, high, n. full : with all groups.
    column : what was left out. A key (its name ends in _id) is never shown: such groups are numbered by rank,
    the smallest estimate first.
    """
    if frame.empty:
        return nothing_to_draw(f"There are too few groups of {column} to leave one out.")
    frame = frame.sort_values("estimate", kind="stable", ignore_index=True)
    names = group_names(frame, column)
    noun = CLUSTER_NOUNS.get(column, f"groups of {column}")
    alt = f"The estimate without each of {len(frame):,} {noun}; with all {number(full)}. " + _left_out_said(
        frame, names, confidence
    )
    if len(frame) > MOST_ROWS:
        return _many_left_out(frame, names, full, label, alt)
    low, high = (frame[c] if c in frame else pd.Series(math.nan, index=frame.index) for c in ("low", "high"))
    rows = [
        DotRow(f"without {name}", row.estimate, low[row.Index], high[row.Index], _value(row))
        for name, row in zip(names, frame.itertuples(), strict=True)
    ]

    def draw(figure: Figure) -> None:
        axis = figure.subplots()
        draw_rows(axis, rows, mean=full)
        axis.set_xlabel(f"{label}\n(dashed: with all, {number(full)})".strip(), fontsize=8.5)

    return picture(draw, alt, width=7.8, height=height_of(rows))


def group_names(frame: pd.DataFrame, column: str) -> list[str]:
    """The groups as they may be named: a key only by its rank."""
    if not column.endswith("_id"):
        return [str(group) for group in frame["group"]]
    return [f"{column.removesuffix('_id')} {rank}" for rank in range(1, len(frame) + 1)]


def _value(row: object) -> str:
    low, high = getattr(row, "low", math.nan), getattr(row, "high", math.nan)
    return number(row.estimate) + ("" if math.isnan(low) else f" {between(low, high)}")


def _left_out_said(frame: pd.DataFrame, names: list[str], confidence: float) -> str:
    if len(frame) > MOST_LISTED:
        ends = ((names[0], frame.iloc[0]), (names[-1], frame.iloc[-1]))
        return "From " + " to ".join(f"{number(row['estimate'])} without {name}" for name, row in ends) + "."
    intervals = f"{confidence:.0%} intervals. " if "low" in frame else ""
    said = (f"without {name}: {_value(row)}" for name, row in zip(names, frame.itertuples(), strict=True))
    return intervals + "; ".join(said)


def _many_left_out(frame: pd.DataFrame, names: list[str], full: float, label: str, alt: str) -> Picture:
    """Groups side by side in order of their estimate; only the first and the last are named."""

    def draw(figure: Figure) -> None:
        axis = figure.subplots()
        places = range(1, len(frame) + 1)
        axis.axhline(0, color=MUTED, linewidth=0.8)
        axis.axhline(full, color=MUTED, linewidth=1, linestyle="--")
        if "low" in frame:
            axis.vlines(places, frame["low"], frame["high"], color=MUTED, linewidth=0.8)
        axis.plot(places, frame["estimate"], "o", color=ACCENT, markersize=3)
        bottom, top = span_of([*frame["estimate"], *frame.get("low", []), *frame.get("high", []), full])
        room = 0.1 * (top - bottom)  # for the names of the first and the last
        axis.set_ylim(bottom - room, top + room)
        axis.set_xlim(0, len(frame) + 1)
        axis.set_xlabel(f"left out in turn, by rank (dashed: with all, {number(full)})", fontsize=8.5)
        axis.set_ylabel(wrapped(label), fontsize=8.5)
        for at, side in ((0, "left"), (-1, "right")):
            row = frame.iloc[at]
            axis.annotate(
                f"without {names[at]}: {number(row['estimate'])}",
                (places[at], row.get("low", row["estimate"]) if at == 0 else row.get("high", row["estimate"])),
                xytext=(0, -12 if at == 0 else 6), textcoords="offset points", ha=side, fontsize=8,
            )  # fmt: skip

    return picture(draw, alt, width=7.8)
