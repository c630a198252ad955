"""Errors at the level where a driver varies: few units make no link, and a planted one is still found."""

import sys
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import linkage as lk
from linkage.changing import explain_changes
from linkage.errors import LinkError
from linkage.linking import large
from linkage.linking.cluster_level import level_above, shared_noise
from linkage.linking.fitting import fit_link
from linkage.opening import open_study
from linkage.refuting import sample_of
from linkage.regression import fit_linear
from linkage.study_file.declaration import LinkSpec
from linkage.worth.steps import chain_steps

sys.path.append(str(Path(__file__).resolve().parents[1] / "bench"))

from simulated import companies

SPEC = LinkSpec(
    name="wait", question="?", grain="survey", outcome="csat", drivers=("wait",), cluster="customer_id"
)


def centres(
    seed, *, number=6, slope=0.0, shared=0.3, between=1.0, customers=400, key="unit_id"
) -> pd.DataFrame:
    """Two answers a customer of a call centre; noise is shared in a centre, and so is `between` of the driver."""
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(customers), 2)
    of = rng.integers(0, number, customers)[who]
    own = rng.normal(size=customers)[who]
    wait = 10 + 3 * (between * rng.normal(size=number)[of] + np.sqrt(1 - between**2) * own)
    noise = shared * rng.normal(size=number)[of] + 0.5 * rng.normal(size=customers)[who]
    csat = 4 + slope * (wait - 10) + noise + rng.normal(size=len(who))
    named = np.char.add("C", of.astype(str)).astype(object)
    return pd.DataFrame(
        {"response_id": np.arange(len(who)), "customer_id": who, key: named, "wait": wait, "csat": csat}
    )


def fits(table, **how):
    return fit_link(table, SPEC, cluster="customer_id", confidence=0.95, **how)


def by_customer(table):
    """The sample of a fit with the errors as declared."""
    return sample_of(fit_linear(table, "csat ~ wait", cluster="customer_id"), table, SPEC)


def p_of(table, errors_by_customer=False) -> float:
    fit = fit_linear(table, "csat ~ wait", cluster="customer_id") if errors_by_customer else fits(table).fit
    return float(fit.estimates.loc["wait", "p_value"])


def test_noise_of_few_centres_makes_no_link_of_a_driver_that_differs_between_them_alone():
    """FIELD's first pitfall: errors by customer call most of these linked, errors by centre one in twenty."""
    made = [centres(seed) for seed in range(40)]
    assert sum(p_of(table, errors_by_customer=True) <= 0.05 for table in made) >= 20
    assert sum(p_of(table) <= 0.05 for table in made) <= 4  # more would happen in 5 of 100 such runs


def test_noise_of_few_units_makes_no_link_of_a_driver_that_differs_within_them_too():
    made = [centres(seed, number=12, between=0.6, shared=0.6) for seed in range(40)]
    assert sum(p_of(table, errors_by_customer=True) <= 0.05 for table in made) >= 12
    assert sum(p_of(table) <= 0.05 for table in made) <= 5


def test_a_planted_link_of_few_centres_is_still_found_with_its_sign():
    made = [
        fits(centres(seed, number=8, slope=0.3, shared=0.1)).fit.estimates.loc["wait"] for seed in range(10)
    ]
    assert sum(row["p_value"] <= 0.05 and row["estimate"] > 0 for row in made) >= 8
    assert sum(row["low"] <= 0.3 <= row["high"] for row in made) >= 8


def test_a_link_within_centres_keeps_the_errors_it_was_declared_with():
    kept = [fits(centres(seed, number=12, slope=0.1, shared=0.0, between=0.0)) for seed in range(20)]
    assert sum(made.spec.cluster == "customer_id" and not made.why for made in kept) >= 17
    assert sum(made.fit.estimates.loc["wait", "p_value"] <= 0.05 for made in kept) >= 19


def test_the_interval_is_that_of_a_fit_clustered_by_centre():
    table = centres(3, slope=0.2)
    made, by_hand = fits(table), fit_linear(table, "csat ~ wait", cluster="unit_id")
    pd.testing.assert_frame_equal(made.fit.estimates, by_hand.estimates)
    assert made.sample.cluster == "unit_id"
    assert made.sample.groups.max() == 5
    pd.testing.assert_frame_equal(made.raw["wait"].estimates, by_hand.estimates)


def test_a_card_says_where_its_errors_stand_and_counts_those_groups():
    card = lk.link("csat ~ wait", centres(1), cluster="customer_id")
    assert card.verdict == "no link"
    assert card.clusters == 6
    assert "800 answers in 6 units" in card.summary()
    said = card.checks().loc["clusters", "advice"]
    assert (
        "wait is the same for all rows of a unit_id: errors are clustered there, not by customer_id." in said
    )


def test_any_key_and_the_period_can_be_the_level():
    named = centres(1, key="centre_id")
    assert fits(named).spec.cluster == "centre_id"
    quarter = named.assign(period=named["centre_id"].str.replace("C", "2025Q")).drop(columns="centre_id")
    assert fits(quarter).spec.cluster == "period"
    assert fits(named.rename(columns={"centre_id": "colour"})).spec.cluster == "customer_id"


