"""The ledger of keeping and losing, migration, lifetime value by form, and wallet options: by hand, and on the demo."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from linkage.errors import LinkError, PeriodError, StudyError
from linkage.opening import open_study
from linkage.sentences import number
from linkage.value import ContractTerms, present_value
from linkage.worth.calculator import usual_calculator
from linkage.worth.ledger import keep_and_lose
from linkage.worth.ledger_sums import PARTS, Counted
from linkage.worth.lifetime import form_of, lifetime_value
from linkage.worth.migration import band_migration
from linkage.worth.people import band_of, customer_periods, matching, money_of
from linkage.worth.pictures import ASSUMED_COLOUR
from linkage.worth.wallet import wallet_options

PERIOD = "2026Q3"


@pytest.fixture(scope="module")
def ledger(demo):
    return keep_and_lose(demo, period=PERIOD, draws=100)


@pytest.fixture(scope="module")
def moves(demo):
    return band_migration(demo, period=PERIOD)


# ------------------------------------------------------------------------------------------- reference


def test_the_ledger_of_four_customers_by_hand():
    # Detractors: 4 periods seen, 1 left: .75 stay. Promoters: 4 seen, none left. Margin 10 and 20 a period, two
    # periods, no discount, in arrears: value m (1 + r): detractors 2 x 10 x 1.75 = 35, promoters 2 x 20 x 2 = 80.
    # Losing: against r = 1: 40 - 35 = 5. Keeping: promoters stay all, so the same 5 for detractors, 0 for them.
    panel = pd.DataFrame(
        {
            "customer_id": ["a", "b", "c", "d"] * 2,
            "band": ["detractor", "detractor", "promoter", "promoter"] * 2,
            "is_lost": [0, 0, 0, 0, 0, 1, 0, 0],
        }
    )
    now = pd.DataFrame(
        {
            "customer_id": ["a", "b", "c", "d"],
            "segment": "all",
            "band": ["detractor", "detractor", "promoter", "promoter"],
            "margin": [10.0, 10.0, 20.0, 20.0],
            "revenue": [30.0, 30.0, 40.0, 40.0],
            "revenue_last_year": [120.0, 120.0, 160.0, 160.0],
        }
    )
    counted = Counted(panel, now, ["detractor", "promoter"], ["all"])
    found, best = counted.drawn(ContractTerms(0.0, 2, "arrears", time_unit="quarter"), 4, 5, 0)
    assert best == 1
    assert_allclose(found["value"][0], [35, 80])
    assert_allclose(found["downside"][0], [5, 0])
    assert_allclose(found["upside"][0], [5, 0])
    # Of next year's revenue: 2 x 30 x (0 + .25 + .4375 + .578125) = 75.9375.
    assert_allclose(found["revenue_at_stake"][0], [75.9375, 0])
    assert_allclose(counted.revenue, [240, 320])


def test_bands_turn_where_the_field_says():
    nps = band_of(pd.Series([0, 6, 7, 8, 9, 10, np.nan]), SimpleNamespace(scale=(0, 10)))
    assert nps.astype(object).tolist()[:6] == ["detractor"] * 2 + ["passive"] * 2 + ["promoter"] * 2
    assert nps.isna().tolist()[-1]
    csat = band_of(pd.Series([1.0, 3.0, 5.0]), SimpleNamespace(scale=(1, 5)))
    assert csat.tolist() == ["low", "middle", "high"]


# -------------------------------------------------------------------------------------------- property


def test_each_customer_there_now_is_in_one_cell(ledger, demo):
    now = demo.table("link_customer_period", period=PERIOD)
    known = set(demo.connection.sql("select customer_id from stg_customers").df()["customer_id"])
    there = now[~now["is_lost"] & now["customer_id"].isin(known)]
    assert ledger.n_used == len(there) == ledger.estimates["n"].sum() == len(ledger.accounts)
    assert not ledger.accounts.index.has_duplicates


def test_cells_bands_segments_and_accounts_add_up_to_the_same(ledger):
    for part in PARTS:
        whole = ledger.by_band.loc["all", part]
        sums = [frame.drop(index="all")[part].sum() for frame in (ledger.by_band, ledger.by_segment)]
        assert_allclose([*sums, ledger.estimates[part].sum()], whole, rtol=1e-9, atol=1e-6)
    for part in ("value", "upside", "downside"):
        assert_allclose(ledger.accounts[part].sum(), ledger.by_band.loc["all", part], rtol=1e-9, atol=1e-6)


def test_no_table_tells_how_few_are_in_a_hidden_cell(ledger, demo):
    """One customer of a cell, hidden with the smallest beside it: its row gave the one away as a count."""
    cells = ledger.estimates.assign(suppressed=False)
    cells.iloc[:2, cells.columns.get_loc("suppressed")] = True
    cells.iloc[0, cells.columns.get_loc("n")] = 1
    shown = replace(ledger, estimates=cells).table()["n"].tolist()
    assert shown[:2] == ["fewer than 10", "not shown"] and shown[2:] == ledger.estimates["n"].tolist()[2:]
    values = lifetime_value(demo, period=PERIOD, draws=40)
    bands = values.bands.estimates
    few = replace(
        values.bands, estimates=bands.assign(n=[3, *bands["n"][1:]], suppressed=bands.index == bands.index[0])
    )
    assert replace(values, bands=few).table()["n"].iloc[0] == "fewer than 10"
    assert values.table()["n"].tolist() == bands["n"].tolist()


def test_the_silent_are_a_segment_of_their_own(ledger, demo):
    assert "silent" in ledger.by_band.index
    answered = ledger.by_band.drop(index=["all", "silent"])["n"].sum()
    assert answered + ledger.by_band.loc["silent", "n"] == ledger.n_used


def test_the_top_band_has_no_upside_and_losing_takes_from_all(ledger):
    assert_allclose(ledger.by_band.loc[ledger.best, "upside"], 0, atol=1e-9)
    assert (ledger.by_band["downside"] > 0).all()
    assert (ledger.by_band["downside_low"] < ledger.by_band["downside_high"]).all()


def test_published_figures_are_complete_and_name_no_customer(ledger, demo):
    made = ledger.publish().rows
    keys = set(ledger.accounts.index)
    assert len(made) == 4 * (len(ledger.by_band) + len(ledger.by_segment) - 1)
    for row in made:
        assert row["currency"] == "EUR" and row["level"] == "L1" and row["basis"] == "estimated"
        assert row["low"] <= row["estimate"] <= row["high"]
        assert not keys & set(map(str, row.values()))


def test_assumed_figures_stand_beside_estimated_ones_in_their_own_colour(ledger, demo):
    found = usual_calculator(demo, ledger)
    assert set(found.estimates["basis"].iloc[:-1]) == {"assumed"}
    assert found.estimates["basis"].iloc[-1] == "estimated"
    # 20 % of the revenue exposed, 27 % of that lost: .054 of it.
    revenue = ledger.by_band.loc["all", "revenue"]
    assert_allclose(found.estimates.loc["lost", "estimate"], 0.054 * revenue)
    assert ASSUMED_COLOUR in found.plot().svg and found.summary().startswith("Assumed, not estimated")


# ------------------------------------------------------------------------------------------- migration


def test_moves_are_counted_from_answer_to_answer(moves, demo):
    rows = demo.table("link_survey", through=PERIOD).dropna(subset=["nps", "customer_id"])
    rows = rows.sort_values(["customer_id", "answered_at", "response_id"])
    assert moves.n_used == len(rows) - rows["customer_id"].nunique()
    assert moves.estimates["n"].sum() == moves.n_used
    assert_allclose(moves.estimates.groupby(level="from")["estimate"].sum(), 1)
    assert (
        (moves.estimates["low"] < moves.estimates["estimate"])
        & (moves.estimates["estimate"] < moves.estimates["high"])
    ).all()


def test_what_went_with_a_move_finds_the_money_and_not_the_music(moves):
    # A point of nps is followed by 9 EUR of spend (4.1 of margin); the hold music is drawn by lot.
    assert moves.went_with.loc[("margin_after", "up"), "low"] > 0
    music = moves.went_with.loc["hold_music_b"]
    assert ((music["low"] < 0) & (music["high"] > 0)).all()
    assert (moves.went_with["q_value"] >= moves.went_with["p_value"]).all()


def test_chance_alone_is_said_to_move_answers(moves):
    assert "come back to the middle" in moves.summary()
    assert {"up", "down"} <= set(moves.by_wave.columns)


# ------------------------------------------------------------------------------------- lifetime value


def test_values_under_contract_are_those_of_the_bands(demo):
    found = lifetime_value(demo, period=PERIOD, draws=100)
    row = found.estimates.loc["passive"]
    terms = ContractTerms(discount=1.1**0.25 - 1, horizon=12, first_payment="arrears", time_unit="quarter")
    by_hand = present_value(np.array([row["retention"]]), np.array([row["margin"]]), terms)[0]
    assert_allclose(row["estimate"], by_hand)
    assert found.form == "contract" and found.missing == {}
    assert found.independence.name == "margin independent of leaving"
    assert {"predicted", "actual"} <= set(found.held_out().columns)
    assert "foretold" in found.plot_calibration().alt
    assert {"under-served", "over-served"} <= set(found.served()["standing"])
    assert all(f.level == "L1" and f.horizon == "12 quarters" for f in found.figures())


def test_the_hold_out_was_foretold_within_three_errors(demo):
    row = lifetime_value(demo, period=PERIOD, draws=50).calibration.estimates.loc["all"]
    assert abs(row["estimate"]) < 3 * row["std_error"]


STUDY = """
study: Corner shop
currency: EUR
sources:
  feedback: {from: answers.csv}
  transactions: {from: purchases.csv}
