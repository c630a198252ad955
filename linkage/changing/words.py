"""What a change is made of, in words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from linkage.changing.parts import MIX, NEW_DATA, PARTS, RELATION, TOTAL, UNTOLD
from linkage.sentences import number, signed

if TYPE_CHECKING:
    from linkage.changing.parts import TakenApart

SMALL = 1e-8
"""What is smaller than this, relative to the figures it is of, comes of rounding in what was published."""

IN_FIGURES = {
    NEW_DATA: "earlier rows counted anew",
    MIX: "another mix of segments",
    RELATION: "a change within the same groups",
    UNTOLD: "of unknown groups, so mix and relation are not told apart",
}
IN_LINKS = {
    NEW_DATA: "earlier rows counted anew",
    MIX: "another mix in the newer rows",
    RELATION: "another relation in the newer rows",
    UNTOLD: "newer rows of unknown groups, so mix and relation are not told apart",
}


def parts_sentence(apart: TakenApart, *, words: dict[str, str] | None = None, times: float = 1.0) -> str:
    """A change and its parts with their intervals. times : the factor to the unit in which a reader is told it."""
    total = apart.estimates.loc[TOTAL]
    said = [part_words(apart, part, words or IN_FIGURES, times) for part in PARTS]
    listed = "; ".join(text for text in said if text)
    moved = "no change" if is_rounding(apart, total["estimate"]) else with_interval(total, times)
    change = f"From {number(times * apart.first)} to {number(times * apart.last)}: {moved}"
    return f"{change}. Of this: {listed}." if listed else f"{change}."


def part_words(apart: TakenApart, part: str, words: dict[str, str], times: float) -> str:
    """One part in words; empty where it is not told apart, or is nothing but rounding."""
    row = apart.estimates.loc[part]
    if not math.isfinite(row["estimate"]) or is_rounding(apart, row["estimate"]):
        return ""
    return f"{words[part]}, {with_interval(row, times)}"


def is_rounding(apart: TakenApart, value: float) -> bool:
    return abs(value) <= SMALL * max(abs(apart.first), abs(apart.last))


def with_interval(row: dict, times: float = 1.0) -> str:
    """A signed figure with its interval, where it has one."""
    low, high = float(row["low"]), float(row["high"])
    said = signed(times * float(row["estimate"]))
    if not math.isfinite(low) or not math.isfinite(high):
        return said
    return f"{said} ({signed(times * low)} to {signed(times * high)})"
