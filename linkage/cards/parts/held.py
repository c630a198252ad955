"""A link's main driver and outcome with everything else held fixed: what every part of its card is fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from linkage.drivers.sandwich import group_sums
from linkage.errors import FitError
from linkage.limits.fitted import FEW_CLUSTERS
from linkage.refuting.sample import LinkSample

if TYPE_CHECKING:
    from linkage.study_file.declaration import LinkSpec

SPAN = 1e-9
"""A column keeping less than this part of its length once others are taken out is a combination of them."""


class Fitted(NamedTuple):
    """Columns fitted to the outcome, all else held fixed.

    coefficients (m,). covariance (1 + m, 1 + m) robust, the outcome's mean at average controls first.
    bread (m, m). residuals (n,) and part (n, m) the columns with the rest taken out, both times root weights.
    deviance : sum of squared residuals. df : of the t.
    """

    coefficients: np.ndarray
    covariance: np.ndarray
    bread: np.ndarray
    residuals: np.ndarray
    part: np.ndarray
    deviance: float
    df: float


@dataclass(frozen=True, eq=False)
class Held:
    """driver, outcome (n,) as they are. basis (n, c) : orthonormal columns of the other regressors, times root.

    root (n,) : roots of the weights. groups : codings of clusters, each (n,) from 0; none for independent rows.
    """

    driver: np.ndarray
    outcome: np.ndarray
    basis: np.ndarray
    root: np.ndarray
    groups: tuple[np.ndarray, ...]
    confidence: float

    @cached_property
    def rest(self) -> np.ndarray:
        """The outcome with the other regressors taken out, times root weights."""
        return self.left(self.outcome)

    @cached_property
    def middle(self) -> float:
        return float(np.average(self.driver, weights=self.root**2))

    @cached_property
    def unit(self) -> float:
        """The driver's standard deviation."""
        return float(np.sqrt(np.average((self.driver - self.middle) ** 2, weights=self.root**2)))

    @cached_property
    def mean(self) -> float:
        """The mean outcome."""
        return float(np.average(self.outcome, weights=self.root**2))

    @cached_property
    def clusters(self) -> int | None:
        return min(int(g.max()) + 1 for g in self.groups) if self.groups else None

    @property
    def parameters(self) -> int:
        return self.basis.shape[1]

    def left(self, columns: np.ndarray) -> np.ndarray:
        """Columns (n,) or (n, m) with the other regressors taken out (Frisch and Waugh 1933, Lovell 1963)."""
        scaled = columns * (self.root if columns.ndim == 1 else self.root[:, None])
        return scaled - self.basis @ (self.basis.T @ scaled)

    def centre(self, columns: np.ndarray) -> np.ndarray:
        """The means of columns (n, m): where they stand at the mean outcome."""
        return np.average(columns, axis=0, weights=self.root**2)

    def fit(self, columns: np.ndarray, free: int | None = None) -> Fitted:
        """Least squares of the outcome on columns (n, m). free : the first columns only; the others, which
        stay at zero, enter the errors (Muggeo 2003). FitError where the columns say the same thing."""
        part = self.left(columns)
        lengths = np.linalg.norm(part, axis=0)
        before = np.linalg.norm(columns * self.root[:, None], axis=0)
        q, triangle = np.linalg.qr(part / np.where(lengths > 0, lengths, 1.0))
        if (lengths <= SPAN * before).any() or (np.abs(np.diag(triangle)) < 1e-7).any():
            raise FitError("Columns of the driver say the same thing as others: no slope of their own.")
        inverse = np.linalg.inv(triangle) / lengths[:, None]
        free = part.shape[1] if free is None else free
        own = np.linalg.solve(triangle[:free, :free], q[:, :free].T @ self.rest) / lengths[:free]
        coefficients = np.append(own, np.zeros(part.shape[1] - free))
        residuals = self.rest - part @ coefficients
        covariance, df = self.spread(q, inverse, residuals)
        deviance = float(residuals @ residuals)
        return Fitted(coefficients, covariance, inverse @ inverse.T, residuals, part, deviance, df)

    def spread(
        self, q: np.ndarray, inverse: np.ndarray, residuals: np.ndarray, *, jackknife: bool = True
    ) -> tuple[np.ndarray, float]:
        """Robust covariance of mean and coefficients. q (n, m) orthonormal; inverse (m, m) leads back to columns.

        Clusters: CR1 and t(G-1), below forty the jackknife CR3 (MacKinnon, Nielsen and Webb 2023); two
        codings: Cameron, Gelbach and Miller (2011). Independent rows: HC1.
        """
        own = q @ inverse.T
        n, total = len(residuals), float((self.root**2).sum())
        pulls = np.column_stack([self.root / total, own]) * residuals[:, None]
        count = self.parameters + q.shape[1]
        if not self.groups:
            return n / (n - count) * pulls.T @ pulls, n - count
        if jackknife and len(self.groups) == 1 and self.clusters < FEW_CLUSTERS:
            with suppress(FitError):  # a column that varies in one cluster only: no jackknife
                return self._jackknife(q, inverse, residuals, total), self.clusters - 1
        factor = (n - 1) / (n - count)
        one_way = [factor * _meat(pulls, g) for g in self.groups]
        if len(one_way) == 1:
            return one_way[0], self.clusters - 1
        both = pd.factorize(self.groups[0] * (int(self.groups[1].max()) + 1) + self.groups[1])[0]
        return _two_way(one_way, factor * _meat(pulls, both)), self.clusters - 1

    def _jackknife(self, q, inverse, residuals, total: float) -> np.ndarray:
        from linkage.regression.covariance import jackknife_meat

        full = np.column_stack([self.basis, q])
        meat = jackknife_meat(full, residuals, self.groups[0], "cluster").matrix
        back = np.zeros((1 + q.shape[1], full.shape[1]))
        back[0, : self.parameters] = self.root @ self.basis / total
        back[1:, self.parameters :] = inverse
        return back @ meat @ back.T


