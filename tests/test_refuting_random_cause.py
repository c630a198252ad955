"""A made-up common cause leaves a sound estimate alone; one planted with known strength moves it as the theory says."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from linkage.checks import NOT_ASSESSED, PASS, REVIEW
from linkage.refuting import hidden_cause, sample_of
from linkage.refuting.random_cause import add_random_cause, judge_random_cause, plant_cause
from linkage.regression import fit_linear
from linkage.study_file.declaration import LinkSpec


def company(seed=0, n=800, clusters=100, shared=False) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    who = rng.integers(0, clusters, n)
    x = rng.normal(size=clusters)[who] if shared else rng.normal(size=n)
    z = 0.5 * x + rng.normal(size=n)
    y = 0.5 * x + z + rng.normal(0, 0.5, clusters)[who] + rng.normal(size=n)
    return pd.DataFrame({"customer_id": who, "x": x, "z": z, "y": y, "w": rng.uniform(0.5, 2, n)})


def sample(table, weights=None, controls=("z",)):
    spec = LinkSpec(
        name="t", question="?", grain="survey", outcome="y", drivers=("x",), controls=controls,
        cluster="customer_id", weights=weights,
    )  # fmt: skip
    formula = " + ".join(["y ~ x", *controls])
    return sample_of(fit_linear(table, formula, cluster="customer_id", weights=weights), table, spec)


@pytest.mark.parametrize("weights", [None, "w"])
def test_a_draw_equals_a_refit_with_the_drawn_column(weights):
    table = company()
    found = add_random_cause(sample(table, weights), draws=10, seed=4)
    drawn = np.random.default_rng(4).standard_normal((len(table), 10))
    refit = fit_linear(table.assign(r=drawn[:, 3]), "y ~ x + z + r", weights=weights).slope("x").estimate
    assert_allclose(found.draws[3], refit, rtol=1e-9)
    shift = np.sqrt(np.mean((found.draws - found.estimate) ** 2)) / found.std_error
    assert_allclose(found.shift, shift)


def test_a_driver_of_the_cluster_gets_a_cause_of_the_cluster():
    found = add_random_cause(sample(company(1, shared=True)))
    assert found.by_cluster
    assert not add_random_cause(sample(company(1))).by_cluster
    assert judge_random_cause(found).verdict == PASS


def test_sound_estimates_pass_and_the_seed_decides():
    for seed in range(5):
        kept = sample(company(seed))
        found = add_random_cause(kept)
        assert judge_random_cause(found).verdict == PASS
        assert_allclose(found.draws, add_random_cause(kept).draws)
    assert not np.allclose(add_random_cause(kept, seed=1).draws, found.draws)


def test_an_estimate_on_a_handful_of_clusters_is_reviewed():
    kept = sample(company(3, n=60, clusters=5, shared=True))
    assert judge_random_cause(add_random_cause(kept)).verdict == REVIEW


def test_a_planted_cause_does_what_the_bounds_of_the_hidden_cause_say():
    # bias = se sqrt(df) sqrt(R2_outcome R2_driver / (1 - R2_driver)): Cinelli and Hazlett 2020, as in hidden_cause.
    kept = sample(company(2))
    bound = hidden_cause(kept).bounds.iloc[0]
    planted = plant_cause(kept, with_driver=bound["with_driver"], with_outcome=bound["with_outcome"])
    assert_allclose(planted, bound["adjusted"], rtol=1e-8)


def test_a_cause_as_strong_as_the_robustness_value_leaves_nothing():
    kept = sample(company(4))
    value = hidden_cause(kept).value
    assert abs(plant_cause(kept, with_driver=value, with_outcome=value)) < 1e-9
    assert abs(plant_cause(kept, with_driver=value / 2, with_outcome=value / 2)) > 0.1


def test_without_an_error_nothing_is_assessed():
    table = company(5).assign(y=lambda t: 2 * t["x"])
    with pytest.warns(UserWarning, match="without remainder"):
        kept = sample(table, controls=())
    assert add_random_cause(kept) is None
    assert judge_random_cause(None).verdict == NOT_ASSESSED
