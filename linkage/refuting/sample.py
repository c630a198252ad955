"""A link's used rows as arrays, so that every attack on it is algebra on sums instead of a refit of rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from linkage.regression import LinearFit
    from linkage.study_file.declaration import LinkSpec


@dataclass(frozen=True, eq=False)
class LinkSample:
    """What a link was fitted on.

    table : the used rows, index 0 to n-1, as they were. x : (n, k) regressors, names : their k terms.
    y : (n,). weights : (n,) or None. terms : the drivers' terms; main : the first of them.
    cluster : column or None; groups : (n,) codes from 0, each row its own where it names no cluster.
    estimates, std_errors : by term, as reported. df : of the reported interval.
    """

    outcome: str
    drivers: tuple[str, ...]
    controls: tuple[str, ...]
    table: pd.DataFrame
    x: np.ndarray
    y: np.ndarray
    names: tuple[str, ...]
    terms: tuple[str, ...]
    weights: np.ndarray | None
    cluster: str | None
    groups: np.ndarray
    estimates: pd.Series
    std_errors: pd.Series
    df: float
    confidence: float

    @property
    def main(self) -> str:
        return self.terms[0]

    @property
    def place(self) -> int:
        """The column of the main driver."""
        return self.names.index(self.main)

    @property
    def estimate(self) -> float:
        return float(self.estimates[self.main])

    @property
    def std_error(self) -> float:
        return float(self.std_errors[self.main])

    def partialled(self, term: str | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Outcome and one regressor, each less what the other regressors say of it: (n,), (n,).

        The slope of the one on the other is the adjusted estimate (Frisch and Waugh 1933, Lovell 1963).
        """
        return self._main_partialled if term in (None, self.main) else self._partialled(term)

    @cached_property
    def _main_partialled(self) -> tuple[np.ndarray, np.ndarray]:
        """Asked for by every attack that shuffles, draws or bounds the main driver."""
        return self._partialled(self.main)

    def _partialled(self, term: str) -> tuple[np.ndarray, np.ndarray]:
        place = self.names.index(term)
        rest = np.delete(self.x, place, axis=1)
        root = np.ones(len(self.y)) if self.weights is None else np.sqrt(self.weights)
        both = np.column_stack([self.y, self.x[:, place]]) * root[:, None]
        coefficients, *_ = np.linalg.lstsq(rest * root[:, None], both, rcond=None)
        left = both - (rest * root[:, None]) @ coefficients
        return left[:, 0], left[:, 1]


def sample_of(fit: LinearFit, rows: pd.DataFrame, spec: LinkSpec) -> LinkSample:
    """The sample behind a link's adjusted fit. rows : the table the fit was given."""
    used = rows.iloc[fit.rows_kept].reset_index(drop=True)
    cluster = spec.cluster or _named_cluster(spec, used)
    groups = np.arange(len(used)) if cluster is None else _each_its_own(pd.factorize(used[cluster])[0])
    return LinkSample(
        outcome=spec.outcome,
        drivers=tuple(spec.drivers),
        controls=tuple(spec.controls),
        table=used,
        x=fit.recipe.matrix(used),
        y=used[spec.outcome].to_numpy(dtype="float64"),
        names=tuple(fit.terms),
        terms=tuple(t for d in spec.drivers for t in fit.recipe.terms_of(d)),
        weights=used[spec.weights].to_numpy(dtype="float64") if spec.weights else None,
        cluster=cluster,
        groups=groups,
        estimates=fit.estimates["estimate"],
        std_errors=fit.estimates["std_error"],
        df=float(fit.estimates.loc[fit.recipe.terms_of(spec.drivers[0])[0], "df"]),
        confidence=fit.confidence,
    )


def with_errors_of(sample: LinkSample, fit: LinearFit) -> LinkSample:
    """The sample with the estimates and errors of another fit of the same terms and rows."""
    return replace(
        sample,
        estimates=fit.estimates["estimate"],
        std_errors=fit.estimates["std_error"],
        df=float(fit.estimates.loc[sample.main, "df"]),
    )


def _each_its_own(codes: np.ndarray) -> np.ndarray:
    """Codes (n,) with a code of its own for each row that has none (-1): who is not named is nobody twice."""
    unnamed = codes < 0
    return np.where(unnamed, codes.max() + np.cumsum(unnamed), codes)


def _named_cluster(spec: LinkSpec, rows: pd.DataFrame) -> str | None:
    from linkage.grains import cluster_of

    return cluster_of(spec) if cluster_of(spec) in rows else None


def group_sums(sample: LinkSample, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cross products by group: x'x (G, k, k), x'y (G, k) and rows (G,). codes : (n,) from 0."""
    count, k = int(codes.max()) + 1, sample.x.shape[1]
    order = np.argsort(codes, kind="stable")
    starts = np.searchsorted(codes[order], np.arange(count))
    x, y = np.ascontiguousarray(sample.x.T[:, order]), sample.y[order]
    scaled = x if sample.weights is None else x * sample.weights[order]
    xx = np.empty((count, k, k))
    for i in range(k):  # a column at a time: all products of all rows at once would be k times the table
        first = i if sample.weights is None else 0  # weighted, rounding differs between the two halves
        xx[:, i, first:] = np.add.reduceat(scaled[i] * x[first:], starts, axis=1).T
        if sample.weights is None:
            xx[:, i:, i] = xx[:, i, i:]
    xy = np.ascontiguousarray(np.add.reduceat(scaled * y, starts, axis=1).T)
    return xx, xy, np.bincount(codes, minlength=count)


def solve(xx: np.ndarray, xy: np.ndarray) -> np.ndarray:
    """Least squares from cross products, for one set or a stack of them: (..., k).

    Columns are scaled first; where leaving rows out made a column empty or a copy of others, the solution of
    smallest norm is taken, which leaves the other coefficients as they are.
    """
    scale = np.sqrt(np.maximum(np.einsum("...ii->...i", xx), 0.0))
    scale = np.where(scale > 0, scale, 1.0)
    scaled = xx / (scale[..., :, None] * scale[..., None, :])
    inverse = np.linalg.pinv(scaled, rcond=1e-12, hermitian=True)
    return np.einsum("...ij,...j->...i", inverse, xy / scale) / scale


def codes_of(labels: Sequence[object] | pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Codes from 0 in sorted order of the labels, and the labels: (n,), (G,)."""
    codes, kinds = pd.factorize(pd.Series(labels), sort=True)
    return codes, np.asarray(kinds)
