"""What panel fits share: a formula as arrays with its unit and period, and regressions on derived columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd

from linkage.errors import LinkError
from linkage.regression import Errors, LinearFit, fit_linear
from linkage.regression.design import build_design


@dataclass(frozen=True, eq=False)
class PanelDesign:
    """A formula on the complete rows of a panel.

    y : (n,). x : (n, k) without a constant; names : of its k columns. labels : (n rows) unit, period,
        cluster.
    """

    outcome: str
    formula: str
    y: np.ndarray
    x: np.ndarray
    names: list[str]
    labels: pd.DataFrame
    n_dropped: int

    def codes(self, column: str) -> np.ndarray:
        """0..G-1 for the values of a label, in sorted order."""
        return self.labels[column].factorize(sort=True)[0]

    def keep_terms(self, keep: np.ndarray) -> PanelDesign:
        """The same rows with only the columns of x for which keep (k,) is true."""
        names = [name for name, kept in zip(self.names, keep, strict=True) if kept]
        return replace(self, x=self.x[:, keep], names=names)


def panel_design(table: pd.DataFrame, formula: str, labels: Sequence[str]) -> PanelDesign:
    """The complete rows of a formula and of the label columns. Refusals as in `fit_linear`."""
    if "|" in formula:
        raise LinkError(
            f"{formula!r}: effects are not written into the formula; name them in unit= and period=."
        )
    labels = list(dict.fromkeys(labels))
    made = build_design(table, formula, cluster=labels)
    if not made.recipe.has_intercept:
        raise LinkError(f"{formula!r} takes the constant away; leave it in.")
    names = [name for name in made.recipe.names if name != "Intercept"]
    x = made.x[:, [made.recipe.names.index(name) for name in names]]
    held = table.iloc[made.kept][labels].reset_index(drop=True)
    return PanelDesign(made.recipe.outcome, formula, made.y, x, names, held, made.n_dropped)


def fit_columns(
    design: PanelDesign,
    columns: dict[str, np.ndarray],
    y: np.ndarray,
    labels: pd.DataFrame,
    cluster: str | None,
    errors: str | Errors,
    confidence: float,
    seed: int,
) -> LinearFit:
    """`fit_linear` of y (m,) on derived columns, each (m,), clustered by a column of labels (m rows)."""
    frame = pd.DataFrame({f"{design.outcome} ": y, **columns})
    terms = " + ".join(f"`{name}`" for name in columns)
    if cluster is not None:
        frame["cluster: " + cluster] = labels[cluster].to_numpy()
        cluster = "cluster: " + cluster
    fit = fit_linear(
        frame,
        f"`{design.outcome} ` ~ {terms}",
        cluster=cluster,
        errors=errors,
        confidence=confidence,
        seed=seed,
    )
    said = fit.errors.replace("cluster: ", "").replace("clustered by cluster: ", "clustered by ")
    return replace(
        fit, outcome=design.outcome, formula=design.formula, n_dropped=design.n_dropped, errors=said
    )


def strip_prefix(fit: LinearFit, prefix: str) -> LinearFit:
    """The fit with a prefix taken off its term names (derived columns are not the caller's: no `recipe`)."""
    names = [name.removeprefix(prefix) for name in fit.estimates.index]
    estimates = fit.estimates.set_axis(pd.Index(names, name="term"))
    covariance = fit.covariance.set_axis(names, axis=0).set_axis(names, axis=1)
    wild = tuple(name.removeprefix(prefix) for name in fit.bootstrapped)
    said = fit.errors.replace(prefix, "")
    changed = {"covariance": covariance, "bootstrapped": wild, "errors": said}
    return replace(fit, estimates=estimates, recipe=None, rows_kept=None, **changed)


def promote(kind: type, fit: LinearFit, **more) -> LinearFit:
    """A fit as a kind of fit that says more."""
    return kind(**{f.name: getattr(fit, f.name) for f in fields(fit)}, **more)


def group_means(x: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Mean of each column of x (n, k) over the rows of its group, repeated on every row: (n, k)."""
    counts = np.bincount(codes)
    sums = np.column_stack([np.bincount(codes, weights=column) for column in x.T])
    return (sums / counts[:, None])[codes]


def moves(left: np.ndarray, x: np.ndarray) -> np.ndarray:
    """(k,) True where what is left of a column is more than rounding beside the column (about 1e-16)."""
    return np.abs(left).max(axis=0) > 1e-9 * np.maximum(np.abs(x).max(axis=0), 1e-300)
