"""The picture of what a study covers: the rows of each source by month, each on its own scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from linkage.plots import ACCENT, MUTED, Picture, nothing_to_draw, picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEAST_BAR = 0.04
"""A bar may be low, but a month with rows is never drawn as one without."""
MOST_SOURCES = 24
"""More strips than this are no picture; the table below it has them all."""


def draw_months(coverage: pd.DataFrame) -> Picture:
    """Bars of rows by month, a strip a source, a month without any between others marked below its strip.

    coverage : source, month (2026-03), months (that a row speaks of), rows, stray (left out, and told).
    """
    meant = coverage[~coverage["stray"].astype(bool)] if len(coverage) else coverage
    if meant.empty:
        return nothing_to_draw("No source has a date: there is no coverage to draw.")
    first, last = meant["month"].min(), _last_month(meant)
    every = [str(m) for m in pd.period_range(first, last, freq="M")]
    names = list(dict.fromkeys(meant["source"]))
    shown = names[:MOST_SOURCES]
    strips = {name: meant[meant["source"] == name] for name in shown}
    said = [_words(name, part) for name, part in strips.items()]
    said += [f"{len(names) - len(shown)} more sources are not drawn"] if len(names) > len(shown) else []
    stray = int(coverage.loc[coverage["stray"].astype(bool), "rows"].sum())
    said += [f"{stray:,} rows far from these months are not drawn"] if stray else []

    def draw(figure: Figure) -> None:
        axes = figure.subplots(len(strips), 1, sharex=True, squeeze=False)[:, 0]
        for axis, (name, part) in zip(axes, strips.items(), strict=True):
            _draw_strip(axis, name, part, every)
        _mark_years(axes[-1], every)

    alt = f"Rows by month and source, {first} to {last}. {'. '.join(said)}."
    return picture(draw, alt, width=8.0, height=0.52 * len(strips) + 0.45)


def _last_month(meant: pd.DataFrame) -> str:
    """The last month that any row speaks of."""
    ends = [
        pd.Period(month, "M") + (months - 1)
        for month, months in zip(meant["month"], meant["months"], strict=True)
    ]
    return str(max(ends))


def _draw_strip(axis: Axes, name: str, part: pd.DataFrame, every: list[str]) -> None:
    """One source: bars on its own scale, its name and number of rows at the left, its best month at the right."""
    place = {month: i for i, month in enumerate(every)}
    most = int(part["rows"].max())
    left = [place[month] for month in part["month"]]
    step = int(part["months"].iloc[0])
    heights = (part["rows"] / most).clip(lower=LEAST_BAR)
    axis.bar(left, heights, width=step - 0.15, align="edge", color=ACCENT, linewidth=0)
    empty = [place[month] + (step - 0.1) / 2 for month in _empty(part)]
    axis.plot(empty, [0.12] * len(empty), "x", color=MUTED, markersize=4)
    axis.set_xlim(-0.3, len(every) + 0.3)
    axis.set_ylim(0, 1.15)
    axis.set_yticks([])
    axis.spines["left"].set_visible(False)
    axis.tick_params(axis="x", length=0)
    where = {"transform": axis.transAxes, "va": "center", "fontsize": 8}
    axis.text(-0.015, 0.66, name, ha="right", **where)
    axis.text(-0.015, 0.24, f"{int(part['rows'].sum()):,} rows", ha="right", color=MUTED, **where)
    axis.text(1.015, 0.45, f"at most {most:,}\na {_step_word(step)}", ha="left", color=MUTED, **where)


def _mark_years(axis: Axes, every: list[str]) -> None:
    """A year's name where it begins; where that would be too many, every second, fifth or tenth year's."""
    starts = [i for i, month in enumerate(every) if month.endswith("-01")] or [0]
    apart = next(n for n in (1, 2, 5, 10, 20, 50, 1000) if len(starts) / n <= 12)
    kept = starts[::apart]
    axis.set_xticks(kept, [every[i][:4] if every[i].endswith("-01") else every[i] for i in kept], fontsize=8)


def _step_word(step: int) -> str:
    return {1: "month", 3: "quarter", 6: "half-year", 12: "year"}.get(step, f"{step} months")


def _empty(part: pd.DataFrame) -> list[str]:
    """Months (or the first months of periods) between the first and the last of which no row speaks."""
    step = int(part["months"].iloc[0])
    every = pd.period_range(part["month"].min(), part["month"].max(), freq="M").astype(str)[::step]
    return sorted(set(every) - set(part["month"]))


def _words(name: str, part: pd.DataFrame) -> str:
    low, high = part.loc[part["rows"].idxmin()], part.loc[part["rows"].idxmax()]
    step, empty = _step_word(int(part["months"].iloc[0])), _empty(part)
    spread = f"from {int(low['rows']):,} ({low['month']}) to {int(high['rows']):,} ({high['month']})"
    if low["rows"] == high["rows"]:
        spread = f"{int(high['rows']):,} in each"
    none = f"; none in {empty[0] if len(empty) == 1 else f'{len(empty):,} {step}s'} between" if empty else ""
    steps = step if len(part) == 1 else f"{step}s"
    return f"{name}: {int(part['rows'].sum()):,} rows in {len(part)} {steps}, {spread}{none}"
