"""The pictures of money: estimated in the page's accent, assumed in a colour of its own. Nothing is computed here."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING

import pandas as pd

from linkage.plots import ACCENT, INK, MUTED, Picture, nothing_to_draw, picture
from linkage.sentences import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from linkage.worth.result import Bridge

ASSUMED_COLOUR = "#b45309"
"""What nobody has measured; it differs from the accent in lightness too, and parts are named beside it."""

NAME_WIDTH = 44
"""Letters in a line of an input's name."""


def colour_of(basis: str) -> str:
    return ASSUMED_COLOUR if basis == "assumed" else ACCENT


def draw_tornado(answer: Bridge) -> Picture:
    """The net value with each input at the ends of its range, the one that matters most on top."""
    if answer.reason:
        return nothing_to_draw(f"{answer.label}: not valued. {answer.reason}")
    frame = answer.tornado.iloc[::-1]
    names = [_in_lines(f"{n} ({r.basis}: {r.range})") for n, r in frame.iterrows()]
    lines = sum(1 + name.count("\n") for name in names)
    stated = answer.estimates.loc["net present value", "stated"]
    alt = (
        f"{answer.label}: net present value {number(stated)} {answer.currency} over {answer.horizon_words} "
        "as stated (L0, assumed in part), with one input at a time at the ends of its range. "
        + "; ".join(
            f"{_arrowed(name)} ({r.basis}, {number(r.at_low)} to {number(r.at_high)}): {number(r.net_low)} to "
            f"{number(r.net_high)}"
            for name, r in answer.tornado.iterrows()
        )
    )

    def draw(figure: Figure) -> None:
        axis = figure.subplots()
        places = range(len(frame))
        left = frame[["net_low", "net_high"]].min(axis=1)
        axis.barh(places, frame["swing"], left=left, color=[colour_of(b) for b in frame["basis"]], height=0.6)
        axis.axvline(stated, color=INK, linewidth=1)
        axis.axvline(0, color=MUTED, linewidth=0.8, linestyle=":")
        axis.set_yticks(list(places), names, fontsize=8)
        _money_axis(axis, answer.currency)
        axis.set_title(f"{answer.label}: net present value, one input moved at a time")

    return picture(draw, alt, width=8.0, height=0.2 * len(frame) + 0.16 * lines + 1.0)


def _arrowed(name: object) -> str:
    return str(name).replace(" -> ", " \N{RIGHTWARDS ARROW} ")


def _in_lines(name: str) -> str:
    """An input's name in lines that leave the bars their room."""
    return "\n".join(wrap(_arrowed(name), NAME_WIDTH))


def draw_scenarios(answers: Sequence[Bridge]) -> Picture:
    """The net value of each scenario: what is expected, the mean of the draws, and 5 and 95 of 100."""
    valued = [a for a in answers if not a.reason][::-1]
    if not valued:
        return nothing_to_draw("No scenario was valued.")
    rows = [a.estimates.loc["net present value"] for a in valued]
    said = "Net present value by scenario (L0, assumed in part), mean and 5 to 95 % of the draws. "
    alt = said + "; ".join(
        f"{a.label}: {number(r.estimate)} ({number(r.p5)} to {number(r.p95)}) {a.currency} over {a.horizon_words}"
        for a, r in zip(valued[::-1], rows[::-1], strict=True)
    )

    def draw(figure: Figure) -> None:
        axis = figure.subplots()
        places = range(len(rows))
        axis.hlines(places, [r.p5 for r in rows], [r.p95 for r in rows], color=ASSUMED_COLOUR, linewidth=2.5)
        axis.plot([r.estimate for r in rows], places, "o", color=ASSUMED_COLOUR, markersize=7)
        axis.axvline(0, color=MUTED, linewidth=0.8)
        axis.set_ylim(-0.6, len(rows) - 0.4)
        axis.set_yticks(
            list(places), [f"{a.label}\n{a.link_level}, {a.horizon_words}" for a in valued], fontsize=8
        )
        _money_axis(axis, valued[0].currency)

    return picture(draw, alt, height=0.5 * len(rows) + 1.0)


