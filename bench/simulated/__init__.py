"""Studies whose truth is known, one design a method: what bench/coverage.py counts.

Each `ask_` function makes one study from a generator, asks one method through its public function, and says
whether the interval covered the truth or, where nothing is there to be found, whether the test saw something.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from zlib import crc32

import numpy as np

from simulated import answers, regressions, searches
from simulated.case import COVERED, FALSE_ALARMS, Case

__all__ = ["CASES", "COVERED", "FALSE_ALARMS", "Case", "count_hits"]

CLUSTERS = {10: "wild bootstrap", 30: "wild bootstrap", 100: "CR1"}


def covering(name: str, method: str, ask: Callable, **asked) -> Case:
    return Case(name, method, False, partial(ask, **asked))


def quiet(name: str, method: str, ask: Callable, **asked) -> Case:
    return Case(name, method, True, partial(ask, is_null=True, **asked))


INTERVALS = (
    *(
        covering(
            f"clustered slope, {g} clusters",
            f"fit_linear auto ({how})",
            regressions.ask_clustered,
            clusters=g,
        )
        for g, how in CLUSTERS.items()
    ),
    *(
        covering(
            f"clustered slope, {g} clusters, jackknife",
            "fit_linear CR3",
            regressions.ask_clustered,
            clusters=g,
            errors="CR3",
        )
        for g in CLUSTERS
    ),
    covering("slope, unequal variances, n = 50", "fit_linear HC3", regressions.ask_unequal_variances),
    covering(
        "the same, long-tailed driver (hard)",
        "fit_linear HC3",
        regressions.ask_unequal_variances,
        long_tailed=True,
    ),
    covering("average effect on a chance, n = 400", "fit_logit effects", regressions.ask_chance),
    covering("slope within 20 units", "fit_within (wild bootstrap)", regressions.ask_within, units=20),
    covering("slope within 60 units", "fit_within (CR1)", regressions.ask_within, units=60),
    *(
        covering(f"slope between {n} units", "split_within_between", regressions.ask_between, units=n)
        for n in (12, 40)
    ),
    covering("step after an event, 60 units", "event_study", regressions.ask_event, units=60),
    covering("break point, n = 400", "find_break", searches.ask_break, rows=400),
    covering("break point, 40 clusters of 20", "find_break", searches.ask_break, rows=800, clusters=40),
    covering("share of a driver, n = 300", "rank_drivers (LMG)", searches.ask_share, rows=300),
    covering("indirect effect, n = 200", "fit_chain", searches.ask_chain, rows=200),
    covering("indirect effect, 40 clusters of 10", "fit_chain", searches.ask_chain, rows=400, clusters=40),
    *(
        covering(f"net promoter score, n = {n}", "net_promoter adjusted", answers.ask_promoters, rows=n)
        for n in (15, 50, 300)
    ),
    covering(
        "net promoter score, 60 accounts of 5",
        "net_promoter clustered",
        answers.ask_clustered_promoters,
        clusters=60,
    ),
    covering("top-box share, n = 50", "top_box", answers.ask_top_box, rows=50),
    covering("alpha of four items, n = 100", "scale_reliability", answers.ask_alpha),
    covering("ICC(1), 30 units of 12", "gate_aggregation", answers.ask_icc),
    covering("mean of everybody asked, 600 asked", "response_weights", answers.ask_weighted_mean),
)

TESTS = (
    *(
        quiet(
            f"no clustered slope, {g} clusters",
            f"fit_linear auto ({how})",
            regressions.ask_clustered,
            clusters=g,
        )
        for g, how in CLUSTERS.items()
    ),
    quiet("no break in a straight line, n = 200", "find_break", searches.ask_break, rows=200),
    quiet("no break, 30 clusters of 10", "find_break", searches.ask_break, rows=300, clusters=30),
    Case(
        "a driver of nothing beats noise, n = 300",
        "rank_drivers",
        True,
        partial(searches.ask_noise, rows=300),
    ),
    quiet("no indirect effect, n = 200", "fit_chain", searches.ask_chain, rows=200),
    *(
        quiet(f"no movement before an event, {n} units", "event_study", regressions.ask_event, units=n)
        for n in (16, 30, 60)
    ),
)

CASES = INTERVALS + TESTS


def count_hits(case: Case, draws: int, seed: int = 0, first: int = 0) -> int:
    """In how many simulated studies the interval covered, or the test of nothing saw something."""
    place = crc32(case.name.encode())  # a case keeps its data when others come and go
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return sum(case.ask(np.random.default_rng([seed, place, i]), i) for i in range(first, first + draws))
