"""Operational goals of whole studies: what is planted is found, what is missing is said, what is small stays hidden."""

import os
import re
import shutil
import sys

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

from linkage.cards.card_set import CardSet
from linkage.demo import planted
from linkage.errors import LinkError, PeriodError, StudyError
from linkage.goals.answer import goals_told
from linkage.goals.asking import operational_goals
from linkage.goals.promise import promise_effect
from linkage.goals.questions import rules_of
from linkage.goals.rows import contacts_so_far
from linkage.opening import open_study
from linkage.sentences import in_sentence

sys.path.append(str(ROOT / "bench"))
from goals import IRRELEVANT, look_at

NO_CARDS = CardSet((), 0)

YML = """
study: Help desk
currency: EUR
period: quarter
minimum_group: 10
sources:
  interactions:
    from: contacts.csv
    columns: {promised_at: promised_at}
    types: {promised_at: time}
  feedback: {from: answers.csv}
metrics:
  csat: {of: feedback, label: Satisfaction, scale: [0, 10]}
  wait_minutes: {of: interactions, label: Wait, unit: minute, better: lower}
  noise: {of: interactions, label: Noise, unit: decibel, better: lower}
"""
LINKS = """
links:
  wait_and_csat:
    question: Do customers mind to wait?
    grain: interaction
    outcome: csat
    drivers: [wait_minutes]
    controls: [channel]
    expect: negative
"""
GOALS = """
goals:
  value: 8
  source: Finance
  metrics:
    wait_minutes: {target: 6.2, cost: 0.8}
"""


