"""A number and what is known of its error: estimated with an interval, or assumed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.errors import TableError

ESTIMATED, ASSUMED = "estimated", "assumed"


@dataclass(frozen=True, eq=False)
class Quantity:
    """A number that goes into a sum of money.

    estimate, low, high : the number and its interval; equal where nothing is known of its error.
    basis : "estimated" (from joined data) or "assumed" (from anywhere else). n : rows it rests on, or None.
    level : evidence level it was earned at, L0 where it is assumed.
    """

    estimate: float
    low: float
    high: float
    basis: str = ASSUMED
    n: int | None = None
    level: str = "L0"

    @property
    def has_interval(self) -> bool:
        return self.low < self.high


def as_quantity(
    given: object, name: str, *, level: str = "L1", bounds: tuple[float, float] = (-np.inf, np.inf)
) -> Quantity:
    """A number, a row of estimates or a Quantity, as a Quantity.

    A plain number is assumed. (low, value, high) is an assumed range. A row (Series or mapping) with
    estimate, low and high is estimated at `level`; its n is taken along.

    Raises TableError where a part is missing, is no number, leaves `bounds` or lies out of order.
    """
    found = given if isinstance(given, Quantity) else _read(given, name, level)
    parts = (found.low, found.estimate, found.high)
    if not np.isfinite(parts).all() or not found.low <= found.estimate <= found.high:
        raise TableError(
            f"{name}: low {found.low:g}, estimate {found.estimate:g}, high {found.high:g} are not three finite "
            "numbers in order. Leave out what was not computed."
        )
    if found.low < bounds[0] or found.high > bounds[1]:
        raise TableError(
            f"{name} lies between {bounds[0]:g} and {bounds[1]:g}; found {found.estimate:g} "
            f"({found.low:g} to {found.high:g}). A share is written 0.85, not 85."
        )
    return found


def _read(given: object, name: str, level: str) -> Quantity:
    try:
        if isinstance(given, Mapping | pd.Series):
            row = dict(given)
            n = row.get("n")
            counted = None if n is None or pd.isna(n) else int(n)
            parts = (float(row["estimate"]), float(row["low"]), float(row["high"]))
            return Quantity(*parts, ESTIMATED, counted, level)
        if isinstance(given, tuple | list):
            low, value, high = (float(part) for part in given)
            return Quantity(value, low, high)
        return Quantity(float(given), float(given), float(given))
    except (KeyError, TypeError, ValueError) as problem:
        raise TableError(
            f"{name}={given!r} is neither a number, nor (low, value, high), nor a row with estimate, low and high."
        ) from problem


def drawn(
    quantity: Quantity,
    standard: np.ndarray,
    confidence: float,
    bounds: tuple[float, float] = (-np.inf, np.inf),
) -> np.ndarray:
    """Draws (D,) of a quantity from standard normal ones (D,), so that its interval comes out again.

    Each side has its own spread (split normal: the interval of a share is lopsided), cut at the bounds.
    """
    from scipy.special import ndtri

    reach = ndtri(0.5 + confidence / 2)
    below, above = quantity.estimate - quantity.low, quantity.high - quantity.estimate
    return np.clip(quantity.estimate + np.where(standard < 0, below, above) * standard / reach, *bounds)


def basis_of(*parts: Quantity) -> str:
    """A sum of money is estimated only if every part of it is."""
    return ESTIMATED if all(part.basis == ESTIMATED for part in parts) else ASSUMED


def level_of(*parts: Quantity) -> str:
    """The lowest evidence level among the parts; L0 where any is assumed."""
    return min(part.level if part.basis == ESTIMATED else "L0" for part in parts)