def _meat(pulls: np.ndarray, groups: np.ndarray) -> np.ndarray:
    sums = group_sums(pulls, groups)
    return len(sums) / max(len(sums) - 1, 1) * sums.T @ sums


def _two_way(each: Sequence[np.ndarray], both: np.ndarray) -> np.ndarray:
    """The sum of both less what they share; where that leaves a variance smaller than either's, the larger."""
    joint = each[0] + each[1] - both
    larger = max(each, key=lambda matrix: float(np.trace(matrix)))
    return joint if (np.diag(joint) >= np.diag(larger)).all() else larger


def basis_of(columns: np.ndarray, sizes: np.ndarray | None = None) -> np.ndarray:
    """Orthonormal columns of the same span as (n, k); what is a combination of columns before it falls away.

    sizes (k,) : how long the columns were before others were taken out of them; what is left of a column that those
    others held already is rounding.
    """
    lengths = np.linalg.norm(columns, axis=0)
    some = lengths > (0.0 if sizes is None else SPAN * sizes)
    if not some.any():
        return columns[:, :0]
    scaled = columns[:, some] / lengths[some]
    q, triangle = np.linalg.qr(scaled)
    kept = np.abs(np.diag(triangle)) > SPAN
    return q if kept.all() else np.linalg.qr(scaled[:, kept])[0]


def held_of(sample: LinkSample, *, groups: Sequence[np.ndarray] | None = None) -> Held:
    """A link's main driver with its other regressors held fixed. groups : other clusters than the link's own."""
    root = np.ones(len(sample.y)) if sample.weights is None else np.sqrt(sample.weights)
    own = () if sample.cluster is None else (sample.groups,)
    rest = np.delete(sample.x, sample.place, axis=1) * root[:, None]
    return Held(
        driver=sample.x[:, sample.place],
        outcome=sample.y,
        basis=basis_of(rest),
        root=root,
        groups=own if groups is None else tuple(groups),
        confidence=sample.confidence,
    )


def as_sample(rows: pd.DataFrame | LinkSample, spec: LinkSpec, confidence: float = 0.95) -> LinkSample:
    """The used rows of a link: as they are, or from a fit of a table. Raises what `fit_linear` raises."""
    if isinstance(rows, LinkSample):
        return rows
    from linkage.grains import cluster_of
    from linkage.linking.fitting import formula_of
    from linkage.refuting.sample import sample_of
    from linkage.regression import fit_linear

    cluster = spec.cluster or (cluster_of(spec) if cluster_of(spec) in rows else None)
    errors = "CR1" if cluster else "HC1"  # no bootstrap: the parts make errors of their own
    fit = fit_linear(
        rows, formula_of(spec), drivers=spec.drivers, cluster=cluster, weights=spec.weights, errors=errors,
        confidence=confidence,
    )  # fmt: skip
    return sample_of(fit, rows, spec)


def interval(
    values: np.ndarray | float, errors: np.ndarray | float, df: np.ndarray | float, confidence: float
) -> dict[str, np.ndarray]:
    """Columns of a table of estimates: t with df degrees of freedom, one for all or one each."""
    from scipy.special import stdtr, stdtrit

    values, errors = np.asarray(values, dtype=float), np.asarray(errors, dtype=float)
    df = np.minimum(np.asarray(df, dtype=float), 1e9)  # without bound it is the normal
    reach = stdtrit(df, (1 + confidence) / 2) * errors
    with np.errstate(divide="ignore", invalid="ignore"):
        p_value = 2 * stdtr(df, -np.abs(values / errors))
    return {
        "estimate": values,
        "std_error": errors,
        "low": values - reach,
        "high": values + reach,
        "p_value": p_value,
        "df": np.broadcast_to(df, values.shape),
    }
