"""Importance against performance: what counts for the outcome, and how well it is done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from linkage.cards.plots.dots import between
from linkage.plots import ACCENT, INK, MUTED, Picture, nothing_to_draw, picture
from linkage.sentences import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CORNERS = {
    (0, 1): "counts, weak: improve first",
    (1, 1): "counts, strong: keep up",
    (0, 0): "counts little, weak",
    (1, 0): "counts little, strong",
}
FONT = 8.5


def draw_priority(
    frame: pd.DataFrame, *, performance: str = "performance", confidence: float = 0.95
) -> Picture:
    """Each driver's importance, a share with its interval, against its mean, with its interval.

    frame : driver, importance, importance_low, importance_high (0 to 1), performance, performance_low,
    performance_high. performance : label of the axis. The lines stand at the mean of each.
    """
    frame = frame.dropna(subset=["importance", "performance"]).reset_index(drop=True)
    if frame.empty:
        return nothing_to_draw("No driver has both an importance and a performance.")
    alt = (
        f"Importance (share of what is explained) against {performance}, {confidence:.0%} intervals. "
        + "; ".join(
            f"{r.driver}: importance {r.importance:.0%} ({r.importance_low:.0%} to {r.importance_high:.0%}), "
            f"performance {number(r.performance)} {between(r.performance_low, r.performance_high)}"
            for r in frame.itertuples()
        )
    )

    def draw(figure: Figure) -> None:
        axis = figure.subplots()
        line = {"color": ACCENT, "linewidth": 1.4}
        axis.hlines(frame["importance"], frame["performance_low"], frame["performance_high"], **line)
        axis.vlines(frame["performance"], frame["importance_low"], frame["importance_high"], **line)
        axis.plot(frame["performance"], frame["importance"], "o", color=ACCENT, markersize=6)
        axis.axvline(frame["performance"].mean(), color=MUTED, linewidth=0.8, linestyle="--")
        axis.axhline(frame["importance"].mean(), color=MUTED, linewidth=0.8, linestyle="--")
        axis.set_ylim(
            min(0.0, float(frame["importance_low"].min())), float(frame["importance_high"].max()) * 1.12
        )
        axis.margins(x=0.12)
        axis.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        axis.set_xlabel(performance)
        axis.set_ylabel("importance")
        for (across, up), words in CORNERS.items():
            axis.annotate(
                words, (across, up), xycoords="axes fraction", textcoords="offset points",
                xytext=(4 - 8 * across, 4 - 8 * up),
                ha="right" if across else "left", va="top" if up else "bottom", fontsize=7.5, color=MUTED,
            )  # fmt: skip
        figure.draw_without_rendering()
        _label(axis, frame)

    return picture(draw, alt, width=7.2, height=5.0)


def _label(axis: Axes, frame: pd.DataFrame) -> None:
    """A name beside each dot where it meets no other name, dot or line; with a thin line where it had to move away."""
    points = axis.transData.transform(frame[["performance", "importance"]]) * 72 / axis.figure.dpi
    taken = [*_corner_boxes(axis), *_cross_boxes(axis, frame)]
    for at in frame["importance"].sort_values(ascending=False, kind="stable").index:
        name = str(frame.loc[at, "driver"])
        size = (0.56 * FONT * len(name), 1.15 * FONT)
        shift, box = _free_place(points[at], size, taken, _frame_box(axis))
        taken.append(box)
        far = float(np.hypot(*shift)) > 30
        axis.annotate(
            name, tuple(frame.loc[at, ["performance", "importance"]]), xytext=shift, textcoords="offset points",
            fontsize=FONT, color=INK, ha="left", va="bottom",
            arrowprops={"arrowstyle": "-", "color": MUTED, "linewidth": 0.7} if far else None,
        )  # fmt: skip


Box = tuple[float, float, float, float]


def _frame_box(axis: Axes) -> Box:
    box, scale = axis.get_window_extent(), 72 / axis.figure.dpi
    return box.x0 * scale, box.y0 * scale, box.x1 * scale, box.y1 * scale


def _corner_boxes(axis: Axes) -> list[Box]:
    left, bottom, right, top = _frame_box(axis)
    made = []
    for (across, up), words in CORNERS.items():
        width, tall = 0.52 * 7.5 * len(words) + 6, 13.0
        x, y = (right - width if across else left), (top - tall if up else bottom)
        made.append((x, y, x + width, y + tall))
    return made


def _cross_boxes(axis: Axes, frame: pd.DataFrame) -> list[Box]:
    """The dots and their intervals as thin boxes."""
    scale, made = 72 / axis.figure.dpi, []
    for r in frame.itertuples():
        ends = axis.transData.transform(
            [(r.performance_low, r.importance), (r.performance_high, r.importance),
             (r.performance, r.importance_low), (r.performance, r.importance_high), (r.performance, r.importance)]
        ) * scale  # fmt: skip
        made.append((ends[0][0], ends[0][1] - 1.5, ends[1][0], ends[1][1] + 1.5))
        made.append((ends[2][0] - 1.5, ends[2][1], ends[3][0] + 1.5, ends[3][1]))
        made.append((ends[4][0] - 4, ends[4][1] - 4, ends[4][0] + 4, ends[4][1] + 4))
    return made


def _free_place(
    point: np.ndarray, size: tuple[float, float], taken: Sequence[Box], frame: Box
) -> tuple[tuple[float, float], Box]:
    """The nearest offset, in points, at which a name of this size overlaps least."""
    best = None
    for reach in (6.0, 12.0, 22.0, 34.0, 48.0, 66.0):
        for right, up in ((1, 1), (1, -1), (-1, 1), (-1, -1), (1, 0), (-1, 0), (0, 1), (0, -1)):
            x = right * reach - (size[0] if right < 0 else size[0] / 2 if right == 0 else 0)
            y = up * reach - (size[1] if up < 0 else size[1] / 2 if up == 0 else 0)
            box = (point[0] + x, point[1] + y, point[0] + x + size[0], point[1] + y + size[1])
            cost = sum(_overlap(box, other) for other in taken) + 3 * _outside(box, frame)
            if cost == 0:
                return (x, y), box
            if best is None or cost < best[0]:
                best = (cost, (x, y), box)
    return best[1], best[2]


def _overlap(one: Box, other: Box) -> float:
    across = min(one[2], other[2]) - max(one[0], other[0])
    up = min(one[3], other[3]) - max(one[1], other[1])
    return max(across, 0.0) * max(up, 0.0)


def _outside(box: Box, frame: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1]) - _overlap(box, frame)
