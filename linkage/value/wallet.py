"""What share of a customer's spending goes to us? Read from where we rank among the brands they use."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.checks import PASS, REVIEW, Check
from linkage.errors import GrainError, TableError
from linkage.regression.result import check_confidence
from linkage.results import Result
from linkage.rows import complete_rows
from linkage.suppressing import shown_groups

MULTI_BRAND_SHARE, MEAN_BRANDS = 0.40, 1.4
"""The rule was made for markets in which 40 % or more use several brands, or 1.4 brands on average."""


@dataclass(frozen=True, eq=False, repr=False)
class WalletShares(Result):
    """The share of wallet that ranks among brands imply; a rule, so assumed (L0) and not estimated.

    estimates : one row a brand: n (customers who use it), estimate (mean share among them, 0 to 1), std_error,
        low, high (t over customers: of the ranks, not of the rule), mean_rank, users_share (of all customers),
        suppressed (below `minimum_group`, or telling of such), level, basis.
    shares : one row a customer and brand, keys included (not for publishing); they sum to 1 a customer.
    multi_brand_share, mean_brands : how many use several brands; brands a customer.
    """

    estimates: pd.DataFrame
    shares: pd.DataFrame
    multi_brand_share: float
    mean_brands: float
    n_customers: int
    n_dropped: int
    minimum_group: int
    confidence: float

    def check(self) -> Check:
        """Is this a market for the rule?"""
        fits = self.multi_brand_share >= MULTI_BRAND_SHARE or self.mean_brands >= MEAN_BRANDS
        advice = (
            "Customers use several brands, as the rule supposes."
            if fits
            else "Few use several brands: the rule says little here; look at retention."
        )
        return Check(
            "market for the wallet rule", PASS if fits else REVIEW, self.mean_brands, MEAN_BRANDS, advice
        )

    def summary(self) -> str:
        said = "; ".join(
            f"{brand} {row.estimate:.0%} ({row.low:.0%} to {row.high:.0%}, n = {int(row.n):,})"
            for brand, row in self.estimates[~self.estimates["suppressed"]].iterrows()
        )
        return (
            f"Share of wallet among users, read from ranks ({self.confidence:.0%} intervals): {said}. L0, assumed "
            f"by rule, not estimated from spending. {self.multi_brand_share:.0%} use several brands, "
            f"{self.mean_brands:.2f} on average: {self.check().verdict}. (n = {self.n_customers:,} customers, "
            f"{self.n_dropped:,} rows incomplete.)"
        )


def wallet_share(rank: np.ndarray | float, brands: np.ndarray | float) -> np.ndarray:
    """Share of wallet of the brand ranked `rank` (1 is best) among the `brands` a customer uses; any shape.

    (1 - rank/(brands + 1)) x 2/brands: the Wallet Allocation Rule (Keiningham, Aksoy, Buoye and Cooil 2011,
    Harvard Business Review 89(10), p. 29). The shares of a customer sum to 1, with mean ranks for ties too.
    Raises TableError for a rank outside 1 to `brands`.
    """
    place, used = np.asarray(rank, dtype="float64"), np.asarray(brands, dtype="float64")
    if not ((place >= 1) & (place <= used)).all():
        raise TableError(f"A rank lies between 1 and the number of brands; found {place} of {used}.")
    return (1 - place / (used + 1)) * 2 / used


def share_wallets(
    table: pd.DataFrame,
    *,
    score: str,
    brand: str,
    customer: str = "customer_id",
    minimum_group: int = 10,
    confidence: float = 0.95,
) -> WalletShares:
    """What share of their spending do customers give each brand they use?

    table : one row a customer and brand they use. score : how they rate it, higher is better (satisfaction,
        likelihood to recommend); brands are ranked within each customer, ties at their mean rank.

    GrainError where a customer rates a brand twice. See `wallet_share` for the rule.
    """
    check_confidence(confidence)
    rows = complete_rows(table, [score], [customer, brand])
    twice = rows.duplicated([customer, brand])
    if twice.any():
        first = rows.loc[twice, [customer, brand]].iloc[0]
        raise GrainError(
            f"{twice.sum():,} of {len(rows):,} rows rate a brand again, for example ({first.iloc[0]}, "
            f"{first.iloc[1]}). Keep the latest answer of each."
        )
    of_customer = rows.groupby(customer)[score]
    shares = rows[[customer, brand]].assign(rank=of_customer.rank(ascending=False))
    shares["brands"] = of_customer.transform("size")
    shares["share"] = wallet_share(shares["rank"].to_numpy(), shares["brands"].to_numpy())
    brands = of_customer.size()
    return WalletShares(
        estimates=_by_brand(shares, brand, len(brands), minimum_group, confidence),
        shares=shares,
        multi_brand_share=float((brands > 1).mean()),
        mean_brands=float(brands.mean()),
        n_customers=len(brands),
        n_dropped=len(table) - len(rows),
        minimum_group=minimum_group,
        confidence=confidence,
    )


def _by_brand(
    shares: pd.DataFrame, brand: str, customers: int, minimum_group: int, confidence: float
) -> pd.DataFrame:
    from scipy.special import stdtrit

    grouped = shares.groupby(brand, sort=True, observed=True)
    found = grouped["share"].agg(n="size", estimate="mean", std_error="sem")
    half = stdtrit(np.maximum(found["n"] - 1, 1), 0.5 + confidence / 2) * found["std_error"]
    found["low"], found["high"] = (
        (found["estimate"] - half).clip(lower=0),
        (found["estimate"] + half).clip(upper=1),
    )
    found["mean_rank"] = grouped["rank"].mean()
    found["users_share"] = found["n"] / customers
    # The shares of a customer's brands sum to one: of several brands, one hidden alone would follow.
    found["suppressed"] = ~shown_groups(found["n"].to_numpy(), None, minimum_group)
    found.loc[found["suppressed"], list(found.columns[1:-1])] = np.nan
    return found.assign(level="L0", basis="assumed")
