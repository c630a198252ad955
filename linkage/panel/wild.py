"""The wild cluster bootstrap with unit (and period) effects, for panels of few clusters."""

from __future__ import annotations

import numpy as np
import pandas as pd

from linkage.panel.design import PanelDesign, group_means
from linkage.regression.bootstrap import cluster_parts, wild_draws, wild_interval

DRAWS = 9_999


def bootstrap_terms(estimates, design: PanelDesign, effects, cluster: str, confidence, seed) -> pd.DataFrame:
    """p_value, low and high from the wild cluster bootstrap-t of the demeaned regression.

    Unit effects are gone by subtracting unit means, which stay within a cluster; period effects stay in as
    columns, so that the weights of one cluster may move the periods' means as they do in a refit.
    """
    units = design.codes(effects[0])
    left = np.column_stack([design.y, design.x])
    left = left - group_means(left, units)
    basis = _period_basis(design, effects, units)
    left = left - basis @ (basis.T @ left)
    y, x = left[:, 0], left[:, 1:]
    own, triangle = np.linalg.qr(x)
    residuals = y - own @ (own.T @ y)
    parts = cluster_parts(np.column_stack([basis, own]), residuals, design.codes(cluster))
    back = np.linalg.inv(triangle)
    for j, term in enumerate(design.names):
        direction = np.concatenate([np.zeros(basis.shape[1]), back[j]])
        drawn = wild_draws(direction, parts, draws=DRAWS, seed=seed)
        value = estimates.loc[term, "estimate"]
        below, above = wild_interval(drawn, confidence)
        estimates.loc[term, ["p_value", "low", "high"]] = [drawn.p_value(value), value + below, value + above]
    return estimates


def _period_basis(design: PanelDesign, effects: list[str], units: np.ndarray) -> np.ndarray:
    """(n, r) orthonormal columns that span the period dummies once unit means are out."""
    if len(effects) < 2:
        return np.zeros((len(units), 0))
    codes = design.codes(effects[1])
    dummies = np.eye(codes.max() + 1)[codes]
    vectors, values, _ = np.linalg.svd(dummies - group_means(dummies, units), full_matrices=False)
    return vectors[:, values > 1e-9 * values[0]]
