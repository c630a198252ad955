"""The shape behind a link, and which of several drivers counts: for declared links, and with a reason where not."""

import numpy as np
import pytest

from linkage.errors import LinkError, PeriodError
from linkage.opening import open_study
from linkage.shapes import driver_rankings, driver_shapes

YML = """
study: Shapes
sources:
  feedback: {from: answers.csv}
  interactions: {from: contacts.csv}
metrics:
  csat: {of: feedback}
  wait: {of: interactions, unit: minute}
  noise: {of: interactions}
  steps: {of: interactions}
links:
  broken: {question: Why, grain: interaction, outcome: csat, drivers: [wait], controls: [channel]}
  straight: {question: Why, grain: interaction, outcome: csat, drivers: [noise]}
  few: {question: Why, grain: interaction, outcome: csat, drivers: [steps]}
  several: {question: Why, grain: interaction, outcome: csat, drivers: [wait, noise, steps], controls: [channel]}
  words: {question: Why, grain: interaction, outcome: csat, drivers: [channel, wait]}
  nobody: {question: Why, grain: interaction, outcome: csat, drivers: [wait], where: {channel: fax}}
  survey: {question: Why, grain: survey, outcome: csat, drivers: [wait]}
"""


def files(n=400):
    """Satisfaction falls by 0.2 a minute beyond eight minutes of waiting, and with nothing else."""
    rng = np.random.default_rng(11)
    wait, noise, steps = rng.uniform(0, 20, n), rng.normal(size=n), rng.integers(0, 4, n)
    csat = 8 - 0.2 * np.maximum(wait - 8, 0) + 0.4 * rng.normal(size=n)
    contacts = "interaction_id,customer_id,ended_at,channel,wait,noise,steps\n"
    answers = "response_id,customer_id,interaction_id,answered_at,csat\n"
    for i in range(n):
        day = f"2026-0{1 + i % 3}-{1 + i % 27:02d}"
        contacts += (
            f"I{i},C{i % 80},{day} 10:00,{('phone', 'chat')[i % 2]},{wait[i]:.3f},{noise[i]:.3f},{steps[i]}\n"
        )
        answers += f"R{i},C{i % 80},I{i},{day} 12:00,{csat[i]:.3f}\n"
    return {"contacts.csv": contacts, "answers.csv": answers}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shapes")
    (folder / "study.yml").write_text(YML)
    for name, text in files().items():
        (folder / name).write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LINKAGE_CACHE", str(folder / "cache"))
        return open_study(folder)


@pytest.fixture(scope="module")
def shapes(study):
    return driver_shapes(study, period="2026Q1")


@pytest.fixture(scope="module")
def rankings(study):
    return driver_rankings(study, period="2026Q1")


def test_a_planted_break_is_found_and_a_straight_line_stays_one(shapes):
    rows = shapes.estimates.set_index("link")
    assert rows.index.tolist() == ["broken", "straight"]
    broken = rows.loc["broken"]
    assert broken["is_shown"]
    assert broken["low"] < 8 < broken["high"]
    assert abs(broken["break_point"] - 8) < 1.5
    assert broken["slope_after"] == pytest.approx(-0.2, abs=0.05)
    assert abs(broken["slope_before"]) < 0.1
    assert not rows.loc["straight", "is_shown"]
    assert rows.loc["straight", ["break_point", "slope_before", "slope_after"]].isna().all()
    assert np.isfinite(rows.loc["straight", "straight_line"])


def test_links_without_a_shape_give_their_reason(shapes):
    assert set(shapes.skipped) == {"few", "nobody"}
    assert "too few different values" in shapes.skipped["few"]
    assert "- few: steps takes too few" in shapes.summary()


def test_only_single_drivers_of_contacts_have_a_shape(shapes):
    assert not {"several", "words", "survey"} & (set(shapes.breaks) | set(shapes.skipped))


def test_a_shape_is_the_same_every_time(study, shapes):
    again = driver_shapes(study, period="2026Q1")
    assert again.summary() == shapes.summary()
    assert again.plot().svg == shapes.plot().svg


def test_the_drivers_that_count_come_first(rankings):
    rows = rankings.estimates[rankings.estimates["link"] == "several"].set_index("driver")
    assert rows["share"].sum() == pytest.approx(1, abs=1e-9)
    assert rows["share"].idxmax() == "wait"
    assert rows.loc["wait", "is_above_noise"]
    assert not rows.loc["noise", "is_above_noise"]
    assert (rows["low"] <= rows["estimate"]).all()


def test_a_driver_in_words_cannot_be_ranked_and_says_so(rankings):
    assert set(rankings.rankings) == {"several"}
    assert "'channel' holds text where a number is needed" in rankings.skipped["words"]


@pytest.mark.parametrize("made", ["shapes", "rankings"])
def test_a_link_without_a_picture_is_refused_by_name(made, request):
    found = request.getfixturevalue(made)
    with pytest.raises(LinkError, match="There is nothing to draw of 'brocken'"):
        found.plot("brocken")
    assert found.plot().alt == found.plot(next(iter(getattr(found, "breaks", None) or found.rankings))).alt


@pytest.mark.parametrize("ask", [driver_shapes, driver_rankings])
@pytest.mark.parametrize(("period", "said"), [("2099Q1", "holds 2026Q1 to"), ("", "not a period")])
def test_a_period_without_data_is_refused(study, ask, period, said):
    with pytest.raises(PeriodError, match=said):
        ask(study, period=period)


def test_a_study_without_shapes_shows_the_same_columns(make_study, shapes):
    yml = "study: T\nsources: {feedback: {from: a.csv}}\nmetrics: {csat: {of: feedback}}\n"
    study = open_study(make_study(yml, {"a.csv": "response_id,answered_at,csat\nR1,2026-01-01,3\n"}))
    assert list(driver_shapes(study, period="2026Q1").estimates) == list(shapes.estimates)


def test_a_study_without_such_links_says_so(make_study):
    yml = "study: T\nsources: {feedback: {from: a.csv}}\nmetrics: {csat: {of: feedback}}\n"
    study = open_study(make_study(yml, {"a.csv": "response_id,answered_at,csat\nR1,2026-01-01,3\n"}))
    for made in (driver_shapes(study, period="2026Q1"), driver_rankings(study, period="2026Q1")):
        assert "declares no link" in made.summary()
        assert made.plot().alt.startswith("No link has")
        assert made.table().empty


def test_declared_links_are_skipped_where_the_study_lacks_their_source(make_study):
    yml = (
        "study: T\nsources: {feedback: {from: a.csv}}\nmetrics: {csat: {of: feedback}, nps: {of: feedback}}\n"
        "links:\n  one: {question: Why, grain: interaction, outcome: csat, drivers: [nps]}\n"
        "  two: {question: Why, grain: unit_period, outcome: csat, drivers: [nps, answer_count]}\n"
    )
    text = "response_id,answered_at,csat,nps\nR1,2026-01-01,3,4\n"
    study = open_study(make_study(yml, {"a.csv": text}))
    assert driver_shapes(study, period="2026Q1").estimates.empty
    assert driver_rankings(study, period="2026Q1").estimates.empty
