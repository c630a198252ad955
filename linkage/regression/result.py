"""What every regression hands back: estimates with intervals, and everything needed to judge them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.errors import FitError, LinkError
from linkage.precision import check_confidence
from linkage.regression.design import Design
from linkage.regression.recipe import Recipe
from linkage.results import Result
from linkage.sentences import plural


@dataclass(frozen=True, eq=False, repr=False)
class Fit(Result):
    """A fitted regression.

    estimates : one row a term: estimate, std_error, statistic, df, p_value, low, high.
    covariance : of the estimates, terms by terms.
    n_used, n_dropped : rows in the fit; rows left out for a missing value (or a weight of 0).
    clusters : how many (a tuple for two cluster columns), or None.
    method, errors : the model and the kind of standard error, in words. weights : their column, or None.
    references : the level each category is compared with.
    rows_kept : positions, in the caller's table, of the rows used; fitted, residuals : in that order, in
        units of the outcome (None for a fit that never held the rows).
    recipe : turns another table into the same regressors.
    """

    outcome: str
    formula: str
    method: str
    estimates: pd.DataFrame
    covariance: pd.DataFrame
    n_used: int
    n_dropped: int
    clusters: int | tuple[int, ...] | None
    errors: str
    weights: str | None
    confidence: float
    references: Mapping[str, object]
    rows_kept: np.ndarray | None
    fitted: np.ndarray | None
    residuals: np.ndarray | None
    recipe: Recipe | None

    @property
    def terms(self) -> list[str]:
        return list(self.estimates.index)

    def term(self, name: str) -> pd.Series:
        """One row of the estimates: a term by its name."""
        if name not in self.estimates.index:
            raise LinkError(f"The fit has no term {name!r}. It has: {', '.join(self.terms)}.")
        return self.estimates.loc[name]

    def slope(self, driver: str) -> pd.Series:
        """The row of a driver that enters as a plain number: so much outcome per unit of it, the others fixed.

        Raises LinkError where it enters as a category, a curve or an interaction: it has no single slope then.
        """
        read = self.recipe.terms_of(driver) if self.recipe else [driver]
        if read != [driver]:
            shown = f"enters as {', '.join(read)}" if read else "is not in the model"
            raise LinkError(f"{driver!r} has no single slope in {self.formula!r}: it {shown}.")
        return self.term(driver)

    def joint_test(self, terms: Sequence[str]) -> pd.Series:
        """Wald test that all the named terms are zero: statistic (F), df, df_residual, p_value."""
        from scipy.special import chdtrc, fdtrc

        terms = list(terms)
        values = np.array([self.term(name).estimate for name in terms])
        matrix = self.covariance.loc[terms, terms].to_numpy()
        scale = np.sqrt(np.diag(matrix))
        if not (scale > 0).all() or np.linalg.cond(matrix / np.outer(scale, scale)) > 1e12:
            raise FitError(
                f"Too few clusters or rows to test {len(terms)} terms at once: {', '.join(terms)}."
            )
        statistic = float(values @ np.linalg.solve(matrix, values)) / len(terms)
        df = float(self.term(terms[0]).df)
        p = (
            fdtrc(len(terms), df, statistic)
            if np.isfinite(df)
            else chdtrc(len(terms), statistic * len(terms))
        )
        return pd.Series({"statistic": statistic, "df": len(terms), "df_residual": df, "p_value": float(p)})

    def summary(self) -> str:
        lines = [f"{self.method} of {self.outcome} ({self.errors})."]
        told = [name for name in self.terms if name != "Intercept"]
        lines += [
            f"{name}: {row.estimate:+.4g} ({self.confidence:.0%} interval {row.low:+.4g} to {row.high:+.4g})."
            for name, row in self.estimates.loc[told].iterrows()
        ]
        return " ".join([*lines, self._fit_sentence(), self._rows_sentence()])

    def _fit_sentence(self) -> str:
        return ""

    def _rows_sentence(self) -> str:
        counts = self.clusters if isinstance(self.clusters, tuple) else (self.clusters,)
        grouped = "" if self.clusters is None else f", {' x '.join(f'{c:,}' for c in counts)} clusters"
        weighted = f", weighted by {self.weights}" if self.weights else ""
        return f"(n = {self.n_used:,}{grouped}{weighted}; {left_out(self.n_dropped, self.weights)}.)"


def left_out(count: int, weights: str | None) -> str:
    """How many rows a fit could not use, in words: of those it weighs, some may be complete and of weight 0."""
    return f"{count:,} {plural('row', count)} incomplete" + (" or of weight 0" if weights and count else "")


def shared_fields(design: Design, method: str, confidence: float) -> dict:
    """The fields of a Fit that come from the design alone."""
    counts = design.cluster_counts
    return {
        "outcome": design.recipe.outcome,
        "formula": design.recipe.formula,
        "method": f"{method}, weighted" if design.weights else method,
        "n_used": len(design.y),
        "n_dropped": design.n_dropped,
        "clusters": None if not counts else counts[0] if len(counts) == 1 else counts,
        "weights": design.weights,
        "confidence": confidence,
        "references": design.recipe.references,
        "rows_kept": design.kept,
        "recipe": design.recipe,
    }


def estimate_table(
    names: Sequence[str],
    values: np.ndarray,
    covariance: np.ndarray,
    *,
    df: float | np.ndarray,
    confidence: float,
) -> pd.DataFrame:
    """Estimates with standard error, t statistic, p-value and interval (normal where df is infinite)."""
    check_confidence(confidence)
    std_error = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    df = np.broadcast_to(np.asarray(df, dtype="float64"), std_error.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.where(std_error > 0, values / std_error, np.nan)
    half = t_quantile((1 + confidence) / 2, df) * std_error
    columns = {
        "estimate": values,
        "std_error": std_error,
        "statistic": statistic,
        "df": df,
        "p_value": 2 * t_tail(np.abs(statistic), df),
        "low": values - half,
        "high": values + half,
    }
    return pd.DataFrame(columns, index=pd.Index(list(names), name="term"))


def t_quantile(share: float, df: np.ndarray) -> np.ndarray:
    """Quantiles of Student's t; of the normal where df is infinite."""
    from scipy.special import ndtri, stdtrit

    finite = np.isfinite(df)
    return np.where(finite, stdtrit(np.where(finite, df, 1.0), share), ndtri(share))


def t_tail(statistic: np.ndarray, df: np.ndarray) -> np.ndarray:
    """Chance that Student's t exceeds the statistic; of the normal where df is infinite."""
    from scipy.special import ndtr, stdtr

    finite = np.isfinite(df)
    return np.where(finite, stdtr(np.where(finite, df, 1.0), -statistic), ndtr(-statistic))
