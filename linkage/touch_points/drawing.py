"""Two pictures of touch points: importance against performance, and performance by group."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from linkage.cards.plots import draw_priority
from linkage.cards.plots.dots import DotRow, draw_rows, height_of
from linkage.errors import LinkError
from linkage.plots import Picture, nothing_to_draw, picture
from linkage.sentences import number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from linkage.touch_points.result import TouchPoints


def draw_priorities(found: TouchPoints) -> Picture:
    """Importance against performance; on the share of the scale reached where touch points have different scales."""
    table = found.estimates
    if table.empty or "importance" not in table or table["importance"].isna().all():
        return nothing_to_draw(found.missing.get("importance", "There is no importance to draw."))
    alike = table["unit"].nunique() == 1 and table["has_one_scale"].all()
    across = "performance" if alike else "position"
    frame = pd.DataFrame(
        {
            "driver": table["label"],
            **{c: table[c] for c in ("importance", "importance_low", "importance_high")},
            "performance": table[across],
            "performance_low": table[f"{across}_low"],
            "performance_high": table[f"{across}_high"],
        }
    )
    words = f"performance, mean of {found.period}" if alike else "performance, share of the scale reached"
    return draw_priority(frame, performance=words, confidence=found.confidence)


def draw_groups(found: TouchPoints, by: str | None) -> Picture:
    """Every touch point's mean in each group of a column; one axis where all have one scale, else one each."""
    if found.groups is None or found.groups.estimates.empty:
        return nothing_to_draw(found.missing.get("segments", "No group is large enough to show."))
    columns = list(found.groups.estimates["by"].unique())
    if by is not None and by not in columns:
        raise LinkError(f"Nothing is asked apart by {by!r}. There is: {', '.join(columns)}.")
    part = found.groups.estimates[found.groups.estimates["by"] == (by or columns[0])]
    part = part[part["touch_point"].isin(found.estimates.index)].dropna(subset=["performance"])
    blocks = [rows for _, rows in part.groupby("touch_point", sort=False)]
    alt = f"Mean by {by or columns[0]}, {found.confidence:.0%} intervals. " + ". ".join(
        f"{rows['label'].iloc[0]}: "
        + "; ".join(f"{r.group} {_said(r)}, n = {r.n:,}" for r in rows.itertuples())
        for rows in blocks
    )
    lines = [_block(rows) for rows in blocks]
    if found.estimates["has_one_scale"].all():
        lines = [[line for block in lines for line in block]]

    def draw(figure: Figure) -> None:
        axes = figure.subplots(len(lines), 1, squeeze=False, height_ratios=[len(x) for x in lines])[:, 0]
        for axis, dots in zip(axes, lines, strict=True):
            draw_rows(axis, dots, zero=False)

    return picture(draw, alt, width=7.2, height=sum(height_of(x) for x in lines))


def _block(rows: pd.DataFrame) -> list[DotRow]:
    return [DotRow(rows["label"].iloc[0], is_heading=True), *(_line(r) for r in rows.itertuples())]


def _line(row) -> DotRow:
    return DotRow(row.group, row.performance, row.performance_low, row.performance_high, _said(row))


def _said(row) -> str:
    return f"{number(row.performance)} ({number(row.performance_low)} to {number(row.performance_high)})"
