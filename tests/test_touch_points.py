"""Touch points: planted weights come back in order, the weakest that counts is found, and small groups stay hidden."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from linkage import headlines
from linkage.errors import LinkError, TooFewRowsError
from linkage.opening import open_study
from linkage.touch_points import move_to_median, touch_point_priorities
from linkage.touch_points.places import IMPROVE, KEEP, LOW, MAINTAIN, places

TOUCH_POINTS = ("rating_network", "rating_service", "rating_billing", "rating_shop")
ONE_TO_FIVE = (1.0, 5.0, "higher")


@pytest.fixture(scope="module")
def found(demo):
    return touch_point_priorities(demo, period="2026Q3")


# --------------------------------------------------------------------------------------- what is planted comes back


@pytest.mark.parametrize("name", TOUCH_POINTS)
def test_the_planted_weight_of_each_touch_point_is_found(found, demo_truth, name):
    planted = next(e["value"] for e in demo_truth["effects"] if e["name"] == f"{name}_on_loyalty")
    row = found.estimates.loc[name]
    assert abs(row["estimate"] - planted) < 3 * row["std_error"]


def test_both_methods_give_the_planted_order_and_are_sure_of_it(found):
    table = found.estimates
    assert tuple(table.index) == TOUCH_POINTS
    assert found.agree
    assert list(table["johnson_rank"]) == [1, 2, 3, 4]
    assert (table["rank_low"] == table["rank_high"]).all()
    for share in ("importance", "johnson"):
        assert table[share].sum() == pytest.approx(1)
        assert table[share].between(table[f"{share}_low"], table[f"{share}_high"]).all()


def test_performance_is_the_mean_of_the_period_and_changes_against_the_one_before(found, demo):
    rows = demo.table("link_survey").dropna(subset=["rating_service"])
    now, before = (rows.loc[rows["period"] == p, "rating_service"] for p in ("2026Q3", "2026Q2"))
    row = found.estimates.loc["rating_service"]
    assert row["performance"] == pytest.approx(now.mean())
    assert row["n"] == now.notna().sum()
    assert row["change"] == pytest.approx(now.mean() - before.mean())
    assert row["change_low"] < row["change"] < row["change_high"]
    # on a scale of 1 to 5 a mean m lies at (m - 1) / 4, and nps at its tenth
    overall = rows.loc[rows["period"] == "2026Q3", "nps"].mean() / 10
    assert row["against_overall"] == pytest.approx((now.mean() - 1) / 4 - overall, abs=1e-9)


def test_the_overall_experience_comes_first_as_a_net_score_and_a_mean(found):
    assert list(found.overall["kind"]) == ["nps", "mean"]
    assert (found.overall["low"] < found.overall["estimate"]).all()
    assert found.summary().startswith("- Likelihood to recommend (net score) stands at")


def test_what_goes_with_moving_the_weakest_that_counts_is_slope_times_distance(found):
    row = found.moves[found.moves["is_asked"]].iloc[0]
    counting = found.estimates[found.estimates["place"].isin((IMPROVE, KEEP))]
    assert row.name == counting["position"].idxmin()
    assert row["target"] == pytest.approx(found.moves["mean"].median())
    assert row["estimate"] == pytest.approx(row["slope"] * (row["target"] - row["mean"]))
    ahead = found.moves[found.moves["mean"] > found.moves["target"]]
    assert len(ahead) and ahead["estimate"].isna().all()  # nobody is told to do a touch point worse
    assert found.level == "L2"
    assert "goes with" in found.summary() and "raises" not in found.summary()
    assert f"{found.n_used:,} answers in {found.n_clusters:,} customers" in found.summary()


# --------------------------------------------------------------------------------------------------- what-if alone


def ratings(means, slopes, n=1500, seed=4, cluster=3, noise=1.0):
    """Three ratings with these means, and an overall one made of them; `cluster` answers a person."""
    rng = np.random.default_rng(seed)
    people = rng.normal(0, 0.5, (n // cluster, len(means))).repeat(cluster, axis=0)
    x = np.asarray(means) + people + rng.normal(0, 0.7, (len(people), len(means)))
    table = pd.DataFrame(x, columns=[f"r{i}" for i in range(len(means))])
    table["overall"] = x @ np.asarray(slopes) + rng.normal(0, noise, len(x))
    table["person"] = np.arange(len(x)) // cluster
    return table


def moved(table, **more):
    names = [c for c in table if c.startswith("r")]
    how = {
        "scales": dict.fromkeys(names, ONE_TO_FIVE),
        "now": np.ones(len(table), bool),
        "cluster": "person",
        "draws": 400,
    }
    return move_to_median(table, outcome="overall", drivers=names, **{**how, **more})


def test_a_planted_gap_times_a_planted_slope_is_found_with_its_interval():
    # by hand: the weakest stands .6 below the median of (2.4, 3.0, 3.4), and a point counts 0.5: .30
    hits, found = 0, []
    for seed in range(30):
        row = moved(ratings((2.4, 3.0, 3.4), (0.5, 0.3, 0.2), n=600, seed=seed)).loc["r0"]
        found.append(row["estimate"])
        hits += row["low"] <= 0.30 <= row["high"]
    assert np.mean(found) == pytest.approx(0.30, abs=0.02)
    assert hits >= 25  # 28.5 wanted; fewer than 25 of 30 falls once in a hundred


def test_a_touch_point_that_counts_nothing_brings_nothing():
    rows = [
        moved(ratings((2.4, 3.0, 3.4), (0.0, 0.3, 0.2), n=600, seed=s), draws=200).loc["r0"]
        for s in range(20)
    ]
    assert sum(r["low"] > 0 or r["high"] < 0 for r in rows) <= 4


def test_moving_does_not_depend_on_the_order_of_rows_or_the_unit_of_a_scale():
    table = ratings((2.4, 3.0, 3.4), (0.5, 0.3, 0.2), n=600)
    base = moved(table)
    mixed = moved(table.sample(frac=1, random_state=1).reset_index(drop=True))
    assert_allclose(mixed["estimate"], base["estimate"], rtol=1e-9)
    wide = table.assign(r0=10 * table["r0"])
    scales = {"r0": (10.0, 50.0, "higher"), "r1": ONE_TO_FIVE, "r2": ONE_TO_FIVE}
    stretched = moved(wide, scales=scales)
    assert_allclose(stretched["estimate"], base["estimate"], rtol=1e-8)
    assert_allclose(stretched.loc["r0", "slope"], base.loc["r0", "slope"] / 10, rtol=1e-8)
    # effort answered the other way round is the same touch point
    turned = moved(table.assign(r0=6 - table["r0"]), scales={**scales, "r0": (1.0, 5.0, "lower")})
    assert_allclose(turned["estimate"], base["estimate"], rtol=1e-8)


def test_units_below_the_median_unit_move_up_to_it_and_the_others_stay():
    table = ratings((2.4, 3.0, 3.4), (0.5, 0.3, 0.2), n=600)
    row = moved(table, of_units=True).loc["r1"]
    gap = np.maximum(table["r1"].median() - table["r1"], 0).mean()
    assert row["step"] == pytest.approx(gap)
    assert row["estimate"] == pytest.approx(row["slope"] * gap)


def test_missing_infinite_and_whole_numbers_are_met_as_they_come():
    table = ratings((2.4, 3.0, 3.4), (0.5, 0.3, 0.2), n=600)
    whole = table.round({"r0": 0}).astype({"r0": "Int64"})
    whole.loc[3, "r0"] = pd.NA
    whole.loc[4, "r1"] = np.inf
    plain = moved(table.round({"r0": 0}))
    assert_allclose(moved(whole)["estimate"], plain["estimate"], atol=0.02)


def test_too_few_answers_and_a_rating_nobody_gave_are_refused():
    table = ratings((2.4, 3.0, 3.4), (0.5, 0.3, 0.2), n=600)
    with pytest.raises(TooFewRowsError, match="too few for 3 touch points"):
        moved(table.head(20))
    with pytest.raises(TooFewRowsError, match="Nobody rated r0"):
        moved(table.assign(r0=table["r0"].where(table.index > 300)), now=(table.index < 200))
    with pytest.raises(TooFewRowsError, match="no single answer"):
        moved(table.assign(r1=table["r0"]))


# ------------------------------------------------------------------------------------------------------- quadrants


def test_four_places_of_the_priority_picture_and_when_they_are_sure():
    table = pd.DataFrame(
        {
            "importance": [0.4, 0.4, 0.1, 0.1], "importance_low": [0.3, 0.2, 0.05, 0.05],
            "importance_high": [0.5, 0.6, 0.2, 0.2], "is_above_noise": [True, True, True, False],
            "against_others": [-0.1, 0.1, 0.1, -0.1], "against_others_low": [-0.2, 0.05, 0.05, -0.2],
            "against_others_high": [-0.05, 0.2, 0.2, 0.1],
        }
    )  # fmt: skip
    made = places(table)
    assert list(made["place"]) == [IMPROVE, KEEP, MAINTAIN, LOW]
    assert list(made["is_sure"]) == [True, False, True, False]
    noise = places(table.assign(is_above_noise=False))
    assert list(noise["place"]) == [LOW, MAINTAIN, MAINTAIN, LOW]


# -------------------------------------------------------------------------------------------------------- segments


def test_groups_are_the_rows_of_the_segment(found, demo):
    rows = demo.table("link_survey", period="2026Q3").dropna(subset=["nps"])
    part = found.groups.estimates.set_index(["by", "group", "touch_point"])
    own = rows.loc[rows["segment"] == "business", "rating_network"]
    assert part.loc[("segment", "business", "rating_network"), "performance"] == pytest.approx(own.mean())
    assert part.loc[("segment", "business", "rating_network"), "n"] == len(own)
    assert set(found.groups.alike["by"]) == {"segment", "region"}


SURVEY = """
study: Small
minimum_group: {fewest}
sources:
  customers: {{from: customers.csv}}
  feedback: {{from: answers.csv}}
