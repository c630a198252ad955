"""Separation: where a term predicts an outcome without error, its coefficient has no finite value."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from linkage.errors import FitError
from linkage.regression.guards import listed

ROWS_AT_ONCE = 400
EXTREME = 12.0  # a linear predictor this far out (odds of 160,000 to 1) asks for the exact check


def check_separation(
    rows: np.ndarray,
    names: Sequence[str],
    outcome: str,
    *,
    fixed: np.ndarray | None = None,
    n_used: int | None = None,
) -> None:
    """Refuse a likelihood that grows for ever in some direction d: rows @ d >= 0, not all 0, fixed @ d = 0.

    rows : (m, k) such that a larger rows @ coefficients only raises the likelihood of a row (for 0/1 outcomes
        the regressors, with their sign turned where the outcome is 0); columns on one scale.
    fixed : (f, k) rows whose likelihood falls either way. A linear programme decides exactly, where a fit
        only shows large numbers (Albert and Anderson 1984; Konis 2007).
    """
    fixed = np.empty((0, rows.shape[1])) if fixed is None else fixed
    direction = _direction(rows, fixed)
    if direction is None:
        return
    gain = rows @ direction
    hit, total = int((gain > 1e-7 * gain.max()).sum()), n_used or len(rows)
    extent = f"in {hit:,} of {total:,} rows (quasi-complete separation)"
    if not len(fixed) and _is_complete(rows):
        extent = "in every row (complete separation)"
    raise FitError(
        f"{outcome!r} is predicted without error {extent} by {listed(_guilty(rows, fixed, direction, names))}: "
        "the coefficient grows for ever and no estimate exists. Join the categories in which the outcome does "
        "not vary, leave the term out, or look whether it was made from the outcome."
    )


def _guilty(rows: np.ndarray, fixed: np.ndarray, direction: np.ndarray, names: Sequence[str]) -> list[str]:
    """The terms that separate by themselves; where none does, all that do it together."""
    constants = [i for i, name in enumerate(names) if name == "Intercept" or "|" in name]
    others = [i for i in range(len(names)) if i not in constants]
    alone = [i for i in others if _direction(rows[:, [*constants, i]], fixed[:, [*constants, i]]) is not None]
    reach = np.abs(direction)
    together = [i for i in others if reach[i] > 1e-6 * reach.max()]
    return [names[i] for i in alone or together or constants]


def _direction(rows: np.ndarray, fixed: np.ndarray) -> np.ndarray | None:
    """The direction of the largest total gain that no row loses by, or None."""
    distinct = np.unique(rows.round(12), axis=0)
    if not len(distinct):
        return None
    total = distinct.mean(axis=0)
    plane = np.linalg.qr(fixed, mode="r") if len(fixed) else None  # the same plane in at most k rows
    direction = _best_of_all(total, distinct, plane)
    return direction if (distinct @ direction).max() > 1e-6 and total @ direction > 1e-12 else None


def _is_complete(rows: np.ndarray) -> bool:
    """Whether every row gains in some direction: whether the smallest gain, as a further unknown, is above 0."""
    distinct = np.unique(rows.round(12), axis=0)
    augmented = np.column_stack([distinct, -np.ones(len(distinct))])
    smallest = np.append(np.zeros(rows.shape[1]), 1.0)
    return bool(_best_of_all(smallest, augmented, None)[-1] > 1e-7)


def _best_of_all(total: np.ndarray, rows: np.ndarray, plane: np.ndarray | None) -> np.ndarray:
    """The best direction for all rows; they join the programme as they are violated, for most never matter."""
    joined = np.linspace(0, len(rows) - 1, min(len(rows), ROWS_AT_ONCE)).astype(int)
    while True:
        direction = _best(total, rows[joined], plane)
        loss = rows @ direction
        violated = np.flatnonzero(loss < -1e-9)
        fresh = np.setdiff1d(violated[np.argsort(loss[violated])][:ROWS_AT_ONCE], joined)
        if not len(fresh):
            return direction
        joined = np.concatenate([joined, fresh])


def _best(total: np.ndarray, rows: np.ndarray, plane: np.ndarray | None) -> np.ndarray:
    """The direction within the unit box that gains most, no row losing; 0 is always allowed."""
    from scipy.optimize import linprog

    found = linprog(
        -total,
        A_ub=-rows,
        b_ub=np.zeros(len(rows)),
        A_eq=plane,
        b_eq=None if plane is None else np.zeros(len(plane)),
        bounds=[(-1, 1)] * len(total),
        method="highs",
    )
    return np.zeros(len(total)) if found.x is None else found.x
