"""A link fitted period by period, and the fits averaged: what holds in most periods, not only over all of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.errors import FitError, LinkageError, TooFewRowsError
from linkage.regression import fit_linear
from linkage.regression.result import estimate_table
from linkage.results import Result
from linkage.rows import require_columns


@dataclass(frozen=True, eq=False, repr=False)
class AveragedFit(Result):
    """The mean over periods of each period's own regression.

    estimates : one row a term: estimate, std_error, statistic, df, p_value, low, high; t with periods less one.
    by_period : one row a period, its coefficients and n. skipped : periods without a fit, and why.
    """

    outcome: str
    formula: str
    period: str
    estimates: pd.DataFrame
    by_period: pd.DataFrame
    skipped: dict[object, str]
    n_used: int
    n_dropped: int
    clusters: int
    method: str
    errors: str
    confidence: float

    def summary(self) -> str:
        told = [name for name in self.estimates.index if name != "Intercept"]
        lines = [
            f"{name}: {row.estimate:+.4g} ({self.confidence:.0%} interval {row.low:+.4g} to {row.high:+.4g}), of one "
            f"sign in {self._agreeing(name)} of {self.clusters} periods."
            for name, row in self.estimates.loc[told].iterrows()
        ]
        left = f" {len(self.skipped)} periods could not be fitted." if self.skipped else ""
        return (
            f"{self.method} of {self.outcome}. {' '.join(lines)} (n = {self.n_used:,}; {self.n_dropped:,} rows "
            f"incomplete.){left}"
        )

    def _agreeing(self, term: str) -> int:
        return int((np.sign(self.by_period[term]) == np.sign(self.estimates.loc[term, "estimate"])).sum())


def fit_by_period(table: pd.DataFrame, formula: str, *, period: str, confidence: float = 0.95) -> AveragedFit:
    """Does a link hold period after period? Each period is fitted on its own and the coefficients averaged.

    table : a linkage table with one row a unit and period. period : the column of periods.

    The standard error is that of a mean of independent periods, sd / sqrt(T), with t(T - 1) (Fama and MacBeth
    1973, J. Political Economy 81). Rows of one period may depend on each other; a unit's own lasting character
    may not (Petersen 2009): then cluster by unit instead. Raises TooFewRowsError below two fitted periods.
    """
    require_columns(table, [period])
    fits, skipped = {}, {}
    for label, rows in table.groupby(period, sort=True):
        try:
            fits[label] = fit_linear(rows, formula, errors="iid")
        except (TooFewRowsError, FitError) as error:
            skipped[label] = str(error)
    _refuse_unlike(fits)
    coefficients = pd.DataFrame({label: fit.estimates["estimate"] for label, fit in fits.items()}).T
    periods = len(coefficients)
    names = list(coefficients.columns)
    covariance = np.cov(coefficients.to_numpy(), rowvar=False).reshape(len(names), len(names)) / periods
    first = next(iter(fits.values()))
    return AveragedFit(
        outcome=first.outcome,
        formula=formula,
        period=period,
        estimates=estimate_table(
            names, coefficients.mean().to_numpy(), covariance, df=periods - 1, confidence=confidence
        ),
        by_period=coefficients.rename_axis(period).assign(n=[fit.n_used for fit in fits.values()]),
        skipped=skipped,
        n_used=sum(fit.n_used for fit in fits.values()),
        n_dropped=len(table) - sum(fit.n_used for fit in fits.values()),
        clusters=periods,
        method="Least squares by period, averaged",
        errors=f"of the mean of {periods} periods, t({periods - 1})",
        confidence=confidence,
    )


def _refuse_unlike(fits: dict[object, Result]) -> None:
    """Averages need the same terms in every period, and at least two periods."""
    if len(fits) < 2:
        raise TooFewRowsError(f"{len(fits)} periods could be fitted; an average with an error needs two.")
    terms = {tuple(fit.terms) for fit in fits.values()}
    if len(terms) > 1:
        raise LinkageError(
            "The periods do not have the same terms: a category is missing in some. Leave it out, or merge its "
            "rare levels."
        )
