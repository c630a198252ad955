"""A driver that is the outcome in other words is found where explained variance says nothing."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from linkage.checks import FAIL, NOT_ASSESSED, PASS, REVIEW
from linkage.errors import TableError
from linkage.refuting.leak import judge_look_for_leak, look_for_leak
from linkage.refuting.separation import area_under, best_cut, empty_end


def judged(table: pd.DataFrame):
    return judge_look_for_leak(look_for_leak(table, outcome="y", driver="x"))


def rare(seed=0, n=4000, shift=0.8, base=0.03) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < base).astype(float)
    return pd.DataFrame({"y": y, "x": np.clip(np.round(6 + 2 * (rng.normal(size=n) - shift * y)), 0, 10)})


def test_the_area_counts_pairs():
    rng = np.random.default_rng(0)
    y, x = (rng.random(60) < 0.4).astype(float), rng.integers(0, 6, 60).astype(float)
    pairs = [1.0 if a > b else 0.5 if a == b else 0.0 for a in x[y == 1] for b in x[y == 0]]
    area, error, low, high = area_under(y, x, 0.95)
    assert_allclose(area, np.mean(pairs), rtol=1e-12)
    assert low < area < high
    assert error > 0


def test_the_area_s_error_is_the_published_formula():
    # Hanley and McNeil 1982, by hand for A = .75 with two events and two others: Q1 = .75/1.25 = .6,
    # Q2 = 2 * .5625/1.75 = .642857; (.1875 + .0375 + .080357)/4 = .0763393, its root .276296.
    area, error, _, _ = area_under(np.array([0.0, 1, 0, 1]), np.array([1.0, 2, 3, 4]), 0.95)
    assert area == 0.75
    assert error == pytest.approx(0.276296, abs=1e-6)


def test_the_best_cut_and_the_empty_end_are_where_they_should_be():
    x, y = np.arange(10.0), (np.arange(10) >= 7).astype(float)
    assert best_cut(y, x) == (6.5, 1.0)
    assert best_cut(1 - y, x) == (6.5, 1.0)
    rows = np.arange(1000.0)
    # A fiftieth of the usual rate of .3 is allowed: four events among the first 704 rows (211.2 due), not five.
    assert empty_end((rows >= 700).astype(float), rows) == pytest.approx(0.704)
    assert empty_end((rows % 5 == 0).astype(float), rows) == 0.0


def test_a_score_written_down_after_the_event_fails_at_low_r_squared():
    # One row in two hundred, half of the scores alike among others: R2 stays low, the pairs are told rightly.
    rng = np.random.default_rng(2)
    y = (np.arange(6000) % 200 == 0).astype(float)
    table = pd.DataFrame({"y": y, "x": np.where(y == 1, rng.uniform(0, 1, 6000), rng.uniform(1, 10, 6000))})
    assert np.corrcoef(table["x"], table["y"])[0, 1] ** 2 < 0.05
    check = judged(table)
    assert check.verdict == FAIL
    assert "30 events in 6,000 rows" in check.advice


def test_a_fixed_score_is_judged_by_customer():
    # Each customer ten periods; who leaves does so in the last, so nine of ten rows with the low score are no event.
    leaver = np.arange(400) < 60
    rows = pd.DataFrame({"customer_id": np.repeat(np.arange(400), 10)})
    rows["x"] = np.where(leaver, 1.0, 8.0)[rows["customer_id"]]
    rows["y"] = (leaver[rows["customer_id"]] & (np.arange(4000) % 10 == 9)).astype(float)
    found = look_for_leak(rows, outcome="y", driver="x")
    assert found.estimates.loc["auc", "estimate"] < 0.95
    assert found.estimates.loc["auc_ever", "estimate"] == 0.0
    assert judge_look_for_leak(found).verdict == FAIL


def test_an_end_without_events_is_doubted():
    rng = np.random.default_rng(3)
    x = rng.integers(0, 11, 8000).astype(float)
    y = ((x <= 4) & (rng.random(8000) < 0.3)).astype(float)
    check = judged(pd.DataFrame({"x": x, "y": y}))
    assert check.verdict == REVIEW
    assert "all but never occurs" in check.advice


def test_the_outcome_on_another_scale_fails():
    rng = np.random.default_rng(4)
    y = rng.lognormal(5, 2, 500)
    assert judged(pd.DataFrame({"y": y, "x": np.log(y) + rng.normal(0, 0.1, 500)})).verdict == FAIL
    centre = rng.normal(size=800)
    assert judged(pd.DataFrame({"y": centre**2, "x": centre})).verdict == FAIL


def test_a_driver_on_record_because_of_the_outcome_fails():
    table = rare()
    kept = (table["y"] == 1) | (np.arange(len(table)) % 10 == 0)
    check = judged(table.assign(x=table["x"].where(kept)))
    assert check.verdict == FAIL
    assert "because of the outcome" in check.advice
    gone = judged(table.assign(x=table["x"].where(table["y"] == 0)))
    assert gone.verdict == REVIEW


def test_honest_links_pass():
    verdicts = [judged(rare(s, shift=s % 5 * 0.4)).verdict for s in range(20)]
    assert verdicts == [PASS] * 20
    rng = np.random.default_rng(5)
    for r in (0.1, 0.35, 0.8):
        x = rng.normal(size=300)
        assert (
            judged(pd.DataFrame({"x": x, "y": r * x + np.sqrt(1 - r**2) * rng.normal(size=300)})).verdict
            == PASS
        )


def test_the_order_and_type_of_rows_do_not_matter():
    table = rare(7)
    first = look_for_leak(table, outcome="y", driver="x").estimates
    other = table.sample(frac=1, random_state=1).astype({"y": "boolean", "x": "Int64"})
    other["x"] *= 3
    assert_allclose(look_for_leak(other, outcome="y", driver="x").estimates, first, rtol=1e-12)


def test_what_cannot_be_judged_is_not_assessed():
    few = pd.DataFrame({"x": range(100), "y": [1.0] * 3 + [0.0] * 97})
    assert judged(few).verdict == NOT_ASSESSED
    assert judged(rare(n=20)).verdict == NOT_ASSESSED
    assert judged(rare().assign(x="a")).verdict == NOT_ASSESSED
    with pytest.raises(TableError, match="no column 'x'"):
        judged(pd.DataFrame({"y": [1.0]}))
