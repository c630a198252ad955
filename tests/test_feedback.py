"""The newest figures of what customers say: small groups hidden, one period alone, units instead of answers."""

import io
import json

import numpy as np
import pandas as pd
import pytest

from linkage.errors import LinkError, PeriodError, TableError
from linkage.feedback import feedback_metrics, headlines, overview_by_period
from linkage.opening import open_study

YML = """
study: Voices
sources:
  feedback: {from: answers.csv}
metrics:
  csat: {of: feedback, scale: [1, 5], label: Satisfaction, score: top_box}
  nps: {of: feedback, scale: [0, 10], label: Likelihood to recommend}
  effort: {of: feedback, scale: [1, 7], label: <b>Effort</b>}
minimum_group: 10
"""


def answers(counts, seed=0):
    """So many answers in each quarter of 2026, each customer answering once a quarter."""
    rng = np.random.default_rng(seed)
    lines = ["response_id,customer_id,answered_at,csat,nps,effort"]
    for quarter, count in enumerate(counts):
        for i in range(count):
            lines.append(
                f"R{quarter}-{i},KEY-{i:03d},2026-{1 + 3 * quarter:02d}-10,{rng.integers(1, 6)},"
                f"{rng.integers(0, 11)},{rng.integers(1, 8)}"
            )
    return {"answers.csv": "\n".join(lines) + "\n"}


@pytest.fixture
def voices(make_study):
    def made(*counts, yml=YML):
        return open_study(make_study(yml, answers(counts)))

    return made


def test_the_newest_quarter_is_compared_with_the_one_before(voices):
    study = voices(40, 30, 35)
    found = headlines(study, period="2026Q3").estimates.set_index("metric")
    assert found["period"].tolist() == ["2026Q3"] * 3
    assert found["previous_period"].tolist() == ["2026Q2"] * 3
    assert found["kind"].tolist() == ["top_box", "nps", "mean"]
    rows = study.table("link_survey")
    now, before = (rows.loc[rows["period"] == p, "effort"] for p in ("2026Q3", "2026Q2"))
    assert found.loc["effort", "n"] == 35
    assert found.loc["effort", "estimate"] == pytest.approx(now.mean(), rel=1e-12)
    assert found.loc["effort", "change"] == pytest.approx(now.mean() - before.mean(), rel=1e-12)
    assert (
        found.loc["effort", "change_low"] < found.loc["effort", "change"] < found.loc["effort", "change_high"]
    )
    nps = rows.loc[rows["period"] == "2026Q3", "nps"]
    expected = 100 * ((nps >= 9).mean() - (nps <= 6).mean())
    assert found.loc["nps", "estimate"] == pytest.approx(expected, rel=1e-12)
    # The metric's own label is that of the answer, 0 to 10: the score of them is another figure.
    assert found.loc["nps", "label"] == "Net Promoter Score"


def test_the_interval_of_the_change_is_that_of_the_comparison_itself(voices):
    from linkage.metrics import compare_waves

    study = voices(40, 30)
    row = headlines(study, period="2026Q2").estimates.set_index("metric").loc["nps"]
    theirs = compare_waves(study.table("link_survey"), score="nps", wave="period", before="2026Q1", after="2026Q2",
                           kind="nps", scale=(0, 10), cluster="customer_id").estimates.iloc[0]  # fmt: skip
    assert [row["change"], row["change_low"], row["change_high"]] == [
        theirs["estimate"],
        theirs["low"],
        theirs["high"],
    ]


def test_one_period_alone_has_no_change_and_says_so(voices):
    found = headlines(voices(30), period="2026Q1")
    assert found.estimates["previous_period"].isna().all()
    assert found.estimates[["change", "change_low", "change_high"]].isna().all(axis=None)
    assert "there is no earlier period to compare with" in found.summary()


def test_a_period_below_the_minimum_group_is_not_shown(voices):
    found = headlines(voices(30, 9), period="2026Q2")
    # Nine answers in the second quarter: the first is the last that may be shown.
    assert found.estimates["period"].tolist() == ["2026Q1"] * 3
    hidden = found.trend[found.trend["period"] == "2026Q2"]
    assert hidden["suppressed"].all()
    assert hidden[["estimate", "low", "high"]].isna().all(axis=None)
    assert "2026Q2" not in found.summary()
    assert "2026Q2" not in found.plot().alt