def test_among_several_levels_the_coarsest_counts():
    table = centres(2, number=12)
    state = table["unit_id"].str.slice(1).astype(int) % 5
    table = table.assign(state_id=state, wait=table["wait"].groupby(state).transform("mean"))
    assert fits(table).spec.cluster == "state_id"


def test_a_centre_of_its_own_for_every_period_is_one_centre():
    """A driver that moves from quarter to quarter for all of a centre alike was seen once a centre and quarter."""
    table = centres(4).assign(period=lambda t: np.where(t["response_id"] % 2, "2025Q1", "2025Q2"))
    moved = table["wait"] + np.where(
        table["period"] == "2025Q2", table["unit_id"].map(len) + table["wait"] % 3, 0
    )
    assert fits(table.assign(wait=moved)).spec.cluster == "unit_id"


def test_rows_without_a_centre_are_one_group_and_stay_in_the_fit():
    table = centres(5)
    table.loc[table["customer_id"] < 60, "unit_id"] = None
    made = fits(table)
    assert made.fit.n_used == len(table)
    assert made.fit.clusters == 7
    assert "Rows without one" in made.why
    assert made.sample.table["unit_id"].isna().sum() == 120
    assert fits(table.assign(unit_id=table["unit_id"].where(table["customer_id"] < 100))).why == ""


def test_one_key_shared_by_chance_is_no_level():
    table = centres(6, between=0.0)
    table["ticket_id"] = np.arange(len(table)) // 2 * 2 + (np.arange(len(table)) > 3) * (
        np.arange(len(table)) % 2
    )
    assert fits(table).spec.cluster == "customer_id"


def test_a_line_through_two_centres_is_refused():
    with pytest.raises(LinkError, match="passes through all 2 of them"):
        lk.link("csat ~ wait", centres(1, number=2), cluster="customer_id")
    with pytest.raises(LinkError, match="passes through all 2 of them"):
        lk.link("csat ~ wait", centres(1, number=2), cluster="unit_id")


def shared(table) -> float:
    sample = by_customer(table)
    return shared_noise(sample, pd.factorize(sample.table["unit_id"])[0], "wait")


def test_the_chance_of_shared_scores_is_uniform_where_nothing_is_shared_and_small_where_it_is():
    alone = [shared(centres(seed, number=12, shared=0.0, between=0.0)) for seed in range(60)]
    assert sum(p < 0.05 for p in alone) <= 7  # 3 expected; more would happen in 1 of 100 such runs
    assert 0.35 < np.mean(alone) < 0.65
    assert np.median([shared(centres(seed, number=12, shared=1.0, between=0.8)) for seed in range(10)]) < 1e-6


@pytest.mark.parametrize("moves", [False, True])
def test_the_chance_is_that_of_customers_scores_with_signs_drawn_by_lot(moves):
    """Independent customers may as well have had the opposite scores; some are customers of several centres."""
    table = centres(8, number=10, shared=0.15, between=0.3)
    if moves:
        other = table["unit_id"].sample(frac=1, random_state=0).to_numpy()
        table["unit_id"] = np.where(table["response_id"] % 2, other, table["unit_id"])
    outcome, driver = by_customer(table).partialled()
    scores = driver * (outcome - driver * (driver @ outcome) / (driver @ driver))
    sums = (
        pd.Series(scores)
        .groupby([table["customer_id"], table["unit_id"]])
        .sum()
        .unstack(fill_value=0.0)
        .to_numpy()
    )
    signs = np.random.default_rng(0).choice([-1.0, 1.0], size=(20_000, len(sums)))
    drawn = ((signs @ sums) ** 2).sum(axis=1)
    chance = (drawn >= (sums.sum(axis=0) ** 2).sum()).mean()
    assert 0.0005 < chance < 0.5
    assert_allclose(shared(table), chance, atol=0.01)


@pytest.mark.parametrize("case", ["unit", "unknown", "period", "within", "no cluster"])
def test_the_large_way_stands_at_the_same_level(case, monkeypatch):
    table = centres(9, between=0.0 if case == "within" else 1.0)
    if case == "unknown":
        table.loc[table["customer_id"] < 60, "unit_id"] = None
    if case == "period":
        table = table.assign(period=table.pop("unit_id").str.replace("C", "2025Q"))
    relation = (
        duckdb.connect().from_df(table).select("* replace (cast(customer_id as varchar) as customer_id)")
    )
    asked = {} if case == "no cluster" else {"cluster": "customer_id"}
    small = lk.link("csat ~ wait", relation, **asked)
    monkeypatch.setattr(large, "LARGE", 100)
    big = lk.link("csat ~ wait", relation, **asked)
    assert (big.clusters, big.n_used) == (small.clusters, small.n_used)
    assert big.clusters == {"within": 400, "unknown": 7}.get(case, 6)
    for column in ("estimate", "std_error", "low", "high", "p_value"):
        assert_allclose(big.estimates[column], small.estimates[column], rtol=1e-9)
    assert big.checks().loc["clusters", "advice"] == small.checks().loc["clusters", "advice"]


