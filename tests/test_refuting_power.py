"""A "no link" says whether one of the usual size would have been seen."""

import math

import numpy as np
import pandas as pd
import pytest

from linkage.checks import NOT_ASSESSED, PASS, REVIEW
from linkage.linking.power import detectable_effect
from linkage.refuting.power import judge_power, power_of
from linkage.refuting.sample import sample_of
from linkage.regression import fit_linear
from linkage.study_file.declaration import LinkSpec


def sample(n: int, clusters: int, seed=0, shared=0.0):
    rng = np.random.default_rng(seed)
    who = rng.integers(0, clusters, n)
    x = rng.normal(size=clusters)[who] if shared else rng.normal(0, 2, n)
    table = pd.DataFrame(
        {"customer_id": who, "x": x, "y": shared * rng.normal(size=clusters)[who] + rng.normal(size=n)}
    )
    spec = LinkSpec(name="t", question="?", grain="survey", outcome="y", drivers=("x",))
    fit = fit_linear(table, "y ~ x", cluster="customer_id")
    row = fit.slope("x")
    return sample_of(fit, table, spec), row


def test_the_detectable_effect_is_that_of_the_error():
    kept, row = sample(2000, 500)
    found = power_of(kept, low=row.low, high=row.high)
    assert found.detectable == pytest.approx(detectable_effect(row.std_error, kept.df), rel=1e-9)
    # Without clusters that matter r is about (1.96 + 0.8416)/sqrt(n) = .0626.
    assert found.detectable_r == pytest.approx(2.8016 / math.sqrt(2000), rel=0.06)
    assert found.design_effect == pytest.approx(1.0, abs=0.15)
    # r of .101 is .101 sd(y)/sd(x) of slope, by hand with the two standard deviations drawn.
    spread = kept.y.std() / kept.x[:, kept.place].std()
    assert found.estimates.loc["typical", "estimate"] == pytest.approx(0.101 * spread, rel=2e-3)


def test_clusters_that_share_driver_and_noise_cost_rows():
    kept, row = sample(2000, 100, shared=1.0)
    found = power_of(kept, low=row.low, high=row.high)
    assert found.design_effect > 5
    assert found.n_effective < 400


def test_enough_rows_pass_and_few_are_doubted():
    kept, row = sample(3000, 1000)
    assert judge_power(power_of(kept, low=row.low, high=row.high), shown=False).verdict == PASS
    kept, row = sample(150, 60)
    found = power_of(kept, low=row.low, high=row.high)
    check = judge_power(found, shown=False)
    assert check.verdict == REVIEW
    assert "could not have been seen" in check.advice
    assert judge_power(found, shown=True).verdict == PASS


def test_the_bootstrap_s_wider_interval_counts():
    kept, row = sample(2000, 500)
    wide = power_of(kept, low=row.low - 1, high=row.high + 1)
    assert wide.detectable > power_of(kept, low=row.low, high=row.high).detectable


def test_the_chance_to_see_is_what_simulated_links_show():
    # 400 links of r = .101 among 400 rows: the stated chance is the share seen, within four errors of 400 draws.
    seen = 0
    for seed in range(400):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=400)
        y = 0.101 * x + math.sqrt(1 - 0.101**2) * rng.normal(size=400)
        r = np.corrcoef(x, y)[0, 1]
        seen += abs(r * math.sqrt(398 / (1 - r**2))) > 1.966
    kept, row = sample(400, 400, seed=1)
    stated = power_of(kept, low=row.low, high=row.high).estimates.loc["typical", "chance"]
    assert seen / 400 == pytest.approx(stated, abs=0.09)


def test_an_interval_without_an_end_is_not_assessed():
    kept, _ = sample(100, 20)
    assert power_of(kept, low=-math.inf, high=math.inf) is None
    assert judge_power(None).verdict == NOT_ASSESSED
