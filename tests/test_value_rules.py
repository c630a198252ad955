"""Rules and products: wallet shares, assumed value, the service-profit chain, quantities; by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from linkage.errors import GrainError, LinkError, TableError, TooFewRowsError
from linkage.value import (
    Quantity,
    assume_exposure,
    assume_value,
    multiply_chain,
    share_wallets,
    wallet_share,
)
from linkage.value.quantity import as_quantity, drawn

# ----------------------------------------------------------------------------------------- wallet shares


def test_wallet_shares_by_hand():
    # (1 - rank/(n+1)) x 2/n. One brand: (1 - 1/2) x 2 = 1. Two: (1 - 1/3) x 1 = .6667, .3333.
    # Three: (1 - 1/4) x 2/3 = .5, then .3333 and .1667. Two tied at the top of three: rank 1.5, .4167 each.
    shares = wallet_share([1, 1, 2, 1, 2, 3, 1.5], [1, 2, 2, 3, 3, 3, 3])
    assert_allclose(shares, [1, 2 / 3, 1 / 3, 1 / 2, 1 / 3, 1 / 6, 5 / 12])


@given(scores=st.lists(st.integers(0, 10), min_size=1, max_size=12))
def test_the_shares_of_a_customer_sum_to_one_ties_and_all(scores):
    ranks = pd.Series(scores).rank(ascending=False).to_numpy()
    assert_allclose(wallet_share(ranks, len(scores)).sum(), 1.0)


@pytest.mark.parametrize(("rank", "brands"), [(0, 3), (4, 3), (np.nan, 2), (1, np.nan)])
def test_a_rank_that_cannot_be_is_refused(rank, brands):
    with pytest.raises(TableError, match="rank"):
        wallet_share(rank, brands)


def answers(customers: int = 40) -> pd.DataFrame:
    """Everybody rates us 9 and them 7; every second customer also a third brand, rated 9 as we are."""
    rows = [(c, brand, score) for c in range(customers) for brand, score in (("us", 9), ("them", 7))]
    rows += [(c, "third", 9) for c in range(0, customers, 2)]
    return pd.DataFrame(rows, columns=["customer_id", "brand", "score"])


def test_mean_shares_by_brand_by_hand():
    # Customers of two brands: us 2/3, them 1/3. Of three: us and third tied at rank 1.5, 5/12 each, them 1/6.
    # us: (2/3 + 5/12)/2 = .541667; them (1/3 + 1/6)/2 = .25; third .416667, among the half that uses it.
    found = share_wallets(answers(), score="score", brand="brand")
    table = found.estimates
    assert_allclose(table.loc[["us", "them", "third"], "estimate"], [0.541667, 0.25, 0.416667], rtol=1e-5)
    assert_allclose(table.loc[["us", "them", "third"], "mean_rank"], [1.25, 2.5, 1.5])
    assert_allclose(table.loc["third", ["n", "users_share"]].astype(float), [20, 0.5])
    # us: half at 2/3, half at 5/12: sd = .125 sqrt(40/39), se = sd/sqrt(40) = .0200160; t(39) = 2.022691
    assert_allclose(table.loc["us", "std_error"], 0.0200160, rtol=1e-5)
    assert_allclose(table.loc["us", "high"], 0.541667 + 2.022691 * 0.0200160, rtol=1e-5)
    assert (table["level"] == "L0").all() and (table["basis"] == "assumed").all()
    assert_allclose(found.shares.groupby("customer_id")["share"].sum(), 1.0)
    assert (found.multi_brand_share, found.mean_brands) == (1.0, 2.5)
    assert found.check().verdict == "PASS" and "assumed" in found.summary()


def test_order_and_gaps_do_not_matter_and_one_brand_is_no_market():
    table = answers().astype({"score": "Int64"}).sample(frac=1, random_state=3)
    table.loc[99_999] = [7, "fourth", pd.NA]
    one, other = (share_wallets(t, score="score", brand="brand") for t in (answers(), table))
    pd.testing.assert_frame_equal(one.estimates, other.estimates, check_index_type=False)
    assert other.n_dropped == 1
    alone = share_wallets(answers().query("brand == 'us'"), score="score", brand="brand")
    assert alone.check().verdict == "REVIEW" and alone.estimates.loc["us", "estimate"] == 1


def test_small_brands_are_hidden_and_double_ratings_refused():
    found = share_wallets(answers(12), score="score", brand="brand").estimates
    small = found.loc["third"]
    assert small["n"] == 6 and small["suppressed"] and pd.isna(small["estimate"])
    # Shares of a customer sum to one, so the means of the others would tell this one: the next smallest is hidden too.
    assert found["suppressed"].sum() == 2
    with pytest.raises(GrainError, match="rate a brand again"):
        share_wallets(pd.concat([answers(), answers().iloc[:1]]), score="score", brand="brand")
    with pytest.raises(TableError, match="rating"):
        share_wallets(answers(), score="rating", brand="brand")
    with pytest.raises(TooFewRowsError):
        share_wallets(answers().assign(score=np.nan), score="score", brand="brand")


# ----------------------------------------------------------------------------------------- assumed value

GROUPS = {"promoter": 300, "passive": 500, "detractor": 200}


def test_the_assumptive_calculator_by_hand():
    # customers x margin x share kept: 300 x 50 x .9 = 13,500; 500 x 50 x .7 = 17,500; 200 x 50 x .4 = 4,000;
    # kept 35,000 of 50,000, at risk 1,500 + 7,500 + 6,000 = 15,000.
    found = assume_value(
        customers=GROUPS,
        margin=50,
        kept_shares={"promoter": 0.9, "passive": 0.7, "detractor": 0.4},
        currency="EUR",
    )
    assert_allclose(found.estimates["estimate"], [13_500, 17_500, 4_000, 35_000, 1_500, 7_500, 6_000, 15_000])
    assert found.estimates[["std_error", "low", "high"]].isna().all(axis=None)
    assert (
        found.to_frame()[["currency", "horizon", "level", "basis"]] == ["EUR", "1 year", "L0", "assumed"]
    ).all(axis=None)
    assert "no range was given" in found.summary() and "assumed, not estimated" in found.summary()


def test_ranges_move_together_and_stay_assumed():
    # detractors: 200 x (40, 50, 60) x (.3, .4, .5) = 2,400; 4,000; 6,000. At risk: 200 x 40 x .5 = 4,000 ...
    # 200 x 60 x .7 = 8,400. Even an estimated margin makes no estimate of it.
    found = assume_value(
        customers={"detractor": 200},
        margin={"estimate": 50, "low": 40, "high": 60},
        kept_shares={"detractor": (0.3, 0.4, 0.5)},
        currency="EUR",
    )
    rows = found.estimates[["low", "estimate", "high"]]
    assert_allclose(rows.loc["kept: detractor"], [2_400, 4_000, 6_000])
    assert_allclose(rows.loc["at risk: detractor"], [4_000, 6_000, 8_400])
    assert (found.level, found.basis) == ("L0", "assumed")


def test_exposed_revenue_by_hand():
    # Often quoted: 20 % of 2 billion exposed, 400 million; 27 % of that lost for ever, 108 million.
    found = assume_exposure(2e9, exposed_share=0.20, lost_share=0.27, currency="USD")
    assert_allclose(found.estimates["estimate"], [4e8, 1.08e8])
    assert (found.level, found.basis) == ("L0", "assumed")


def test_assumptions_that_cannot_be_are_refused():
    kept = dict.fromkeys(GROUPS, 0.5)
    with pytest.raises(TableError, match="groups"):
        assume_value(customers=GROUPS, margin=50, kept_shares={"promoter": 0.9}, currency="EUR")
    with pytest.raises(TableError, match="kept_shares of passive"):
        assume_value(customers=GROUPS, margin=50, kept_shares=kept | {"passive": 70}, currency="EUR")
    with pytest.raises(TableError, match="counts from 0"):
        assume_value(customers=GROUPS | {"passive": -1}, margin=50, kept_shares=kept, currency="EUR")
    with pytest.raises(TableError, match="margin"):
        assume_value(customers=GROUPS, margin=np.nan, kept_shares=kept, currency="EUR")
    with pytest.raises(TableError, match="exposed_share"):
        assume_exposure(1e6, exposed_share=20, lost_share=0.27, currency="EUR")


# ----------------------------------------------------------------------------- the service-profit chain

TERMS = {"currency": "USD", "horizon": 1, "time_unit": "year"}


def test_the_chain_is_the_product_of_its_links():
    # Rucci, Kirn and Quinn 1998: 5 units of employee attitude go with 1.3 of customer impression, those with
    # .5 % of revenue. 5 x (1.3/5) x (.005/1.3) = .005; of 1,000 million: 5 million.
    found = multiply_chain({"attitude": 1.3 / 5, "impression": 0.005 / 1.3}, change=5, base=1e9, **TERMS)
    assert_allclose(found.estimates.loc["money", "estimate"], 5e6)
    assert_allclose(found.links.loc["whole chain", "estimate"], 0.001)
    assert (found.basis, found.level) == ("assumed", "L0") and pd.isna(found.estimates.loc["money", "low"])


def test_the_error_of_a_product_is_that_of_the_exact_variance():
    # Goodman 1960: var(xy) = x^2 var(y) + y^2 var(x) + var(x) var(y), independent x and y.
    # x = .5 (se .1), y = .3 (se .05): .25 x .0025 + .09 x .01 + .01 x .0025 = .00155; se .03937.
    links = {
        "employees": {"estimate": 0.5, "low": 0.5 - 0.196, "high": 0.5 + 0.196},
        "customers": {"estimate": 0.3, "low": 0.3 - 0.098, "high": 0.3 + 0.098},
    }
    found = multiply_chain(links, change=1, base=1, **TERMS)
    assert_allclose(found.estimates.loc["money", "std_error"], 0.03937, rtol=0.05)
    assert (found.basis, found.level) == ("estimated", "L1")
    assert found.links.loc["whole chain", "low"] < 0.15 < found.links.loc["whole chain", "high"]


def test_a_chain_stands_on_its_weakest_link():
    strong = Quantity(0.5, 0.4, 0.6, "estimated", 100, "L3")
    weak = Quantity(0.2, 0.1, 0.3, "estimated", 100, "L1")
    assert multiply_chain({"a": strong, "b": weak}, change=1, base=1, **TERMS).level == "L1"
    assert multiply_chain({"a": strong, "b": 0.2}, change=1, base=1, **TERMS).level == "L0"
    null = multiply_chain({"a": strong, "b": (-0.1, 0.0, 0.1)}, change=1, base=1, **TERMS).estimates.loc[
        "money"
    ]
    assert null["estimate"] == 0 and null["low"] < 0 < null["high"]


def test_a_chain_without_links_or_numbers_is_refused():
    with pytest.raises(LinkError, match="at least one link"):
        multiply_chain({}, change=1, base=1, **TERMS)
    with pytest.raises(LinkError, match="finite"):
        multiply_chain({"a": 1}, change=np.inf, base=1, **TERMS)
    with pytest.raises(TableError, match="attitude"):
        multiply_chain({"attitude": "much"}, change=1, base=1, **TERMS)


# --------------------------------------------------------------------------------------------- quantities


@given(estimate=st.floats(-100, 100), below=st.floats(0, 10), above=st.floats(0, 10))
def test_draws_of_a_quantity_have_its_interval(estimate, below, above):
    quantity = Quantity(estimate, estimate - below, estimate + above)
    normal = np.array([-1.959963984540054, 0.0, 1.959963984540054])
    assert_allclose(
        drawn(quantity, normal, 0.95), [quantity.low, estimate, quantity.high], rtol=1e-9, atol=1e-9
    )


def test_what_is_given_tells_what_it_is():
    row = as_quantity(
        pd.Series({"estimate": 0.8, "low": 0.7, "high": 0.9, "n": 50.0}), "retention", level="L2"
    )
    assert (row.basis, row.level, row.n) == ("estimated", "L2", 50)
    bare, ranged = as_quantity(True, "margin"), as_quantity([1, 2, 3], "margin")
    assert (bare.estimate, bare.basis, bare.has_interval) == (1.0, "assumed", False)
    assert (ranged.low, ranged.estimate, ranged.high, ranged.level) == (1, 2, 3, "L0")
    assert as_quantity(row, "retention") is row
