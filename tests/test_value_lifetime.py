"""Lifetime values without a contract: sums by hand, planted bands, hold-out, service by value, refusals."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from linkage.errors import FitError, LinkError, PeriodError, TableError, TooFewRowsError
from linkage.value import (
    PurchaseTerms,
    check_calibration,
    compare_service,
    expected_purchases,
    fit_bgnbd,
    fit_gamma_gamma,
    service_standing,
    summarise_purchases,
    value_by_band,
    value_customers,
)

TERMS = PurchaseTerms(horizon=52, yearly_discount=0.1)


def simulate_purchases(n: int, *, seed: int, weeks: float = 80.0, rate_of_band=(1.0, 1.0)):
    """Purchases as BG/NBD and Gamma-Gamma say, of two bands whose rates differ; and each customer's band."""
    rng = np.random.default_rng(seed)
    band = rng.integers(0, 2, n)
    rate = rng.gamma(0.8, 1 / 6, n) * np.array(rate_of_band)[band]
    leaves, scale = rng.beta(0.8, 2.4, n), rng.gamma(4, 1 / 15, n)
    clock, there, rows = rng.uniform(0, 12, n), np.ones(n, bool), []
    while there.any():
        who = np.flatnonzero(there)
        rows.append(
            pd.DataFrame({"customer_id": who, "week": clock[who], "amount": rng.gamma(6, 1 / scale[who])})
        )
        there[who] &= (rng.random(len(who)) >= leaves[who]) | (len(rows) == 1)  # none leaves after the first
        clock = clock + rng.exponential(1 / rate)
        there &= clock <= weeks
    table = pd.concat(rows, ignore_index=True)
    table["purchased_at"] = pd.Timestamp("2025-01-01") + pd.to_timedelta(table["week"] * 7, unit="D")
    return table, pd.Series(np.array(["detractor", "promoter"])[band], pd.RangeIndex(n))


def values_of(customers: pd.DataFrame, terms=TERMS, **options):
    models = fit_bgnbd(customers), fit_gamma_gamma(customers)
    return value_customers(customers, *models, **{"terms": terms, "currency": "EUR"} | options)


@pytest.fixture(scope="module")
def planted():
    """A planted difference: promoters buy three times as often. Histories of 40 weeks, then 40 of hold-out."""
    table, bands = simulate_purchases(1500, seed=4, rate_of_band=(0.5, 1.5))
    return summarise_purchases(table, calibration_until="2025-10-08"), bands


@pytest.fixture(scope="module")
def values(planted):
    return values_of(planted[0].customers)


@pytest.fixture(scope="module")
def by_band(planted, values):
    return value_by_band(values, planted[1], draws=60, seed=2)


# ------------------------------------------------------------------------------------------- reference


def test_a_value_is_purchases_times_spend_where_nothing_is_discounted(planted):
    found = values_of(planted[0].customers, PurchaseTerms(52, 0.0, (0.2, 0.3, 0.4))).customers
    assert_allclose(found["estimate"], 0.3 * found["expected_count"] * found["expected_amount"])


def test_discounting_a_year_of_purchases_costs_about_half_a_years_rate(planted):
    # Purchases spread evenly over a year, discounted continuously at log(1.1): (1 - 1/1.1)/log(1.1) = .9538 of
    # their sum; as customers leave, purchases come earlier, so a little more is left.
    plain = values_of(planted[0].customers, PurchaseTerms(365.25 / 7, 0.0)).estimates["estimate"]
    less = values_of(planted[0].customers, PurchaseTerms(365.25 / 7, 0.1)).estimates["estimate"]
    assert ((less / plain > 0.9538) & (less / plain < 0.965)).all()


def test_the_standard_errors_are_those_of_drawn_parameters(planted, values):
    # The same by simulation: parameters drawn from both covariances, values recomputed.
    from linkage.value.lifetime import HISTORY, worth_of

    rng = np.random.default_rng(8)
    some = values.histories.iloc[:25]
    arrays = [some[name].to_numpy() for name in HISTORY]
    drawn = []
    for _ in range(600):
        parts = [
            rng.multivariate_normal(np.log(fit.params), fit.covariance.to_numpy())
            for fit in (values.buying, values.spending)
        ]
        drawn.append(worth_of(np.concatenate(parts), arrays, 52, TERMS.force("week")))
    assert_allclose(
        np.std(np.log(drawn), axis=0),
        (values.customers["std_error"] / values.customers["estimate"])[:25],
        rtol=0.15,
    )


