"""How much hidden common cause would undo the indirect part of a chain."""

from __future__ import annotations

import numpy as np
import pandas as pd

GRID = np.round(np.arange(-0.9, 0.91, 0.1), 1) + 0.0


def indirect_at(rho: np.ndarray, indirect: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """The indirect part if the errors of last stage and outcome correlated by rho (R,): (..., R).

    indirect : (...) at rho = 0. spread : (..., 2, 2) residual products of last stage and outcome, all
    columns before them taken out. With r their correlation, the last step shrinks by 1 - rho/r
    sqrt((1-r^2)/(1-rho^2)) (Imai, Keele & Yamamoto 2010, theorem 4, p. 60).
    """
    r = residual_correlation(spread)[..., None]
    return indirect[..., None] * (1 - rho / r * np.sqrt((1 - r**2) / (1 - rho**2)))


def residual_correlation(spread: np.ndarray) -> np.ndarray:
    """(...) correlation of the two residuals: also the rho at which nothing indirect is left."""
    return spread[..., 0, 1] / np.sqrt(spread[..., 0, 0] * spread[..., 1, 1])


def sensitivity_table(
    indirect: float, spread: np.ndarray, drawn: np.ndarray, drawn_spread: np.ndarray, confidence: float
) -> pd.DataFrame:
    """Per rho the indirect part and the percentiles of its draws (B,), their spreads (B, 2, 2)."""
    values = indirect_at(GRID, np.array(indirect), spread)
    draws = indirect_at(GRID, drawn, drawn_spread)
    tail = (1 - confidence) / 2
    low, high = np.quantile(draws, [tail, 1 - tail], axis=0)
    columns = {"estimate": values, "std_error": draws.std(axis=0, ddof=1), "low": low, "high": high}
    return pd.DataFrame(columns, index=pd.Index(GRID, name="rho"))
