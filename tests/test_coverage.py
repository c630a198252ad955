"""A small version of bench/coverage.py: intervals that should cover do, tests of nothing stay quiet.

With few simulated studies only gross faults show: a bound is where a method at the edge of what is wanted (92.5%
covered, 6.5% false alarms) would fall once in a thousand. The bench itself is the judge of the percentages.
"""

import sys

import numpy as np
import pytest
from conftest import ROOT
from scipy.stats import binom

sys.path.append(str(ROOT / "bench"))
from simulated import CASES, COVERED, FALSE_ALARMS, Case, count_hits
from simulated.regressions import clustered_rows

from linkage.regression import fit_linear

ONCE_IN_A_THOUSAND = 0.001
DRAWS = {
    "clustered slope, 10 clusters": 30,
    "clustered slope, 100 clusters": 60,
    "clustered slope, 10 clusters, jackknife": 60,
    "slope, unequal variances, n = 50": 60,
    "slope within 20 units": 20,
    "break point, n = 400": 50,
    "share of a driver, n = 300": 40,
    "indirect effect, n = 200": 30,
    "net promoter score, n = 15": 60,
    "ICC(1), 30 units of 12": 40,
    "mean of everybody asked, 600 asked": 30,
    "no clustered slope, 10 clusters": 30,
    "no clustered slope, 30 clusters": 20,
    "no clustered slope, 100 clusters": 60,
    "no break in a straight line, n = 200": 50,
    "a driver of nothing beats noise, n = 300": 40,
    "no movement before an event, 30 units": 20,
}
BY_NAME = {case.name: case for case in CASES}


def fewest_covered(draws: int) -> int:
    return int(binom.ppf(ONCE_IN_A_THOUSAND, draws, COVERED[0]))


def most_alarms(draws: int) -> int:
    return int(binom.ppf(1 - ONCE_IN_A_THOUSAND, draws, FALSE_ALARMS[1]))


@pytest.mark.parametrize("name", DRAWS)
def test_a_method_keeps_its_word(name):
    case, draws = BY_NAME[name], DRAWS[name]
    hits = count_hits(case, draws, seed=20)
    if case.is_null:
        assert hits <= most_alarms(draws)
    else:
        assert hits >= fewest_covered(draws)


def ask_as_if_independent(rng, seed, *, is_null):
    """What the clustered cases ask, the clusters forgotten."""
    slope = 0.0 if is_null else 0.3
    row = fit_linear(clustered_rows(rng, 30, slope), "y ~ x").term("x")
    return row["p_value"] < 0.05 if is_null else row["low"] <= slope <= row["high"]


def test_a_method_that_forgets_the_clusters_is_caught():
    covering = Case(
        "naive slope", "fit_linear", False, lambda g, s: ask_as_if_independent(g, s, is_null=False)
    )
    quiet = Case("naive null", "fit_linear", True, lambda g, s: ask_as_if_independent(g, s, is_null=True))
    assert count_hits(covering, 60) < fewest_covered(60)
    assert count_hits(quiet, 60) > most_alarms(60)


def test_the_bounds_are_those_of_their_own_number_of_draws():
    # Binomial, 60 draws: at .925 P(X <= 47) = .0004, P(X <= 48) = .0015; at .065 P(X > 10) = .0015, P(X > 11) = .0004.
    assert fewest_covered(60) == 48
    assert most_alarms(60) == 11
    for draws in set(DRAWS.values()):
        assert binom.cdf(fewest_covered(draws) - 1, draws, COVERED[0]) < ONCE_IN_A_THOUSAND
        assert binom.sf(most_alarms(draws), draws, FALSE_ALARMS[1]) <= ONCE_IN_A_THOUSAND


def test_a_case_keeps_its_data_and_counts_in_pieces():
    case = BY_NAME["top-box share, n = 50"]
    assert count_hits(case, 40, 3) == count_hits(case, 15, 3) + count_hits(case, 25, 3, first=15)
    assert len(BY_NAME) == len(CASES)


def test_the_bench_prints_a_line_a_case(capsys, monkeypatch):
    import importlib.util

    found = importlib.util.spec_from_file_location("coverage_bench", ROOT / "bench" / "coverage.py")
    bench = importlib.util.module_from_spec(found)
    found.loader.exec_module(bench)
    monkeypatch.setattr(bench, "ProcessPoolExecutor", InLine)
    monkeypatch.setattr(sys, "argv", ["coverage.py", "--draws", "25", "--only", "top-box", "--seed", "4"])
    bench.main()
    said = capsys.readouterr().out
    share = count_hits(BY_NAME["top-box share, n = 50"], 25, 4) / 25
    assert said.startswith("25 simulated studies a line, seed 4")
    assert f"{share:.3f}" in said
    assert "top-box share, n = 50" in said
    table = bench.coverage_table([BY_NAME["top-box share, n = 50"]], 25, 4)
    assert np.isclose(table["share"].iloc[0], share)
    assert table["low"].iloc[0] < share <= table["high"].iloc[0]


class InLine:
    """A pool of no processes."""

    def __init__(self, workers):
        self.workers = workers

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    map = staticmethod(map)
