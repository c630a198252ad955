"""How much does a customer spend at a time? Gamma-Gamma, and whether spend goes with frequency."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.checks import PASS, REVIEW, Check
from linkage.errors import FitError, TableError, TooFewRowsError
from linkage.regression.result import check_confidence
from linkage.results import Result
from linkage.rows import complete_rows
from linkage.sentences import number
from linkage.value.bgnbd import log_estimates
from linkage.value.likelihood import SpendingRows, spending_rows, spending_score
from linkage.value.maximising import Top, maximise

PARAMETERS = ["p", "q", "gamma"]
FEWEST_REPEATERS = 30
START = np.log([4.0, 4.0, 1.0])  # with amounts in units of their mean
CURE = (
    "Amounts that are all alike need no model: use their mean; look for amounts of another kind among them."
)
INDEPENDENT = 0.2
"""A correlation of frequency and spend beyond this (4 % of the variance) strains the model's assumption."""


@dataclass(frozen=True, eq=False, repr=False)
class SpendingFit(Result):
    """How much customers spend at a time.

    estimates : p (shape of a purchase's amount), q and gamma (how customers differ). Columns estimate,
        std_error, low, high (on the log scale).
    independence : rows "pearson" and "spearman": correlation of repeat_count and mean_amount among who bought
        again, with std_error (of Fisher's z), low, high, p_value. The model takes it to be none; by rank a
        little is left even then, as means of several skewed amounts lie higher in rank than single ones.
    n_used : customers with repeats and a positive mean amount. n_dropped : incomplete. n_single : without
        repeats. n_free : whose repeats were all for nothing.
    """

    estimates: pd.DataFrame
    covariance: pd.DataFrame
    independence: pd.DataFrame
    log_likelihood: float
    n_used: int
    n_dropped: int
    n_single: int
    n_free: int
    confidence: float

    @property
    def params(self) -> np.ndarray:
        """p, q, gamma (3,)."""
        return self.estimates["estimate"].to_numpy()

    @property
    def mean_spend(self) -> float:
        """Mean amount a purchase over all customers, p gamma/(q-1); infinite where q is 1 or less."""
        p, q, gamma = self.params
        return float(p * gamma / (q - 1)) if q > 1 else np.inf

    def check(self) -> Check:
        """Does spend go with frequency, against what the model assumes?"""
        row = self.independence.loc["pearson"]
        verdict = PASS if abs(row.estimate) <= INDEPENDENT else REVIEW
        advice = (
            "Spend and frequency are taken as unrelated; they nearly are."
            if verdict == PASS
            else "Who buys often spends otherwise at a time: value each frequency class apart, or by its means."
        )
        return Check("spend independent of frequency", verdict, float(row.estimate), INDEPENDENT, advice)

    def summary(self) -> str:
        row, check = self.independence.loc["pearson"], self.check()
        said = "; ".join(
            f"{name} {r.estimate:.4g} ({r.low:.4g} to {r.high:.4g})" for name, r in self.estimates.iterrows()
        )
        return (
            f"A purchase is {number(self.mean_spend)} on average (Gamma-Gamma: {said}, {self.confidence:.0%} "
            f"intervals; log-likelihood {self.log_likelihood:.3f}). Frequency and spend correlate by "
            f"{row.estimate:.2f} ({row.low:.2f} to {row.high:.2f}): {check.verdict}. {check.advice} "
            f"(n = {self.n_used:,} customers who bought again; {self.n_single:,} did not, {self.n_free:,} for "
            f"nothing, {self.n_dropped:,} incomplete.)"
        )


