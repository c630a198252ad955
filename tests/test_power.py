"""Detectable effects: against statsmodels, by simulation, and what must hold."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import nct, t
from statsmodels.stats.power import NormalIndPower, TTestPower

from linkage.errors import LinkError
from linkage.linking.power import chance_to_detect, detectable_effect


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
    t_values = samples.mean(axis=1) / (samples.std(axis=1, ddof=1) / np.sqrt(n))
    assert_allclose((np.abs(t_values) > 2.364624).mean(), 0.8, atol=0.01)  # t(.975, 7) = 2.364624


@pytest.mark.parametrize("df", [1, 2, 7, 39, 500, 5199, 1e6])
@pytest.mark.parametrize("confidence", [0.5, 0.99, 0.999, 0.99999])
def test_a_high_confidence_has_its_detectable_effect_too(df, confidence):
    # scipy's special.nctdtr has no value for the far side of some of these; the survival function of stats.nct (Boost)
    # is another program's answer for the near side, and the far side adds less than (1 - confidence) / 2.
    effect = detectable_effect(1.0, df, confidence=confidence)
    near = nct.sf(t.ppf((1 + confidence) / 2, df), df, effect)
    assert 0.8 - (1 - confidence) / 2 - 1e-9 < near < 0.8 + 1e-9


def test_the_chance_to_detect_never_falls_as_the_effect_grows():
    for df in (3, 5, 39, 100):
        chances = [chance_to_detect(size, 1.0, df, confidence=0.999) for size in np.linspace(0, 60, 500)]
        assert np.isfinite(chances).all() and (np.diff(chances) > -1e-9).all() and chances[-1] > 0.99


@pytest.mark.parametrize(
    "ask",
    [
        lambda: detectable_effect(0.0),
        lambda: detectable_effect(np.nan),
        lambda: detectable_effect(1.0, 0),
        lambda: detectable_effect(1.0, power=0.2),
        lambda: detectable_effect(1.0, confidence=95),
        lambda: chance_to_detect(1.0, -1.0),
    ],
)
def test_what_makes_no_sense_is_refused(ask):
    with pytest.raises(LinkError, match=r"above 0|between 0 and 1"):
        ask()
