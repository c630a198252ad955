"""What no fit may pass over: too few rows, nothing that varies, columns that say the same thing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from linkage.errors import FitError, TooFewRowsError
from linkage.regression.design import Design
from linkage.sentences import plural

CONDITION_LIMIT = 1e10  # of about 16 digits, six of the estimates' must be left


def check_rows(n_used: int, names: Sequence[str]) -> None:
    """Refuse a fit that has no more rows than coefficients."""
    if n_used <= len(names):
        raise TooFewRowsError(
            f"{n_used:,} complete {plural('row', n_used)} cannot carry {len(names):,} coefficients ({listed(names)}). "
            "Ask with fewer terms, or find out why so few rows are complete."
        )


def check_outcome(y: np.ndarray, outcome: str) -> None:
    """Refuse an outcome that does not vary."""
    if np.ptp(y) <= 1e-14 * np.abs(y).max(initial=0.0):
        raise FitError(
            f"The outcome {outcome!r} is {y[0]:g} in all {len(y):,} complete rows: nothing to explain. Look at "
            "how it was made, or at which rows are complete."
        )


def check_constants(spread: np.ndarray, size: np.ndarray, names: Sequence[str], n_used: int) -> None:
    """Refuse regressors that do not vary: their spread is nothing beside their size.

    spread : (k,) largest distance from the mean (from 0 without an intercept). size : (k,) largest value.
    """
    flat = [name for name, s, m in zip(names, spread, size, strict=True) if s <= 1e-13 * m]
    if flat:
        raise FitError(
            f"{listed(flat)}: the same value in all {n_used:,} complete rows, so no effect can be seen. "
            "Leave it out, or look at why nothing else is complete."
        )


def check_condition(triangle: np.ndarray, names: Sequence[str]) -> float:
    """The condition number of the scaled regressors; refuses what leaves fewer than six correct digits.

    triangle : (k, k) the R of the QR decomposition of the scaled (and, with an intercept, centred) columns.
    """
    _, values, directions = np.linalg.svd(triangle)
    condition = float(values[0] / values[-1]) if values[-1] > 0 else np.inf
    if condition <= CONDITION_LIMIT:
        return condition
    weak = np.abs(directions[values < values[0] / CONDITION_LIMIT])
    together = [name for name, share in zip(names, weak.max(axis=0), strict=True) if share > 1e-4]
    remedy = "Leave one of them out."
    if any(name.startswith(("cr(", "cs(")) and "constraints" not in name for name in together):
        remedy = 'Write the curve as cr(x, df=4, constraints="center"): without it, it holds a constant of its own.'
    raise FitError(
        f"{listed(together)} say the same thing: one is a combination of the others, so their effects cannot be "
        f"told apart (condition number {condition:.1e}, limit {CONDITION_LIMIT:.0e}). {remedy}"
    )


def check_scaled(scaled: np.ndarray, design: Design) -> float:
    """The condition number of standardised columns, weights counted; refuses collinear ones."""
    root = np.sqrt(design.weight_array)[:, None]
    return check_condition(np.linalg.qr(scaled * root, mode="r"), design.recipe.names)


def standardise(design: Design) -> tuple[np.ndarray, np.ndarray]:
    """Columns centred (where there is an intercept) and of unit length: z = x @ change. Refuses constants.

    Centring keeps years, postcodes or account balances from costing digits; coefficients of x are
    change @ (coefficients of z).
    """
    x, w, names = design.x, design.weight_array, design.recipe.names
    change = np.eye(x.shape[1])
    z = x.copy()
    if design.recipe.has_intercept:
        centre = names.index("Intercept")
        others = [i for i in range(len(names)) if i != centre]
        means = np.average(x[:, others], axis=0, weights=w)
        z[:, others] -= means
        size = np.abs(x[:, others]).max(axis=0, initial=0.0)
        check_constants(
            np.abs(z[:, others]).max(axis=0, initial=0.0), size, [names[i] for i in others], len(x)
        )
        change[centre, others] = -means
    else:
        size = np.abs(x).max(axis=0)
        check_constants(size, np.ones_like(size), names, len(x))
    length = np.sqrt((w[:, None] * z**2).sum(axis=0))
    return z / length, change / length


def listed(names: Sequence[str], most: int = 8) -> str:
    """The first names of a list, and how many more there are."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
