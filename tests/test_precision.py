"""The coverage of intervals and the number of draws: refused before anything is asked, wherever they are given."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import linkage as lk
from linkage.errors import LinkError, TableError
from linkage.precision import check_confidence, check_draws

COVERED = [
    "band_migration",
    "constituency_links",
    "forecast_scenarios",
    "keep_and_lose",
    "link_matrix",
    "metric_race",
    "operational_goals",
    "positive_deviance",
    "touch_point_priorities",
    "wallet_options",
]
DRAWN = ["keep_and_lose", "lifetime_value", "value_points", "what_if"]


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(3)
    return pd.DataFrame(rng.normal(size=(60, 3)), columns=["csat", "wait", "skill"])


@pytest.mark.parametrize("wrong", [0, 1, 2, 95, -0.5, float("nan"), "0.95", None, True])
def test_a_coverage_that_is_no_share_is_refused(wrong):
    with pytest.raises(LinkError, match="between 0 and 1"):
        check_confidence(wrong)
    with pytest.raises(TableError, match="between 0 and 1"):
        check_confidence(wrong, kind=TableError)


@pytest.mark.parametrize("right", [0.5, 0.999, np.float32(0.9), np.float64(0.95)])
def test_a_share_is_a_coverage(right):
    assert check_confidence(right) is None


@pytest.mark.parametrize(("confidence", "fewest"), [(0.9, 20), (0.95, 40), (0.99, 200)])
def test_an_interval_needs_a_draw_beyond_each_of_its_ends(confidence, fewest):
    # By hand: half of 1 - confidence lies beyond an end, so 2 / (1 - confidence) draws leave one there.
    check_draws(fewest, confidence=confidence)
    with pytest.raises(LinkError, match=f"{fewest} at least"):
        check_draws(fewest - 1, confidence=confidence)


@pytest.mark.parametrize("wrong", [0, -1, 99, 1000.0, "1000", None, True])
def test_a_method_may_want_more_draws_and_only_whole_numbers_of_them(wrong):
    with pytest.raises(LinkError, match="100 at least"):
        check_draws(wrong, at_least=100)
    assert check_draws(np.int64(100), at_least=100) is None


@pytest.mark.parametrize("name", COVERED)
@pytest.mark.parametrize("wrong", [0, 2, 95])
def test_every_question_of_a_study_refuses_a_coverage_that_is_no_share(demo, name, wrong):
    with pytest.raises(LinkError, match=f"between 0 and 1.*not {wrong}"):
        getattr(lk, name)(demo, period="2026Q3", confidence=wrong)


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("wrong", [0, 1, 39])
def test_every_question_of_a_study_refuses_too_few_draws(demo, name, wrong):
    with pytest.raises(LinkError, match=f"draws={wrong} .* 40 at least"):
        getattr(lk, name)(demo, period="2026Q3", draws=wrong)


def test_keep_and_lose_asks_for_draws_by_its_coverage(demo):
    with pytest.raises(LinkError, match="200 at least"):
        lk.keep_and_lose(demo, period="2026Q3", draws=100, confidence=0.99)


@pytest.mark.parametrize("wrong", [0, 95])
def test_every_question_of_a_table_refuses_a_coverage_that_is_no_share(table, wrong):
    asked = {"outcome": "csat", "confidence": wrong}
    for ask in (
        lambda: lk.rank_drivers(table, drivers=["wait"], **asked),
        lambda: lk.bin_means(table, driver="wait", **asked),
        lambda: lk.find_break(table, driver="wait", **asked),
        lambda: lk.fit_linear(table, "csat ~ wait", confidence=wrong),
        lambda: lk.link("csat ~ wait", table, confidence=wrong),
    ):
        with pytest.raises(LinkError, match=f"between 0 and 1.*not {wrong}"):
            ask()


def test_rankings_and_breaks_refuse_too_few_draws(table):
    with pytest.raises(LinkError, match=r"draws=10 .* 100 at least"):
        lk.rank_drivers(table, outcome="csat", drivers=["wait"], draws=10)
    with pytest.raises(LinkError, match=r"draws=10 .* 99 at least"):
        lk.find_break(table, outcome="csat", driver="wait", draws=10)
