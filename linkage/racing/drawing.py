"""The race as dots with intervals: a panel an outcome, a line a metric."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from linkage.memory import kept
from linkage.plots import ACCENT, MUTED, Picture, nothing_to_draw, picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ACROSS = 2


@kept
def draw_race(rows: pd.DataFrame) -> Picture:
    """Share of the next period's error that each metric saves. rows : the estimates of a MetricRace."""
    if rows.empty:
        return nothing_to_draw("No race could be run.")
    panels = list(rows.groupby(["outcome", "heat"], sort=False))
    alt = "Share of the next period's squared error saved, 95% intervals. " + ". ".join(
        f"{outcome} ({heat}): "
        + "; ".join(f"{r.metric} {r.share:.2%} ({r.low:.2%} to {r.high:.2%})" for r in part.itertuples())
        for (outcome, heat), part in panels
    )
    lines = -(-len(panels) // ACROSS)
    longest = max(len(part) for _, part in panels)

    def draw(figure: Figure) -> None:
        axes = figure.subplots(lines, ACROSS, squeeze=False).ravel()
        for axis, ((outcome, _), part) in zip(axes, panels, strict=False):
            places = range(len(part) - 1, -1, -1)
            axis.axvline(0, color=MUTED, linewidth=0.8)
            shown = part["low"] > 0
            for marks, colour in ((part[shown], ACCENT), (part[~shown], MUTED)):
                at = [place for place, row in zip(places, shown, strict=True) if row == (colour == ACCENT)]
                axis.hlines(at, 100 * marks["low"], 100 * marks["high"], color=colour, linewidth=1.6)
                axis.plot(100 * marks["share"], at, "o", color=colour, markersize=4)
            axis.set_yticks(list(places), list(part["metric"]), fontsize=7)
            axis.tick_params(axis="x", labelsize=7)
            axis.set_title(outcome, fontsize=8)
            axis.set_xlabel("% of the error saved", fontsize=7)
        for axis in axes[len(panels) :]:
            axis.set_visible(False)

    return picture(draw, alt, width=8.4, height=lines * (0.2 * longest + 0.9))
