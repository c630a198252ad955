"""What is each customer without a contract worth? Purchases to come, times spend, discounted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.errors import LinkError
from linkage.rows import complete_rows
from linkage.value.bgnbd import BuyingFit, read_histories
from linkage.value.expecting import NODES, alive, check_horizon, conditional, discounted
from linkage.value.gamma_gamma import SpendingFit, spend
from linkage.value.money import MoneyResult, money_words
from linkage.value.purchases import DAYS_IN
from linkage.value.quantity import Quantity, as_quantity, basis_of

MEAN, TOTAL = "a customer on average", "all customers"
HISTORY = ["repeat_count", "recency", "age", "mean_amount"]


@dataclass(frozen=True)
class PurchaseTerms:
    """How purchases to come are valued.

    horizon : time units ahead that count, finite. yearly_discount : rate a year, 0.10 for 10 %.
    margin_share : what part of the amounts is margin: a row of estimates, a range, or a number, which is taken
        as assumed; None where the amounts are margins already.
    """

    horizon: float
    yearly_discount: float
    margin_share: object = None

    def force(self, time_unit: str) -> float:
        """The continuous discount rate a time unit."""
        return float(np.log1p(self.yearly_discount)) * DAYS_IN[time_unit] / DAYS_IN["year"]

    def margin(self, level: str) -> Quantity:
        if self.margin_share is None:
            return Quantity(1.0, 1.0, 1.0, "estimated", None, level)
        return as_quantity(self.margin_share, "margin_share", level=level, bounds=(0.0, 1.0))


@dataclass(frozen=True, eq=False, repr=False)
class CustomerValues(MoneyResult):
    """What customers without a contract will bring over the horizon.

    estimates : rows "a customer on average" and "all customers"; estimate, std_error, low, high.
    customers : one row a customer, keys included (for joining, not for publishing): p_alive, expected_count
        (purchases over the horizon), expected_amount (a purchase), and the value: estimate, std_error, low,
        high: the interval of what is expected, not of what one customer will do.
    histories : the complete histories behind them. n_used, n_dropped : customers; incomplete.
    """

    customers: pd.DataFrame
    histories: pd.DataFrame
    buying: BuyingFit
    spending: SpendingFit
    terms: PurchaseTerms
    n_used: int
    n_dropped: int

    def summary(self) -> str:
        worth = money_words(self.estimates.loc[MEAN], self.currency, self.confidence)
        row = self.spending.independence.loc["pearson"]
        return (
            f"A customer is worth {worth} on average, discounted at {self.terms.yearly_discount:.3g} a year; "
            f"{self.customers['p_alive'].mean():.0%} are expected to be still there. Frequency and spend "
            f"correlate by {row.estimate:.2f} ({row.low:.2f} to {row.high:.2f}), taken as none: "
            f"{self.spending.check().verdict}. ({self.standing()}; n = {self.n_used:,} customers, "
            f"{self.n_dropped:,} incomplete.)"
        )


def value_customers(
    customers: pd.DataFrame,
    buying: BuyingFit,
    spending: SpendingFit,
    *,
    terms: PurchaseTerms,
    currency: str,
    level: str = "L1",
    confidence: float = 0.95,
) -> CustomerValues:
    """What will each customer bring over the horizon, discounted?

    customers : repeat_count, recency, age, mean_amount, index the customer; those the two models were fitted on.

    Expected discounted purchases (BG/NBD, each discounted to the time it is expected) x expected amount
    (Gamma-Gamma) x margin share: Fader, Hardie and Lee 2005, Journal of Marketing Research 42, p. 415. Errors by
    the delta method from both likelihoods and the margin's interval, on the log scale; the customers themselves
    are taken as given (see `value_by_band` for the error of a mean over customers like them).
    """
    check_terms(terms)
    histories = complete_histories(customers)
    arrays = [histories[name].to_numpy() for name in HISTORY]
    margin = terms.margin(level)
    force = terms.force(buying.time_unit)

    def worth(log_params: np.ndarray) -> np.ndarray:
        return worth_of(log_params, arrays, terms.horizon, force)

    log_params = np.log(np.concatenate([buying.params, spending.params]))
    value = worth(log_params) * margin.estimate
    spread = _log_spread(worth, log_params, value, margin, buying, spending, confidence)
    return CustomerValues(
        estimates=_overall(value, spread, confidence),
        currency=currency,
        horizon=terms.horizon,
        time_unit=buying.time_unit,
        level=level if basis_of(margin) == "estimated" else "L0",
        basis=basis_of(margin),
        confidence=confidence,
        customers=_expected(histories, buying, spending, terms.horizon).assign(
            **_log_interval(value, np.sqrt((spread**2).sum(axis=1)), confidence)
        ),
        histories=histories,
        buying=buying,
        spending=spending,
        terms=terms,
        n_used=len(histories),
        n_dropped=len(customers) - len(histories),
    )


def check_terms(terms: PurchaseTerms) -> None:
    check_horizon(terms.horizon)
    if not (np.isfinite(terms.yearly_discount) and terms.yearly_discount > -1):
        raise LinkError(f"yearly_discount={terms.yearly_discount!r} is a rate a year, such as 0.10.")


def complete_histories(customers: pd.DataFrame) -> pd.DataFrame:
    """The complete histories with their customers as index."""
    numbered = customers.assign(position=np.arange(len(customers)))
    rows = complete_rows(numbered, [*HISTORY, "position"])
    read_histories(rows, at_least=1)
    return rows[HISTORY].set_axis(customers.index[rows["position"].to_numpy(dtype="int64")])


def worth_of(
    log_params: np.ndarray, arrays: list[np.ndarray], horizon: float, force: float, nodes: int = NODES
) -> np.ndarray:
    """Value (n,) of histories (repeats, recency, age, mean amount) at log parameters (7,), before margin."""
    x, recency, age, mean = arrays
    params = np.exp(log_params)
    return discounted(params[:4], x, recency, age, horizon, force, nodes) * spend(params[4:], x, mean)


def _expected(
    histories: pd.DataFrame, buying: BuyingFit, spending: SpendingFit, horizon: float
) -> pd.DataFrame:
    """What the two models expect of each customer, apart."""
    x, recency, age, mean = (histories[name].to_numpy() for name in HISTORY)
    columns = {
        "p_alive": alive(buying.params, x, recency, age),
        "expected_count": conditional(buying.params, x, recency, age, horizon),
        "expected_amount": spend(spending.params, x, mean),
    }
    return pd.DataFrame(columns, index=histories.index)


def _log_spread(
    worth: Callable[[np.ndarray], np.ndarray],
    log_params: np.ndarray,
    value: np.ndarray,
    margin: Quantity,
    buying: BuyingFit,
    spending: SpendingFit,
    confidence: float,
) -> np.ndarray:
    """What independent standard errors do to each value (n, 8): seven directions of the models, one of margin."""
    from scipy.special import ndtri

    roots = np.zeros((7, 7))
    roots[:4, :4] = np.linalg.cholesky(buying.covariance.to_numpy())
    roots[4:, 4:] = np.linalg.cholesky(spending.covariance.to_numpy())
    step = 1e-3
    moved = [(worth(log_params + step * c) - worth(log_params - step * c)) / (2 * step) for c in roots.T]
    width = (margin.high - margin.low) / 2 / ndtri(0.5 + confidence / 2)
    by_margin = value / margin.estimate * width if margin.estimate else np.zeros_like(value)
    return np.column_stack([*(margin.estimate * part for part in moved), by_margin])


def _overall(value: np.ndarray, spread: np.ndarray, confidence: float) -> pd.DataFrame:
    totals = np.array([value.mean(), value.sum()])
    errors = np.sqrt([(spread.mean(axis=0) ** 2).sum(), (spread.sum(axis=0) ** 2).sum()])
    return pd.DataFrame(
        _log_interval(totals, errors, confidence) | {"n": len(value)},
        index=pd.Index([MEAN, TOTAL], name="figure"),
    )


def _log_interval(value: np.ndarray, error: np.ndarray, confidence: float) -> dict[str, np.ndarray]:
    """Positive values with errors, and intervals that stay positive."""
    from scipy.special import ndtri

    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.exp(ndtri(0.5 + confidence / 2) * np.where(value > 0, error / value, 0.0))
    return {"estimate": value, "std_error": error, "low": value / factor, "high": value * factor}
