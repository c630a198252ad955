"""An outcome along its driver, and a link along the lags: pictures with the driver or time from left to right."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from linkage.cards.plots.dots import between, excludes_zero, span_of
from linkage.memory import kept
from linkage.plots import ACCENT, INK, MUTED, Picture, nothing_to_draw, picture
from linkage.sentences import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@kept
def draw_binned_shape(
    bins: pd.DataFrame,
    curve: pd.DataFrame,
    *,
    driver: str,
    outcome: str,
    place: tuple[float, float, float] | None = None,
    confidence: float = 0.95,
) -> Picture:
    """Binned means of the outcome along the driver, with the fitted line or curve and its band.

    bins : driver_mean, estimate, low, high, n, one row a bin. curve : driver, estimate, low, high. driver, outcome :
    axis labels. place : of a break, with the ends of its interval.
    """
    if bins.empty and curve.empty:
        return nothing_to_draw(f"Too few rows to draw {outcome} along {driver}.")
    alt = _shape_said(bins, curve, driver, outcome, place, confidence)

    def draw(figure: Figure) -> None:
        axis = figure.subplots()
        if not curve.empty:
            axis.fill_between(
                curve["driver"], curve["low"], curve["high"], color=ACCENT, alpha=0.2, linewidth=0
            )
            axis.plot(curve["driver"], curve["estimate"], color=ACCENT, linewidth=1.8)
        if not bins.empty:
            axis.vlines(bins["driver_mean"], bins["low"], bins["high"], color=INK, linewidth=1.2)
            axis.plot(bins["driver_mean"], bins["estimate"], "o", color=INK, markersize=4)
        if place is not None:
            _mark_break(axis, place)
        axis.set_xlabel(driver)
        axis.set_ylabel(outcome)

    return picture(draw, alt)


def _mark_break(axis: Axes, place: tuple[float, float, float]) -> None:
    estimate, low, high = place
    axis.axvspan(low, high, color=MUTED, alpha=0.25, linewidth=0)
    axis.axvline(estimate, color=MUTED, linewidth=1, linestyle=":")
    axis.annotate(
        f"break at {number(estimate)} {between(low, high)}", (estimate, 1), xycoords=("data", "axes fraction"),
        xytext=(0, 3), textcoords="offset points", ha="center", va="bottom", fontsize=8, annotation_clip=False,
    )  # fmt: skip


def _shape_said(bins, curve, driver, outcome, place, confidence: float) -> str:
    breaks = f" A break at {number(place[0])} {between(*place[1:])}." if place else ""
    ends = ""
    if not curve.empty:
        first, last = curve.iloc[0], curve.iloc[-1]
        ends = (
            f" The fitted line runs from {number(first['estimate'])} at {number(first['driver'])} to "
            f"{number(last['estimate'])} at {number(last['driver'])}."
        )
    listed = "; ".join(
        f"around {number(r.driver_mean)}: {number(r.estimate)} {between(r.low, r.high)}, n = {int(r.n):,}"
        for r in bins.itertuples()
    )
    return f"Mean {outcome} along {driver}, {confidence:.0%} intervals.{breaks}{ends} {listed}".strip()


@kept
def draw_lag_profile(
    frame: pd.DataFrame,
    *,
    label: str = "",
    period: str = "period",
    declared: int | None = None,
    confidence: float = 0.95,
) -> Picture:
    """The slope at each lag, leads at the left: an outcome that comes before its driver cannot follow from it.

    frame : lag (column or index; below zero the outcome comes first), estimate, low, high and, where there is, n.
    declared : the lag that was fixed beforehand.
    """
    frame = (frame if "lag" in frame else frame.reset_index()).dropna(subset=["estimate"]).sort_values("lag")
    if frame.empty:
        return nothing_to_draw("No lag has rows enough to draw.")
    alt = f"The slope at each lag in {period}s, {confidence:.0%} intervals; below zero the outcome comes first. "
    alt += "; ".join(
        f"{_lag_name(int(r.lag))}{' (declared)' if r.lag == declared else ''}: {number(r.estimate)} "
        f"{between(r.low, r.high)}" + (f", n = {int(r.n):,}" if "n" in frame else "")
        for r in frame.itertuples()
    )

    def draw(figure: Figure) -> None:
        axis = figure.subplots()
        bottom, top = span_of([*frame["estimate"], *frame["low"], *frame["high"]])
        axis.axhline(0, color=MUTED, linewidth=0.8)
        if (frame["lag"] < 0).any():
            _mark_leads(axis, float(frame["lag"].min()))
        for row in frame.itertuples():
            _draw_lag(axis, row, (bottom, top), is_declared=row.lag == declared)
        axis.set_ylim(bottom, top + 0.14 * (top - bottom))
        axis.set_xticks(frame["lag"], [_signed_lag(int(lag)) for lag in frame["lag"]])
        axis.set_xlim(frame["lag"].min() - 0.6, frame["lag"].max() + 0.6)
        axis.set_xlabel(f"lag: {period}s from driver to outcome", fontsize=9)
        axis.set_ylabel(label, fontsize=9)

    return picture(draw, alt)


def _signed_lag(lag: int) -> str:
    return f"{lag:+d}".replace("-", "\N{MINUS SIGN}") if lag else "0"


def _lag_name(lag: int) -> str:
    return f"lead {-lag}" if lag < 0 else f"lag {lag}"


def _mark_leads(axis: Axes, first: float) -> None:
    axis.axvspan(first - 0.6, -0.5, color=MUTED, alpha=0.14, linewidth=0)
    axis.annotate(
        "outcome first", (-0.5, 1), xycoords=("data", "axes fraction"), xytext=(-4, -2), textcoords="offset points",
        ha="right", va="top", fontsize=7.5, color=MUTED,
    )  # fmt: skip


def _draw_lag(axis: Axes, row: object, ends: tuple[float, float], *, is_declared: bool) -> None:
    colour = ACCENT if excludes_zero(row.low, row.high) else MUTED
    low, high = (v if math.isfinite(v) else end for v, end in zip((row.low, row.high), ends, strict=True))
    axis.plot([row.lag, row.lag], [low, high], color=colour, linewidth=2)
    face = colour if excludes_zero(row.low, row.high) else "none"
    axis.plot(
        row.lag, row.estimate, "o", color=colour, markersize=6, markerfacecolor=face, markeredgewidth=1.4
    )
    said = f"declared\n{number(row.estimate)}" if is_declared else number(row.estimate)
    axis.annotate(
        said, (row.lag, high), xytext=(0, 3), textcoords="offset points", ha="center", va="bottom", fontsize=8,
        fontweight="bold" if is_declared else "normal",
    )  # fmt: skip
