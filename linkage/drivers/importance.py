"""How explained variance is shared among drivers: arrays in, arrays out.

Everything starts from `correlations`, the (p + 1, p + 1) matrix of p drivers with the outcome last; a stack
(..., p + 1, p + 1) gives a stack of answers, which is how a bootstrap is done in one call.
"""

from __future__ import annotations

from math import factorial
from typing import NamedTuple

import numpy as np

from linkage.errors import FitError

LMG_LIMIT = 15
SINGULAR = 1e-10


class Dominance(NamedTuple):
    """Three strengths of "a counts more than b" (Azen and Budescu 2003, Psychological Methods 8, 129-148).

    general (p,) : R-squared units, summing to R-squared.
    conditional (p, p) : row a driver, column s its mean gain when s others are already in.
    complete (p, p) : share of subsets without a and b to which a adds more than b; nan on the diagonal.
    """

    general: np.ndarray
    conditional: np.ndarray
    complete: np.ndarray


def correlation_matrix(x: np.ndarray, y: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Correlations of drivers x (n, p) and outcome y (n,), outcome last: (p + 1, p + 1).

    Raises FitError where a column does not vary or holds a value that is not finite.
    """
    columns = np.column_stack([x, y]).astype(float)
    if not np.isfinite(columns).all():
        raise FitError(
            f"{(~np.isfinite(columns)).sum():,} values are missing or infinite: keep complete rows."
        )
    centred = columns - np.average(columns, axis=0, weights=weights)
    moments = centred.T @ (centred if weights is None else centred * np.asarray(weights, float)[:, None])
    size = np.abs(columns).max(axis=0) ** 2 * len(columns)
    flat = np.flatnonzero(np.diag(moments) <= 1e-24 * size)
    if len(flat):
        raise FitError(f"Column {flat[0] + 1} of {len(moments)} (outcome last) does not vary: leave it out.")
    return scaled(moments)


def scaled(moments: np.ndarray) -> np.ndarray:
    """Cross-products (..., q, q) as correlations."""
    spread = np.sqrt(np.diagonal(moments, axis1=-2, axis2=-1))
    return moments / (spread[..., :, None] * spread[..., None, :])


def sweep_first(moments: np.ndarray) -> np.ndarray:
    """Cross-products (..., q, q) of all columns but the first, once the first is taken out of them.

    A first column with nothing left in it takes nothing out.
    """
    pivot, row = moments[..., 0, 0], moments[..., 0, 1:]
    pivot = np.where(pivot > SINGULAR, pivot, np.inf)
    return moments[..., 1:, 1:] - row[..., :, None] * row[..., None, :] / pivot[..., None, None]


def subset_r_squared(correlations: np.ndarray) -> np.ndarray:
    """R-squared of the outcome on every subset of p drivers: (..., 2**p), driver j in where bit j is set.

    One driver after another is left out of, and swept into, all the subsets made so far, so that the
    work is about 12 * 2**p multiplications instead of 2**p solves.
    """
    states = np.asarray(correlations, float)[..., None, :, :]
    for _ in range(correlations.shape[-1] - 1):
        states = np.concatenate([states[..., 1:, 1:], sweep_first(states)], axis=-3)
    return 1 - states[..., 0, 0]


def lmg_weights(correlations: np.ndarray) -> np.ndarray:
    """Each driver's gain in R-squared averaged over all orders of entry: (..., p), summing to R-squared.

    Lindeman, Merenda and Gold (1980, p. 119); the same as the Shapley value and general dominance.
    Raises FitError beyond 15 drivers (one more for a benchmark): the subsets double with each.
    """
    p = correlations.shape[-1] - 1
    if p > LMG_LIMIT + 1:
        raise FitError(f"{p} drivers have {2**p:,} subsets; at most {LMG_LIMIT}. Use Johnson weights.")
    return subset_r_squared(correlations) @ entry_weights(p).T


def entry_weights(p: int) -> np.ndarray:
    """(p, 2**p): what each subset's R-squared counts for each driver, abs(S)! (p - 1 - abs(S))! / p!."""
    masks = np.arange(2**p)
    size = np.bitwise_count(masks).astype(int)
    by_size = np.array([factorial(s) * factorial(p - 1 - s) / factorial(p) for s in range(p)])
    weights = np.empty((p, 2**p))
    for j in range(p):
        has = masks >> j & 1 == 1
        weights[j] = np.where(has, by_size[np.maximum(size - 1, 0)], -by_size[np.minimum(size, p - 1)])
    return weights


def johnson_weights(correlations: np.ndarray) -> np.ndarray:
    """Relative weights through the nearest uncorrelated drivers: (..., p), summing to R-squared.

    With Rxx = Q D Q' and L = Q D^0.5 Q': weight_j = sum_k L_jk^2 b_k^2, b = L^-1 r_xy (Johnson 2000,
    Multivariate Behavioral Research 35, 1-19). No limit to the number of drivers.
    """
    among, with_outcome = correlations[..., :-1, :-1], correlations[..., :-1, -1]
    values, vectors = np.linalg.eigh(among)
    root = np.sqrt(np.maximum(values, 0))
    inverse = np.where(values > SINGULAR, 1 / np.maximum(root, np.sqrt(SINGULAR)), 0)
    loadings = (vectors * root[..., None, :]) @ np.swapaxes(vectors, -1, -2)
    rotated = np.einsum("...kj,...k->...j", vectors, with_outcome) * inverse
    slopes = np.einsum("...jk,...k->...j", vectors, rotated)
    return np.einsum("...jk,...k->...j", loadings**2, slopes**2)


def dominance(correlations: np.ndarray) -> Dominance:
    """General, conditional and complete dominance among p drivers, from one (p + 1, p + 1) matrix."""
    p = len(correlations) - 1
    fits, masks = subset_r_squared(correlations), np.arange(2**p)
    conditional, complete = np.zeros((p, p)), np.full((p, p), np.nan)
    for a in range(p):
        without = masks[masks >> a & 1 == 0]
        gain, size = fits[without | 1 << a] - fits[without], np.bitwise_count(without)
        conditional[a] = np.bincount(size, weights=gain, minlength=p) / np.bincount(size, minlength=p)
        for b in range(p):
            if b != a:
                both = without[without >> b & 1 == 0]
                complete[a, b] = (fits[both | 1 << a] > fits[both | 1 << b]).mean()
    return Dominance(conditional.mean(axis=1), conditional, complete)


def explained_shares(x: np.ndarray, y: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Share of the explained variance that goes with each driver: (p,), summing to 1.

    x (n, p) drivers, y (n,) outcome, weights (n,) or none. LMG, so at most 15 drivers.
    """
    gains = lmg_weights(correlation_matrix(x, y, weights))
    return gains / gains.sum()
