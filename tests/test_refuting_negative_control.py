"""Negative controls show a common cause, and are quiet where there is none."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from linkage.checks import FAIL, NOT_ASSESSED, PASS, REVIEW
from linkage.refuting import sample_of
from linkage.refuting.negative_control import judge_negative_control, try_negative_controls
from linkage.regression import fit_linear
from linkage.study_file.declaration import LinkSpec, NegativeControl


def company(seed=0, hidden=0.0, slope=0.5, n=1200) -> pd.DataFrame:
    """A driver and an outcome with a hidden common cause of that strength, which also moves both negative controls."""
    rng = np.random.default_rng(seed)
    cause, own = rng.normal(size=n), rng.normal(size=n)
    x = hidden * cause + own
    table = {
        "customer_id": rng.integers(0, 200, n),
        "z": rng.normal(size=n),
        "x": x,
        "y": slope * x + hidden * cause + rng.normal(size=n),
        "cannot_be_moved": hidden * cause + rng.normal(size=n),
        "cannot_move": hidden * cause + rng.normal(size=n),
        "neighbour": own + rng.normal(size=n),  # goes with the driver, moves nothing
        "word": "a",
    }
    return pd.DataFrame(table)


def sample(table, controls=("z",)):
    spec = LinkSpec(
        name="t", question="?", grain="survey", outcome="y", drivers=("x",), controls=controls,
        cluster="customer_id",
    )  # fmt: skip
    return sample_of(fit_linear(table, " + ".join(["y ~ x", *controls]), cluster="customer_id"), table, spec)


BOTH = {"outcome": "cannot_be_moved", "driver": "cannot_move"}


def test_the_estimates_are_those_of_the_links_own_fit():
    table = company(hidden=0.5)
    table.loc[:4, "cannot_be_moved"] = np.nan
    found = try_negative_controls(sample(table), **BOTH).estimates
    fits = {
        "outcome": fit_linear(table, "cannot_be_moved ~ x + z", cluster="customer_id").estimates.loc["x"],
        "driver alone": fit_linear(table, "y ~ cannot_move + z", cluster="customer_id").estimates.loc[
            "cannot_move"
        ],
        "driver": fit_linear(table, "y ~ cannot_move + x + z", cluster="customer_id").estimates.loc[
            "cannot_move"
        ],
    }
    columns = ["estimate", "std_error", "low", "high", "p_value"]
    for kind, row in fits.items():
        assert_allclose(found.loc[kind, columns].astype(float), row[columns].astype(float), rtol=1e-7)
    assert found.loc["outcome", "n"] == len(table) - 5
    kept = table.dropna()
    standard = fits["outcome"]["estimate"] * kept["x"].std(ddof=0) / kept["cannot_be_moved"].std(ddof=0)
    assert_allclose(found.loc["outcome", "standard"], standard, rtol=1e-7)
    own = sample(table)
    assert_allclose(
        found.loc["outcome", "ratio"] * own.estimate * table["x"].std() / table["y"].std(),
        standard,
        rtol=1e-7,
    )


def test_false_alarms_are_as_rare_as_the_intervals_say():
    made = [judge_negative_control(try_negative_controls(sample(company(s)), **BOTH)) for s in range(20)]
    alarms = sum(check.verdict != PASS for check in made)
    assert alarms <= 6  # two chances of 5 % each: about 2 of 20
    assert sum(check.verdict == FAIL for check in made) == 0


def test_a_hidden_cause_shows():
    for seed in range(5):
        found = try_negative_controls(sample(company(seed, hidden=0.4)), **BOTH)
        assert judge_negative_control(found).verdict == REVIEW


def test_a_link_that_is_all_common_cause_fails():
    table = company(1, hidden=0.7, slope=0.0)
    table["cannot_be_moved"] = table["x"] + 0.5 * np.random.default_rng(3).normal(size=len(table))
    found = try_negative_controls(sample(table), outcome="cannot_be_moved")
    assert judge_negative_control(found).verdict == FAIL
    assert judge_negative_control(found, shown=False).verdict == REVIEW


def test_a_driver_that_only_goes_with_the_links_own_is_no_alarm():
    found = try_negative_controls(sample(company(2)), driver="neighbour")
    alone = found.estimates.loc["driver alone"]
    assert alone["low"] > 0
    assert judge_negative_control(found).verdict == PASS


def test_a_drivers_units_and_the_order_of_rows_do_not_matter():
    table = company(3, hidden=0.4)
    found = try_negative_controls(sample(table), **BOTH).estimates
    other = table.assign(x=100 * table["x"], cannot_be_moved=table["cannot_be_moved"] / 7).sample(
        frac=1, random_state=1
    )
    again = try_negative_controls(sample(other), **BOTH).estimates
    assert_allclose(again["ratio"].astype(float), found["ratio"].astype(float), rtol=1e-6)


@pytest.mark.parametrize("dtype", ["Int64", "boolean"])
def test_nullable_columns_are_read(dtype):
    table = company(4)
    table["flag"] = pd.Series((table["z"] > 0).astype(int)).astype(dtype)
    table.loc[3, "flag"] = pd.NA
    found = try_negative_controls(sample(table, controls=()), outcome="flag")
    assert found.estimates.loc["outcome", "n"] == len(table) - 1


def test_what_was_not_declared_or_cannot_be_used_is_not_assessed():
    kept = sample(company(5))
    nothing = judge_negative_control(None, NegativeControl())
    assert nothing.verdict == NOT_ASSESSED
    assert "Declare one" in nothing.advice
    assert try_negative_controls(kept) is None
    assert try_negative_controls(kept, outcome="absent", driver="word") is None
    check = judge_negative_control(None, NegativeControl(outcome="word"))
    assert check.verdict == NOT_ASSESSED
    assert "too few numbers" in check.advice
