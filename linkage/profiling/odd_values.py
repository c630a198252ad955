"""Values that stand for "none": a code such as 99 or 1900-01-01 far away from every other value of its column."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

CODES = frozenset(
    (
        *(-1, -2, -3, -7, -8, -9, 8, 9, 77, 88, 96, 97, 98, 99, -77, -88, -97, -98, -99),
        *(777, 888, 996, 997, 998, 999, -777, -888, -997, -998, -999, 7777, 8888, 9997, 9998, 9999, -8888, -9999),
        *(99999, 999999, 9999999, 99999999, 999999999, -99999, -999999),
        *(32767, -32768, 65535, 2147483647, -2147483648),
    )
)  # fmt: skip
"""What survey systems and databases write where there is no answer, and the ends of what they can store."""

NO_DAYS = frozenset(
    date(*day)
    for day in (
        *((1899, 12, 30), (1899, 12, 31), (1900, 1, 1), (1900, 1, 2), (1901, 1, 1), (1904, 1, 1)),
        *((1970, 1, 1), (1980, 1, 1), (2099, 12, 31), (2100, 1, 1), (2199, 12, 31)),
    )
)
"""The first days that spreadsheets and systems can count, and what people write for "for ever"."""

MOST_CODES = 3
LEAST_OTHERS = 3
"""Fewer different values beside a code do not say what is far away."""
FAR = 10.0
"""A value no code is told only where it lies ten times the range of all others away from them."""
CLEAR = 5.0
"""The only negative number is a code where the others range over at least five times its size."""
YEAR = 366


def odd_ends(
    lows: Sequence[float | date], highs: Sequence[float | date], distinct: int
) -> tuple[list[float | date], list[float | date]]:
    """The values at either end of a column that look like no value: (codes, others that lie far away).

    lows, highs : the lowest and highest different values, from the outside in (four of each, or all there are).
    distinct : how many different values the column has.
    """
    if distinct <= LEAST_OTHERS or not lows or not highs:
        return [], []
    is_day = isinstance(lows[0], date)
    down, up = _numbers(lows), _numbers(highs)
    codes, far = [], []
    for ends, other, given in (
        ([-v for v in down], -up[0], lows),
        (up, down[0], highs),
    ):
        place, is_code = _beyond(ends, other, given, distinct, is_day)
        (codes if is_code else far).extend(given[:place])
    if not is_day and lows[0] not in codes and _is_lonely_negative(down, up):
        codes.append(lows[0])
        far = [v for v in far if v != lows[0]]
    return codes, far


def _numbers(values: Sequence[float | date]) -> list[float]:
    return [float(v.toordinal()) if isinstance(v, date) else float(v) for v in values]


def _beyond(
    ends: list[float], other: float, given: Sequence[float | date], distinct: int, is_day: bool
) -> tuple[int, bool]:
    """How many values at the upper end lie beyond a gap as wide as all others range, and whether they are codes."""
    known = NO_DAYS if is_day else CODES
    for place in range(1, min(MOST_CODES, len(ends) - 1, distinct - LEAST_OTHERS) + 1):
        gap, spread = ends[place - 1] - ends[place], ends[place] - other
        if all(v in known for v in given[:place]) and (gap >= spread > 0 or (is_day and gap > YEAR)):
            return place, True
        if place == 1 and spread > 0 and gap > FAR * spread:
            return place, False
    return 0, False


def _is_lonely_negative(down: list[float], up: list[float]) -> bool:
    """Whether one code is the only number below zero."""
    lowest = down[0]
    return lowest in CODES and lowest < 0 <= down[1] and up[0] - down[1] >= CLEAR * abs(lowest)
