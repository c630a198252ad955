"""What a customer under contract is worth: hand-computed values, published examples, bands, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from linkage.errors import LinkError, TableError, TooFewRowsError
from linkage.value import ContractTerms, Quantity, contract_value, contract_value_by_band, present_value

VALUE, GAINED, LOST = "lifetime value", "one point more retention", "one point less retention"
RETENTION = {"estimate": 0.80, "low": 0.74, "high": 0.85, "n": 400}
MARGIN = pd.Series({"estimate": 100.0, "std_error": 5.0, "low": 90.2, "high": 109.8})


def worth(retention, margin, **terms) -> float:
    return float(present_value(np.array([retention]), np.array([margin]), ContractTerms(**terms))[0])


# ------------------------------------------------------------------------------------------- reference


def test_berger_and_nasr_case_one_comes_out():
    # Berger and Nasr 1998, case 1: margin 260 a year, 50 a year spent on keeping (in mid-year), retention
    # .75, discount .20, ten years after the first payment: 568.78.
    # 260 (1 - .625^11)/.375 - 50/sqrt(1.2) (1 - .625^10)/.375 = 689.40 - 120.61
    assert_allclose(worth(0.75, 260, discount=0.2, horizon=11, retention_cost=50), 568.78, atol=0.005)


def test_the_margin_multiple_of_gupta_and_lehmann_comes_out():
    # r/(1 + d - r) at r = .90, d = .12: .9/.22 = 4.09 (Gupta and Lehmann 2003, table of margin multiples).
    assert round(worth(0.9, 1, discount=0.12, first_payment="renewal"), 2) == 4.09


def test_the_three_kinds_of_first_payment_by_hand():
    # m = 100, r = .8, d = .1, three payments; q = .8/1.1.
    # now:      100 (1 + q + q^2)           = 100 (1 + .727273 + .528926) = 225.6198
    # renewal:  100 (q + q^2 + q^3)         = 225.6198 x .727273           = 164.0871
    # arrears:  100 (1 + q + q^2)/1.1       = 225.6198 / 1.1               = 205.1089
    found = [worth(0.8, 100, discount=0.1, horizon=3, first_payment=f) for f in ("now", "renewal", "arrears")]
    assert_allclose(found, [225.6198, 164.0871, 205.1089], rtol=1e-6)


def test_a_point_of_retention_by_hand():
    # 100 x 1.1/(1.1 - r): r = .80: 366.6667; .81: 379.3103; .79: 354.8387.
    found = contract_value(0.80, 100, terms=ContractTerms(discount=0.1), currency="EUR").estimates["estimate"]
    assert_allclose(found[[VALUE, GAINED, LOST]], [366.6667, 12.6437, -11.8280], rtol=1e-5)


def test_retention_of_one_and_no_discount_count_the_payments():
    assert_allclose(worth(1.0, 100, discount=0.0, horizon=5), 500)
    assert_allclose(worth(0.0, 100, discount=0.1), 100)


def test_the_interval_of_one_uncertain_part_lies_at_its_ends():
    # The value rises with retention, so its interval is that of retention put through the formula; drawn, so
    # to the draws' error (4,000 draws: about 2 % of the width).
    found = contract_value(
        RETENTION, Quantity(100, 100, 100), terms=ContractTerms(discount=0.1), currency="EUR"
    )
    ends = [100 * 1.1 / (1.1 - r) for r in (0.74, 0.85)]
    row = found.estimates.loc[VALUE]
    assert_allclose([row.low, row.high], ends, atol=0.05 * (ends[1] - ends[0]))
    by_delta = 110 / (1.1 - 0.8) ** 2 * (0.85 - 0.74) / 2 / 1.96  # dV/dr = m (1+d)/(1+d-r)^2
    assert_allclose(row.std_error, by_delta, rtol=0.1)


# -------------------------------------------------------------------------------------------- property


@given(
    r=st.floats(0.0, 0.99),
    d=st.floats(0.01, 0.5),
    n=st.integers(2, 60),
    cost=st.floats(0, 20),
)
def test_the_first_payment_is_all_that_tells_now_from_renewal(r, d, n, cost):
    now = worth(r, 100, discount=d, horizon=n, retention_cost=cost)
    later = worth(r, 100, discount=d, horizon=n - 1, first_payment="renewal", retention_cost=cost)
    assert_allclose(now, 100 + later, rtol=1e-9, atol=1e-9)


@given(r=st.floats(0.0, 0.95), d=st.floats(0.02, 0.5))
def test_a_long_horizon_is_no_end(r, d):
    assert_allclose(worth(r, 7, discount=d, horizon=3000), worth(r, 7, discount=d), rtol=1e-9)


def test_the_same_seed_gives_the_same_interval_and_money_scales():
    terms = ContractTerms(discount=0.1)
    one = contract_value(RETENTION, MARGIN, terms=terms, currency="EUR", seed=3)
    again = contract_value(RETENTION, MARGIN, terms=terms, currency="EUR", seed=3)
    cents = contract_value(RETENTION, MARGIN.drop("std_error") * 100, terms=terms, currency="cent", seed=3)
    pd.testing.assert_frame_equal(one.estimates, again.estimates)
    assert_allclose(cents.estimates, 100 * one.estimates, rtol=1e-9)


def test_every_row_carries_what_money_must_carry():
    terms = ContractTerms(discount=0.1, horizon=5)
    shown = contract_value(RETENTION, MARGIN, terms=terms, currency="EUR", level="L2").to_frame()
    assert (shown[["currency", "horizon", "level", "basis"]] == ["EUR", "5 years", "L2", "estimated"]).all(
        axis=None
    )
    assert (shown["low"] < shown["estimate"]).all() and (shown["estimate"] < shown["high"]).all()


def test_a_bare_number_makes_it_assumed_without_an_interval():
    terms = ContractTerms(discount=0.1)
    bare = contract_value(0.8, 100, terms=terms, currency="EUR", level="L3")
    assert (bare.basis, bare.level) == ("assumed", "L0")
    assert bare.estimates[["std_error", "low", "high"]].isna().all(axis=None)
    assert "no range was given" in bare.summary() and "assumed" in bare.summary()
    half = contract_value(RETENTION, 100, terms=terms, currency="EUR")
    assert (half.basis, half.level, half.n) == ("assumed", "L0", 400)
    assert half.estimates["low"].notna().all()
    kept = ContractTerms(discount=0.1, retention_cost=5)
    assert contract_value(RETENTION, MARGIN, terms=kept, currency="EUR").basis == "assumed"
    assert by_band(quarters(0.0), terms=kept).basis == "assumed"


# --------------------------------------------------------------------------------------------- refusal


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        (ContractTerms(discount=-1), "discount"),
        (ContractTerms(discount=np.nan), "discount"),
        (ContractTerms(discount=0.1, horizon=2.5), "horizon"),
        (ContractTerms(discount=0.1, horizon=0), "horizon"),
        (ContractTerms(discount=0.1, first_payment="later"), "first_payment"),
        (ContractTerms(discount=-0.3), "no finite value"),
    ],
)
def test_terms_without_a_sum_are_refused(terms, said):
    with pytest.raises(LinkError, match=said):
        contract_value(0.8, 100, terms=terms, currency="EUR")


@pytest.mark.parametrize(
    "retention",
    [85, "many", {"estimate": 0.8}, (0.9, 0.8, 0.7), np.nan, {"estimate": 0.8, "low": np.nan, "high": 1}],
)
def test_a_retention_that_is_none_is_refused(retention):
    with pytest.raises(TableError, match="retention"):
        contract_value(retention, 100, terms=ContractTerms(discount=0.1), currency="EUR")


# --------------------------------------------------------------------------------------------- by band

TERMS = ContractTerms(discount=0.03, horizon=8, time_unit="quarter")


def quarters(effect: float, customers: int = 600, seed: int = 5) -> pd.DataFrame:
    """Three bands over four quarters; `effect` is what a band up adds to retention and (x 100) to margin."""
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame({"customer_id": np.repeat(np.arange(customers), 4)})
    band = np.repeat(rng.integers(0, 3, customers), 4)
    rows["band"] = np.array(["detractor", "passive", "promoter"])[band]
    rows["is_lost"] = rng.random(len(rows)) < 0.15 - effect * band
    rows["margin"] = rng.gamma(4, 10, len(rows)) + 100 * effect * band
    return rows


def by_band(table, **options):
    options = {"draws": 200, "terms": TERMS} | options
    return contract_value_by_band(table, band="band", margin="margin", currency="EUR", **options)


def test_a_band_is_worth_its_retention_and_margin():
    table = quarters(0.03)
    found = by_band(table).estimates
    for name, rows in table.groupby("band"):
        stay, margin = 1 - rows["is_lost"].mean(), rows["margin"].mean()
        assert_allclose(found.loc[name, ["retention", "margin"]].astype(float), [stay, margin])
        assert_allclose(found.loc[name, "estimate"], worth(stay, margin, discount=0.03, horizon=8))
        assert found.loc[name, "n"] == rows["customer_id"].nunique()


def test_a_planted_gap_between_bands_is_found_and_none_is_not():
    # Planted: 8 quarters of (40 + 2 x 3) at retention .91 against 40 at .85, by the formula.
    truth = worth(0.91, 46, discount=0.03, horizon=8) - worth(0.85, 40, discount=0.03, horizon=8)
    for effect, planted in ((0.03, truth), (0.0, 0.0)):
        gaps = by_band(quarters(effect)).gaps.set_index(["band", "other"]).loc[("promoter", "detractor")]
        assert abs(gaps["estimate"] - planted) < 3 * gaps["std_error"]
        assert (gaps["low"] > 0) == (planted > 0)


def test_order_types_and_missing_bands_do_not_matter():
    table = quarters(0.03)
    typed = table.assign(is_lost=table["is_lost"].astype("Int64"), margin=table["margin"].astype("Float64"))
    one, other = by_band(table), by_band(typed.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(one.estimates, other.estimates)
    table.loc[table["customer_id"] < 100, "band"] = None
    table.loc[[500, 501], "margin"] = [np.nan, np.inf]
    found = by_band(table)
    assert found.n_dropped == 2 and found.estimates.loc["no answer", "n"] == 100


def test_a_small_band_shows_its_n_only_and_cannot_be_worked_out():
    table = quarters(0.0)
    table.loc[table["customer_id"] < 4, "band"] = "angry"
    found = by_band(table)
    row = found.estimates.loc["angry"]
    assert row["n"] == 4 and row["suppressed"]
    assert row[["estimate", "low", "high", "retention", "margin"]].isna().all()
    assert found.overall.isna().all() and "angry" not in found.gaps[["band", "other"]].to_numpy()
    assert "not shown" in found.summary() and by_band(quarters(0.0)).overall.notna().all()


def test_broken_tables_are_refused():
    with pytest.raises(TableError, match="is_lost"):
        by_band(quarters(0).assign(is_lost=2))
    with pytest.raises(TableError, match="profit"):
        contract_value_by_band(quarters(0), band="band", margin="profit", terms=TERMS, currency="EUR")
    with pytest.raises(TableError, match="no column 'band'"):
        by_band(quarters(0).drop(columns="band"))
    with pytest.raises(TooFewRowsError):
        by_band(quarters(0).assign(margin=np.nan))
    with pytest.raises(LinkError, match="no finite value"):
        by_band(quarters(0).assign(is_lost=0), terms=ContractTerms(discount=0.0))
