"""What is known of one figure or estimate that may have moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from linkage.changing.parts import TakenApart

Row = dict[str, object]


@dataclass(frozen=True, eq=False)
class Moved:
    """One figure or estimate of a report and of the one before.

    row, row_before : as published (of a figure, its row now and its period before). apart : its parts, or None.
    reason : why it was not taken apart, where it was not. counted : what its n counts, in words. skipped : the periods
    between the two that are compared, of which nothing is known.
    """

    row: Row
    row_before: Row | None
    apart: TakenApart | None = None
    reason: str = ""
    counted: str = "rows"
    skipped: tuple[str, ...] = ()
