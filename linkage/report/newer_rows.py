"""Do the rows that came since the report before, taken alone, still show what a link says?"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from linkage.report.effects import effect_of
from linkage.sentences import signed

if TYPE_CHECKING:
    from linkage.report.edition import Edition

Row = dict[str, object]


def newer_alone(row: Row, edition: Edition) -> str:
    """What the newer rows of a finding show by themselves, where their interval leaves the estimate out; "" elsewhere.

    All rows together may still show a link that the newest do not: a slope over years moves slowly. By chance alone one
    finding in twenty has such newer rows. Nothing is said without a report before, or without an interval.
    """
    why = edition.why_changed
    key = (row["link"], row["driver"])
    moved = next((m for m in why.links if (m.row["link"], m.row["driver"]) == key), None)
    estimate, effect = row["estimate"], effect_of(row, edition)
    if moved is None or moved.apart is None or not estimate or effect.estimate is None:
        return ""
    alone = [float(moved.apart.fresh[name]) for name in ("estimate", "low", "high")]
    if not all(map(math.isfinite, alone)) or alone[1] <= estimate <= alone[2]:
        return ""
    value, low, high = (signed(part * effect.estimate / estimate) for part in alone)
    said = f"Rows new since {why.before} alone: {value} ({low} to {high}; n = {moved.apart.n_new:,})"
    return f"{said}; that interval leaves out the estimate of all rows."
