"""How far may a driver be moved? Not beyond what has been seen inside the units themselves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.errors import LinkError
from linkage.refuting.sample import LinkSample
from linkage.sentences import CLUSTER_NOUNS, capital, number

SEEN_SHARE = 0.95
FEWEST_REPEATED = 30


@dataclass(frozen=True)
class Move:
    """A move of a driver, and what has been seen of it.

    by : units of the driver. mean : where it stands. low, high : how far it has been from a unit's own mean, in 95 %
        of its rows (`within`), or from the mean of all where units have one row each.
    """

    by: float
    mean: float
    low: float
    high: float
    within: bool
    unit: str


def move_of(
    sample: LinkSample,
    driver: str,
    *,
    by: float | None,
    to: float | None,
    recent: pd.Series | None = None,
    label: str = "",
) -> Move:
    """The move asked for, in units of the driver. Raises LinkError where nothing like it has been seen.

    recent : (n,) which rows say where the driver stands today; all where None. label : what readers call it.
    A flag may be moved between its two values. The range is within units:
    two units that differ do not show that either can become the other.
    """
    label = label or driver
    values = sample.x[:, sample.names.index(driver)]
    mean = (
        float(values[recent.to_numpy()].mean())
        if recent is not None and recent.any()
        else float(values.mean())
    )
    asked = by if by is not None else to - mean
    low, high, within = _seen(values, sample.groups)
    unit = CLUSTER_NOUNS.get(sample.cluster, f"values of {sample.cluster}") if sample.cluster else "rows"
    move = Move(float(asked), mean, low, high, within, unit)
    if set(np.unique(values)) <= {0.0, 1.0}:
        if not 0 <= mean + asked <= 1:
            raise LinkError(
                f"A share of {label} of {number(mean)} cannot be moved by {number(asked)}: it ends at 0 and 1."
            )
        return move
    if not low <= asked <= high:
        raise LinkError(_outside(label, move))
    if not values.min() <= mean + asked <= values.max():
        raise LinkError(
            f"{capital(label)} stands at {number(mean)}; moved by {number(asked)} it would be at "
            f"{number(mean + asked)}, and nothing below {number(values.min())} or above {number(values.max())} "
            "has been seen."
        )
    return move


def _seen(values: np.ndarray, groups: np.ndarray) -> tuple[float, float, bool]:
    """The central 95 % of rows' distances from their unit's mean; from the mean of all where units stand alone."""
    counts = np.bincount(groups)
    means = np.bincount(groups, values) / np.maximum(counts, 1)
    repeated = counts[groups] > 1
    within = bool(repeated.sum() >= FEWEST_REPEATED)
    away = (values - means[groups])[repeated] if within else values - values.mean()
    tail = (1 - SEEN_SHARE) / 2
    return (*(float(q) for q in np.quantile(away, [tail, 1 - tail])), within)


def _outside(label: str, move: Move) -> str:
    inside = f"Within {move.unit}" if move.within else "In all rows"
    return (
        f"{capital(label)} is not moved by {number(move.by)}: {inside.lower()} it has been between "
        f"{number(move.low)} and {number(move.high)} about its mean in {SEEN_SHARE:.0%} of the rows, and nothing "
        "says what lies beyond. Ask for a smaller move."
    )
