"""Every family of methods against what is planted in the demo company."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from linkage.errors import LinkError, PeriodError
from linkage.proving import prove_methods
from linkage.proving.answers import planted_reliability
from linkage.proving.evidence import EXACT, IN_PART, NAIVE, NO_TRUTH, RIGHT, Subject, is_covered
from linkage.proving.planted import Planted, read_planted

PERIOD = "2026Q3"


@pytest.fixture(scope="session")
def proof(demo):
    return prove_methods(demo, period=PERIOD)


def test_every_answer_with_a_truth_lies_within_three_standard_errors(proof):
    rows = proof.judged
    assert len(rows) > 50
    off = (rows["estimate"] - rows["truth"]).abs() / rows["std_error"]
    assert (off < 3).all(), rows.loc[off >= 3, ["method", "quantity", "truth", "estimate", "std_error"]]


def test_no_more_intervals_miss_than_chance_allows(proof):
    # Were the answers independent: 8 or more misses of 59 at 5% have a chance of 0.9%.
    assert len(proof.missed()) < 8


def test_what_must_come_out_exactly_does(proof):
    rows = proof.estimates[proof.estimates["reading"] == EXACT]
    assert set(rows["source"]) == {"rank_drivers", "adjust_p_values"}
    assert (rows["estimate"] == rows["truth"]).all()


def test_naive_readings_miss_what_is_planted(proof):
    rows = proof.estimates[proof.estimates["reading"] == NAIVE]
    assert set(rows["quantity"]) == {
        "account_calls_on_spend",
        "training_on_satisfaction",
        "nps_of_all_invited",
        "csat_of_all_invited",
    }
    assert ((rows["estimate"] - rows["truth"]).abs() > 3 * rows["std_error"]).all()


@pytest.mark.parametrize("score", ["nps", "csat"])
def test_weights_come_nearer_to_everybody_asked(score, proof):
    rows = proof.estimates[proof.estimates["quantity"] == f"{score}_of_all_invited"].set_index("method")
    off = (rows["estimate"] - rows["truth"]).abs()
    assert set(rows.index[rows["reading"] == IN_PART]) == {"response weights", "raking"}
    # Half of the disposition to answer is a matter of tenure, which is known: a third of the gap goes at least.
    assert (off[["response weights", "raking"]] < 2 / 3 * off["answers as they are"]).all()


def test_every_planted_effect_is_asked_for(proof, demo_truth):
    named = {effect["name"] for effect in demo_truth["effects"]}
    asked = set(proof.estimates.loc[proof.estimates["truth"].notna(), "quantity"])
    assert named - asked == {"exit_score_leak"}  # refused by its clock: no number to hold it to


def test_a_planted_value_is_never_invented(proof, demo_truth):
    values = {e["name"]: e["value"] for e in demo_truth["effects"]}
    rows = proof.estimates[proof.estimates["source"].isin(["fit_linear", "fit_logit", "first_differences"])]
    assert (rows["truth"] == rows["quantity"].map(values)).all()
    untold = proof.estimates[proof.estimates["truth"].isna()]
    assert (untold["covered"] == NO_TRUTH).all()
    assert (untold["note"].str.len() > 0).all()


def test_every_family_is_there_once(proof):
    assert proof.families == [
        "Least squares with controls",
        "Few clusters",
        "Chances",
        "Ordered answers",
        "Amounts",
        "Each unit against itself",
        "Change on change",
        "Events",
        "Break point",
        "Drivers",
        "Chains",
        "Scores",
        "Reliability",
        "Unit means",
        "Who did not answer",
        "Many questions",
        "Power",
    ]
    assert sum(len(proof.family(name)) for name in proof.families) == len(proof.estimates)
    with pytest.raises(LinkError, match="no family 'Magic'"):
        proof.family("Magic")


def test_the_ordered_fit_moves_the_mean_by_what_is_planted(proof, demo_truth):
    planted = {e["name"]: e["value"] for e in demo_truth["effects"]}["transfers_on_satisfaction_total"]
    row = proof.estimates.set_index("source").loc["fit_ordered"]
    said = float(row["note"].split("mean answer by ")[1].split(",")[0])
    assert said == pytest.approx(planted, abs=0.03)
    assert f"{planted:+.2f} is planted" in row["note"]


def test_the_summary_counts_what_the_table_holds(proof):
    said, judged = proof.summary(), proof.judged
    hit = (judged["covered"] == "yes").sum()
    assert said.startswith(f"{hit} of {len(judged)} answers hold the planted value in their 95% interval")
    assert "4 of 4 naive readings miss it" in said
    assert f"{proof.estimates['truth'].isna().sum()} answers have no planted value" in said
    assert PERIOD in said


def test_a_miss_is_told_with_its_distance(proof):
    wrong = proof.estimates.copy()
    row = wrong.index[wrong["quantity"] == "handle_time_break"][0]
    wrong.loc[row, ["estimate", "std_error", "covered"]] = [17.0, 1.0, "no"]
    off = dataclasses.replace(proof, estimates=wrong)
    assert off.missed().iloc[0]["quantity"] == "handle_time_break"
    assert off.missed().iloc[0]["std_errors_off"] == pytest.approx(5.0)
    assert "the farthest 5.0 standard errors off" in off.summary()


def test_reliability_of_rounded_items_follows_from_their_loading():
    # Drawn as planted: a factor that shares .5625 of its variance with nps (sd 1.5), items of loading .85
    # spread to 1.7 and rounded; alpha by its formula.
    rng = np.random.default_rng(5)
    common = rng.normal(0, 1, 200_000)
    factor = 0.75 * common + np.sqrt(1 - 0.5625) * rng.normal(size=200_000)
    items = {
        f"i{k}": np.round(6.8 + 1.7 * (0.85 * factor + np.sqrt(0.2775) * rng.normal(size=200_000)))
        for k in range(4)
    }
    table = pd.DataFrame({"nps": 7 + 1.5 * common, **items})
    covariance = table[list(items)].cov().to_numpy()
    alpha = 4 / 3 * (1 - np.trace(covariance) / covariance.sum())
    planted = Planted(None, {}, {}, {"item_loading": 0.85, "factor_correlation": 0.5625})
    subject = Subject(None, PERIOD, planted, 0)
    assert planted_reliability(subject, table, list(items)) == pytest.approx(alpha, abs=0.001)


@pytest.mark.parametrize(
    ("truth", "low", "high", "said"),
    [
        (1.0, 0.5, 1.5, "yes"),
        (1.0, 1.0, 1.5, "yes"),
        (1.0, 1.1, 1.5, "no"),
        (np.nan, 0.5, 1.5, NO_TRUTH),
        (1.0, np.nan, 1.5, "no interval"),
        (1.0, -np.inf, np.inf, "yes"),
    ],
)
def test_covered_says_what_can_be_said(truth, low, high, said):
    assert is_covered(truth, low, high) == said


def test_a_study_without_a_truth_file_is_refused(hospitals):
    with pytest.raises(LinkError, match=r"hospitals has no truth\.yml.*study demo"):
        prove_methods(hospitals, period="2022")


def test_a_period_without_data_is_refused(demo):
    with pytest.raises(PeriodError, match="2031Q1"):
        prove_methods(demo, period="2031Q1")


def test_a_family_without_enough_rows_says_so_and_the_others_answer(demo):
    early = prove_methods(demo, period="2024Q3")
    silent = early.estimates[early.estimates["covered"] == "no answer"]
    assert set(silent["family"]) == {"Each unit against itself", "Change on change", "Chains"}
    assert silent.set_index("family").loc["Change on change", "note"] == (
        "No customer_id has two complete rows 3 period(s) apart."
    )
    assert "3 families have too few rows for an answer" in early.summary()
    off = (early.judged["estimate"] - early.judged["truth"]).abs() / early.judged["std_error"]
    assert (off < 3).all()


def test_a_truth_file_that_says_too_little_is_refused(tmp_path):
    (tmp_path / "truth.yml").write_text("effects: []\nnon_response: {}\n", encoding="utf-8")
    with pytest.raises(LinkError, match="does not say measurement"):
        read_planted(tmp_path)
    (tmp_path / "truth.yml").write_text("effects: []\nnon_response: {}\nmeasurement: {}\n", encoding="utf-8")
    with pytest.raises(LinkError, match="names no effect 'hold_music'"):
        read_planted(tmp_path).value("hold_music")


def test_the_same_seed_gives_the_same_proof(demo):
    from linkage.proving.searches import prove_break

    subject = Subject(demo, PERIOD, read_planted(demo.study.folder), 3)
    once, again = (pd.DataFrame(prove_break(subject, "Break point")) for _ in range(2))
    pd.testing.assert_frame_equal(once, again)


def test_only_right_rows_are_judged(proof):
    assert set(proof.judged["reading"]) == {RIGHT}
    assert proof.judged["std_error"].gt(0).all()
