"""Rows of dots with intervals on one scale: the shared part of the ladder, the segments and what is left out."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from linkage.plots import ACCENT, INK, MUTED
from linkage.sentences import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW_HEIGHT = 0.34
MOST_LISTED = 60
"""An alternative text names every number up to so many rows; beyond, their range."""


@dataclass(frozen=True)
class DotRow:
    """One line of a picture. said : at its right. is_strong : the estimate meant; others are grey. ghost : a second,
    paler estimate with its interval above it. is_heading : words alone."""

    label: str
    estimate: float = math.nan
    low: float = math.nan
    high: float = math.nan
    said: str = ""
    is_strong: bool = True
    ghost: tuple[float, float, float] | None = None
    is_heading: bool = False


def between(low: float, high: float) -> str:
    """An interval in brackets; a side without a bound is said to be open."""
    if not math.isfinite(low) and not math.isfinite(high):
        return "(no bounds)"
    return f"({number(low)} to {number(high)})"


def excludes_zero(low: float, high: float) -> bool:
    return bool(low > 0 or high < 0)


def span_of(values: Sequence[float], *, zero: bool = True) -> tuple[float, float]:
    """The ends of an axis that holds all finite values (and zero), with a little room."""
    finite = [v for v in values if math.isfinite(v)] + ([0.0] if zero else [])
    low, high = min(finite, default=-1.0), max(finite, default=1.0)
    room = 0.06 * (high - low) or max(abs(high), 1.0) * 0.1
    return low - room, high + room


def draw_rows(axis: Axes, rows: Sequence[DotRow], *, mean: float | None = None, zero: bool = True) -> None:
    """Rows from the top down: a filled dot where the interval excludes zero, an open one where it does not."""
    ends = [v for r in rows for v in (r.estimate, r.low, r.high, *(r.ghost or ()))]
    low, high = span_of(ends, zero=zero)
    if zero:
        axis.axvline(0, color=MUTED, linewidth=0.8)
    if mean is not None:
        axis.axvline(mean, color=MUTED, linewidth=1, linestyle="--")
    places = np.arange(len(rows))[::-1]
    for place, row in zip(places, rows, strict=True):
        if row.ghost is not None:
            draw_dot(axis, row.ghost, place + 0.22, (low, high), color=MUTED, size=3, width=1)
        if math.isfinite(row.estimate):
            where = place - 0.1 if row.ghost is not None else place
            colour = ACCENT if row.is_strong else MUTED
            draw_dot(
                axis, (row.estimate, row.low, row.high), where, (low, high), color=colour, size=5.5, width=2
            )
        axis.annotate(
            row.said, (1, place), xycoords=("axes fraction", "data"), xytext=(6, 0), textcoords="offset points",
            va="center", fontsize=8, color=INK if math.isfinite(row.estimate) else MUTED,
        )  # fmt: skip
    axis.set_xlim(low, high)
    axis.set_ylim(-0.7, len(rows) - 0.3)
    axis.set_yticks(list(places), [wrapped(r.label) for r in rows], fontsize=8.5)
    for label, row in zip(axis.get_yticklabels(), rows, strict=True):
        label.set_fontweight("bold" if row.is_heading else "normal")
    axis.tick_params(axis="y", length=0)
    axis.tick_params(axis="x", labelsize=8)
    axis.locator_params(axis="x", nbins=5)
    axis.spines["left"].set_visible(False)


def draw_dot(
    axis: Axes,
    value: tuple[float, float, float],
    place: float,
    ends: tuple[float, float],
    *,
    color: str,
    size: float,
    width: float,
) -> None:
    """One estimate; an interval without a bound runs to the picture's edge."""
    estimate, low, high = value
    if math.isnan(low) or math.isnan(high):
        low = high = estimate
    low, high = max(low, ends[0]), min(high, ends[1])
    axis.plot([low, high], [place, place], color=color, linewidth=width, solid_capstyle="butt")
    shown = excludes_zero(value[1], value[2]) or math.isnan(value[1])
    face = color if shown else "none"
    axis.plot(estimate, place, "o", color=color, markersize=size, markerfacecolor=face, markeredgewidth=1.4)


def wrapped(text: str, width: int = 36) -> str:
    return "\n".join(part for line in text.split("\n") for part in textwrap.wrap(line, width)) or " "


def height_of(rows: Sequence[DotRow]) -> float:
    """A figure's height in inches for so many rows, wrapped labels counted."""
    return sum(max(ROW_HEIGHT, 0.16 * (wrapped(r.label).count("\n") + 1) + 0.1) for r in rows) + 0.9
