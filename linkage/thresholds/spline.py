"""A smooth curve as columns: the natural cubic spline, straight beyond its outer knots."""

from __future__ import annotations

import numpy as np

# Outer quantiles of 3 to 7 knots; the inner ones are evenly spaced (Harrell 2015, Regression Modeling
# Strategies, table 2.3, which sets them almost so)
OUTER = {3: 0.10, 4: 0.05, 5: 0.05, 6: 0.05, 7: 0.025}


def place_knots(values: np.ndarray, df: int) -> np.ndarray:
    """df + 1 knots at quantiles of values (n,); fewer where ties make them fall together."""
    outer = OUTER.get(df + 1, 0.025)
    return np.unique(np.quantile(values, np.linspace(outer, 1 - outer, df + 1)))


def spline_columns(values: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """The natural spline's columns without a constant, (n, knots - 1); the first is the values themselves.

    Truncated powers (Hastie, Tibshirani and Friedman 2009, p. 145), scaled to be of size one.
    """
    return np.column_stack([values, *_bends(values, knots, 3, 1.0)])


def spline_slopes(values: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """The derivatives of `spline_columns` by the values, (n, knots - 1)."""
    return np.column_stack([np.ones(len(values)), *_bends(values, knots, 2, 3.0)])


def _bends(values: np.ndarray, knots: np.ndarray, power: int, factor: float) -> list[np.ndarray]:
    beyond = np.maximum(values[:, None] - knots, 0) ** power * factor
    last = knots[-1]
    parts = (beyond[:, :-1] - beyond[:, -1:]) / (last - knots[:-1])
    return [(parts[:, k] - parts[:, -1]) / (last - knots[0]) for k in range(len(knots) - 2)]
