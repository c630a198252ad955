"""Linear chains from sums of products: one (p, p) matrix a cluster carries all that every equation needs.

The columns of a chain stand in time order: constant, controls, cause, stages between, outcome. Stage s is
regressed on every column before it. So one matrix of cross-products Z'Z gives all equations, and a bootstrap
draw is a weighted sum of the clusters' matrices: the same clusters in every equation, no row touched again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

BATCH_CELLS = 4_000_000
SINGULAR = 1e-10  # smallest over largest eigenvalue of the scaled regressors in a draw


@dataclass(frozen=True, eq=False)
class Columns:
    """Z in units of one standard deviation, centred. first : place of the cause; the last column is the
    outcome.

    z : (n, p) with a leading constant. scale : (p,) the standard deviations (1 for the constant).
    """

    z: np.ndarray
    scale: np.ndarray
    first: int

    @property
    def stages(self) -> range:
        """Places of the stages between and the outcome."""
        return range(self.first + 1, self.z.shape[1])

    @property
    def per_unit(self) -> np.ndarray:
        """(S,) what turns a chain step from standard deviations into units."""
        places = np.array(self.stages)
        return self.scale[places] / self.scale[places - 1]


def cluster_products(z: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """(G, p, p) the cross-products of the rows of each cluster; codes (n,) are 0..G-1."""
    p = z.shape[1]
    out = np.empty((int(codes.max()) + 1, p, p))
    for i in range(p):
        for j in range(i, p):
            out[:, i, j] = out[:, j, i] = np.bincount(codes, weights=z[:, i] * z[:, j])
    return out


def step_coefficients(products: np.ndarray, place: int) -> np.ndarray:
    """Coefficients (..., place) of column `place` on all columns before it; products (..., p, p)."""
    return np.linalg.solve(products[..., :place, :place], products[..., :place, place, None])[..., 0]


def chain_parts(products: np.ndarray, columns: Columns) -> np.ndarray:
    """Per draw the S steps, then indirect, other routes, direct, total, in the caller's units: (..., S + 4).

    Total effects follow the recursion T_s = c_s + sum over r < s of b_sr T_r on standardised columns.
    """
    first, stages = columns.first, list(columns.stages)
    reach = {first: np.ones(products.shape[:-2])}
    steps, direct = [], None
    for place in stages:
        b = step_coefficients(products, place)
        reach[place] = sum(b[..., before] * reach[before] for before in reach)
        steps.append(b[..., place - 1])
        direct = b[..., first]
    indirect = np.prod(steps, axis=0)
    total = reach[stages[-1]]
    whole = columns.scale[stages[-1]] / columns.scale[first]
    steps = [step * unit for step, unit in zip(steps, columns.per_unit, strict=True)]
    rest = [indirect, total - indirect - direct, direct, total]
    return np.stack([*steps, *(part * whole for part in rest)], axis=-1)


def residual_spread(products: np.ndarray) -> np.ndarray:
    """(..., 2, 2) cross-products of last stage and outcome once all columns before them are taken out."""
    known = products[..., :-2, :-2]
    across = products[..., :-2, -2:]
    return products[..., -2:, -2:] - np.swapaxes(across, -1, -2) @ np.linalg.solve(known, across)


def draw_products(products: np.ndarray, draws: int, seed: int):
    """Batches (B, p, p) of products summed over drawn clusters; draws without a solution are left out."""
    count, p, _ = products.shape
    flat = products.reshape(count, p * p)
    rng = np.random.default_rng(seed)
    size = max(1, BATCH_CELLS // count)
    for start in range(0, draws, size):
        batch = min(size, draws - start)
        weights = np.stack(
            [np.bincount(rng.integers(0, count, count), minlength=count) for _ in range(batch)]
        )
        drawn = (weights @ flat).reshape(batch, p, p)
        yield drawn[is_solvable(drawn[:, :-1, :-1])]


def is_solvable(products: np.ndarray) -> np.ndarray:
    """(B,) True where the regressors of a draw can be told apart; products (B, k, k)."""
    length = np.sqrt(np.diagonal(products, axis1=-2, axis2=-1))
    filled = (length > 0).all(axis=-1)
    length = np.where(length > 0, length, 1.0)
    values = np.linalg.eigvalsh(products / (length[:, :, None] * length[:, None, :]))
    return filled & (values[:, 0] > SINGULAR * values[:, -1])


def step_influences(products: np.ndarray, columns: Columns, n: int) -> np.ndarray:
    """(G, S) how much each cluster moves each step; the products of the columns sum to CR1 covariances."""
    count, whole = len(products), products.sum(axis=0)
    out = []
    for place, unit in zip(columns.stages, columns.per_unit, strict=True):
        b = step_coefficients(whole, place)
        scores = products[:, :place, place] - products[:, :place, :place] @ b
        factor = np.sqrt(count / (count - 1) * (n - 1) / (n - place))
        out.append(unit * factor * (scores @ np.linalg.inv(whole[:place, :place])[:, place - 1]))
    return np.column_stack(out)