def fit_gamma_gamma(customers: pd.DataFrame, *, confidence: float = 0.95) -> SpendingFit:
    """How much do customers spend at a time, and does it go with how often they buy?

    customers : one row a customer: repeat_count, mean_amount (mean of the repeats).

    Fader, Hardie and Lee 2005, Journal of Marketing Research 42, p. 415; Fader and Hardie 2013, note 025.
    TableError for a negative amount, TooFewRowsError below 30 customers with repeats, FitError.
    """
    check_confidence(confidence)
    rows = complete_rows(customers, ["repeat_count", "mean_amount"])
    again = rows[(rows["repeat_count"] > 0) & (rows["mean_amount"] > 0)]
    _check_amounts(rows, again)
    scaled, scale = scaled_spending(again)
    weights = np.bincount(scaled.inverse).astype(float)
    top = maximise(lambda at: spending_score(at, scaled, weights), START, PARAMETERS, CURE)
    shifted = Top(top.log_params + np.log([1, 1, scale]), top.value, top.covariance)
    single = int((rows["repeat_count"] == 0).sum())
    return SpendingFit(
        estimates=log_estimates(shifted, PARAMETERS, confidence),
        covariance=pd.DataFrame(top.covariance, PARAMETERS, PARAMETERS),
        independence=independence_table(again, confidence),
        log_likelihood=float(top.value - len(again) * np.log(scale)),
        n_used=len(again),
        n_dropped=len(customers) - len(rows),
        n_single=single,
        n_free=len(rows) - single - len(again),
        confidence=confidence,
    )


def expected_spend(fit: SpendingFit, customers: pd.DataFrame) -> pd.Series:
    """How much each customer will spend at a time: own mean and that of all, weighted by how much is known.

    customers : repeat_count, mean_amount. Who never bought again gets the mean of all. In money a purchase.
    FitError where that mean is infinite (q of 1 or less).
    """
    rows = complete_rows(
        customers.assign(position=np.arange(len(customers))), ["repeat_count", "mean_amount", "position"]
    )
    values = np.full(len(customers), np.nan)
    found = spend(fit.params, rows["repeat_count"].to_numpy(), rows["mean_amount"].to_numpy())
    values[rows["position"].to_numpy(dtype="int64")] = found
    return pd.Series(values, customers.index, name="expected_amount")


def spend(params: np.ndarray, x: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """(p gamma + p x m)/(p x + q - 1) of customers (n,) (Fader and Hardie 2013, note 025, p. 4)."""
    p, q, gamma = params
    if not q > 1:
        raise FitError(f"With q = {q:.3g} the mean amount of all customers is infinite. {CURE}")
    return p * (gamma + x * mean) / (p * x + q - 1)


def scaled_spending(again: pd.DataFrame) -> tuple[SpendingRows, float]:
    """Repeaters with amounts in units of their mean, and that unit."""
    scale = float(again["mean_amount"].mean())
    return spending_rows(again["repeat_count"].to_numpy(), again["mean_amount"].to_numpy() / scale), scale


def independence_table(again: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Correlation of frequency and spend, by value and by rank, with Fisher's intervals (1921, Metron 1)."""
    from scipy.special import ndtr, ndtri

    values = again[["repeat_count", "mean_amount"]]
    found = {"pearson": values, "spearman": values.rank()}
    with np.errstate(divide="ignore", invalid="ignore"):
        r = np.array([np.corrcoef(part.to_numpy().T)[0, 1] for part in found.values()])
        error = np.full(2, 1 / np.sqrt(len(again) - 3))
        z, half = np.arctanh(r), ndtri(0.5 + confidence / 2) * error
    columns = {"estimate": r, "std_error": error, "low": np.tanh(z - half), "high": np.tanh(z + half)}
    columns["p_value"] = 2 * ndtr(-np.abs(z) / error)
    return pd.DataFrame(columns, index=pd.Index(list(found), name="correlation"))


def _check_amounts(rows: pd.DataFrame, again: pd.DataFrame) -> None:
    negative = rows["mean_amount"] < 0
    if negative.any():
        raise TableError(
            f"{negative.sum():,} of {len(rows):,} mean amounts are negative, for example "
            f"{rows.loc[negative, 'mean_amount'].iloc[0]:g}. Take refunds off the purchase they belong to."
        )
    if len(again) < FEWEST_REPEATERS:
        raise TooFewRowsError(
            f"{len(again):,} of {len(rows):,} customers bought again for money; at least {FEWEST_REPEATERS} "
            "must have."
        )