def test_a_small_period_is_not_compared_with(voices):
    found = headlines(voices(30, 9, 30), period="2026Q3").estimates
    assert found["previous_period"].tolist() == ["2026Q1"] * 3


def test_too_few_answers_everywhere_are_said_and_nothing_else(voices):
    found = headlines(voices(9, 9), period="2026Q2")
    assert found.estimates["estimate"].isna().all()
    assert "Satisfaction: too few answers to show." in found.summary()
    assert "too few answers" in found.plot().alt
    bundle = found.publish()._repr_mimebundle_()
    assert bundle["application/vnd.linkage.metrics+json"][0]["estimate"] is None
    assert [row["n"] for row in bundle["application/vnd.linkage.metrics+json"]] == [None] * 3
    json.dumps(bundle, allow_nan=False)


def test_a_hidden_figure_beside_shown_ones_keeps_no_count_and_theirs_stay_whole(make_study):
    files = answers([30])
    table = pd.read_csv(io.StringIO(files["answers.csv"]))
    table.loc[7:, "effort"] = np.nan  # seven answered it
    study = open_study(make_study(YML, {"answers.csv": table.to_csv(index=False)}))
    found = headlines(study, period="2026Q1")
    rows = found.publish()._repr_mimebundle_()["application/vnd.linkage.metrics+json"]
    assert json.dumps({row["metric"]: row["n"] for row in rows}) == '{"csat": 30, "nps": 30, "effort": null}'
    assert "n = 30)" in found.summary() and "</b>: too few answers to show." in found.summary()


def test_ten_answers_are_enough(voices):
    assert headlines(voices(10), period="2026Q1").estimates["estimate"].notna().all()


def test_metrics_without_any_answer_leave_an_empty_answer(make_study):
    text = "response_id,customer_id,answered_at,csat,nps,effort\n" + "".join(
        f"R{i},C{i},2026-01-10,,,\n" for i in range(20)
    )
    found = headlines(open_study(make_study(YML, {"answers.csv": text})), period="2026Q1")
    assert found.summary() == "No feedback metric has an answer yet."
    assert found.plot().alt == found.summary()
    assert found.publish()._repr_mimebundle_()["application/vnd.linkage.metrics+json"] == []
    assert found.table().empty


def test_what_the_links_speak_of_comes_first(voices):
    yml = YML + (
        "links:\n  one: {question: Why, grain: survey, outcome: nps, drivers: [effort]}\n"
        "  two: {question: Why, grain: survey, outcome: csat, drivers: [effort]}\n"
    )
    assert headlines(voices(30, yml=yml), period="2026Q1").estimates["metric"].tolist() == [
        "nps",
        "effort",
        "csat",
    ]


def test_at_most_five_figures_are_headlines(make_study):
    names = [f"item_{i}" for i in range(8)]
    yml = "study: T\nsources: {feedback: {from: a.csv}}\nmetrics:\n" + "".join(
        f"  {n}: {{of: feedback, scale: [1, 5]}}\n" for n in names
    )
    text = f"response_id,customer_id,answered_at,{','.join(names)}\n" + "".join(
        f"R{i},C{i},2026-01-10,{','.join(str(1 + (i + k) % 5) for k in range(8))}\n" for i in range(30)
    )
    found = headlines(open_study(make_study(yml, {"a.csv": text})), period="2026Q1")
    assert found.estimates["metric"].tolist() == names[:5]


UNITS = """
study: Units
sources:
  branches: {role: unit_periods, about: feedback, from: branches.csv}
  costs: {role: unit_periods, from: costs.csv}
metrics:
  nps: {of: branches, scale: [0, 10], label: Likelihood to recommend, unit: point}
  margin: {of: costs, unit: EUR}
"""


