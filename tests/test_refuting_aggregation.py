"""Means of answers in a link are judged by the answers behind them."""

from types import SimpleNamespace

import duckdb
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from linkage.aggregation import gate_aggregation
from linkage.checks import NOT_ASSESSED, PASS, REVIEW
from linkage.linking.link_rows import link_rows
from linkage.refuting.aggregation import gate_means, judge_means
from linkage.refuting.cells import on_rows, places_of
from linkage.refuting.sample import sample_of
from linkage.refuting_rows.aggregation import aggregation_rows
from linkage.regression import fit_linear
from linkage.study_file.declaration import LinkSpec


def spec_of(**changes) -> LinkSpec:
    plain = {"name": "t", "question": "?", "grain": "unit_period", "outcome": "y", "drivers": ("x",)}
    return LinkSpec(**{**plain, **changes})


def units(seed=0, count=150, each=8, slope=0.5, noise=1.0) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Single answers, the means' sums, and the link's rows: an outcome of the units' true climate."""
    rng = np.random.default_rng(seed)
    keys = [(f"U{u}", f"2025Q{q}") for u in range(count) for q in (1, 2)]
    climate = 3 + 0.6 * rng.normal(size=len(keys))
    single = pd.DataFrame(keys, columns=["unit_id", "period"]).loc[np.repeat(np.arange(len(keys)), each)]
    single["answer"] = np.repeat(climate, each) + noise * rng.normal(size=len(single))
    single = single.reset_index(drop=True)
    grouped = single.assign(square=single["answer"] ** 2).groupby(["unit_id", "period"], as_index=False)
    cells = grouped.agg(n=("answer", "size"), total=("answer", "sum"), squares=("square", "sum"))
    cells = cells.assign(side="driver", metric="x", lowest=None, highest=None)
    rows = pd.DataFrame(keys, columns=["unit_id", "period"])
    rows["y"] = slope * climate + 0.3 * rng.normal(size=len(rows))
    means = (
        (cells["total"] / cells["n"])
        .rename("x")
        .to_frame()
        .assign(unit_id=cells["unit_id"], period=cells["period"])
    )
    return single, cells, rows.merge(means, on=["unit_id", "period"])


def attacked(rows: pd.DataFrame, cells: pd.DataFrame | None, spec=None):
    spec = spec or spec_of()
    fit = fit_linear(rows, "y ~ x", cluster="unit_id")
    return gate_means(sample_of(fit, rows, spec), cells, spec)


def test_the_figures_are_those_of_the_gate_on_single_answers():
    single, cells, rows = units()
    gate = gate_aggregation(
        single.assign(cell=single["unit_id"] + single["period"]), group="cell", score="answer"
    )
    side = attacked(rows, cells).sides.loc["driver"]
    assert_allclose([side["icc1"], side["icc2"]], gate.estimates.loc[["icc1", "icc2"], "estimate"], rtol=1e-9)
    assert side["answers"] == 8
    assert side["few_share"] == 1.0


def test_the_corrected_slope_is_the_planted_one():
    # Three answers a unit show less than half of it, as measured for this suite: the correction brings it back.
    for each in (3, 8, 30):
        _, cells, rows = units(seed=each, count=300, each=each)
        found = attacked(rows, cells)
        share = 0.36 / (0.36 + 1 / each)
        assert found.reliability == pytest.approx(share, abs=0.06)
        assert found.estimate == pytest.approx(0.5 * share, abs=0.05)
        assert found.corrected_low < 0.5 < found.corrected_high


def test_few_answers_are_doubted_and_many_pass():
    _, cells, rows = units(each=4)
    check = judge_means(attacked(rows, cells))
    assert check.verdict == REVIEW
    assert "fewer than 10 answers" in check.advice
    _, cells, rows = units(each=40)
    assert judge_means(attacked(rows, cells)).verdict == PASS


def test_noise_in_the_outcome_speaks_against_no_link_only():
    _, cells, rows = units(each=4)
    found = attacked(rows, cells.assign(side="outcome"))
    assert np.isnan(found.corrected)
    assert judge_means(found, shown=True).verdict == PASS
    assert judge_means(found, shown=False).verdict == REVIEW


def test_people_who_disagree_are_named():
    rng = np.random.default_rng(1)
    _, cells, rows = units(each=40)
    # Half of each unit's people answer 1, half 5: variance 4 against 2 of answers at random.
    n, mean = 40, 3 + 0.5 * rng.normal(size=len(cells))
    wide = cells.assign(n=n, total=n * mean, squares=n * (mean**2 + 4), lowest=1.0, highest=5.0)
    assert "do not agree" in judge_means(attacked(rows, wide)).advice