def test_the_large_way_refuses_a_line_through_two_centres(monkeypatch):
    monkeypatch.setattr(large, "LARGE", 100)
    with pytest.raises(LinkError, match="passes through all 2 of them"):
        lk.link("csat ~ wait", duckdb.connect().from_df(centres(1, number=2)), cluster="customer_id")


def test_row_order_does_not_matter():
    table = centres(7, number=12, between=0.6, shared=0.6)
    shuffled = table.sample(frac=1, random_state=1)
    one, two = (level_above(by_customer(rows), "customer_id") for rows in (table, shuffled))
    assert one.column == two.column == "unit_id"
    assert one.why == two.why


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """A declared study: six units, whose wait is one figure a unit and quarter, and nothing planted."""
    folder = tmp_path_factory.mktemp("six") / "company"
    companies.write_company(folder, 4, companies.Design("nothing", customers=150, units=6))
    contacts = pd.read_parquet(folder / "contacts.parquet")
    quarter = contacts["ended_at"].dt.quarter.astype(str) + contacts["ended_at"].dt.year.astype(str)
    contacts["wait_hours"] = contacts.groupby(["unit_id", quarter])["wait_hours"].transform("mean").round(6)
    contacts.to_parquet(folder / "contacts.parquet")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LINKAGE_CACHE", str(folder.parent / "cache"))
        yield open_study(folder)


def test_a_declared_link_its_finding_and_its_money_stand_at_the_level_of_the_driver(company):
    cards = company.links(period="2025Q4")
    card = cards["wait_and_next_spend"]
    (row,) = card.findings()
    assert (row["clusters"], row["verdict"]) == (6, "no link")
    assert "clustered by unit_id" in row["method"]
    assert "in 6 units" in row["sentence"]
    assert {c["name"]: c["verdict"] for c in row["checks"]}["clusters"] == "REVIEW"
    assert cards["loyalty_and_next_spend"].clusters > 100
    step = chain_steps(company, [(card.spec, "wait_hours")], "2025Q4")[0]
    assert step.sample.cluster == "unit_id"
    asked = lk.challenge(company, "wait_and_next_spend", drop_controls=["segment"], period="2025Q4")
    assert set(asked.estimates["clusters"]) == {6}


def test_a_change_of_such_a_link_rests_on_its_units_too(company):
    now, then = (
        [r for c in company.links(period=p).cards for r in c.findings()] for p in ("2025Q4", "2025Q3")
    )
    asked = {"findings": now, "metrics": [], "before": "2025Q3", "findings_before": then}
    moved = {m.row["link"]: m for m in explain_changes(company, "2025Q4", **asked).links}
    assert moved["wait_and_next_spend"].apart.clusters == 6
    assert moved["loyalty_and_next_spend"].apart.clusters > 100


def test_a_key_that_only_spells_the_driver_is_no_level():
    """A number beside the channel's name says nothing of units: its groups are the driver's own values."""
    rng = np.random.default_rng(3)
    n = 300
    table = pd.DataFrame({"customer_id": np.arange(n), "channel": rng.choice(["mail", "phone", "shop"], n)})
    table["channel_id"] = table["channel"].map({"mail": 1, "phone": 2, "shop": 3})
    table["spend"] = (table["channel"] == "shop") * 3.0 + rng.normal(size=n)
    card = lk.link("spend ~ channel", table, cluster="customer_id")
    without = lk.link("spend ~ channel", table.drop(columns="channel_id"), cluster="customer_id")
    assert card.clusters == n
    assert_allclose(card.estimates["estimate"], without.estimates["estimate"], rtol=1e-12)


def test_a_key_that_passes_through_all_its_groups_is_named():
    rng = np.random.default_rng(3)
    table = pd.DataFrame({"customer_id": np.arange(200), "is_new": rng.random(200) < 0.5})
    table["variant_id"] = table["is_new"].astype(int)
    table["spend"] = rng.normal(size=200)
    with pytest.raises(
        LinkError, match=r"clusters of variant_id.*leave variant_id out of it, if it only spells"
    ):
        lk.link("spend ~ is_new", table, cluster="customer_id")


def test_a_units_own_driver_is_seen_where_units_have_a_row_a_period():
    rng = np.random.default_rng(5)
    unit, period = np.repeat(np.arange(50), 8), np.tile(np.arange(8), 50)
    table = pd.DataFrame(
        {"customer_id": np.arange(400), "unit_id": unit, "period": [f"P{p}" for p in period]}
    )
    table["policy"] = rng.normal(size=50)[unit]
    table["spend"] = rng.normal(size=50)[unit] + rng.normal(size=400)
    assert lk.link("spend ~ policy", table, cluster="customer_id").clusters == 50