def test_the_table_by_band_is_the_mean_of_its_customers(planted, values, by_band):
    worth = (
        values.customers["estimate"].groupby(planted[1].reindex(values.customers.index)).agg(["mean", "size"])
    )
    assert_allclose(by_band.estimates["estimate"], worth["mean"])
    assert_allclose(by_band.estimates["n"], worth["size"])
    assert_allclose(by_band.overall["estimate"], values.estimates["estimate"].iloc[0])
    assert_allclose(values.estimates["estimate"].iloc[1], values.customers["estimate"].sum())
    parts = values.customers.groupby(planted[1].reindex(values.customers.index))
    for name in ("p_alive", "expected_count", "expected_amount"):
        assert_allclose(by_band.estimates[name], parts[name].mean())
    assert_allclose(by_band.gaps["estimate"], np.diff(worth["mean"]))


# -------------------------------------------------------------------------------------------- recovery


def test_the_holdout_of_customers_as_the_model_says_is_foretold():
    table, _ = simulate_purchases(2500, seed=9)
    histories = summarise_purchases(table, calibration_until="2025-10-08")
    found = check_calibration(histories, fit_bgnbd(histories.customers))
    row = found.estimates.loc["all"]
    assert abs(row["estimate"]) < 3 * row["std_error"] and abs(found.error_share) < 0.1
    assert found.correlation > 0.4 and abs(found.by_period["error_share"].iloc[-1]) < 0.1