def test_places_follow_lags_and_changes():
    assert places_of(spec_of(lag=2), "outcome") == [(1.0, 2)]
    assert places_of(spec_of(lag=2, change=1), "outcome") == [(1.0, 2), (-1.0, 1)]
    assert places_of(spec_of(change=4), "driver") == [(1.0, 0), (-1.0, -4)]
    named = spec_of(change={"drivers": ["2019", "2022"], "outcome": ["2019", "2021"]})
    assert places_of(named, "outcome") == [(1.0, "2021"), (-1.0, "2019")]
    cells = pd.Series(
        [1.0, 4.0],
        index=pd.MultiIndex.from_tuples([("U1", "2025Q1"), ("U1", "2025Q2")], names=["unit_id", "period"]),
    )
    table = pd.DataFrame({"unit_id": ["U1", "U1", "U2"], "period": ["2025Q2", "2025Q1", "2025Q2"]})
    assert_allclose(on_rows(table, cells, spec_of(change=1), "driver"), [3.0, np.nan, np.nan])
    assert_allclose(on_rows(table, cells, spec_of(change=1), "driver", added=True), [5.0, np.nan, np.nan])
    assert_allclose(on_rows(table, cells, spec_of(lag=1), "outcome"), [np.nan, 4.0, np.nan])


def test_the_order_of_rows_does_not_matter():
    _, cells, rows = units()
    mixed = attacked(
        rows.sample(frac=1, random_state=2, ignore_index=True), cells.sample(frac=1, random_state=3)
    )
    assert_allclose(mixed.corrected, attacked(rows, cells).corrected, rtol=1e-9)


def test_unknown_answers_are_not_assessed():
    _, cells, rows = units()
    assert judge_means(attacked(rows, None)).verdict == NOT_ASSESSED
    empty = cells.iloc[:0].copy()
    empty.attrs["unknown"] = ["overall_rating_share"]
    check = judge_means(attacked(rows, empty))
    assert check.verdict == NOT_ASSESSED
    assert "overall_rating_share" in check.advice


def test_the_planted_growth_link_shows_its_true_size(demo, demo_truth):
    spec, through = demo.study.links["satisfaction_and_growth"], demo.last_complete_period
    rows = link_rows(demo, spec, through)
    fit = fit_linear(rows, "spend_growth ~ csat + period", cluster="unit_id")
    found = gate_means(sample_of(fit, rows, spec), aggregation_rows(demo, spec, through), spec)
    assert found.sides.index.tolist() == ["driver"]
    assert found.sides.loc["driver", "means"] >= 440
    assert 0.5 < found.reliability < 0.9
    assert judge_means(found).verdict == PASS


def test_hospitals_hand_over_means_only(hospitals):
    spec = hospitals.study.links["rating_and_later_margin"]
    rows = aggregation_rows(hospitals, spec, hospitals.last_complete_period)
    assert rows.empty
    assert rows.attrs["unknown"] == ["overall_rating_share"]


def with_later_answers(demo, shift: float) -> SimpleNamespace:
    """The demo's answers of satisfaction, those after 2024Q4 each `shift` higher, in a database of their own."""
    answers = demo.connection.sql(
        "select a.unit_id, a.period, a.csat + if(p.position > (select position from periods where period = '2024Q4'), "
        f"{shift}, 0) as csat from event_answer as a inner join periods as p using (period) where a.csat is not null"
    )
    connection = duckdb.connect()
    connection.register("event_answer", answers.df())
    connection.register("periods", demo.connection.sql("select period, position from periods").df())
    return SimpleNamespace(study=demo.study, connection=connection)


def test_answers_after_a_period_change_nothing_of_its_check(demo):
    spec = demo.study.links["satisfaction_and_growth"]
    plain, moved = (aggregation_rows(with_later_answers(demo, by), spec, "2024Q4") for by in (0.0, 0.7))
    pd.testing.assert_frame_equal(plain, moved)
    assert plain["period"].max() == "2024Q4"
    single = demo.connection.sql(
        "select csat from event_answer where period <= '2024Q4' and csat is not null and unit_id <> ''"
    ).df()
    assert plain["n"].sum() == len(single)
    spread = single["csat"].astype(float).var(ddof=0) * len(single)
    assert plain["squares"].sum() == pytest.approx(spread, rel=1e-9)
    later = aggregation_rows(with_later_answers(demo, 0.7), spec, "2025Q1")
    assert later["period"].max() == "2025Q1"
    assert later["total"].sum() == pytest.approx(0, abs=1e-6)
