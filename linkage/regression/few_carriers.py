"""How sure is a coefficient that few rows or clusters carry? A standard error and degrees of freedom that know it."""

from __future__ import annotations

import numpy as np

from linkage.regression.covariance import row_sums

ALL_OF_IT = 1 - 1e-9
"""A cluster with this share of the leverage in a direction fits it alone: its residual says nothing."""
CELLS_AT_ONCE = 4_000_000


def carriers(driver: np.ndarray, groups: np.ndarray) -> float:
    """How many clusters carry a driver, were all of equal weight: of a flag that is set in 3 of 600 rows, 3.

    driver : (n,) what is left of it once the other regressors are taken out, times the root of the weights.
    groups : (n,) codes from 0. The effective number of clusters of a driver that is the same throughout each
    (Carter, Schnepel and Steigerwald 2017, Review of Economics and Statistics 99, p. 698).
    """
    shares = np.bincount(groups, weights=driver**2)
    return float(shares.sum() ** 2 / (shares @ shares)) if shares.any() else 0.0


def careful_error(
    q: np.ndarray, residuals: np.ndarray, groups: np.ndarray, direction: np.ndarray
) -> tuple[float, float]:
    """The standard error CR2 (HC2 where each row is a cluster) of one coefficient, and its degrees of freedom.

    q : (n, k) orthonormal regressors. residuals : (n,). groups : (n,) codes from 0. direction : (k,), the
    coefficient as a function of the coordinates q'y.

    Unbiased where all rows scatter alike, however few carry the coefficient; the degrees of freedom are those of
    Satterthwaite for that case: of a flag, the rarer side's rows less one, nearly. Infinite, with 0 degrees, where one
    cluster alone fits it. Bell and McCaffrey 2002; Imbens and Kolesar 2016, Review of Economics and Statistics 98,
    p. 706; Pustejovsky and Tipton 2018, Journal of Business and Economic Statistics 36, p. 672.
    """
    whole = float(direction @ direction)
    scores = row_sums(q * residuals[:, None], groups)
    count, k = scores.shape
    own, along, squares = np.empty(count), np.empty((count, k)), 0.0
    order = np.argsort(groups, kind="stable")
    starts = np.searchsorted(groups[order], np.arange(count + 1))
    size = max(1, CELLS_AT_ONCE // (k * k))
    for first in range(0, count, size):
        last = min(first + size, count)
        rows = order[starts[first] : starts[last]]
        moments = _moments(q[rows], starts[first : last + 1] - starts[first])
        shares, axes = np.linalg.eigh(moments)
        held = np.einsum("gij,i->gj", axes, direction)
        if ((shares > ALL_OF_IT) * held**2).sum() > 1e-9 * whole:
            return np.inf, 0.0
        inverse = np.where(shares > ALL_OF_IT, 0.0, 1 / np.sqrt(np.maximum(1 - shares, 1 - ALL_OF_IT)))
        turned = np.einsum("gij,gj->gi", axes, inverse * held)
        squares += float((np.einsum("gi,gi->g", turned, scores[first:last]) ** 2).sum())
        along[first:last] = np.einsum("gij,gj->gi", moments, turned)
        own[first:last] = np.einsum("gi,gi->g", turned, along[first:last])
    lengths = (along**2).sum(axis=1)
    trace = float((own - lengths).sum())
    square = float((own**2 - 2 * own * lengths).sum() + ((along.T @ along) ** 2).sum())
    return float(np.sqrt(squares)), trace**2 / square


def _moments(q: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """q_g'q_g of each group whose rows stand together: (G, k, k). starts : where each begins, and the end."""
    if len(q) == len(starts) - 1:  # each row a cluster
        return q[:, :, None] * q[:, None, :]
    return np.stack(
        [
            np.add.reduceat(q[:, [i]] * q, starts[:-1], axis=0)
            for i in range(q.shape[1])  # a column at a time: all products at once would be k times the table
        ],
        axis=1,
    )
