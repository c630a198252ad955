"""Separation: where a term predicts an outcome without error, its coefficient has no finite value."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from linkage.errors import FitError
from linkage.regression.guards import listed

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


def _is_complete(rows: np.ndarray) -> bool:
    """Whether one direction raises the likelihood of every row."""
    from scipy.optimize import linprog

    distinct = np.unique(rows.round(12), axis=0)
    k = rows.shape[1]
    found = linprog(
        np.append(np.zeros(k), -1.0),
        A_ub=np.column_stack([-distinct, np.ones(len(distinct))]),
        b_ub=np.zeros(len(distinct)),
        bounds=[(-1, 1)] * k + [(0, 1)],
        method="highs",
    )
    return found.x is not None and found.x[-1] > 1e-6


def _direction(rows: np.ndarray, fixed: np.ndarray) -> np.ndarray | None:
    from scipy.optimize import linprog

    distinct = np.unique(rows.round(12), axis=0)
    plane = np.linalg.qr(fixed, mode="r") if len(fixed) else None  # the same plane in at most k rows
    found = linprog(
        -distinct.sum(axis=0) / len(distinct),
        A_ub=-distinct,
        b_ub=np.zeros(len(distinct)),
        A_eq=plane,
        b_eq=None if plane is None else np.zeros(len(plane)),
        bounds=[(-1, 1)] * rows.shape[1],
        method="highs",
    )
    largest = (distinct @ found.x).max() if found.x is not None else 0.0
    return found.x if largest > 1e-6 else None
