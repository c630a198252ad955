"""Which linked answers do their own checks tell a reader to take for less, or not to act on yet?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from linkage.checks import REVIEW
from linkage.ladder import LINKED
from linkage.rungs.verdicts import LEVELS
from linkage.sentences import signed

if TYPE_CHECKING:
    from linkage.report.edition import Edition

Row = dict[str, object]

NUMBER = r"[+-](?:[\d.]+(?:e[+-]\d+)?|inf)"
ITSELF = re.compile(
    rf", but (?P<what>.+?) (?P<estimate>{NUMBER}) \((?P<low>{NUMBER}) to (?P<high>{NUMBER})\): "
)
"""How the check says what the same driver shows where each is compared with itself."""
NEITHER = "act on neither"


def caveat(row: Row, edition: Edition, times: float) -> str:
    """What must stand beside a linked estimate in brief, with the figure its check found; "" where nothing must.

    times : the factor to the unit in which the estimate is told. The check is of the first driver of a link, and
    speaks of the estimate told only where that is another figure than each compared with itself.
    """
    found = warned(row)
    if found is None or not _is_of(row, edition):
        return ""
    if _is_same(float(found["estimate"]), float(row["estimate"])):
        return ""
    value, *ends = (signed(times * float(found[name])) for name in ("estimate", "low", "high"))
    itself = f"{found['what']}: {value} ({ends[0]} to {ends[1]})"
    if NEITHER in found.string:
        return f"Act on neither before it is known why; {itself}"
    return f"Act on the smaller figure, {itself}"


def warned(row: Row) -> re.Match[str] | None:
    """What the check of levels against changes found of a linked estimate; None where it has nothing against it."""
    check = next((c for c in row.get("checks") or () if c["name"] == LEVELS), None)
    asked = check and check["verdict"] == REVIEW and row["verdict"] == LINKED and row["estimate"]
    return ITSELF.search(str(check["advice"])) if asked else None


def _is_of(row: Row, edition: Edition) -> bool:
    """Whether the estimate is of the driver that the link's checks speak of."""
    spec = edition.study.study.links.get(str(row["link"]))
    return spec is not None and spec.drivers[0] == row["driver"]


def _is_same(one: float, other: float) -> bool:
    """Whether two figures are one: the check says its own at four digits."""
    return abs(one - other) <= 1e-3 * abs(other)
