"""Trends drawn: a small panel each, every point with its interval."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pandas as pd

from linkage.plots import ACCENT, MUTED, Picture, nothing_to_draw, picture
from linkage.sentences import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ACROSS = 3
LABEL_WIDTH = 34
MOST_PERIODS = 12
"""More periods than fit a small panel are not drawn; the table beside it has them all."""


def draw_trends(rows: pd.DataFrame) -> Picture:
    """A panel for each series, its periods from left to right on one calendar for all.

    rows : what, name, driver, label, period, estimate, low, high of series with two periods or more. An estimate
    that is not linked is drawn hollow and grey, so that it is told apart without colour. An interval without an end is
    drawn to the edge of its panel.
    """
    if rows.empty:
        return nothing_to_draw("No figure has been published of two periods.")
    periods = sorted(rows["period"].unique())[-MOST_PERIODS:]
    rows = rows[rows["period"].isin(periods)]
    series = [part for _, part in rows.groupby(["name", "driver"], sort=False)]
    down = -(-len(series) // ACROSS)

    def draw(figure: Figure) -> None:
        axes = figure.subplots(down, ACROSS, squeeze=False).ravel()
        for axis, part in zip(axes, series, strict=False):
            _draw_series(axis, part, periods)
        for axis in axes[len(series) :]:
            axis.set_axis_off()

    return picture(draw, _alternative(series, periods), width=8.4, height=1.55 * down + 0.2)


def _alternative(series: list[pd.DataFrame], periods: list[str]) -> str:
    """What is seen, in words: the first and the newest of each series; a table beside the picture has the rest."""
    said = "; ".join(f"{part['label'].iloc[0]}: {_ends(part)}" for part in series)
    return f"Trends over {periods[0]} to {periods[-1]} with 95% intervals, one panel each. {said}."


def _ends(part: pd.DataFrame) -> str:
    ends = [part.iloc[0]] if len(part) == 1 else [part.iloc[0], part.iloc[-1]]
    return ", ".join(f"{number(r.estimate)} ({_interval(r)}) in {r.period}" for r in ends)


def _interval(row: pd.Series) -> str:
    if pd.isna(row["low"]) and pd.isna(row["high"]):
        return "no interval"
    low, high = ("without bound" if pd.isna(v) else number(v) for v in (row["low"], row["high"]))
    return f"{low} to {high}"


def _draw_series(axis: Axes, part: pd.DataFrame, periods: list[str]) -> None:
    places = [periods.index(period) for period in part["period"]]
    axis.plot(places, part["estimate"], color=MUTED, linewidth=0.8, zorder=1)
    for place, row in zip(places, part.to_dict("records"), strict=True):
        _draw_point(axis, place, row)
    if (part["what"] == "link").all():
        axis.axhline(0, color=MUTED, linewidth=0.8, linestyle=":")
    axis.set_xlim(-0.6, len(periods) - 0.4)
    axis.set_xticks([0, len(periods) - 1], [periods[0], periods[-1]], fontsize=8)
    axis.tick_params(axis="y", labelsize=8)
    axis.margins(y=0.22)
    axis.locator_params(axis="y", nbins=3)
    axis.set_title(textwrap.fill(part["label"].iloc[0], LABEL_WIDTH), fontsize=8.5)
    last = part.iloc[-1]
    axis.annotate(number(last["estimate"]), (places[-1], last["estimate"]), xytext=(-4, 5),
                  textcoords="offset points", fontsize=8, ha="right")  # fmt: skip


def _draw_point(axis: Axes, place: int, row: dict) -> None:
    shown = row["verdict"] in ("linked", "")
    colour = ACCENT if shown else MUTED
    if pd.notna(row["low"]) and pd.notna(row["high"]):
        axis.plot(
            [place, place], [row["low"], row["high"]], color=colour, linewidth=1.6 if shown else 0.8, zorder=2
        )
    axis.plot(place, row["estimate"], "o", color=colour, markersize=4.5 if shown else 6, zorder=3,
              markerfacecolor=colour if shown else "none")  # fmt: skip