def unit_files(units=14):
    rng = np.random.default_rng(1)
    rows = [(u, q, 6 + q / 5 + rng.normal()) for u in range(units) for q in (1, 2)]
    return {
        "branches.csv": "unit_id,period,nps\n" + "".join(f"U{u},2026Q{q},{v:.3f}\n" for u, q, v in rows),
        "costs.csv": "unit_id,period,margin\n" + "".join(f"U{u},2026Q{q},{10 * v:.2f}\n" for u, q, v in rows),
    }


def test_a_study_of_units_shows_means_of_unit_figures(make_study):
    study = open_study(make_study(UNITS, unit_files()))
    assert [m.name for m in feedback_metrics(study)] == ["nps"]
    found = headlines(study, period="2026Q2").estimates
    assert found["metric"].tolist() == ["nps"]
    # A net score of unit means would count units as if they were persons.
    assert found["kind"].tolist() == ["mean"]
    assert found["unit"].tolist() == ["point"]
    rows = study.table("link_unit_period", period="2026Q2")
    assert found["estimate"].iloc[0] == pytest.approx(rows["nps"].mean(), rel=1e-12)
    assert found["n"].iloc[0] == 14
    assert np.isfinite(found["change"].iloc[0])


def test_answers_are_shown_where_a_study_has_units_too(make_study):
    yml = YML.replace(
        "sources:\n", "sources:\n  branches: {role: unit_periods, about: feedback, from: b.csv}\n"
    )
    yml = yml.replace("metrics:\n", "metrics:\n  mood: {of: branches}\n")
    files = {**answers([30]), "b.csv": "unit_id,period,mood\nU1,2026Q1,3\n"}
    found = headlines(open_study(make_study(yml, files)), period="2026Q1").estimates
    assert "mood" not in found["metric"].tolist()
    assert len(found) == 3


def test_a_study_without_feedback_says_what_to_declare(make_study):
    yml = "study: T\nsources: {transactions: {from: t.csv}}\nmetrics: {spend: {of: transactions}}\n"
    text = "transaction_id,customer_id,purchased_at,spend\nT1,C1,2026-01-01,3\n"
    study = open_study(make_study(yml, {"t.csv": text}))
    with pytest.raises(TableError, match="declare a source 'feedback'"):
        headlines(study, period="2026Q1")


def test_an_unknown_column_period_or_metric_is_refused(voices):
    study = voices(30)
    with pytest.raises(TableError, match="Did you mean 'language'"):
        overview_by_period(study, period="2026Q1", by="langage")
    with pytest.raises(PeriodError, match="2026Q1 to 2026Q1"):
        headlines(study, period="2027Q1")
    with pytest.raises(LinkError, match="Headlines there are: csat, nps, effort"):
        headlines(study, period="2026Q1").plot("csta")


def test_published_figures_are_escaped_stable_and_without_keys(voices):
    study = voices(40, 30)
    bundle = headlines(study, period="2026Q2").publish()._repr_mimebundle_()
    assert bundle == headlines(study, period="2026Q2").publish()._repr_mimebundle_()
    assert "<b>Effort" not in bundle["text/html"]
    text = json.dumps(bundle, allow_nan=False)
    assert "KEY-" not in text
    assert {"metric", "label", "kind", "unit", "period", "estimate", "low", "high", "n", "change"} <= set(
        bundle["application/vnd.linkage.metrics+json"][0]
    )


def test_anonymous_answers_are_counted_without_clusters(make_study):
    files = answers([30, 30])
    text = pd.read_csv(pd.io.common.StringIO(files["answers.csv"])).assign(customer_id="").to_csv(index=False)
    found = headlines(open_study(make_study(YML, {"answers.csv": text})), period="2026Q2").estimates
    assert found["estimate"].notna().all()
    assert found["n"].tolist() == [30] * 3
    assert found[["change", "change_low", "change_high"]].notna().all(axis=None)


@pytest.mark.parametrize("period", [None, "", float("nan"), "2031Q1"])
def test_no_period_is_no_answer_as_everywhere(voices, period):
    study = voices(30, 30)
    for asked in (headlines, overview_by_period):
        with pytest.raises(PeriodError):
            asked(study, period=period)
