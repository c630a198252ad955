"""A link within units and the same link between them, side by side."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.errors import FitError
from linkage.limits.fitted import FEW_CLUSTERS
from linkage.panel.design import PanelDesign, fit_columns, group_means, moves, panel_design
from linkage.regression import LinearFit
from linkage.regression.result import estimate_table
from linkage.results import Result


@dataclass(frozen=True, eq=False, repr=False)
class WithinBetween(Result):
    """A link within units and between them, and whether the two differ.

    estimates : per term and part. `within`: the same unit at another time; `between`: another unit whose
        usual level is one higher; `difference`: between minus within. Outcome units per unit of the term.
    errors : the kind of standard error, in words.
    statistic, df, df_residual, p_value : F of "within and between agree" for all terms at once (Mundlak's
        form of the Hausman question).
    """

    outcome: str
    formula: str
    unit: str
    estimates: pd.DataFrame
    statistic: float
    df: int
    df_residual: float
    p_value: float
    n_used: int
    n_dropped: int
    units: int
    clusters: int
    errors: str
    confidence: float

    def summary(self) -> str:
        said = []
        for term in self.estimates.xs("within", level="part").index:
            within, between = self.estimates.loc[(term, "within")], self.estimates.loc[(term, "between")]
            said.append(
                f"{term} {within.estimate:+.4g} within a {self.unit} ({within.low:+.4g} to "
                f"{within.high:+.4g}) and "
                f"{between.estimate:+.4g} between ({between.low:+.4g} to {between.high:+.4g})"
            )
        return (
            f"One unit more goes with this much {self.outcome} ({self.confidence:.0%} intervals): "
            f"{'; '.join(said)}. That the two agree has p = {self.p_value:.3g} "
            f"(n = {self.n_used:,}, {self.units:,} units, {self.clusters:,} clusters; {self.n_dropped:,} "
            f"rows "
            "incomplete)."
        )


def split_within_between(
    table: pd.DataFrame, formula: str, *, unit: str, cluster: str | None = None, confidence: float = 0.95
) -> WithinBetween:
    """Is the link seen between units also there within them? Both slopes, and a test of their difference.

    Least squares on every term and its unit mean, errors clustered (by unit unless said otherwise) with t(G-1):
    CR1, and below 40 clusters the jackknife, as a mean varies only between them (where it is defined). A term's
    own coefficient is its within estimate, that of its mean the difference (Mundlak 1978, p. 71; Wooldridge
    2010, sec. 10.7.3). A between slope never says what happens when one unit changes. Terms that do not move
    within units are controls, shown as `between`. FitError where no term moves.
    """
    cluster = cluster or unit
    design = panel_design(table, formula, [unit, cluster])
    means = group_means(design.x, design.codes(unit))
    moving = moves(design.x - means, design.x)
    if not moving.any():
        raise FitError(f"No term moves within {unit}: only `fit_between` can be asked.")
    columns = {f"own {name}": column for name, column in zip(design.names, design.x.T, strict=True)}
    gaps = {f"mean of {name}": means[:, j] for j, name in enumerate(design.names) if moving[j]}
    fit = _clustered_fit(design, {**columns, **gaps}, cluster, confidence)
    test = fit.joint_test(list(gaps))
    return WithinBetween(
        outcome=design.outcome,
        formula=formula,
        unit=unit,
        estimates=_parts(fit, design, moving, confidence),
        statistic=test["statistic"],
        df=int(test["df"]),
        df_residual=test["df_residual"],
        p_value=test["p_value"],
        n_used=fit.n_used,
        n_dropped=fit.n_dropped,
        units=design.labels[unit].nunique(),
        clusters=fit.clusters,
        errors=fit.errors,
        confidence=confidence,
    )


def _clustered_fit(design: PanelDesign, columns: dict, cluster: str, confidence: float) -> LinearFit:
    """In simulated studies CR1 covered the between slope of 12 units in 89%, of 20 in 91%; CR3 in 94% and 96%."""

    def fitted(errors: str) -> LinearFit:
        return fit_columns(design, columns, design.y, design.labels, cluster, errors, confidence, 0)

    if design.labels[cluster].nunique() < FEW_CLUSTERS:
        with suppress(FitError):  # one unit alone holds a column: without it there is no fit, so no jackknife
            return fitted("CR3")
    return fitted("CR1")


def _parts(fit: LinearFit, design: PanelDesign, moving: np.ndarray, confidence: float) -> pd.DataFrame:
    """Rows (term, part), each a weighted sum of the coefficients."""
    keys, weights = [], []
    for name, moves_within in zip(design.names, moving, strict=True):
        own = np.array([term == f"own {name}" for term in fit.terms], float)
        gap = np.array([term == f"mean of {name}" for term in fit.terms], float)
        parts = {"within": own, "between": own + gap, "difference": gap} if moves_within else {"between": own}
        keys += [(name, part) for part in parts]
        weights += list(parts.values())
    matrix = np.array(weights)
    values = matrix @ fit.estimates["estimate"].to_numpy()
    spread = matrix @ fit.covariance.to_numpy() @ matrix.T
    rows = estimate_table(
        range(len(keys)), values, spread, df=fit.estimates["df"].iloc[0], confidence=confidence
    )
    return rows.set_axis(pd.MultiIndex.from_tuples(keys, names=["term", "part"]))