metrics:
  overall: {{of: feedback, scale: [0, 10], label: Overall}}
  desk: {{of: feedback, scale: [1, 5], label: Desk}}
  phone: {{of: feedback, scale: [1, 5], label: Phone}}
links:
{links}
"""
LINK = "  points: {question: 'Q?', grain: survey, outcome: overall, drivers: [desk, phone]}\n"


def small_study(make_study, groups, links=LINK, fewest=10):
    rng = np.random.default_rng(7)
    n = len(groups)
    desk, phone = rng.integers(1, 6, n), rng.integers(1, 6, n)
    overall = np.clip(desk + 0.5 * phone + rng.normal(0, 1, n), 0, 10).round()
    who = [f"C{i:03d}" for i in range(n)]
    answers = pd.DataFrame(
        {"response_id": [f"R{i:03d}" for i in range(n)], "customer_id": who, "answered_at": "2026-05-05",
         "overall": overall, "desk": desk, "phone": phone}
    )  # fmt: skip
    customers = pd.DataFrame({"customer_id": who, "segment": groups})
    files = {"answers.csv": answers.to_csv(index=False), "customers.csv": customers.to_csv(index=False)}
    return open_study(make_study(SURVEY.format(links=links, fewest=fewest), files))


def test_a_small_group_is_hidden_together_with_the_next_so_that_the_total_does_not_tell(make_study):
    study = small_study(make_study, ["home"] * 80 + ["office"] * 60 + ["school"] * 40 + ["farm"] * 4)
    found = touch_point_priorities(study, period="2026Q2")
    assert set(found.groups.estimates["group"]) == {"home", "office"}
    assert found.groups.hidden == {"segment": 2}
    assert "farm" not in found.plot_segments("segment").alt and "2 groups are not shown" in found.summary()


def test_nobody_is_named_in_what_is_shown(found):
    said = found.summary() + found.table().to_string() + found.by_segment().to_string() + found.plot().svg
    assert "customer_id" not in said and "C0" not in said


# --------------------------------------------------------------------------------------------------------- missing


def test_without_a_link_the_ratings_still_stand_and_the_declaration_to_add_is_said(make_study):
    study = small_study(make_study, ["home"] * 60, links="  {}\n")
    found = touch_point_priorities(study, period="2026Q2")
    assert set(found.overall["metric"]) == {"overall", "desk", "phone"}
    assert "outcome: overall, drivers: [desk, phone]" in found.missing["importance"]
    assert "Importance: not answered" in found.summary()
    assert found.table().empty and found.by_segment().empty and found.differences().empty
    assert "declared" in found.plot().alt and found.changes().empty and found.moves_table().empty


def test_too_few_answers_are_an_answer_and_no_error(make_study):
    study = small_study(make_study, ["home"] * 15)
    found = touch_point_priorities(study, period="2026Q2")
    assert "importance" in found.missing and found.summary()
    assert found.plot().alt
    nobody = touch_point_priorities(small_study(make_study, ["home"] * 5), period="2026Q2")
    assert "wait for more" in nobody.missing["importance"]


def test_where_nothing_that_counts_lags_behind_nothing_is_moved(make_study):
    found = touch_point_priorities(small_study(make_study, ["home"] * 400), period="2026Q2")
    positions, row = found.estimates["position"], found.moves.loc["desk"]
    ahead = positions["desk"] >= positions["phone"]
    assert np.isnan(row["estimate"]) == ahead
    assert ("nothing that counts lags behind" in found.summary()) == (ahead and row["is_asked"])


def test_the_declaration_that_is_suggested_can_be_used(make_study):
    lacking = touch_point_priorities(small_study(make_study, ["home"] * 60, links="  {}\n"), period="2026Q2")
    link = "  " + lacking.missing["importance"].split("as outcome: ")[1] + "\n"
    found = touch_point_priorities(small_study(make_study, ["home"] * 60, links=link), period="2026Q2")
    assert found.link == "touch_points" and set(found.estimates.index) == {"desk", "phone"}


def test_a_group_or_link_that_is_not_there_is_refused_by_name(demo):
    with pytest.raises(LinkError, match="'spend_before' is no category"):
        touch_point_priorities(demo, period="2026Q3", by="spend_before")
    with pytest.raises(LinkError, match="touch_points_and_loyalty"):
        touch_point_priorities(demo, period="2026Q3", link="loyalty_and_spend")


def test_units_that_are_rated_work_as_answers_do(hospitals):
    found = touch_point_priorities(hospitals, period="2022", by="region")
    assert found.of_units and found.outcome_unit == "share"
    assert found.estimates["importance"].sum() == pytest.approx(1)
    assert found.estimates["change"].notna().all()
    row = found.moves[found.moves["is_asked"]].iloc[0]
    assert row["step"] > 0 and "percentage points" in found.summary()
    assert "median unit" in found.summary()


def test_an_interval_by_states_says_why_it_is_wider_than_the_headline_figures(hospitals, demo):
    """Hospitals of one state go together in the link; the headline figure takes each hospital for itself."""
    (overall,) = touch_point_priorities(hospitals, period="2022").overall.to_dict("records")
    same = headlines(hospitals, period="2022").estimates.set_index("metric").loc[overall["metric"]]
    assert overall["high"] - overall["low"] > 2 * (same["high"] - same["low"])
    said = touch_point_priorities(hospitals, period="2022").summary()
    assert "unit periods of 50 states as going together" in said and "takes each unit for itself" in said
    assert "going together" not in touch_point_priorities(demo, period="2026Q3", by="segment").summary()


def test_the_same_question_gives_the_same_answer(demo, found):
    again = touch_point_priorities(demo, period="2026Q3", by="segment")
    pd.testing.assert_frame_equal(again.estimates, found.estimates)
    pd.testing.assert_frame_equal(again.moves, found.moves)
    assert "0x" not in repr(vars(again))
