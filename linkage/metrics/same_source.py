"""How much of the answers one common source could explain: the share of the first eigenvalue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from linkage.checks import PASS, REVIEW, Check
from linkage.errors import TableError
from linkage.metrics.intervals import check_confidence
from linkage.results import Result
from linkage.rows import as_names, complete_rows

MAJORITY = 0.50
"""One factor behind most of the variance (Podsakoff et al. 2003, Journal of Applied Psychology 88, p. 889)."""
ANSWERS_NEEDED = 30


@dataclass(frozen=True, eq=False, repr=False)
class SameSource(Result):
    """The share of variance that the answers of one survey have in common.

    estimates : one row, "first_component": estimate, std_error, low, high (shares), n.
    eigenvalues : of the correlations, largest first; they sum to the number of columns.
    check : REVIEW where the share is half or more.
    """

    estimates: pd.DataFrame
    eigenvalues: tuple[float, ...]
    check: Check
    columns: tuple[str, ...]
    n_used: int
    n_dropped: int
    confidence: float

    def summary(self) -> str:
        row = self.estimates.iloc[0]
        return (
            f"The first component holds {row.estimate:.0%} of the variance of {len(self.columns)} answers "
            f"({self.confidence:.0%} interval {row.low:.0%} to {row.high:.0%}; n = {self.n_used:,}; "
            f"{self.n_dropped:,} incomplete). {self.check.verdict}: {self.check.advice}"
        )


def first_factor_share(
    table: pd.DataFrame, *, columns: Sequence[str], cluster: str | None = None, confidence: float = 0.95
) -> SameSource:
    """Could one common source, such as mood or halo, be behind the answers of one survey?

    table : one row an answer. columns : two or more answers of the same people on the same occasion.

    Harman's single-factor share: first eigenvalue of the correlations over their number. Standard error by its
    influence function, ((v'z)^2 - e sum v_j^2 z_j^2)/k for eigenvalue e and vector v of standardised answers
    z, summed within clusters. A small share does not prove that there is no common source.
    Raises TableError for a constant column, TooFewRowsError below 30 complete rows.
    """
    check_confidence(confidence)
    columns = list(as_names(columns))
    if len(set(columns)) < 2 or len(set(columns)) < len(columns):
        raise TableError(
            f"A common share needs two or more different columns; got {', '.join(columns) or 'none'}."
        )
    rows = complete_rows(table, columns, [cluster] if cluster else [], at_least=ANSWERS_NEEDED)
    constant = [column for column in columns if rows[column].nunique() == 1]
    if constant:
        raise TableError(f"Column {constant[0]!r} is constant in the complete rows. Leave it out.")
    groups = rows[cluster].factorize()[0] if cluster else np.arange(len(rows))
    values, share, error = first_share(rows[columns].to_numpy(), groups)
    reach = -stdtrit(max(groups.max(), 1), (1 - confidence) / 2) * error
    bounds = max(share - reach, 1 / len(columns)), min(share + reach, 1.0)
    line = {"estimate": share, "std_error": error, "low": bounds[0], "high": bounds[1], "n": len(rows)}
    return SameSource(
        estimates=pd.DataFrame(line, index=["first_component"]),
        eigenvalues=tuple(values.tolist()),
        check=judged(share),
        columns=tuple(columns),
        n_used=len(rows),
        n_dropped=len(table) - len(rows),
        confidence=confidence,
    )


def first_share(matrix: np.ndarray, groups: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Eigenvalues (largest first), the share of the first and its standard error.

    matrix : n x k answers. groups : cluster codes from 0, one a row.
    """
    z = (matrix - matrix.mean(axis=0)) / matrix.std(axis=0)
    values, vectors = np.linalg.eigh(z.T @ z / len(z))
    first = vectors[:, -1]
    influence = (z @ first) ** 2 - values[-1] * (z**2 @ first**2)
    sums, count = np.bincount(groups, influence), groups.max() + 1
    error = np.sqrt(count / (count - 1) * (sums**2).sum()) / len(z)
    return values[::-1], float(values[-1] / z.shape[1]), float(error / z.shape[1])


def judged(share: float) -> Check:
    """REVIEW where half or more of the variance is common."""
    if share < MAJORITY:
        advice = "no single factor holds most of the variance, which does not rule a common source out."
    else:
        advice = (
            "answers of one survey share most of their variance: do not read links among them as links "
            "between different things; prefer outcomes that were observed, not asked."
        )
    return Check("same source", REVIEW if share >= MAJORITY else PASS, share, MAJORITY, advice)
