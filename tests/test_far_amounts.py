"""Slips in skewed amounts are found, and an honest skewed column is left alone."""

from __future__ import annotations

import numpy as np
import pytest

from linkage.contract import check_study
from linkage.profiling.far_amounts import TIMES, gap_above

YML = """
study: Gym
sources:
  transactions: {from: payments.csv}
metrics:
  amount: {of: transactions, unit: EUR}
"""


def far_of(make_study, amounts) -> list[dict]:
    lines = [f"P{i:05d},C{i % 97},2026-01-{i % 28 + 1:02d},{amount:.2f}" for i, amount in enumerate(amounts)]
    text = "\n".join(["transaction_id,customer_id,purchased_at,amount", *lines, ""])
    problems = check_study(make_study(YML, {"payments.csv": text})).problems
    return problems[problems["what"] == "far from all others"].to_dict("records")


def test_lost_decimal_commas_are_found_however_skewed_the_others_are(make_study):
    amounts = np.random.default_rng(1).lognormal(np.log(60), 0.35, 3000)
    slipped = [7, 900, 2100]
    amounts[slipped] *= 100
    (found,) = far_of(make_study, amounts)
    assert (found["column"], found["rows"], found["example"]) == ("amount", 3, "P00007")
    others = np.delete(amounts, slipped)
    times = round(amounts[slipped].min(), 2) / round(others.max(), 2)
    assert f"3 values are at least {int(times)} times the largest" in found["advice"]


def test_a_code_is_told_of_once_and_hides_no_slip(make_study):
    amounts = np.random.default_rng(2).lognormal(np.log(60), 0.35, 3000)
    amounts[[5, 6]] = 999999
    amounts[50] *= 100
    found = far_of(make_study, amounts)
    assert [r["rows"] for r in found] == [1] and found[0]["example"] == "P00050"


@pytest.mark.parametrize("sigma", [0.3, 1.0, 2.0])
@pytest.mark.parametrize("size", [60, 1000, 20_000])
def test_an_honest_lognormal_column_raises_no_alarm(sigma, size):
    # 150 columns a case: at three standard deviations even the smallest case expects less than one in a thousand.
    for seed in range(150 if size < 20_000 else 20):
        logs = np.random.default_rng(seed).normal(4, sigma, size)
        spread = np.subtract(*np.quantile(logs, [0.75, 0.25])) / 1.349
        largest = np.exp(np.sort(logs)[::-1][: size // 100 + 2])
        assert gap_above(largest.tolist(), spread) is None, seed


def test_an_honest_column_passes_the_whole_check(make_study):
    assert far_of(make_study, np.random.default_rng(4).lognormal(4, 1.2, 4000)) == []


def test_the_gap_is_counted_from_below_and_one_price_for_most_is_no_range():
    # 9,000 and 8,000 stand 40 times above 200; within the two there is no such gap. By hand: log 40 = 3.69 > 3 * 0.5.
    found = gap_above([9000.0, 8000.0, 200.0, 190.0], 0.5)
    assert (found.count, found.lowest, found.times) == (2, 8000.0, 40.0)
    assert gap_above([9000.0, 8000.0, 200.0, 190.0], 1.3) is None, "log 40 is less than 3.9"
    assert gap_above([100.0 * TIMES * 0.99, 100.0], 0.1) is None
    assert gap_above([9000.0, 60.0, 60.0], 0.0) is None
