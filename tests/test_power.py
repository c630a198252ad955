"""Detectable effects: against statsmodels, by simulation, and what must hold."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from statsmodels.stats.power import NormalIndPower, TTestPower

from linkage.errors import LinkError
from linkage.linking.power import chance_to_detect, detectable_clustered, detectable_effect, effective_n


@pytest.mark.parametrize("df", [3, 9, 40, 500])
@pytest.mark.parametrize("power", [0.5, 0.8, 0.95])
def test_statsmodels_gives_the_detectable_effect_the_power_asked_for(df, power):
    # a one-sample t test of n = df + 1 has standard error 1 / sqrt(n)
    effect = detectable_effect(1 / np.sqrt(df + 1), df, power=power)
    assert_allclose(TTestPower().power(effect, nobs=df + 1, alpha=0.05), power, rtol=1e-9)


def test_without_degrees_of_freedom_it_is_normal():
    # z(.975) + z(.8) = 1.959964 + .841621 = 2.801585; the far tail adds 1e-6
    assert_allclose(detectable_effect(1.0), 2.801585, rtol=1e-5)
    expected = NormalIndPower(ddof=0).solve_power(nobs1=200, alpha=0.1, power=0.9, ratio=1)
    assert_allclose(detectable_effect(np.sqrt(2 / 200), power=0.9, confidence=0.9), expected, rtol=1e-6)


def test_few_degrees_of_freedom_ask_for_more_and_units_go_through():
    assert detectable_effect(1.0, 5) > detectable_effect(1.0, 50) > detectable_effect(1.0)
    assert_allclose(detectable_effect(1e6, 9), 1e6 * detectable_effect(1.0, 9), rtol=1e-9)
    assert_allclose(chance_to_detect(detectable_effect(2.0, 9), 2.0, 9), 0.8, rtol=1e-9)
    assert_allclose(chance_to_detect(0.0, 1.0, 9), 0.05, rtol=1e-9)
    assert_allclose(chance_to_detect(-3.0, 1.0, 9), chance_to_detect(3.0, 1.0, 9), rtol=1e-12)
    assert chance_to_detect(500.0, 1.0, 9) == 1.0


def test_a_simulated_test_shows_the_detectable_effect_as_often_as_promised():
    rng = np.random.default_rng(0)
    n, effect = 8, detectable_effect(1 / np.sqrt(8), 7)
    samples = rng.normal(effect, 1, size=(20_000, n))
    t = samples.mean(axis=1) / (samples.std(axis=1, ddof=1) / np.sqrt(n))
    assert_allclose((np.abs(t) > 2.364624).mean(), 0.8, atol=0.01)  # t(.975, 7) = 2.364624


def test_rows_in_clusters_are_worth_fewer():
    # 1,000 answers in branches of 50, ICC .1: 1000 / (1 + 49 * .1) = 169.49
    assert_allclose(effective_n(1000, 50, 0.1), 1000 / 5.9, rtol=1e-12)
    assert effective_n(1000, 1, 0.5) == 1000
    assert effective_n(1000, 50, 0) == 1000
    assert_allclose(effective_n(1000, 50, 1), 20)


def test_a_site_level_design_follows_from_its_standard_error():
    # 20 sites of 40, ICC .05: worth 800 / 2.95 = 271.19; se = 10 / (.5 sqrt(271.19)) = 1.21449
    found = detectable_clustered(20, 40, 0.05, outcome_sd=10, driver_sd=0.5)
    assert_allclose(found, detectable_effect(1.21449, 18), rtol=1e-5)
    larger = detectable_clustered(20, 4000, 0.05, outcome_sd=10, driver_sd=0.5)
    assert larger > 0.7 * found  # more answers a site help little; more sites do
    assert detectable_clustered(80, 40, 0.05, outcome_sd=10, driver_sd=0.5) < 0.55 * found


@pytest.mark.parametrize(
    "ask",
    [
        lambda: detectable_effect(0.0),
        lambda: detectable_effect(np.nan),
        lambda: detectable_effect(1.0, 0),
        lambda: detectable_effect(1.0, power=0.2),
        lambda: detectable_effect(1.0, confidence=95),
        lambda: chance_to_detect(1.0, -1.0),
        lambda: effective_n(10, 0.5, 0.1),
        lambda: effective_n(10, 5, 1.2),
        lambda: detectable_clustered(2, 40, 0.05, outcome_sd=1, driver_sd=1),
        lambda: detectable_clustered(20, 40, 0.05, outcome_sd=1, driver_sd=0),
    ],
)
def test_what_makes_no_sense_is_refused(ask):
    with pytest.raises(LinkError, match=r"above 0|or more|between 0 and 1"):
        ask()
