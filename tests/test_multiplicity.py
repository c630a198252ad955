"""Adjusted p-values: by the definition of each method, and what must hold for any family."""

import gc
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from linkage.errors import LinkError
from linkage.linking.multiplicity import METHODS, adjust_p_values

families = st.lists(
    st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.01, 0.04, 1.0])), min_size=1, max_size=6
)


@pytest.fixture(scope="module", autouse=True)
def little_to_collect():
    """Hommel's method clears all memory of garbage at every call: what is there already need not be walked through."""
    gc.freeze()
    yield
    gc.unfreeze()


def simes(p: list[float]) -> float:
    return min(len(p) / (i + 1) * value for i, value in enumerate(sorted(p)))


def closed_test(p: list[float], combine) -> list[float]:
    """The largest combined p over all subsets that hold the question: the definition of a closed test."""
    every = [s for size in range(1, len(p) + 1) for s in combinations(range(len(p)), size)]
    return [min(1.0, max(combine([p[j] for j in s]) for s in every if i in s)) for i in range(len(p))]


@settings(max_examples=25, deadline=None)
@given(families)
def test_hommel_is_the_closed_simes_test_and_holm_the_closed_bonferroni(p):
    assert_allclose(adjust_p_values(p, "hommel"), closed_test(p, simes), rtol=1e-9, atol=1e-12)
    assert_allclose(
        adjust_p_values(p, "holm"), closed_test(p, lambda s: len(s) * min(s)), rtol=1e-9, atol=1e-12
    )


def test_benjamini_hochberg_by_hand():
    # sorted .01 .02 .03 .20: m p / rank = .04 .04 .04 .20; the smallest from the right on
    assert_allclose(adjust_p_values([0.03, 0.01, 0.2, 0.02]), [0.04, 0.04, 0.2, 0.04], rtol=1e-12)
    # Yekutieli: times 1 + 1/2 + 1/3 + 1/4 = 25/12
    assert_allclose(adjust_p_values([0.03, 0.01, 0.2, 0.02], "by"), np.array([1, 1, 5, 1]) / 12, rtol=1e-12)


@settings(max_examples=25, deadline=None)
@given(families, st.sampled_from(sorted(METHODS)), st.randoms(use_true_random=False))
def test_order_does_not_matter_values_never_fall_and_missing_do_not_count(p, method, random):
    adjusted = adjust_p_values(pd.Series(p), method)
    assert (adjusted >= np.array(p) - 1e-15).all()
    assert (adjusted <= 1).all()
    shuffled = random.sample(range(len(p)), len(p))
    assert_allclose(adjust_p_values([p[i] for i in shuffled], method), adjusted.iloc[shuffled], rtol=1e-12)
    with_hole = adjust_p_values([np.nan, *p, None], method)
    assert with_hole.isna().tolist() == [True, *[False] * len(p), True]
    assert_allclose(with_hole.iloc[1:-1], adjusted, rtol=1e-12)


def test_names_are_kept_and_nothing_is_nothing():
    adjusted = adjust_p_values(pd.Series({"nps": 0.01, "wait": 0.5, "price": np.nan}, name="p"), "bonferroni")
    assert adjusted.index.tolist() == ["nps", "wait", "price"]
    assert_allclose(adjusted, [0.02, 1.0, np.nan])
    assert len(adjust_p_values([])) == 0
    assert adjust_p_values([np.nan]).isna().all()


def test_few_false_links_survive_among_a_thousand_nulls():
    p = np.random.default_rng(0).random(1000)
    assert (p < 0.05).sum() > 30
    assert (adjust_p_values(p, "bh") < 0.05).sum() == 0


def test_what_is_no_p_value_and_an_unknown_method_are_refused():
    with pytest.raises(LinkError, match=r"1 do not, for example 1\.2"):
        adjust_p_values([0.1, 1.2])
    with pytest.raises(LinkError, match="hommel, bh, by"):
        adjust_p_values([0.1], "fdr")
