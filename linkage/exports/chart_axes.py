"""From where to where an axis of a chart goes: every interval that it draws fits."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from linkage.exports.sheets import Chart, Sheet

STEPS = (1, 2, 5, 10)
"""Steps that are read easily, times a power of ten."""
LINES = 6
"""Steps between the ends of an axis, about."""


@dataclass(frozen=True)
class Axis:
    """The ends of an axis, the step of its lines, and the digits behind the point that tell its lines apart."""

    low: float
    high: float
    step: float
    digits: int


def axis_of(reached: Sequence[float]) -> Axis | None:
    """An axis between whose ends all that is reached lies; None where nothing is or all is the same.

    reached : values and the ends of their intervals; what is not finite does not count.
    """
    known = [float(value) for value in reached if math.isfinite(value)]
    if not known or min(known) == max(known):
        return None
    least, most = min(known), max(known)
    step = _step((most - least) / LINES)
    digits = max(0, -math.floor(math.log10(step)))
    low, high = (
        round(way(end / step) * step, digits) for way, end in ((math.floor, least), (math.ceil, most))
    )
    return Axis(low, high, step, digits)


def number_axis(sheet: Sheet, chart: Chart) -> dict[str, object]:
    """How the axis of numbers is written, and its ends where intervals are drawn: a program sees the values alone.

    Dots are estimates of how much more or less: the axis shows them beside nothing at all.
    """
    axis = (
        None if chart.less is None else axis_of([*reached_by(sheet, chart), *[0.0] * (chart.kind == "dots")])
    )
    if axis is None:
        return {"num_format": "0%" if chart.percent else "General"}
    digits = max(0, axis.digits - 2) if chart.percent else axis.digits
    pattern = f"0.{'0' * digits}" if digits else "0" if chart.percent else "#,##0"
    ends = {"min": axis.low, "max": axis.high, "major_unit": axis.step}
    return {**ends, "num_format": f"{pattern}%" if chart.percent else pattern}


def reached_by(sheet: Sheet, chart: Chart) -> list[float]:
    """The values of a chart with both ends of their intervals."""
    rows = sheet.rows[chart.first : chart.last + 1]
    known = [row for row in rows if isinstance(row[chart.values], int | float)]
    return [
        row[chart.values] + way * (row[place] or 0.0)
        for row in known
        for way, place in ((-1, chart.less), (1, chart.more))
    ]


def _step(wanted: float) -> float:
    power = 10.0 ** math.floor(math.log10(wanted))
    return next((s * power for s in STEPS if s * power >= wanted), 10 * power)
