"""Which drivers of a link do few rows or clusters carry, and how sure are these?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from linkage.limits.fitted import FEW_CARRIERS
from linkage.regression.few_carriers import careful_error, carriers
from linkage.regression.result import t_quantile, t_tail

if TYPE_CHECKING:
    from linkage.regression import LinearFit


def with_careful_errors(
    fit: LinearFit, x: np.ndarray, groups: np.ndarray, weights: np.ndarray | None, terms: Sequence[str]
) -> tuple[LinearFit, dict[str, float]]:
    """The fit with another error, p-value and interval for each of its terms that few rows or clusters carry; and how
    many degrees of freedom these have, by term (0 where one alone carries it: then its interval has no end).

    x : (n, k) regressors of the fit. groups : (n,) codes of its clusters, each row its own where rows are independent.
    weights : (n,) or None. terms : of the drivers; those of the wild bootstrap stay as they are, and so does everything
    where nothing is left over.

    A flag set in few rows, or in few of many units, seems far surer than it is: those rows fit it so closely that they
    show no scatter, and their number is no large one.
    """
    few: dict[str, float] = {}
    asked = [t for t in terms if t not in fit.bootstrapped]
    if fit.is_perfect or not asked:
        return fit, few
    root = np.ones(len(x)) if weights is None else np.sqrt(weights)
    q, back = _coordinates(x * root[:, None])
    estimates = fit.estimates.copy()
    for term in asked:
        direction = back[fit.terms.index(term)]
        # Twice the limit: the number of carriers does not count what the other regressors take from them.
        if carriers(q @ direction, groups) >= 2 * FEW_CARRIERS:
            continue
        error, df = careful_error(q, fit.residuals * root, groups, direction)
        if df < FEW_CARRIERS:
            estimates.loc[term] = _row(estimates.loc[term], error, df, fit.confidence)
            few[term] = df
    if not few:
        return fit, few
    words = f"{fit.errors}; CR2 with Bell and McCaffrey's degrees of freedom for {', '.join(few)}"
    return replace(fit, estimates=estimates, errors=words), few


def _coordinates(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Orthonormal coordinates of regressors (n, k), and the coefficients as functions of them (k, k)."""
    scale = np.linalg.norm(x, axis=0)
    q, triangle = np.linalg.qr(x / scale)
    return q, np.linalg.inv(triangle) / scale[:, None]


def _row(row: pd.Series, error: float, df: float, confidence: float) -> pd.Series:
    """A row of estimates with this error; without degrees of freedom every value is possible."""
    value = float(row["estimate"])
    if df == 0 or not error > 0:
        nothing = {"statistic": 0.0, "df": 1.0, "p_value": 1.0, "low": -np.inf, "high": np.inf}
        return pd.Series({**row.to_dict(), **nothing})
    half = error * float(t_quantile((1 + confidence) / 2, np.array([df]))[0])
    p = 2 * float(t_tail(np.array([abs(value) / error]), np.array([df]))[0])
    said = {"std_error": error, "statistic": value / error, "df": df, "p_value": p}
    return pd.Series({**row.to_dict(), **said, "low": value - half, "high": value + half})
