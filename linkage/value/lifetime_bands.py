"""Are customers of a loyalty band worth more? Lifetime values by band, without a contract."""

from __future__ import annotations

import numpy as np
import pandas as pd

from linkage.errors import FitError, LinkError, TableError
from linkage.value.bands import ValueByBand, band_codes, band_tables, hide_small
from linkage.value.lifetime import HISTORY, CustomerValues, worth_of
from linkage.value.likelihood import buying_rows, buying_score, spending_rows, spending_score
from linkage.value.maximising import MOST_FAILED, climb_again
from linkage.value.quantity import drawn

FEW_NODES = 6
"""Points of the discount integral in a resample: three digits, well within the error that is drawn."""
PARTS = ["p_alive", "expected_count", "expected_amount"]


def value_by_band(
    values: CustomerValues,
    bands: pd.Series,
    *,
    minimum_group: int = 10,
    draws: int = 200,
    seed: int = 0,
) -> ValueByBand:
    """Are customers of one band worth more than those of another, and how sure is that?

    bands : by customer, such as detractor, passive, promoter, known by the end of the calibration; customers
        without one form a band of their own.

    Bootstrap of whole customers: in each resample both models are fitted again (from the first fit's top) and
    every band's mean value taken, so the interval holds the models' error and that of who was there. One
    pair of models serves all bands: they differ by their customers' histories only, which draws them together.
    An association. LinkError where the models were fitted on other customers; FitError where too many resamples
    have no solution.
    """
    histories = values.histories
    _check_same(values)
    codes, names = band_codes(_aligned(bands, histories.index))
    sampled, failed = _resampled_means(values, codes, len(names), draws, seed)
    worth = values.customers["estimate"].to_numpy()
    counts = np.bincount(codes, minlength=len(names))
    means = np.append(np.bincount(codes, worth) / counts, worth.mean())
    estimates, gaps, overall = band_tables(
        names, counts, means, sampled, minimum_group=minimum_group, confidence=values.confidence
    )
    parts = values.customers[PARTS].groupby(codes).mean().set_axis(pd.Index(names, name="band"))
    return ValueByBand(
        estimates=hide_small(estimates, parts),
        currency=values.currency,
        horizon=values.horizon,
        time_unit=values.time_unit,
        level=values.level,
        basis=values.basis,
        confidence=values.confidence,
        gaps=gaps,
        overall=overall,
        form="purchases",
        method=f"BG/NBD and Gamma-Gamma, bootstrap of customers, {draws:,} draws",
        minimum_group=minimum_group,
        n_used=len(histories),
        n_dropped=values.n_dropped,
        draws=draws,
        failed_draws=failed,
        seed=seed,
        counted="customers who ever bought, each in one band",
    )


def _aligned(bands: pd.Series, customers: pd.Index) -> pd.Series:
    """Bands in the order of the customers; refuses two bands for one, and bands of other customers only."""
    if bands.index.has_duplicates:
        twice = bands.index[bands.index.duplicated()]
        raise TableError(
            f"{len(twice):,} customers have more than one band, for example {twice[0]!r}: give the latest."
        )
    found = bands.reindex(customers)
    if found.notna().sum() == 0:
        raise TableError(
            f"None of {len(customers):,} customers has a band: the index of `bands` must be the customer, such "
            f"as {customers[0]!r}."
        )
    return found


def _check_same(values: CustomerValues) -> None:
    histories, buying, spending = values.histories, values.buying, values.spending
    again = ((histories["repeat_count"] > 0) & (histories["mean_amount"] > 0)).sum()
    if buying.n_used != len(histories) or spending.n_used != again:
        raise LinkError(
            f"The models were fitted on {buying.n_used:,} customers ({spending.n_used:,} for spend), but "
            f"{len(histories):,} ({again:,}) are valued: resampling needs both to be the same. Fit on these."
        )


def _resampled_means(
    values: CustomerValues, codes: np.ndarray, bands: int, draws: int, seed: int
) -> tuple[np.ndarray, int]:
    """Mean values by band and of all in resamples of customers (D, K+1), and how many had no solution."""
    rng = np.random.default_rng(seed)
    refit = _Refit(values)
    shares = drawn(values.terms.margin("L1"), rng.standard_normal(draws), values.confidence, (0.0, 1.0))
    n, found = len(codes), []
    for share in shares:
        weights = np.bincount(rng.integers(0, n, n), minlength=n).astype(float)
        worth = refit.worth(weights)
        if worth is not None:
            sums = np.bincount(codes, weights * worth, minlength=bands)
            sizes = np.bincount(codes, weights, minlength=bands)
            with np.errstate(invalid="ignore", divide="ignore"):
                found.append(share * np.append(sums / sizes, sums.sum() / n))
    failed = draws - len(found)
    if failed > MOST_FAILED * draws:
        raise FitError(
            f"{failed:,} of {draws:,} resamples had no solution: too few customers bought again to say how "
            "sure the values are. Watch for longer or take more customers."
        )
    return np.array(found), failed


class _Refit:
    """Both models fitted again on weighted customers, each time from the first fit's top."""

    def __init__(self, values: CustomerValues):
        self.x, recency, age, mean = (values.histories[name].to_numpy() for name in HISTORY)
        self.terms = (values.terms.horizon, values.terms.force(values.time_unit), FEW_NODES)
        self.again = (self.x > 0) & (mean > 0)
        self.buying = buying_rows(self.x, recency, age)
        self.spending = spending_rows(self.x[self.again], mean[self.again])
        table = np.column_stack([self.x, recency, age, mean])
        same, inverse = np.unique(table, axis=0, return_inverse=True)
        self.arrays, self.inverse = list(same.T), inverse.ravel()
        self.start = np.log(values.buying.params), np.log(values.spending.params)
        self.covariance = values.buying.covariance.to_numpy(), values.spending.covariance.to_numpy()

    def worth(self, weights: np.ndarray) -> np.ndarray | None:
        """Value of each customer (n,), before margin, by models fitted with these weights; None if they fail."""
        bought = np.bincount(self.buying.inverse, weights)
        buying = climb_again(
            lambda at: buying_score(at, self.buying, bought), self.start[0], self.covariance[0]
        )
        spent = np.bincount(self.spending.inverse, weights[self.again])
        spending = climb_again(
            lambda at: spending_score(at, self.spending, spent), self.start[1], self.covariance[1]
        )
        if buying is None or spending is None or spending[1] <= 0:
            return None
        return worth_of(np.concatenate([buying, spending]), self.arrays, *self.terms)[self.inverse]
