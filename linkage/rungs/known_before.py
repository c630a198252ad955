"""What a link's rows hold that was measured before its driver: what a draw must have left alike."""

from __future__ import annotations

from collections.abc import Mapping

from linkage.catalogue import LinkageColumn
from linkage.study_file.declaration import LinkSpec

_MOMENTS = {"fixed": 0, "before": 1, "at": 2, "after": 3}
_WITH_THE_ANSWER = ("survey", "language", "weight")
"""Known only of those who answered, and from then on."""


def known_before(columns: Mapping[str, LinkageColumn], spec: LinkSpec) -> tuple[str, ...]:
    """The columns of a link's table that were settled before its first driver, controls apart.

    A driver that is itself known beforehand is compared in whatever else is.
    """
    driver = columns.get(spec.drivers[0])
    if driver is None:
        return ()
    latest = max(_MOMENTS[driver.moment], 1)
    used = {spec.outcome, *spec.drivers, *spec.controls, *spec.where, *_WITH_THE_ANSWER}
    return tuple(
        name
        for name, column in columns.items()
        if name not in used
        and column.kind in ("number", "flag", "category")
        and _MOMENTS[column.moment] < latest
    )
