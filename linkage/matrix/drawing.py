"""The link matrix as small multiples: a panel an outcome, a dot with its interval a driver."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING

import pandas as pd

from linkage.memory import kept
from linkage.plots import ACCENT, MUTED, Picture, nothing_to_draw, picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ACROSS = 3
"""Panels in a row."""
NAME, TITLE = 30, 36
"""Letters in a line of a driver's name and of a panel's title: what three panels leave for them."""


@kept
def draw_matrix(rows: pd.DataFrame) -> Picture:
    """Partial correlations with their intervals, filled where shown. rows : the estimates of a LinkMatrix."""
    rows = rows[rows["correlation"].notna()]
    if rows.empty:
        return nothing_to_draw("No pair could be asked.")
    every = list(dict.fromkeys(rows["outcome"]))
    outcomes = [o for o in every if rows.loc[rows["outcome"] == o, "shown"].any()] or every[:ACROSS]
    drivers = list(dict.fromkeys(rows.loc[rows["outcome"].isin(outcomes), "driver"]))
    alt = "Partial correlations by outcome, 95% intervals. " + ". ".join(
        f"{outcome}: " + "; ".join(_said(row) for row in rows[rows["outcome"] == outcome].itertuples())
        for outcome in outcomes
    )
    others = [o for o in every if o not in outcomes]
    alt += f". Not drawn, as nothing is shown: {', '.join(others)}" if others else ""
    lines = math.ceil(len(outcomes) / ACROSS)

    def draw(figure: Figure) -> None:
        axes = figure.subplots(lines, min(ACROSS, len(outcomes)), squeeze=False).ravel()
        reach = max(0.1, min(1.0, float(rows[["correlation_low", "correlation_high"]].abs().max().max())))
        for place, (axis, outcome) in enumerate(zip(axes, outcomes, strict=False)):
            _draw_panel(axis, rows[rows["outcome"] == outcome], drivers, outcome, named=place % ACROSS == 0)
            axis.set_xlim(-reach * 1.05, reach * 1.05)
        for axis in axes[len(outcomes) :]:
            axis.set_visible(False)

    tall = 0.13 * sum(textwrap.fill(name, NAME).count("\n") for name in drivers)
    return picture(draw, alt, width=8.4, height=lines * (0.21 * len(drivers) + tall + 0.55) + 0.3)


def _said(row) -> str:
    mark = "" if row.shown else ", not shown"
    return f"{row.driver} {row.correlation:+.2f} ({row.correlation_low:+.2f} to {row.correlation_high:+.2f}{mark})"


def _draw_panel(axis: Axes, rows: pd.DataFrame, drivers: list[str], outcome: str, *, named: bool) -> None:
    """One outcome's dots. named : with the drivers at the left; ticks are what a panel costs most."""
    places = pd.Series(range(len(drivers) - 1, -1, -1), index=drivers)
    axis.axvline(0, color=MUTED, linewidth=0.8)
    for shown, part in rows.groupby("shown"):
        at, colour = places[part["driver"]], ACCENT if shown else MUTED
        axis.hlines(at, part["correlation_low"], part["correlation_high"], color=colour, linewidth=1.6)
        style = "full" if shown else "none"
        axis.plot(part["correlation"], at, "o", color=colour, markersize=4, fillstyle=style)
    axis.set_yticks(
        list(places) if named else [], [textwrap.fill(d, NAME) for d in drivers] if named else [], fontsize=7
    )
    axis.tick_params(axis="x", labelsize=7)
    axis.set_title(textwrap.fill(outcome, TITLE), fontsize=8)
    axis.set_ylim(-0.7, len(drivers) - 0.3)
