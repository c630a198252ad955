"""Pictures of the chain, of a training, and of units against what their conditions predict."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from linkage.cards.plots.dots import DotRow, draw_rows, height_of
from linkage.plots import ACCENT, INK, MUTED, Picture, nothing_to_draw, picture
from linkage.sentences import number

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from linkage.constituency.deviants_result import PositiveDeviance
    from linkage.constituency.result import Constituency

MOST_DOTS = 150


def draw_chains(found: Constituency) -> Picture:
    """A panel a chain and way to ask it: each path on a scale of its own would hide which is sure, so in errors."""
    if found.estimates.empty:
        return nothing_to_draw("There is no chain to draw: " + "; ".join(found.missing.values()))
    blocks = list(found.estimates.groupby(["chain", "how"], sort=False))
    alt = "Paths of each chain, bootstrap intervals. " + ". ".join(
        f"{_arrowed(found, chain)} ({how}): "
        + "; ".join(f"{_arrowed(found, r.path)} {_said(r)}" for r in rows.itertuples())
        for (chain, how), rows in blocks
    )
    lines = [
        [DotRow(f"{_arrowed(found, chain)} ({how})", is_heading=True)]
        + [_path(found, r) for r in rows.itertuples()]
        for (chain, how), rows in blocks
    ]

    def draw(figure: Figure) -> None:
        axes = figure.subplots(len(lines), 1, squeeze=False, height_ratios=[len(x) for x in lines])[:, 0]
        for axis, rows in zip(axes, lines, strict=True):
            draw_rows(axis, rows)
        axes[-1].set_xlabel("in standard errors: a filled dot's interval excludes zero", fontsize=8)

    return picture(draw, alt, width=7.6, height=sum(height_of(x) for x in lines))


def _arrowed(found: Constituency, path: str) -> str:
    return found.called(path).replace(" -> ", " → ")


def _path(found: Constituency, row) -> DotRow:
    """One path, divided by its error, so that paths of other units stand on one axis."""
    error = row.std_error or 1.0
    return DotRow(
        _arrowed(found, row.path), row.estimate / error, row.low / error, row.high / error, _said(row),
        is_strong=row.path in ("indirect",) or " -> " in row.path,
    )  # fmt: skip


def _said(row) -> str:
    return f"{number(row.estimate)} ({number(row.low)} to {number(row.high)})"


def draw_training(found: Constituency) -> Picture:
    """The difference between trained and not yet trained, period by period, against the last one before."""
    if found.training is None:
        return nothing_to_draw(found.missing.get("training", "There is no training to draw."))
    events, outcome = found.training.events.dropna(subset=["estimate"]), found.training.outcome
    label = found.columns[outcome].label
    whole = found.training.estimates.loc["before and after"]
    alt = (
        f"{label} around a training, {found.confidence:.0%} intervals; from it on "
        f"{number(whole['estimate'])} ({number(whole['low'])} to {number(whole['high'])}). "
        + "; ".join(f"{r.event_time:+d}: {_said(r)}, n = {r.n:,}" for r in events.itertuples())
    )

    def draw(figure: Figure) -> None:
        axis = figure.subplots()
        axis.axhline(0, color=MUTED, linewidth=0.8)
        axis.axvline(-0.5, color=MUTED, linewidth=0.8, linestyle="--")
        after = events[events["event_time"] >= 0]
        axis.fill_between(
            [-0.5, float(after["event_time"].max()) + 0.3], whole["low"], whole["high"], color=ACCENT, alpha=0.15,
            linewidth=0,
        )  # fmt: skip
        axis.vlines(events["event_time"], events["low"], events["high"], color=INK, linewidth=1.4)
        axis.plot(events["event_time"], events["estimate"], "o", color=INK, markersize=5)
        axis.set_xticks(list(events["event_time"]))
        axis.set_xlabel("periods since the training; the band is the difference from it on")
        axis.set_ylabel(f"{label}\nagainst the period before", fontsize=9)

    return picture(draw, alt, height=3.4)


def draw_deviance(found: PositiveDeviance) -> Picture:
    """Every unit's distance from what its conditions predict, drawn towards none; named units in colour."""
    table = found.estimates.sort_values("estimate").reset_index(drop=True)
    if table.empty:
        return nothing_to_draw(found.reason or "There is no unit to draw.")

    def draw(figure: Figure) -> None:
        axis = figure.subplots()
        colours = np.where(table["is_better"], ACCENT, MUTED)
        axis.axhline(0, color=MUTED, linewidth=0.8)
        if len(table) > MOST_DOTS:  # a line each would be a large picture of a grey band
            for is_named, colour in ((False, MUTED), (True, ACCENT)):
                chosen = (table["is_better"] == is_named).to_numpy()
                band = {"where": chosen, "color": colour, "alpha": 0.35, "linewidth": 0}
                axis.fill_between(table.index, table["low"], table["high"], **band)
            axis.plot(table.index, table["estimate"], color=INK, linewidth=1)
        else:
            axis.vlines(table.index, table["low"], table["high"], color=colours, linewidth=1.8)
            axis.scatter(table.index, table["estimate"], c=colours, s=14, zorder=3)
        axis.set_xticks([])
        axis.set_xlabel(
            f"{len(table):,} units, from the farthest below to the farthest above what is predicted"
        )
        axis.set_ylabel(found.outcome_label, fontsize=9)

    return picture(draw, _deviance_words(found, table), height=3.4)


def _deviance_words(found: PositiveDeviance, table: pd.DataFrame) -> str:
    """The picture in words: how many units, how far apart, and who is named."""
    better = table[table["is_better"]]
    named = "; ".join(
        f"{r.name} {_said(r)}" for r in better[["name", "estimate", "low", "high"]].itertuples(index=False)
    )
    named = named if len(better) <= 40 else f"{len(better):,} units"
    return (
        f"{found.outcome_label}: distance of {len(table):,} units from what their conditions predict, "
        f"{number(table['estimate'].min())} to {number(table['estimate'].max())}. Better than predicted: "
        f"{named or 'none'}."
    )
