"""One thing that is wrong, or looks it: where, how many rows, how grave, and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

import pandas as pd

BREAKS, LOOK, FINE = "breaks a link", "look at it", "fine"
SEVERITIES = (BREAKS, LOOK, FINE)
"""The gravest first."""

NOT_PUBLISHED = ("file", "line", "example")
"""Columns that lead to one row of somebody's: for who may see the data, never for a report."""


@dataclass(frozen=True)
class Problem:
    """A finding about the data of one source.

    column : ours; empty where it is about whole rows. what : a short noun. rows, share : how many of the source's
    rows, and which part of them. severity : one of SEVERITIES. file, line : the first row it was seen in, where
    known. example : the key of such a row, where known.
    """

    source: str
    column: str
    what: str
    rows: int
    share: float
    severity: str
    advice: str
    file: str | None = None
    line: int | None = None
    example: str | None = None


COLUMNS = tuple(Problem.__dataclass_fields__)


def share_of(rows: int, whole: int) -> float:
    return rows / whole if whole else 0.0


def problem_table(problems: Iterable[Problem], sources: Iterable[str]) -> pd.DataFrame:
    """One row a problem: the gravest first, then in the order of the sources, then the most rows."""
    place = {name: i for i, name in enumerate(sources)}
    ordered = sorted(
        problems,
        key=lambda p: (
            SEVERITIES.index(p.severity),
            place.get(p.source, len(place)),
            -p.rows,
            p.column,
            p.what,
        ),
    )
    frame = pd.DataFrame([asdict(p) for p in ordered], columns=COLUMNS)
    return frame.astype({"rows": "int64", "share": "float64", "line": "Int64"})