def help_desk(count=2400, seed=4):
    """Contacts with a threshold of ten minutes and a promise: a day late costs 0.4 points, a day early gives 0.1."""
    rng = np.random.default_rng(seed)
    start = pd.Timestamp("2026-01-01 08:00") + pd.to_timedelta(rng.integers(0, 180, count), unit="D")
    promised = start + pd.to_timedelta(rng.integers(2, 9, count), unit="D")
    late = np.round(np.clip(rng.normal(-0.3, 2, count), -2, 6), 1)
    ended = promised + pd.to_timedelta(late, unit="D")
    wait = np.round(rng.gamma(5, 2, count), 1)
    contacts = pd.DataFrame(
        {
            "interaction_id": [f"I{i:04d}" for i in range(count)],
            "customer_id": [f"C{i % 700:03d}" for i in range(count)],
            "unit_id": [f"U{min(i % 9, 7)}" if i % 200 else "U9" for i in range(count)],
            "started_at": start,
            "ended_at": ended,
            "promised_at": promised,
            "channel": np.array(["phone", "chat", "mail"])[rng.integers(0, 3, count)],
            "wait_minutes": wait,
            "noise": np.round(rng.normal(60, 5, count), 1),
        }
    )
    csat = 7 - 0.3 * np.maximum(wait - 10, 0) - 0.4 * np.maximum(late, 0) + 0.1 * np.maximum(-late, 0)
    csat = np.clip(csat + rng.normal(0, 1, count), 0, 10).round(2)
    answers = contacts[["interaction_id", "customer_id"]].assign(
        response_id=[f"R{i:04d}" for i in range(count)], answered_at=ended + pd.Timedelta(hours=3), csat=csat
    )
    return {
        "contacts.csv": contacts.to_csv(index=False),
        "answers.csv": answers.iloc[: count // 2].to_csv(index=False),
    }


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """The help desk, opened once, with links and goals declared."""
    place = tmp_path_factory.mktemp("desk")
    before = os.environ.get("LINKAGE_CACHE")
    os.environ["LINKAGE_CACHE"] = str(place / "cache")
    folder = place / "desk"
    folder.mkdir()
    (folder / "study.yml").write_text(YML + LINKS + GOALS, encoding="utf-8")
    for name, text in help_desk().items():
        (folder / name).write_text(text, encoding="utf-8")
    yield open_study(folder)
    os.environ.pop("LINKAGE_CACHE")
    if before:
        os.environ["LINKAGE_CACHE"] = before
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture(scope="module")
def goals(desk):
    return operational_goals(desk, period="2026Q2")


# ------------------------------------------------------------------------------------------------ recovery


def test_the_planted_threshold_is_the_goal_and_the_irrelevant_metric_has_none(goals):
    wait, noise = goals.estimates.loc["wait_minutes"], goals.estimates.loc["noise"]
    assert (wait["kind"], wait["form"], wait["direction"]) == ("break", "bent", "at most")
    assert wait["low"] <= 10 <= wait["high"]
    assert wait["slope_after_low"] <= -0.3 <= wait["slope_after_high"]
    assert wait["slope_before_low"] <= 0 <= wait["slope_before_high"]
    assert (noise["kind"], noise["found"], noise["form"]) == ("none", "no link", "flat")
    assert np.isnan(noise["estimate"])


def test_shares_and_gains_are_of_all_contacts_of_the_last_period(desk, goals):
    wait = goals.estimates.loc["wait_minutes"]
    contacts = desk.table("link_interaction", period="2026Q2")
    values = contacts["wait_minutes"]
    assert wait["n_last"] == len(contacts)  # answered or not
    assert wait["share"] == pytest.approx((values > wait["estimate"]).mean())
    planted_gain = 0.3 * np.maximum(values - 10, 0).mean()
    assert wait["gain_low"] <= planted_gain <= wait["gain_high"]


def test_a_goal_stands_three_ways_and_what_is_assumed_is_l0(goals):
    ways = goals.ways[goals.ways["metric"] == "wait_minutes"].set_index("way")
    assert list(ways.index) == ["break", "target", "optimum"]
    assert list(ways["level"]) == ["L2", "L2", "L0"]
    assert list(ways["basis"]) == ["estimated", "stated target", "assumed"]
    # Level at 10 minutes: 7 less what promises take on average; beyond, 0.30 a minute.
    assert ways.loc["target", "goal"] > ways.loc["break", "goal"] > 0
    assert ways.loc["optimum", "low"] <= 10 <= ways.loc["optimum", "high"]  # 8 x 0.30 = 2.40 beyond, 0 within
    assert "EUR 0.800" in ways.loc["optimum", "sentence"]
    assert "(Finance)" in ways.loc["optimum", "stated"]


def test_a_broken_promise_weighs_more_than_an_exceeded_one(goals):
    found = goals.promise
    later, earlier = (found.estimates.iloc[k] for k in (0, 1))
    assert later["low"] <= -0.4 <= later["high"]
    assert earlier["low"] <= 0.1 <= earlier["high"]
    assert found.is_lopsided
    assert list(found.groups.index) == ["exceeded", "kept", "broken"]
    assert found.groups["share"].sum() == pytest.approx(1)
    assert found.groups["estimate"].is_monotonic_decreasing
    assert "Breaking a promise weighs more" in found.summary()


def test_the_level_is_that_of_the_declared_link_and_words_stay_below_cause(desk, goals):
    card = desk.link("wait_and_csat", period="2026Q2")
    assert goals.estimates.loc["wait_minutes", "level"] == card.level
    assert goals.estimates.loc["wait_minutes", "declared"] == "wait_and_csat"
    assert goals.estimates.loc["noise", "level"] == "L2"
    words = goals.summary().lower()
    assert "causes" not in words
    assert "significant" not in words
    assert "No target or cost is stated" in goals.summary()


def test_the_headline_counts_every_metric_once_and_names_each_goal(goals):
    said, table = goals.headline(), goals.estimates
    with_goal = table[table["kind"] != "none"]
    assert said.startswith(f"{len(with_goal)} of {len(table)} metrics ha")
    for row in with_goal.itertuples():
        assert f"{in_sentence(row.label)} {row.direction} " in said
    counted = [int(n) for n in re.findall(r"(?:: |; )(\d+) ", said.partition("The others")[2])]
    assert sum(counted) == len(table) - len(with_goal)
    assert len(said.split()) <= 60


def test_goals_of_the_data_and_goals_that_the_company_states_are_told_apart():
    shared = {"unit": "minute", "direction": "at most", "low": 1.0, "high": 3.0, "n_last": 0}
    rows = [
        {**shared, "label": label, "kind": kind, "estimate": 2.0}
        for label, kind in (("Wait", "target"), ("Talk", "break"), ("Hold", "target"), ("Delay", "optimum"))
    ]
    assert goals_told(rows) == [
        "By the data alone, where the outcome turns: talk at most 2 minutes (1 to 3)",
        "By a target that the company states: wait at most 2 minutes (1 to 3); hold at most 2 minutes (1 to 3)",
        "By a cost that the company states: delay at most 2 minutes (1 to 3)",
    ]
    assert goals_told([]) == []


def test_the_same_question_has_the_same_answer(desk, goals):
    again = operational_goals(desk, period="2026Q2")
    pd.testing.assert_frame_equal(again.estimates, goals.estimates)
    assert again.summary() == goals.summary()
    assert again.plot().svg == goals.plot().svg


def test_no_group_below_the_minimum_and_no_customer_is_shown(desk, goals):
    contacts = desk.table("link_interaction", period="2026Q2")
    sizes = contacts.groupby("unit_id")["customer_id"].agg(["size", "nunique"])
    small = sizes.index[sizes.min(axis=1) < 10]
    assert len(small) == 1
    shown = set(goals.by_unit["unit_id"])
    assert not shown & set(small)
    assert len(sizes) - len(shown) == goals.by_unit.attrs["hidden"] == 2  # the small one could be told else
    published = goals.summary() + goals.table().to_string() + goals.by_unit.to_string() + goals.plot().svg
    assert "C001" not in published


def test_pictures_say_their_numbers(goals):
    one = goals.plot("wait_minutes")
    assert "goal at most" in one.alt
    assert "n = " in one.alt
    assert "no goal, no link" in goals.plot().alt
    assert "A day later" in goals.promise.plot().alt
    with pytest.raises(LinkError, match="no metric 'speed'"):
        goals.plot("speed")


def test_a_goal_says_where_the_last_period_stands_against_it(goals, desk):
    """The mean, how many contacts there are, and how many of them lie beyond, counted here from the rows."""
    row = goals.estimates.loc["wait_minutes"]
    values = desk.table("link_interaction", period="2026Q2")["wait_minutes"].dropna().astype(float)
    beyond = int((values > row["estimate"]).sum())
    assert row["now"] == pytest.approx(values.mean()) and row["now_median"] == values.median()
    assert (row["n_last"], row["beyond"]) == (len(values), beyond)
    met = "met" if values.mean() <= row["estimate"] else "missed"
    assert f"the goal is {met} on average" in row["sentence"]
    assert f"{beyond:,} of {len(values):,} contacts" in row["sentence"]
    assert f"{met} on average (now {values.mean():.3g})" in goals.headline()


@pytest.mark.parametrize(
    ("direction", "now", "beyond", "said"),
    [
        ("at most", 10.0, 4, "met on average (now 10.0), not by 4 of 20 units"),
        ("at most", 13.0, 15, "missed on average (now 13.0), by 15 of 20 units"),
        ("at least", 13.0, 0, "met on average (now 13.0), and by all 20 units"),
        ("at least", 11.9, 3, "missed on average (now 11.9), by 3 of 20 units"),
    ],
)
def test_the_mean_is_held_against_the_goal_in_its_direction(direction, now, beyond, said):
    from linkage.goals.standing import standing_words

    row = {"direction": direction, "estimate": 12.0, "unit": "minute", "grain": "unit_period"}
    assert standing_words({**row, "now": now, "beyond": beyond, "n_last": 20}) == said
    assert standing_words({**row, "now": np.nan, "beyond": np.nan, "n_last": 0}) == ""


def test_tables_are_for_reading(goals):
    assert list(goals.table().columns[:3]) == ["form", "kind", "goal"]
    assert list(goals.table().index) == list(goals.estimates["label"])
    assert goals.three_ways().index.names == ["metric", "way"]
    assert set(goals.bands["metric"]) == {"wait_minutes", "noise", "contacts_to_resolve"}
    assert (goals.bands["n"] >= 10).all()


# ------------------------------------------------------------------------------------------------ the demo


def test_a_company_made_anew_shows_what_is_planted_and_nothing_else(monkeypatch, tmp_path):
    monkeypatch.setenv("LINKAGE_CACHE", str(tmp_path))
    found = look_at(101, scale=0.2)
    assert found["the threshold lies inside the goal's interval"]
    assert found["a broken promise weighs more than an exceeded one"]
    assert all(found[f"no goal for {name}"] for name in IRRELEVANT)
    assert found["a day late within three standard errors"]
    assert found["a day early within three standard errors"]


def test_the_demo_has_the_goal_that_is_planted(demo):
    found = operational_goals(demo, period="2026Q3", cards=NO_CARDS)
    handle = found.estimates.loc["handle_minutes"]
    assert handle["kind"] == "break"
    assert handle["low"] <= planted.HANDLE_BREAK <= handle["high"]
    late, early = (found.promise.estimates.iloc[k] for k in (0, 1))
    assert abs(late["estimate"] - planted.LATE_ON_CSAT) <= 3 * late["std_error"]
    assert abs(early["estimate"] - planted.EARLY_ON_CSAT) <= 3 * early["std_error"]
    assert found.promise.is_lopsided
    assert found.estimates.loc["hold_music_b", "found"] == "no link"
    for name in (
        "hold_minutes",
        "after_call_minutes",
        "resolution_hours",
    ):  # they move with handle time, or lateness
        assert found.estimates.loc[name, "found"] == "not its own"
    assert set(found.by_channel["channel"]) == {"phone", "chat", "email", "shop"}


# ------------------------------------------------------------------------------------------------ what is missing


def test_hospitals_run_with_what_they_have_and_say_what_is_missing(hospitals):
    found = operational_goals(hospitals, period="2022", cards=NO_CARDS)
    assert list(found.estimates["grain"].unique()) == ["unit_period"]
    assert (found.estimates["n"] > 1000).all()
    assert "need a source of interactions" in found.summary()
    assert "No promise is recorded" in found.summary()
    assert found.by_unit.empty
    assert found.by_channel.empty


def test_a_study_with_feedback_only_says_what_it_would_need(make_study):
    yml = (
        YML.split("sources:")[0]
        + "sources:\n  feedback: {from: answers.csv}\nmetrics:\n  csat: {of: feedback}\n"
    )
    answers = "response_id,answered_at,csat\n" + "".join(
        f"R{i},2026-01-{i % 28 + 1:02d},4\n" for i in range(40)
    )
    found = operational_goals(open_study(make_study(yml, {"answers.csv": answers})), period="2026Q1")
    assert found.estimates.empty
    assert "a source of interactions" in found.summary()
    assert found.plot().alt == "No operational metric could be assessed."
    assert found.table().empty
    assert found.three_ways().empty


def test_too_few_answers_are_said_metric_by_metric(make_study):
    few = help_desk(count=90)
    found = operational_goals(open_study(make_study(YML, few)), period="2026Q2")
    row = found.estimates.loc["wait_minutes"]
    assert (row["form"], row["kind"]) == ("not assessed", "none")
    assert "a goal needs 60" in row["sentence"]


def test_names_that_lead_nowhere_are_refused_with_the_nearest(make_study):
    wrong = make_study(YML + "goals:\n  metrics: {wait_minute: {target: 6}}\n", help_desk(count=60))
    with pytest.raises(StudyError, match=r"goals\.metrics\.wait_minute: .*Did you mean 'wait_minutes'"):
        open_study(wrong)
    study = open_study(make_study(YML, help_desk(count=60)))
    with pytest.raises(PeriodError, match="no data for 2031Q1"):
        operational_goals(study, period="2031Q1")


# ------------------------------------------------------------------------------------------------ rows


def test_contacts_are_counted_up_to_each_one_and_never_beyond(make_study):
    rows = [
        ("I1", "C1", "bill", "2026-01-01", "2026-01-01"),
        (
            "I2",
            "C1",
            "bill",
            "2026-01-10",
            "2026-01-20",
        ),  # 9 days after the first ended: the second of its kind
        ("I3", "C1", "bill", "2026-02-01", "2026-02-01"),  # 12 days after the second ended: the third
        ("I4", "C1", "bill", "2026-03-01", "2026-03-01"),  # a new one
        ("I5", "C1", "line", "2026-01-02", "2026-01-02"),  # another topic
        ("I6", "C2", "bill", "2026-01-03", "2026-01-03"),  # another customer
        ("I7", "", "bill", "2026-01-04", "2026-01-04"),  # nobody known
    ]
    contacts = "interaction_id,customer_id,topic,started_at,ended_at,wait_minutes,noise,promised_at\n"
    contacts += "".join(f"{','.join(row)},1,1,\n" for row in rows)
    answers = "response_id,interaction_id,customer_id,answered_at,csat\nR1,I1,C1,2026-01-02,7\n"
    study = open_study(make_study(YML, {"contacts.csv": contacts, "answers.csv": answers}))
    found = contacts_so_far(study).set_index("interaction_id")["contacts_to_resolve"]
    assert found.to_dict() == {"I1": 1, "I2": 2, "I3": 3, "I4": 1, "I5": 1, "I6": 1}


def test_a_promise_is_read_from_times_or_from_days_alike(make_study):
    files = help_desk(count=1600)
    table = pd.read_csv(pd.io.common.StringIO(files["contacts.csv"]), parse_dates=["ended_at", "promised_at"])
    days = (table["ended_at"] - table["promised_at"]) / pd.Timedelta(days=1)
    table = table.assign(too_late=days.clip(lower=0), too_early=(-days).clip(lower=0))
    files["contacts.csv"] = table.to_csv(index=False)
    metrics = "  too_late: {of: interactions, unit: day}\n  too_early: {of: interactions, unit: day}\n"
    found = {}
    for name, rule in (("times", ""), ("days", "goals: {promise: {late: too_late, early: too_early}}\n")):
        study = open_study(make_study(YML + metrics + rule, files, name=name))
        found[name] = promise_effect(study, rules_of(study), through="2026Q2")
    pd.testing.assert_frame_equal(found["times"].estimates, found["days"].estimates, rtol=1e-6)
    assert found["times"].recorded == "ended at against promised at"
    assert found["days"].recorded == "too late and too early"


def test_promises_of_too_few_cannot_be_worked_out_from_the_shares_of_the_others(make_study):
    """Five were kept: their share would be what the other two leave of one."""
    files = help_desk(count=600)
    table = pd.read_csv(pd.io.common.StringIO(files["contacts.csv"]), parse_dates=["ended_at", "promised_at"])
    kept = (table["ended_at"] - table["promised_at"]).abs() <= pd.Timedelta(days=0.5)
    late = kept & (kept.cumsum() > 5)
    table.loc[late, "promised_at"] = table.loc[late, "ended_at"] - pd.Timedelta(days=2)
    files["contacts.csv"] = table.to_csv(index=False)
    study = open_study(make_study(YML, files))
    found = promise_effect(study, rules_of(study), through="2026Q2")
    assert len(found.groups) == 1 and "kept" not in found.groups.index


def test_a_promise_always_kept_shows_no_asymmetry(make_study):
    files = help_desk(count=400)
    table = pd.read_csv(pd.io.common.StringIO(files["contacts.csv"]))
    files["contacts.csv"] = table.assign(promised_at=table["ended_at"]).to_csv(index=False)
    study = open_study(make_study(YML, files))
    found = promise_effect(study, rules_of(study), through="2026Q2")
    assert found.reason
    assert not found.is_lopsided
    assert found.summary().startswith("Promises: ")
    assert found.plot().alt == found.reason


def test_the_units_farthest_from_a_goal_come_first(goals):
    shown = goals.farthest(most=3)
    assert list(shown.index.get_level_values("metric")) == [goals.estimates.loc["wait_minutes", "label"]] * 3
    assert shown["beyond_share"].is_monotonic_decreasing
    assert shown["beyond_share"].iloc[0] == pytest.approx(goals.by_unit["share"].max(), abs=1e-3)
