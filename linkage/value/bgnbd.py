"""Who buys how often, and who has left? BG/NBD, for customers without a contract, by maximum likelihood."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.errors import TableError, TooFewRowsError
from linkage.regression.result import check_confidence
from linkage.results import Result
from linkage.rows import complete_rows
from linkage.value.likelihood import BuyingRows, buying_rows, buying_score
from linkage.value.maximising import Top, maximise

PARAMETERS = ["r", "alpha", "a", "b"]
FEWEST_CUSTOMERS, FEWEST_REPEATERS = 30, 10
START = np.log([0.5, 0.5, 0.8, 2.5])  # with times in units of the mean age
CURE = (
    "These purchases do not vary as the model supposes: too regular, or nobody (or everybody) seems to have "
    "left. Watch for longer, take a contract's value instead, or compare plain means by band."
)


@dataclass(frozen=True, eq=False, repr=False)
class BuyingFit(Result):
    """How customers buy and leave.

    estimates : r and alpha (purchase rates are gamma distributed: mean r/alpha a time unit), a and b (the
        chance of leaving after a purchase is beta distributed: mean a/(a+b)). Columns estimate, std_error,
        low, high (from the curvature, on the log scale: never below 0).
    covariance : (4, 4) of the logarithms. log_likelihood : at the top. time_unit : of recency and age.
    n_used, n_dropped : customers in the fit; incomplete.
    """

    estimates: pd.DataFrame
    covariance: pd.DataFrame
    log_likelihood: float
    repeaters: int
    time_unit: str
    n_used: int
    n_dropped: int
    confidence: float

    @property
    def params(self) -> np.ndarray:
        """r, alpha, a, b (4,)."""
        return self.estimates["estimate"].to_numpy()

    def summary(self) -> str:
        r, alpha, a, b = self.params
        said = "; ".join(
            f"{name} {row.estimate:.4g} ({row.low:.4g} to {row.high:.4g})"
            for name, row in self.estimates.iterrows()
        )
        return (
            f"A customer who is still there buys {r / alpha:.3g} times a {self.time_unit} on average, and "
            f"{a / (a + b):.0%} leave after a purchase (BG/NBD: {said}, {self.confidence:.0%} intervals; "
            f"log-likelihood {self.log_likelihood:.3f}; n = {self.n_used:,} customers, {self.repeaters:,} of "
            f"whom bought again; {self.n_dropped:,} incomplete)."
        )


def fit_bgnbd(customers: pd.DataFrame, *, time_unit: str = "week", confidence: float = 0.95) -> BuyingFit:
    """How often do customers without a contract buy, and how do they leave?

    customers : one row a customer: repeat_count, recency, age, the two times in `time_unit`s (as
        `summarise_purchases` leaves them).

    Fader, Hardie and Lee 2005, Marketing Science 24, p. 275. TableError for a history that cannot be,
    TooFewRowsError below 30 customers or 10 who bought again, FitError where the likelihood has no clear top.
    """
    check_confidence(confidence)
    rows = read_histories(customers)
    repeaters = int((rows["repeat_count"] > 0).sum())
    if repeaters < FEWEST_REPEATERS:
        raise TooFewRowsError(
            f"{repeaters:,} of {len(rows):,} customers bought again; at least {FEWEST_REPEATERS} must have."
        )
    scaled, scale = scaled_buying(rows)
    weights = np.bincount(scaled.inverse).astype(float)
    top = maximise(lambda at: buying_score(at, scaled, weights), START, PARAMETERS, CURE)
    log_params = top.log_params + np.log([1, scale, 1, 1])
    return BuyingFit(
        estimates=log_estimates(Top(log_params, top.value, top.covariance), PARAMETERS, confidence),
        covariance=pd.DataFrame(top.covariance, PARAMETERS, PARAMETERS),
        log_likelihood=float(top.value - rows["repeat_count"].sum() * np.log(scale)),
        repeaters=repeaters,
        time_unit=time_unit,
        n_used=len(rows),
        n_dropped=len(customers) - len(rows),
        confidence=confidence,
    )


def read_histories(customers: pd.DataFrame, at_least: int = FEWEST_CUSTOMERS) -> pd.DataFrame:
    """The complete histories; refuses those that cannot be, with an example."""
    rows = complete_rows(customers, ["repeat_count", "recency", "age"], at_least=at_least)
    x, recency, age = rows.to_numpy().T
    faults = {
        "repeat_count is no whole number from 0": (x < 0) | (x % 1 != 0),
        "recency lies outside 0 to age": (recency < 0) | (recency > age + 1e-9) | (age < 0),
        "recency is 0 with repeats, or not 0 without": (x > 0) != (recency > 0),
    }
    for fault, found in faults.items():
        if found.any():
            example = dict(rows[found].iloc[0])
            shown = ", ".join(f"{name} {value:g}" for name, value in example.items())
            raise TableError(f"{found.sum():,} of {len(rows):,} customers: {fault}, for example {shown}.")
    if not age.max() > 0:
        raise TooFewRowsError(
            "All customers first bought on the last day: nothing has been seen of them yet."
        )
    return rows


def scaled_buying(rows: pd.DataFrame) -> tuple[BuyingRows, float]:
    """Histories with times in units of the mean age, and that unit."""
    scale = float(rows["age"].mean())
    x, recency, age = (rows[name].to_numpy() for name in ("repeat_count", "recency", "age"))
    return buying_rows(x, recency / scale, age / scale), scale


def log_estimates(top: Top, names: list[str], confidence: float) -> pd.DataFrame:
    """Positive parameters from their logarithms: delta-method errors, intervals on the log scale."""
    from scipy.special import ndtri

    errors = np.sqrt(np.diag(top.covariance))
    half = ndtri(0.5 + confidence / 2) * errors
    values = np.exp(top.log_params)
    columns = {
        "estimate": values,
        "std_error": values * errors,
        "low": np.exp(top.log_params - half),
        "high": np.exp(top.log_params + half),
    }
    return pd.DataFrame(columns, index=pd.Index(names, name="parameter"))
