"""The specification curve: every reasonable way to ask, its estimate above, the choices behind it below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from linkage.cards.plots.dots import between, excludes_zero, span_of
from linkage.memory import kept
from linkage.plots import ACCENT, INK, MUTED, Picture, nothing_to_draw, picture
from linkage.sentences import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_CHOICES = 24
"""Rows of choices that a page can hold; the ones most specifications differ in are kept."""


@kept
def draw_specification_curve(
    frame: pd.DataFrame,
    *,
    choices: Sequence[str],
    estimate: str = "estimate",
    low: str = "low",
    high: str = "high",
    declared: str = "declared",
    label: str = "",
    confidence: float = 0.95,
) -> Picture:
    """Estimates under every choice, smallest first, over a matrix that marks each one's choices.

    frame : one row a specification. choices : its columns of choices: words, true or false, or the names held fixed
    (a tuple). declared : true for the one that was declared, which is marked. label : of the estimates' axis.
    """
    frame = frame.dropna(subset=[estimate]).sort_values(estimate, kind="stable", ignore_index=True)
    if frame.empty:
        return nothing_to_draw("No specification has an estimate.")
    table = frame.rename(columns={estimate: "estimate", low: "low", high: "high", declared: "declared"})
    marks = choice_marks(frame, choices)

    def draw(figure: Figure) -> None:
        tall = max(0.155 * len(marks.columns), 0.3)
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[2.2, tall])
        _draw_curve(upper, table, label)
        _draw_matrix(lower, marks, table["declared"])

    height = 2.7 + 0.175 * len(marks.columns)
    return picture(draw, _curve_said(table, marks, confidence), width=7.8, height=height)


def choice_marks(frame: pd.DataFrame, choices: Sequence[str]) -> pd.DataFrame:
    """One column an option, true where a specification took it; options that all or none took are left out."""
    made: dict[str, np.ndarray] = {}
    for name in choices:
        values, spoken = frame[name], name.replace("_", " ")
        if values.map(lambda v: isinstance(v, (tuple, list))).any():
            for option in dict.fromkeys(o for held in values for o in held):
                made[f"{spoken}: {option}"] = values.map(lambda held, o=option: o in held).to_numpy(
                    dtype=bool
                )
        elif set(values.unique()) <= {True, False}:
            made[spoken] = values.to_numpy(dtype=bool)
        else:
            for option in dict.fromkeys(values.astype(str)):
                made[f"{spoken}: {option}"] = (values.astype(str) == option).to_numpy()
    marks = pd.DataFrame(made, index=frame.index)
    share = marks.mean()
    marks = marks.loc[:, (share > 0) & (share < 1)]
    if marks.shape[1] <= MOST_CHOICES:
        return marks
    even = (marks.mean() - 0.5).abs().sort_values(kind="stable").index[:MOST_CHOICES]
    return marks[[c for c in marks if c in set(even)]]


def _draw_curve(axis: Axes, table: pd.DataFrame, label: str) -> None:
    places = np.arange(len(table))
    wide = 2.0 if len(table) < 40 else 1.0
    axis.axhline(0, color=MUTED, linewidth=0.8)
    colours = [
        ACCENT if excludes_zero(a, b) else MUTED for a, b in zip(table["low"], table["high"], strict=True)
    ]
    bottom, top = span_of([*table["estimate"], *table["low"], *table["high"]])
    ends = table["low"].clip(lower=bottom), table["high"].clip(upper=top)
    axis.vlines(places, *ends, color=colours, linewidth=wide * 0.8)
    axis.scatter(places, table["estimate"], c=colours, s=9 * wide, zorder=3)
    for at in np.flatnonzero(table["declared"]):
        row = table.iloc[at]
        axis.plot(at, row["estimate"], "D", color=INK, markersize=6, markerfacecolor="none", zorder=4)
        axis.axvline(at, color=MUTED, linewidth=0.8, linestyle=":")
        side = "left" if at < len(table) / 3 else "right" if at > 2 * len(table) / 3 else "center"
        axis.annotate(
            f"declared: {number(row['estimate'])}", (at, 1), xycoords=("data", "axes fraction"), xytext=(0, 2),
            textcoords="offset points", fontsize=8, ha=side, va="bottom", annotation_clip=False,
        )  # fmt: skip
    axis.set_ylim(bottom, top)
    axis.set_ylabel(label or "estimate", fontsize=8.5)
    axis.tick_params(axis="x", length=0, labelbottom=False)
    axis.tick_params(axis="y", labelsize=8)


def _draw_matrix(axis: Axes, marks: pd.DataFrame, declared: pd.Series) -> None:
    size = 14 if len(marks) < 60 else 6
    for place, name in enumerate(marks.columns[::-1]):
        taken = np.flatnonzero(marks[name])
        axis.scatter(taken, np.full(len(taken), place), color=MUTED, s=size, marker="s", linewidths=0)
        own = np.flatnonzero(marks[name].to_numpy() & declared.to_numpy(dtype=bool))
        axis.scatter(own, np.full(len(own), place), color=INK, s=size + 8, marker="s", linewidths=0)
    axis.set_yticks(range(marks.shape[1]), list(marks.columns[::-1]), fontsize=7.5)
    axis.set_ylim(-0.7, max(marks.shape[1] - 0.3, 0.5))
    axis.set_xlim(-1, len(marks))
    axis.set_xlabel(
        f"{len(marks):,} specifications, smallest estimate first (bold: as declared)", fontsize=8.5
    )
    axis.tick_params(axis="both", length=0)
    axis.set_xticks([])
    for side in ("left", "bottom"):
        axis.spines[side].set_visible(False)


def _curve_said(table: pd.DataFrame, marks: pd.DataFrame, confidence: float) -> str:
    values = table["estimate"]
    shown = [excludes_zero(a, b) for a, b in zip(table["low"], table["high"], strict=True)]
    own = table[table["declared"].astype(bool)]
    said = "".join(f" As declared {number(r.estimate)} {between(r.low, r.high)}." for r in own.itertuples())
    by_choice = "; ".join(
        f"{name}: median {number(values[marks[name]].median())} in {int(marks[name].sum()):,}"
        for name in marks
    )
    return (
        f"{len(table):,} specifications, {confidence:.0%} intervals: from {number(values.min())} to "
        f"{number(values.max())}, median {number(values.median())}; {sum(shown):,} of their intervals exclude zero, "
        f"{int((values > 0).sum()):,} lie above it and {int((values < 0).sum()):,} below.{said} {by_choice}"
    ).strip()
