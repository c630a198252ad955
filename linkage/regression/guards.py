"""What no fit may pass over: too few rows, nothing that varies, columns that say the same thing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from linkage.errors import FitError, TooFewRowsError

CONDITION_LIMIT = 1e10  # double precision has about 16 digits: six of the estimates' digits must be left


def check_rows(n_used: int, names: Sequence[str]) -> None:
    """Refuse a fit that has no more rows than coefficients."""
    if n_used <= len(names):
        raise TooFewRowsError(
            f"{n_used:,} complete rows cannot carry {len(names):,} coefficients ({_listed(names)}). "
            "Ask with fewer terms, or find out why so few rows are complete."
        )


def check_outcome(y: np.ndarray, outcome: str) -> None:
    """Refuse an outcome that does not vary."""
    if np.ptp(y) <= 1e-14 * np.abs(y).max(initial=0.0):
        raise FitError(
            f"The outcome {outcome!r} is {y[0]:g} in all {len(y):,} complete rows: there is nothing to explain."
        )


def check_constants(spread: np.ndarray, size: np.ndarray, names: Sequence[str], n_used: int) -> None:
    """Refuse regressors that do not vary: their spread is nothing beside their size.

    spread, size : (k,) the largest distance from the mean (or from 0 without an intercept), the largest value.
    """
    flat = [name for name, s, m in zip(names, spread, size, strict=True) if s <= 1e-13 * m]
    if flat:
        raise FitError(
            f"{_listed(flat)}: the same value in all {n_used:,} complete rows, so no effect can be seen. "
            "Leave it out, or look at why nothing else is complete."
        )


def check_condition(triangle: np.ndarray, names: Sequence[str]) -> float:
    """The condition number of the scaled regressors; refuses what leaves fewer than six correct digits.

    triangle : (k, k) the R of the QR decomposition of the scaled (and, with an intercept, centred) columns.
    """
    _, values, directions = np.linalg.svd(triangle)
    condition = float(values[0] / values[-1]) if values[-1] > 0 else np.inf
    if condition > CONDITION_LIMIT:
        weak = np.abs(directions[values < values[0] / CONDITION_LIMIT])
        together = [name for name, share in zip(names, weak.max(axis=0), strict=True) if share > 1e-4]
        raise FitError(
            f"{_listed(together)} say the same thing: one is a combination of the others, so their effects cannot "
            f"be told apart (condition number {condition:.1e}, limit {CONDITION_LIMIT:.0e}). Leave one of them out."
        )
    return condition


def _listed(names: Sequence[str], most: int = 8) -> str:
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
