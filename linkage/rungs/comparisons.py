"""The rungs that need no event and no lot: pooled, each against itself, change on change, one period later."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from linkage.group_codes import without_gaps
from linkage.rungs.arrays import Arrays
from linkage.rungs.slope import Slope, slope_of, take_out


def pooled(arrays: Arrays, *, controls: bool, confidence: float, seed: int = 0) -> Slope | str:
    """All rows together, with or without the controls (and the other drivers) held fixed."""
    x = arrays.main_first if controls else arrays.main[:, None]
    taken = take_out(np.column_stack([arrays.y, x]), root=arrays.root)
    return slope_of(taken, arrays.cluster, size=_size(arrays.main), confidence=confidence, seed=seed)


def within(arrays: Arrays, *, confidence: float, seed: int = 0) -> tuple[Slope | str, int, int]:
    """Each unit against itself, period effects taken out: the slope, units that vary, and units with two rows.

    Rows of a unit that has no other row say nothing and are left out (Correia 2016).
    """
    counts = np.bincount(arrays.unit)
    kept = arrays.rows(counts[arrays.unit] > 1)
    if not len(kept.y):
        return "nobody has two rows", 0, 0
    kept = replace(kept, unit=without_gaps(kept.unit))
    varying = _varying(kept.main, kept.unit)
    units = int(kept.unit.max()) + 1
    if not varying:
        return "the driver is the same in all rows of each", 0, units
    taken = take_out(
        np.column_stack([kept.y, kept.main_first]),
        unit=kept.unit,
        period=kept.period,
        cluster=kept.cluster,
        root=kept.root,
    )
    found = slope_of(taken, kept.cluster, size=_size(kept.main), confidence=confidence, seed=seed)
    return found, varying, units


def _varying(values: np.ndarray, unit: np.ndarray) -> int:
    """How many units have more than one value."""
    low, high = np.full(unit.max() + 1, np.inf), np.full(unit.max() + 1, -np.inf)
    np.minimum.at(low, unit, values)
    np.maximum.at(high, unit, values)
    return int((high > low).sum())


def changes(arrays: Arrays, *, apart: int = 1, confidence: float, seed: int = 0) -> tuple[Slope | str, int]:
    """Change on change by the calendar, period effects taken out: the slope, and the changes of the driver.

    A change is between rows of a unit that lie `apart` periods from each other: a gap makes none.
    """
    later, earlier = pairs(arrays.unit, arrays.when, apart)
    if not len(later):
        return f"nobody has two rows {_periods(apart)} apart", 0
    now, then = arrays.rows(later), arrays.rows(earlier)
    x = now.main_first - then.main_first
    moved = int((x[:, 0] != 0).sum())
    if not moved:
        return "the driver changes for nobody", 0
    taken = take_out(np.column_stack([now.y - then.y, x]), period=now.period, root=now.root)
    found = slope_of(taken, now.cluster, size=_size(arrays.main), confidence=confidence, seed=seed)
    return found, moved


def pairs(unit: np.ndarray, when: np.ndarray, apart: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions of rows and of the same unit's rows `apart` periods before them."""
    span = int(when.max() - when.min()) + 1 + apart
    keys = unit.astype("int64") * span + (when - when.min())
    order = np.argsort(keys, kind="stable")
    wanted = keys - apart
    place = np.minimum(np.searchsorted(keys[order], wanted), len(keys) - 1)
    found = (keys[order][place] == wanted) & (when - when.min() >= apart)
    return np.flatnonzero(found), order[place[found]]


def later(arrays: Arrays, after: np.ndarray, *, confidence: float, seed: int = 0) -> Slope | str:
    """The outcome of a later period, after : (n,), missing where unknown, with that of now (`arrays.y`) held fixed."""
    known = np.isfinite(after)
    kept = arrays.rows(known)
    if len(kept.y) < 3:
        return "no outcome of the next period is known"
    columns = np.column_stack([after[known], kept.main_first, kept.y])
    taken = take_out(columns, root=kept.root)
    return slope_of(taken, kept.cluster, size=_size(kept.main), confidence=confidence, seed=seed)


def _size(values: np.ndarray) -> float:
    return float(np.abs(values).max(initial=0.0))


def _periods(number: int) -> str:
    return "one period" if number == 1 else f"{number} periods"
