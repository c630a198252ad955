"""Goals as pictures: the outcome in bands along a metric, the fitted line, the goal and its interval shaded."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from linkage.errors import LinkError
from linkage.goals.words import whole
from linkage.memory import kept
from linkage.plots import ACCENT, INK, MUTED, Picture, nothing_to_draw, picture
from linkage.sentences import number, plural, signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from linkage.goals.asking import OperationalGoals
    from linkage.goals.promise import PromiseEffect

ACROSS = 3


@kept
def draw_goal(goals: OperationalGoals, metric: str) -> Picture:
    """One metric: bands with their intervals, the fitted outcome, the goal with its interval shaded."""
    if metric not in goals.estimates.index:
        known = ", ".join(goals.estimates.index) or "none"
        raise LinkError(f"There is no metric {metric!r} here. There are: {known}.")
    if metric not in goals.curves:
        return nothing_to_draw(f"{goals.estimates.loc[metric, 'label']} was not assessed.")
    alt = _said(goals, metric)
    return picture(lambda figure: _draw(figure.subplots(), goals, metric, large=True), alt, height=3.6)


@kept
def draw_goals(goals: OperationalGoals) -> Picture:
    """All metrics that were assessed, a panel each, those with a goal first."""
    names = [n for n in goals.estimates.index if n in goals.curves]
    if not names:
        return nothing_to_draw("No operational metric could be assessed.")
    names.sort(key=lambda n: goals.estimates.loc[n, "kind"] == "none")  # stable: else in order of declaration
    alt = " ".join(_said(goals, name) for name in names)
    lines = math.ceil(len(names) / ACROSS)

    def draw(figure: Figure) -> None:
        same = goals.estimates.loc[names, "outcome"].nunique() == 1  # then a flat line looks flat
        axes = figure.subplots(lines, min(ACROSS, len(names)), squeeze=False, sharey=same).ravel()
        for axis, name in zip(axes, names, strict=False):
            _draw(axis, goals, name, large=False)
        for axis in axes[len(names) :]:
            axis.set_visible(False)

    return picture(draw, alt, width=8.6, height=2.3 * lines + 0.3)


def _said(goals: OperationalGoals, metric: str) -> str:
    row = goals.estimates.loc[metric]
    bands = _bands(goals, metric)
    listed = "; ".join(
        f"{whole(b.driver_low)} to {whole(b.driver_high)}: {number(b.estimate)} ({number(b.low)} to "
        f"{number(b.high)}; n = {int(b.n):,})"
        for b in bands.itertuples()
    )
    goal = (
        f"goal {row['direction']} {_goal_words(row)}" if row["kind"] != "none" else f"no goal, {row['found']}"
    )
    return f"{row['label']}: {goal}. {row['outcome_label']} in bands, {goals.confidence:.0%} intervals: {listed}."


def _goal_words(row: pd.Series) -> str:
    unit = plural(row["unit"], row["estimate"])
    return f"{whole(row['estimate'])} {unit} ({whole(row['low'])} to {whole(row['high'])})"


def _bands(goals: OperationalGoals, metric: str) -> pd.DataFrame:
    return goals.bands[goals.bands["metric"] == metric] if len(goals.bands) else goals.bands


def _draw(axis: Axes, goals: OperationalGoals, metric: str, *, large: bool) -> None:
    row, curve, bands = goals.estimates.loc[metric], goals.curves[metric], _bands(goals, metric)
    has_goal = row["kind"] != "none"
    colour = ACCENT if has_goal else MUTED
    size = 9 if large else 7
    axis.fill_between(curve["driver"], curve["low"], curve["high"], color=colour, alpha=0.2, linewidth=0)
    axis.plot(curve["driver"], curve["estimate"], color=colour, linewidth=1.8 if large else 1.3)
    if len(bands):
        axis.vlines(bands["driver_mean"], bands["low"], bands["high"], color=INK, linewidth=1.1)
        axis.plot(bands["driver_mean"], bands["estimate"], "o", color=INK, markersize=4 if large else 2.5)
    if has_goal:
        axis.axvspan(row["low"], row["high"], color=MUTED, alpha=0.3, linewidth=0)
        axis.axvline(row["estimate"], color=INK, linewidth=1, linestyle=":")
        axis.annotate(
            f"{row['direction']} {_goal_words(row) if large else whole(row['estimate'])}",
            (row["estimate"], 1), xycoords=("data", "axes fraction"), xytext=(0, 3), textcoords="offset points",
            ha="center", va="bottom", fontsize=size, annotation_clip=False,
        )  # fmt: skip
    axis.set_xlabel(f"{row['label']}, {plural(row['unit'])}" if row["unit"] else row["label"], fontsize=size)
    axis.set_ylabel(row["outcome_label"], fontsize=size)
    axis.tick_params(labelsize=size)
    if not has_goal:
        axis.set_title(f"no goal: {row['found']}", fontsize=size, color=MUTED)


@kept
def draw_promise(found: PromiseEffect) -> Picture:
    """The outcome of promises exceeded, kept and broken, each labelled with its share of the last period."""
    groups = found.groups
    if groups.empty:
        return nothing_to_draw(found.reason or "Too few promises in any group to draw.")
    listed = "; ".join(
        f"{r.Index}: {number(r.estimate)} ({number(r.low)} to {number(r.high)}; n = {int(r.n):,}), {r.share:.0%} of "
        "the last period's"
        for r in groups.itertuples()
    )
    later, earlier = (found.estimates.iloc[k]["estimate"] for k in (0, 1))
    alt = (
        f"{found.outcome} by promise, {found.confidence:.0%} intervals. {listed}. A day later {signed(later)}, a day "
        f"earlier {signed(earlier)}."
    )

    def draw(figure: Figure) -> None:
        axis = figure.subplots()
        places = range(len(groups))
        axis.vlines(places, groups["low"], groups["high"], color=ACCENT, linewidth=2)
        axis.plot(places, groups["estimate"], "o", color=ACCENT, markersize=6)
        for place, row in zip(places, groups.itertuples(), strict=True):
            axis.annotate(
                f"{number(row.estimate)}; {row.share:.0%} of promises", (place, row.estimate), xytext=(8, -3),
                textcoords="offset points", fontsize=9,
            )  # fmt: skip
        axis.set_xticks(list(places), list(groups.index))
        axis.set_xlim(-0.4, len(groups) - 0.2)
        axis.set_ylabel(found.outcome)

    return picture(draw, alt, height=2.8)