def draw_amounts(
    frame: pd.DataFrame, *, title: str, currency: str, level: str = "", basis: str = "estimated"
) -> Picture:
    """Amounts with their intervals, a line each.

    frame : index = what, columns estimate, low, high, n, and level where they differ in it (`level` is of all).
    """
    known = frame.dropna(subset=["estimate"])
    if known.empty:
        return nothing_to_draw(f"{title}: nothing to show.")
    standing, own = f"{level}, {basis}" if level else basis, not level and "level" in known
    alt = f"{title}, in {currency}, {standing}. " + "; ".join(
        f"{_in_one_line(name)}: {number(r.estimate)} ({number(r.low)} to {number(r.high)}; n = {int(r.n):,}"
        + (f"; {r.level})" if own else ")")
        for name, r in known.iterrows()
    )
    rows = known.iloc[::-1]

    def draw(figure: Figure) -> None:
        axis = figure.subplots()
        places = range(len(rows))
        axis.hlines(places, rows["low"], rows["high"], color=colour_of(basis), linewidth=2.5)
        axis.plot(rows["estimate"], places, "o", color=colour_of(basis), markersize=6)
        axis.set_ylim(-0.6, len(rows) - 0.4)
        axis.set_yticks(list(places), [_said(name) for name in rows.index], fontsize=8)
        axis.set_title(title)
        _money_axis(axis, currency)

    lines = max(_said(name).count("\n") for name in rows.index)
    return picture(draw, alt, height=(0.36 + 0.1 * lines) * len(rows) + 1.0)


def draw_foretold(frame: pd.DataFrame, *, title: str, unit: str) -> Picture:
    """Foretold against actual. frame : index = group, columns predicted, actual, low, high (of actual), n."""
    known = frame.dropna(subset=["predicted", "actual"])
    if known.empty:
        return nothing_to_draw(f"{title}: nothing was held out.")
    alt = f"{title}: foretold and actual {unit}. " + "; ".join(
        f"{_said(name)}: foretold {number(r.predicted)}, actual {number(r.actual)} ({number(r.low)} to "
        f"{number(r.high)}; n = {int(r.n):,})"
        for name, r in known.iterrows()
    )

    def draw(figure: Figure) -> None:
        axis = figure.subplots()
        ends = [
            float(known[["predicted", "actual", "low"]].min().min()),
            float(known[["predicted", "actual", "high"]].max().max()),
        ]
        axis.plot(ends, ends, color=MUTED, linewidth=1)
        axis.vlines(known["predicted"], known["low"], known["high"], color=ACCENT, linewidth=1.5)
        axis.plot(known["predicted"], known["actual"], "o", color=ACCENT, markersize=5)
        for name, row in known.iterrows():
            axis.annotate(
                _said(name),
                (row["predicted"], row["actual"]),
                xytext=(6, -3),
                textcoords="offset points",
                fontsize=8,
            )
        axis.set_xlabel(f"foretold {unit}")
        axis.set_ylabel(f"actual {unit}")
        axis.set_title(title)

    return picture(draw, alt, width=6.0, height=3.6)


def _said(name: object) -> str:
    return ", ".join(map(str, name)) if isinstance(name, tuple) else str(name)


def _in_one_line(name: object) -> str:
    return _said(name).replace("\n", " ")


def _money_axis(axis: Axes, currency: str) -> None:
    axis.xaxis.set_major_formatter(lambda value, _: number(value))
    axis.tick_params(axis="x", labelsize=8)
    axis.set_xlabel(currency)


def draw_assumed_beside(frame: pd.DataFrame, currency: str) -> Picture:
    """Assumed figures in their colour, estimated ones in theirs.

    frame : index figure; estimate, low, high, horizon, level, basis.
    """
    alt = f"Assumed and estimated figures in {currency}. " + "; ".join(
        f"{name} ({r.level}, {r.basis}, {r.horizon}): {number(r.estimate)} ({number(r.low)} to {number(r.high)})"
        for name, r in frame.iterrows()
    )
    rows = frame.iloc[::-1]

    def draw(figure: Figure) -> None:
        axis = figure.subplots()
        places = range(len(rows))
        axis.barh(
            places, rows["estimate"], color=[colour_of(b) for b in rows["basis"]], height=0.6, alpha=0.8
        )
        axis.hlines(places, rows["low"], rows["high"], color=INK, linewidth=1.2)
        axis.set_yticks(
            list(places), [f"{n} ({b})" for n, b in zip(rows.index, rows["basis"], strict=True)], fontsize=8
        )
        _money_axis(axis, currency)

    return picture(draw, alt, width=8.0, height=0.32 * len(rows) + 0.9)
