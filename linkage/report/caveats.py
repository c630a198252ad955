"""Which linked answers do their own checks tell a reader to take for less, or not to act on yet?"""

from __future__ import annotations

import math

from linkage.rungs.verdicts import TURNED
from linkage.sentences import signed

Row = dict[str, object]


def caveat(row: Row, times: float) -> str:
    """What must stand beside a linked estimate in brief, with the figure found of each itself; "" where nothing must.

    times : the factor to the unit in which the estimate is told. Nothing stands beside an estimate that is itself the
    figure of each compared with itself.
    """
    found = row.get("itself")
    if not found or math.isclose(found["estimate"], float(row["estimate"]), rel_tol=1e-6):
        return ""
    value, *ends = (signed(times * _bound(found[name], name)) for name in ("estimate", "low", "high"))
    itself = f"{found['what']}: {value} ({ends[0]} to {ends[1]})"
    if found["kind"] == TURNED:
        return f"Act on neither before it is known why; {itself}"
    return f"Act on the smaller figure, {itself}"


def _bound(value: float | None, name: str) -> float:
    """A bound that is not there lies without end on its side; JSON has no word for it."""
    return float(value) if value is not None else math.copysign(math.inf, -1.0 if name == "low" else 1.0)