def test_the_holdout_of_customers_who_all_stop_is_not_foretold(planted):
    histories = planted[0]
    gone = histories.customers.assign(holdout_count=histories.customers["holdout_count"] // 3)
    found = check_calibration(dataclasses.replace(histories, customers=gone), fit_bgnbd(gone))
    assert found.error_share > 0.5 and found.estimates.loc["all", "high"] < 0


def test_a_planted_difference_of_bands_is_found(by_band, planted):
    gap = by_band.gaps.iloc[0]
    assert (gap["band"], gap["other"]) == ("promoter", "detractor")
    assert gap["low"] > 0 and by_band.failed_draws == 0
    # What was really bought in the 40 weeks of hold-out is in the same order.
    actual = (
        planted[0].customers["holdout_amount"].groupby(planted[1].reindex(planted[0].customers.index)).mean()
    )
    assert actual["promoter"] > 1.5 * actual["detractor"]
    assert "Being promoter rather than detractor goes with +" in by_band.summary()


def test_no_difference_of_bands_is_not_found(values):
    rng = np.random.default_rng(0)
    bands = pd.Series(rng.choice(["a", "b"], len(values.histories)), values.histories.index)
    gap = value_by_band(values, bands, draws=60).gaps.iloc[0]
    assert gap["low"] < 0 < gap["high"]


def test_the_error_of_a_mean_holds_that_of_the_models_and_of_who_was_there(values, by_band):
    models = values.estimates["std_error"].iloc[0]
    people = values.customers["estimate"].std() / np.sqrt(len(values.customers))
    # Both come from the same customers and go the same way: their sum at most, the greater of both at least.
    assert max(models, people) * 0.8 < by_band.overall["std_error"] < (models + people) * 1.2


# -------------------------------------------------------------------------------------------- property


def test_the_same_seed_repeats_and_money_scales(values, planted, by_band):
    again = value_by_band(values, planted[1], draws=60, seed=2)
    pd.testing.assert_frame_equal(again.estimates, by_band.estimates)
    customers = planted[0].customers
    cents = values_of(customers.assign(mean_amount=customers["mean_amount"] * 100))
    assert_allclose(cents.customers["estimate"], 100 * values.customers["estimate"], rtol=1e-5)


def test_order_types_and_gaps_do_not_matter(values, planted):
    customers = planted[0].customers
    turned = customers.iloc[::-1].astype({"repeat_count": "Int64", "mean_amount": "Float64"})
    turned.loc[-1] = turned.iloc[0]
    turned.loc[-1, ["age", "mean_amount"]] = np.nan
    found = values_of(turned)
    assert_allclose(found.customers["estimate"][customers.index], values.customers["estimate"], rtol=1e-6)
    assert found.n_dropped == 1 and -1 not in found.customers.index


def test_bands_keep_a_declared_order_and_the_silent_are_their_own(values, planted):
    bands = planted[1].astype(pd.CategoricalDtype(["promoter", "nobody", "detractor"], ordered=True))
    found = value_by_band(values, bands.iloc[300:], draws=10, minimum_group=5)
    assert list(found.estimates.index) == ["promoter", "detractor", "no answer"]
    assert found.estimates.loc["no answer", "n"] == 300


def test_small_bands_show_their_n_only(values, planted):
    bands = planted[1].mask(planted[1].index < 4, "angry")
    found = value_by_band(values, bands, draws=10)
    row = found.estimates.loc["angry"]
    assert row["n"] == 4 and row["suppressed"]
    assert row[["estimate", "std_error", "low", "high", "p_alive", "expected_count"]].isna().all()
    assert found.overall.isna().all() and "angry" not in set(found.gaps["band"]) | set(found.gaps["other"])


def test_money_carries_its_standing(planted, values, by_band):
    shown = by_band.to_frame()
    assert (shown[["currency", "horizon", "level", "basis"]] == ["EUR", "52 weeks", "L1", "estimated"]).all(
        axis=None
    )
    assert "correlate by" in values.summary() and values.spending.check().verdict in values.summary()
    assumed = values_of(planted[0].customers, PurchaseTerms(52, 0.1, 0.3), level="L3")
    assert (assumed.basis, assumed.level) == ("assumed", "L0")
    row = {"estimate": 0.3, "low": 0.25, "high": 0.35}
    measured = values_of(planted[0].customers, PurchaseTerms(52, 0.1, row), level="L2")
    assert (measured.basis, measured.level) == ("estimated", "L2")
    assert (measured.customers["std_error"] > assumed.customers["std_error"]).all()


def test_the_published_tables_hold_no_customer(by_band, planted):
    keys = set(planted[0].customers.index)
    for table in (by_band.estimates, by_band.gaps):
        assert not keys & set(table.index) or list(table.index) == list(range(len(table)))


# --------------------------------------------------------------------------------------------- refusal


def test_what_cannot_be_valued_is_refused(planted, values):
    customers, bands = planted[0].customers, planted[1]
    with pytest.raises(LinkError, match="horizon"):
        values_of(customers, PurchaseTerms(np.inf, 0.1))
    with pytest.raises(LinkError, match="yearly_discount"):
        values_of(customers, PurchaseTerms(52, -1.0))
    with pytest.raises(TableError, match="margin_share"):
        values_of(customers, PurchaseTerms(52, 0.1, 30))
    with pytest.raises(TableError, match="more than one band"):
        value_by_band(values, pd.concat([bands, bands]))
    with pytest.raises(TableError, match="None of"):
        value_by_band(values, bands.set_axis(bands.index + 10_000))
    fewer = value_customers(customers.iloc[:200], values.buying, values.spending, terms=TERMS, currency="EUR")
    with pytest.raises(LinkError, match="fitted on 1,500"):
        value_by_band(fewer, bands)


def test_an_infinite_mean_spend_is_refused(values):
    heavy = values.spending.estimates.copy()
    heavy.loc["q", "estimate"] = 0.9
    broken = dataclasses.replace(values.spending, estimates=heavy)
    assert broken.mean_spend == np.inf
    with pytest.raises(FitError, match="infinite"):
        value_customers(values.histories, values.buying, broken, terms=TERMS, currency="EUR")


def test_a_calibration_without_a_holdout_or_in_another_unit_is_refused(planted, values):
    table, _ = simulate_purchases(60, seed=1)
    with pytest.raises(PeriodError, match="no hold-out"):
        check_calibration(summarise_purchases(table), values.buying)
    by_day = fit_bgnbd(planted[0].customers, time_unit="day")
    with pytest.raises(LinkError, match="days"):
        check_calibration(planted[0], by_day)


def test_small_classes_of_the_calibration_show_their_n_only(planted, values):
    found = check_calibration(planted[0], values.buying, highest=30)
    small = found.estimates[found.estimates["suppressed"]]
    assert (
        len(small) and (small["n"] < 10).all() and small[["predicted", "actual", "low"]].isna().all(axis=None)
    )
    total = expected_purchases(values.buying, planted[0].customers, horizon=planted[0].holdout).sum()
    assert_allclose(found.predicted_total, total)


# ------------------------------------------------------------------------------------------- the served


@pytest.fixture
def served() -> pd.DataFrame:
    """Nine customers by hand, ten times over: value and contacts in thirds of 30 each."""
    value = np.repeat([1.0, 2, 3], 30) * 100 + np.tile(np.arange(30), 3)
    contacts = np.concatenate([[3] * 20 + [2] * 10, [1] * 10 + [2] * 10 + [3] * 10, [1] * 20 + [2] * 10])
    return pd.DataFrame(
        {"value": value, "contacts": contacts + np.tile([0.0, 0.1], 45)}, index=range(500, 590)
    )


def ask(table, **options):
    options = {"value": "value", "service": "contacts", "better": "higher"} | options
    return compare_service(table, currency="EUR", horizon="1 year", **options)


def test_service_by_value_by_hand(served):
    # The top third of value has 20 of the 30 least served; the lowest third 20 of the 30 most served. Were
    # value and service unrelated each of the nine classes would have 30 x 30/90 = 10.
    found = ask(served)
    table = found.estimates
    assert list(table["n"]) == [0, 10, 20, 10, 10, 10, 20, 10, 0]
    assert_allclose(table.loc[~table["suppressed"], "expected_n"], 10)
    under, over = table.loc[("high", "low")], table.loc[("low", "high")]
    assert (under["standing"], over["standing"]) == ("under-served", "over-served")
    rows = served["value"].iloc[60:80]
    assert_allclose(under["estimate"], rows.mean())
    assert_allclose(under["std_error"], rows.std() / np.sqrt(20))
    assert_allclose(
        under["high"] - under["estimate"], 2.093024 * rows.std() / np.sqrt(20), rtol=1e-6
    )  # t(19)
    assert_allclose(under["service_mean"], 1.05)
    assert_allclose(under["value_share"], rows.sum() / served["value"].sum())
    assert found.correlation["estimate"] < 0 and found.correlation["high"] < 0
    assert "under-served: 20 customers" in found.summary()


def test_the_work_list_has_the_same_customers_as_the_table(served):
    lists = service_standing(served, value="value", service="contacts", better="higher")
    assert lists.value_counts().to_dict() == {"in line": 50, "under-served": 20, "over-served": 20}
    assert list(lists.index[lists == "under-served"]) == list(range(560, 580))
    published = ask(served).to_frame()
    assert not set(served.index) & set(published.reset_index().to_numpy().ravel())


def test_waiting_turns_the_sign_and_order_does_not_matter(served):
    waits = served.assign(contacts=-served["contacts"]).sample(frac=1, random_state=2)
    one, other = ask(served), ask(waits, better="lower")
    assert_allclose(one.estimates[["n", "estimate", "low"]], other.estimates[["n", "estimate", "low"]])
    assert_allclose(one.correlation, other.correlation)
    assert_allclose(one.estimates["service_mean"], -other.estimates["service_mean"])


def test_unrelated_service_correlates_with_nothing():
    rng = np.random.default_rng(5)
    table = pd.DataFrame(rng.gamma(2, 1, (600, 2)), columns=["value", "contacts"])
    row = ask(table).correlation
    assert row["low"] < 0 < row["high"]


def test_small_classes_show_their_n_only(served):
    table = ask(served, minimum_group=15).estimates
    hidden = table[table["suppressed"]]
    assert (hidden["n"] < 15).all() and hidden[["estimate", "service_mean", "value_share"]].isna().all(
        axis=None
    )
    assumed = ask(served, basis="assumed", level="L3")
    assert (assumed.to_frame()["level"] == "L0").all()


def test_questions_about_service_that_cannot_be_answered_are_refused(served):
    with pytest.raises(TooFewRowsError, match="same value"):
        ask(served.assign(contacts=0.0))
    with pytest.raises(TooFewRowsError):
        ask(served.iloc[:20])
    for wrong in ({"better": "more"}, {"tiers": 7}, {"basis": "guessed"}):
        with pytest.raises(LinkError, match=next(iter(wrong.values())) if "tiers" not in wrong else "tiers"):
            ask(served, **wrong)
    with pytest.raises(TableError, match="visits"):
        ask(served, service="visits")
    gaps = served.astype({"contacts": "Float64"})
    gaps.loc[500, "contacts"] = pd.NA
    gaps.loc[501, "value"] = np.inf
    assert ask(gaps).n_dropped == 2
    lists = service_standing(gaps, value="value", service="contacts", better="higher")
    assert lists.loc[[500, 501]].isna().all() and lists.notna().sum() == 88
