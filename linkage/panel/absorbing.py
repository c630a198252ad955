"""Least squares within unit (and period) effects, whatever the units of its columns."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd

from linkage.errors import FitError
from linkage.panel.design import PanelDesign, group_means, moves
from linkage.regression.covariance import check_clusters
from linkage.regression.guards import check_outcome


class Absorbed(NamedTuple):
    """A fit within effects: estimates (k,), covariance (k, k), share of the movement within explained, rows used,
    clusters (None where equal variances are supposed) and degrees of freedom left of the rows.
    """

    estimates: np.ndarray
    covariance: np.ndarray
    r_squared: float
    n_used: int
    clusters: int | None
    df: float


def absorb_effects(
    design: PanelDesign,
    effects: Iterable[np.ndarray],
    cluster: np.ndarray,
    clustered: bool,
    small_sample: str,
    weights: np.ndarray | None = None,
) -> Absorbed:
    """The pyfixest fit of a design on effects, each (n,) codes, clustered by (n,) codes, with weights (n,).

    pyfixest stops where a step is small in the columns' own units, so they are brought to a spread of 1 first: money in
    cents or in millions is the same to it. Its columns are x0, x1, ... so that no name needs quoting.
    """
    import pyfixest

    check_outcome(design.y, design.outcome)
    if clustered:
        check_clusters(int(cluster.max()) + 1, "cluster")
    effects = list(effects)
    left, spread = _moving_alike(np.column_stack([design.y, design.x]), effects[0])
    places = range(design.x.shape[1])
    frame = pd.DataFrame(left[:, 1:], columns=[f"x{j}" for j in places])
    effects = {f"effect{j}": codes for j, codes in enumerate(effects)}
    frame = frame.assign(
        y=left[:, 0], cluster=cluster, weights=1.0 if weights is None else weights, **effects
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # singletons are counted, collinear columns refused below
        fit = pyfixest.feols(
            f"y ~ {' + '.join(f'x{j}' for j in places)} | {' + '.join(effects)}",
            frame,
            vcov={"CRV1": "cluster"} if clustered else "iid",
            ssc=_small_sample(small_sample) if clustered else pyfixest.ssc(),
            weights=None if weights is None else "weights",
            fixef_tol=1e-10,
        )
    if fit._collin_vars:
        lost = ", ".join(design.names[int(name[1:])] for name in fit._collin_vars)
        raise FitError(
            f"{lost}: said already by the other terms ({', '.join(design.names)}) and the effects."
        )
    back = spread[0] / spread[1:]
    return Absorbed(
        estimates=fit._beta_hat * back,
        covariance=fit._vcov * np.outer(back, back),
        r_squared=float(fit._r2_within),
        n_used=int(fit._N),
        clusters=int(fit._G[0]) if clustered else None,
        df=float(fit._df_t),
    )


def _moving_alike(columns: np.ndarray, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Columns (n, k) less their means in an effect (n,), brought to a spread of 1; and their spread (k,)."""
    left = columns - group_means(columns, codes)
    spread = np.where(moves(left, columns), left.std(axis=0), 1.0)
    return left / spread, spread


def _small_sample(convention: str):
    import pyfixest

    counted = {"nested": "nonnested", "dummies": "full", "none": "none"}[convention]
    return pyfixest.ssc(k_adj=convention != "none", k_fixef=counted, G_adj=convention != "none")
