"""Lifetime value beside money at stake: whom each counts, and whether bands and points contradict each other."""

from types import SimpleNamespace

import pandas as pd
import pytest
from numpy.testing import assert_allclose

from linkage.opening import open_study
from linkage.value import ContractTerms, contract_value_by_band
from linkage.worth import beside
from linkage.worth.beside import lifetime_beside_money
from linkage.worth.beside_bands import Spread, band_row
from linkage.worth.ledger import keep_and_lose
from linkage.worth.lifetime import lifetime_value

PERIOD = "2026Q3"


def valued(first: str, other: str, estimate: float, low: float, high: float):
    """Values by band as far as their gap goes."""
    gap = {"band": first, "other": other, "estimate": estimate, "low": low, "high": high}
    sizes = pd.DataFrame({"n": [30, 20]}, index=["detractor", "promoter"])
    return SimpleNamespace(
        gaps=pd.DataFrame([gap]), estimates=sizes, horizon=12.0, time_unit="quarter", level="L1"
    )


# ------------------------------------------------------------------------------------------- by hand


@pytest.mark.parametrize(
    "found", [("promoter", "detractor", 38.0, 19.0, 76.0), ("detractor", "promoter", -38.0, -76.0, -19.0)]
)
def test_a_gap_between_bands_is_brought_to_a_point_and_year(found):
    # 38 EUR between bands that lie 3.8 points apart, of customers worth two years of margin: 38 / 3.8 / 2 = 5.
    row = band_row(valued(*found), Spread("promoter", "detractor", points=3.8, years=2.0))
    assert_allclose([row[name] for name in ("estimate", "low", "high")], [38, 19, 76])
    assert_allclose([row[name] for name in ("a_year", "a_year_low", "a_year_high")], [5, 2.5, 10])
    assert (row["n"], row["horizon"], row["level"]) == (50, "12 quarters", "L1")


def test_a_customer_who_moved_counts_in_each_band_and_that_is_said():
    rows = [(c, q, "low" if q < 2 or c < 15 else "high") for c in range(30) for q in range(4)]
    table = pd.DataFrame(rows, columns=["customer_id", "quarter", "band"]).assign(margin=10.0, is_lost=0)
    table.loc[(table["customer_id"] == 3) & (table["quarter"] == 3), "is_lost"] = 1
    terms = ContractTerms(0.02, 4, "arrears", time_unit="quarter")
    found = contract_value_by_band(table, band="band", margin="margin", terms=terms, currency="EUR", draws=20)
    # All 30 were low at first, and 15 of them high later.
    assert found.estimates["n"].to_dict() == {"high": 15, "low": 30} and found.n_used == 30
    assert (
        "n of a band: customers who were in it in any quarter; who moved counts in each, so they add up to 45"
        in (found.summary())
    )
    stayed = table.assign(band="low")
    alone = contract_value_by_band(
        stayed, band="band", margin="margin", terms=terms, currency="EUR", draws=20
    )
    assert "add up" not in alone.summary()


# ------------------------------------------------------------------------------------------ on the demo


def points(low: float, high: float, verdict: str = "linked"):
    """What a point is worth, as if it had been found so."""
    row = {
        "link": "loyalty_and_spend",
        "driver": "nps",
        "estimate": (low + high) / 2,
        "low": low,
        "high": high,
    }
    row |= {"level": "L3", "basis": "estimated", "verdict": verdict, "n": 6000}
    row |= {"step": "one point more of likelihood to recommend"}
    others = {**row, "link": "effort_and_churn", "driver": "effort"}
    return SimpleNamespace(estimates=pd.DataFrame([row, others]).set_index(["link", "driver"]))


@pytest.fixture(scope="module")
def asked(demo):
    def ask(found):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(beside, "value_points", lambda study, period: found)
            return lifetime_beside_money.__wrapped__(demo, period=PERIOD)

    return ask


def test_intervals_apart_are_said_to_answer_two_questions(asked):
    found = asked(points(1e6, 1e7))
    assert list(found.estimates.index) == ["bands", "loyalty_and_spend"]  # of the loyalty answer alone
    assert not found.estimates.loc["loyalty_and_spend", "meets"]
    said = found.summary()
    assert "have no value in common with that of the bands" in said
    assert "spend in the 90 days before, segment and tenure held fixed (L3, estimated; n = 6,000)" in said
    assert "causes" not in said and "_" not in said
    assert list(found.table().index) == [
        "promoter rather than detractor",
        "one point more of likelihood to recommend",
    ]


def test_intervals_that_meet_are_not_said_to_differ(asked):
    found = asked(points(-1e6, 1e6))
    assert found.estimates.loc["loyalty_and_spend", "meets"]
    assert "have values in common: the two are not shown to differ" in found.summary()


def test_a_link_that_is_not_shown_is_set_beside_nothing(asked):
    found = asked(points(1.0, 2.0, verdict="no link"))
    assert found.estimates.empty and "No link from the loyalty answer to money is shown" in found.summary()


def test_every_count_says_whom_it_counts_and_is_that_of_its_page(asked, demo):
    found = asked(points(-1e6, 1e6))
    values, ledger = lifetime_value(demo, period=PERIOD), keep_and_lose(demo, period=PERIOD)
    counts = found.people.set_index("who")["n"].to_dict()
    assert counts["there in any quarter from 2025Q1 to 2026Q3"] == values.bands.n_used
    assert counts["there at the end of 2026Q3"] == ledger.n_used
    assert f"n = {counts['there at any time up to 2026Q3']:,} customers" in values.independence.advice
    register = demo.connection.table("stg_customers").df()
    joined, left = pd.to_datetime(register["joined_on"]), pd.to_datetime(register["left_on"])
    ended = (joined <= "2026-09-30") & ~(left <= "2026-09-30")
    in_it = next(n for who, n in counts.items() if who.startswith("in the register at the end"))
    assert in_it == ended.sum()
    rows = demo.table("link_customer_period", period=PERIOD)
    there = demo.relation("link_customer_period", columns=["customer_id", "period"], through=PERIOD).df()
    asked_of = there[
        there["period"].between("2025Q1", PERIOD) & there["customer_id"].isin(register["customer_id"])
    ]
    assert asked_of["customer_id"].nunique() == values.bands.n_used and len(rows)
    assert found.summary().startswith(
        "- Counts of customers differ from page to page because they count other people"
    )


def test_a_study_without_money_says_what_is_missing(make_study):
    yml = "study: Words\nsources: {feedback: {from: answers.csv}}\nmetrics: {nps: {of: feedback, scale: [0, 10]}}\n"
    answers = "response_id,customer_id,answered_at,nps\n" + "".join(
        f"{i},C{i % 5},2026-0{1 + i % 6}-10,{i % 11}\n" for i in range(30)
    )
    opened = open_study(make_study(yml, {"answers.csv": answers}))
    found = lifetime_beside_money(opened, period="2026Q2")
    assert found.estimates.empty and found.people.empty
    assert "not set side by side. It needs a source of transactions" in found.summary()