metrics:
  nps: {of: feedback, label: Likelihood to recommend, scale: [0, 10]}
  our_rank: {of: feedback, type: whole, label: Our place}
  brand_count: {of: feedback, type: whole, label: Brands used, unit: brand}
  amount: {of: transactions, label: Spend, unit: EUR}
value: {margin_share: [0.3, 0.4, 0.5], wallet: {rank: our_rank, brands: brand_count}}
"""


@pytest.fixture
def shop(make_study):
    """Buyers without a contract: who buys how often differs, and half are gone at a random time."""
    rng = np.random.default_rng(5)
    answers, purchases = [], []
    for i in range(150):
        rate, born = rng.gamma(1.5, 1 / 40), rng.integers(0, 200)
        gone = born + rng.exponential(400)
        day, mean = float(born), rng.gamma(6, 1 / 6) * 20
        while day < min(gone, 725):
            purchases.append((f"P{len(purchases)}", f"C{i:03d}", int(day), max(rng.gamma(5, mean / 5), 0.5)))
            day += rng.exponential(1 / rate)
        answers.append((f"R{i}", f"C{i:03d}", 690 + i % 30, int(rng.integers(4, 11)), 1 + i % 2, 2))
    start = pd.Timestamp("2025-01-01")
    bought = pd.DataFrame(purchases, columns=["transaction_id", "customer_id", "day", "amount"])
    bought["purchased_at"] = (start + pd.to_timedelta(bought.pop("day"), unit="D")).dt.date
    said = pd.DataFrame(
        answers, columns=["response_id", "customer_id", "day", "nps", "our_rank", "brand_count"]
    )
    said["answered_at"] = (start + pd.to_timedelta(said.pop("day"), unit="D")).dt.date
    files = {"answers.csv": said.to_csv(index=False), "purchases.csv": bought.round(2).to_csv(index=False)}
    return open_study(make_study(STUDY, files))


def test_without_departures_value_comes_from_purchases_and_an_assumed_margin_is_l0(shop):
    assert form_of(shop) == ("non_contract", "since no departures are known (left_on)")
    assert money_of(shop).words() == "margin at an assumed 40% of revenue"
    found = lifetime_value(shop, period=shop.periods[-1], draws=40)
    assert found.form == "non_contract" and found.bands is not None, found.missing
    assert {f.level for f in found.figures()} == {"L0"} and {f.basis for f in found.figures()} == {"assumed"}
    assert found.independence.name == "spend independent of frequency"
    assert found.calibration.actual_total > 0
    assert "service against value" in found.missing  # nobody says what service they got
    assert "left_on" in keep_and_lose(shop, period=shop.periods[-1]).missing


def test_where_nobody_had_left_yet_the_ledger_asks_for_no_column_that_is_there(make_study):
    study = STUDY.replace("sources:", "sources:\n  customers: {from: customers.csv}")
    buyers = "transaction_id,customer_id,purchased_at,amount\nP1,C1,2026-01-05,9\nP2,C2,2026-04-05,9\n"
    answers = "response_id,customer_id,answered_at,nps,our_rank,brand_count\nR1,C1,2026-02-01,9,1,2\n"
    people = "customer_id,since_on,left_on\nC1,2025-05-01,\nC2,2025-05-01,2026-11-01\n"
    files = {"customers.csv": people, "purchases.csv": buyers, "answers.csv": answers}
    opened = open_study(make_study(study, files))
    said = keep_and_lose(opened, period="2026Q2").missing
    assert said.startswith("Nobody had left by 2026Q2 as left_on") and "It needs" not in said


def test_one_place_better_in_the_wallet_by_hand(shop):
    # Of two brands, place 1 has (1 - 1/3) x 2/2 = 2/3 of the wallet, place 2 one third: one place better adds 1/3.
    found = wallet_options(shop, period=shop.periods[-1])
    assert_allclose(found.estimates["share"], [2 / 3, 1 / 3])
    assert_allclose(found.estimates["gain_share"], [0, 1 / 3], atol=1e-12)
    # Place 2 spends a third here, so all brands get three times that, and a third of it is once what they spend here.
    rows = customer_periods(shop, shop.periods[-1])
    known = shop.table("link_survey").set_index("customer_id")["our_rank"]
    year = rows[rows["position"] > rows["position"].max() - 4].groupby("customer_id")["amount"].sum()
    assert_allclose(
        found.estimates.loc[2, "estimate"], year[known[known == 2].index.intersection(year.index)].mean()
    )
    assert set(found.estimates["level"]) == {"L0"} and "L0, assumed" in found.summary()


# --------------------------------------------------------------------------------------------- refusal


def test_wallets_of_a_period_without_data_are_refused_and_empty_ones_keep_their_columns(shop, hospitals):
    with pytest.raises(PeriodError, match="no data for 2099Q1"):
        wallet_options(shop, period="2099Q1")
    with pytest.raises(PeriodError):
        wallet_options(shop, period="")
    lacking = wallet_options(hospitals, period=hospitals.last_complete_period).estimates
    assert lacking.empty and list(lacking) == list(wallet_options(shop, period=shop.periods[-1]).estimates)


def test_where_names_a_column_and_a_customer_there_is():
    rows = pd.DataFrame({"segment": ["a", "b"]})
    assert len(matching(rows, {"segment": "a"})) == 1
    with pytest.raises(LinkError, match="no column of link_customer_period"):
        matching(rows, {"sector": "a"})
    with pytest.raises(LinkError, match="no customer where segment is c"):
        matching(rows, {"segment": "c"})


def test_a_study_with_feedback_only_says_what_is_missing(make_study):
    yml = (
        "study: Voices\nsources: {feedback: {from: a.csv}}\nmetrics: {nps: {of: feedback, scale: [0, 10]}}\n"
    )
    answers = "response_id,answered_at,nps\n" + "".join(
        f"R{i},2026-01-{1 + i % 28:02d},{i % 11}\n" for i in range(60)
    )
    study = open_study(make_study(yml, {"a.csv": answers}))
    period = study.periods[-1]
    said = [
        lifetime_value(study, period=period).summary(),
        keep_and_lose(study, period=period).summary(),
        band_migration(study, period=period).summary(),
        wallet_options(study, period=period).summary(),
    ]
    assert "source of transactions" in said[0] and "source of transactions" in said[1]
    assert "answers have one before them" in said[2] and "value.wallet" in said[3]
    assert lifetime_value(study, period=period).figures() == []


def test_in_the_first_period_nobody_was_seen_to_stay_and_the_ledger_says_so(demo):
    first = keep_and_lose(demo, period=demo.periods[0], draws=40)
    assert "detractor, passive, promoter stay cannot be told: up to 2024Q1" in first.summary()
    assert first.figures() == [] and first.headline() == first.summary()
    second = keep_and_lose(demo, period=demo.periods[1], draws=40)
    assert not second.missing and np.isfinite([f.estimate for f in second.figures()]).all()


def test_hospitals_say_what_is_missing(hospitals):
    period = hospitals.last_complete_period
    assert "source of transactions" in lifetime_value(hospitals, period=period).summary()
    assert "source of transactions" in keep_and_lose(hospitals, period=period).summary()
    assert "loyalty question" in band_migration(hospitals, period=period).summary()


ONE_ANSWER_ONE_PURCHASE = {
    "answers.csv": "response_id,customer_id,answered_at,nps,our_rank,brand_count\nR1,C1,2026-01-02,9,1,2\n",
    "purchases.csv": "transaction_id,customer_id,purchased_at,amount\nP1,C1,2026-01-03,5\n",
}


def test_a_declared_margin_that_is_no_money_is_refused(make_study):
    study = open_study(
        make_study(STUDY.replace("value: {", "value: {margin: nps, "), ONE_ANSWER_ONE_PURCHASE)
    )
    with pytest.raises(LinkError, match="names 'nps', which is no metric of transactions"):
        money_of(study)
    assert "'nps'" in lifetime_value(study, period="2026Q1").missing["value"]


def test_a_declared_margin_that_is_not_there_is_refused_when_the_study_is_loaded(make_study):
    folder = make_study(STUDY.replace("value: {", "value: {margin: amuont, "), ONE_ANSWER_ONE_PURCHASE)
    with pytest.raises(
        StudyError, match=r"value\.margin: no metric 'amuont' is declared. Did you mean 'amount'"
    ):
        open_study(folder)


def test_the_headline_says_what_is_at_stake_and_of_whom_the_most(ledger):
    said, bands = ledger.headline(), ledger.by_band.drop(index="all")
    shown = bands[~bands["suppressed"].astype(bool)]["revenue_at_stake"]
    assert f"{number(shown.max())} of it of the band {shown.idxmax()}" in said
    assert number(ledger.by_band.loc["all", "revenue_at_stake"]) in said
    assert len(said.split()) <= 60


def test_amounts_below_nought_have_no_usual_calculator_and_the_reason_is_said(demo, ledger):
    bands = ledger.by_band.assign(revenue=-ledger.by_band["revenue"])
    found = usual_calculator(demo, replace(ledger, by_band=bands))
    assert found.estimates.empty
    assert "below 0: no share of it is at stake" in found.summary()
    assert found.summary() in found.plot().alt
