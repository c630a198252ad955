"""Which amounts of a skewed column lie far above all others, as where a decimal comma was lost?

Amounts that differ by factors are compared by their logarithms: beside a few large ones of a wide range a slip hides.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from linkage.profiling.scanning import Counted
from linkage.tables.quoting import name_sql

if TYPE_CHECKING:
    import duckdb

    from linkage.profiling.staged import Staged

FEWEST = 50
"""Fewer amounts do not say how far the largest of them may lie from the others."""
MOST_SHARE = 0.01
MOST = 500
"""More than these are no slips but a kind of their own."""
WIDTHS = 3.0
"""The gap, in standard deviations of the logarithms: among 10,000 of a lognormal column one so wide comes about once
in 300,000 columns, as the largest is exponentially far from the next with mean 1 / sqrt(2 ln n)."""
TIMES = 5.0
NORMAL_QUARTILES = 1.349
"""The middle half of a normal distribution, in standard deviations (Tukey 1977, p. 43)."""


@dataclass(frozen=True)
class FarAmounts:
    """So many amounts from `lowest` on, the least of them `times` the largest of all others."""

    count: int
    lowest: float
    times: float


def far_amounts(
    connection: duckdb.DuckDBPyConnection, staged: Staged, counted: Counted, *, known: tuple[float, ...] = ()
) -> FarAmounts | None:
    """The amounts above a gap that the others do not explain; None where there is none.

    known : values that are told of already.
    """
    if counted.column.kind not in ("number", "whole") or counted.distinct < FEWEST or counted.high is None:
        return None
    value = f"cast({name_sql(counted.column.name)} as double)"
    rest = "".join(f" and {value} <> {float(v)!r}" for v in known)
    count, quartiles, largest = connection.execute(
        f"select count(*), quantile_cont(ln({value}), [0.25, 0.75]), max({value}, {MOST + 1}) from {staged.table} "
        f"where {value} > 0{rest}"
    ).fetchall()[0]
    if count < FEWEST:
        return None
    return gap_above(
        largest[: math.floor(MOST_SHARE * count) + 1], (quartiles[1] - quartiles[0]) / NORMAL_QUARTILES
    )


def gap_above(largest: list[float], spread: float) -> FarAmounts | None:
    """The first gap below the largest amounts, from the top, that is too wide.

    largest : amounts above zero, the largest first; the last of them is none of those in question. spread : of the
    logarithms, as a standard deviation; where it is zero, half of all amounts are one price, and nothing is far.
    """
    widest = max(math.log(TIMES), WIDTHS * spread)
    for place in range(len(largest) - 1, 0, -1) if spread > 0 else ():
        times = largest[place - 1] / largest[place]
        if math.log(times) >= widest:
            return FarAmounts(place, largest[place - 1], times)
    return None
