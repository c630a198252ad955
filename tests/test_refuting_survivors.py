"""A money link among those who stayed is put beside the one among all."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from linkage.checks import NOT_ASSESSED, PASS, REVIEW
from linkage.refuting.survivors import judge_survivors, put_back_lost
from linkage.refuting_rows.survivors import survivors_rows
from linkage.regression import fit_linear
from linkage.study_file.declaration import LinkSpec

SPEC = LinkSpec(
    name="t", question="?", grain="customer_period", outcome="y", drivers=("x",), controls=("kind",), lag=1
)


def spenders(seed=0, n=3000, leaving=0.0, slope=5.0) -> pd.DataFrame:
    """Spend of those who stayed; nothing is known of the others. leaving : how much the driver keeps them."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    gone = rng.random(n) < 1 / (1 + np.exp(2.5 + leaving * x))
    spend = 100 + slope * x + rng.normal(0, 40, n)
    return pd.DataFrame(
        {
            "customer_id": np.arange(n),
            "x": x,
            "kind": rng.choice(["a", "b"], n),
            "y": np.where(gone, np.nan, spend),
            "is_gone": gone,
        }
    )


def attacked(rows):
    return put_back_lost(rows, SPEC, cluster="customer_id")


def test_both_slopes_are_those_of_the_fits():
    rows = spenders(leaving=1.0)
    found = attacked(rows)
    everyone = fit_linear(rows.fillna({"y": 0.0}), "y ~ x + kind", cluster="customer_id").slope("x")
    stayers = fit_linear(rows[~rows["is_gone"]], "y ~ x + kind", cluster="customer_id").slope("x")
    for line, fit in (("all", everyone), ("stayers", stayers)):
        row = found.estimates.loc[line]
        assert_allclose([row["estimate"], row["std_error"]], [fit.estimate, fit.std_error], rtol=1e-9)
    assert found.gone == rows["is_gone"].sum() == found.filled
    assert found.leaves_out_lost


def test_customers_whom_the_driver_keeps_make_another_slope():
    for seed in range(4):
        found = attacked(spenders(seed, leaving=1.0))
        assert found.estimates.loc["all", "estimate"] > 1.5 * found.estimates.loc["stayers", "estimate"]
        check = judge_survivors(found)
        assert check.verdict == REVIEW
        assert "leaves the lost out" in check.advice


def test_leaving_by_chance_passes():
    verdicts = [judge_survivors(attacked(spenders(s))).verdict for s in range(12)]
    assert verdicts.count(PASS) >= 11


def test_who_left_but_bought_before_keeps_their_money():
    rows = spenders(leaving=1.0)
    rows.loc[rows["is_gone"], "y"] = 50.0
    found = attacked(rows)
    assert found.filled == 0
    assert "counts the lost" in judge_survivors(found).advice


def test_units_and_order_do_not_matter():
    rows = spenders(leaving=1.0)
    first = attacked(rows).estimates["estimate"]
    other = rows.sample(frac=1, random_state=1).assign(
        x=lambda t: t["x"] / 10, is_gone=lambda t: t["is_gone"].astype("boolean")
    )
    assert_allclose(attacked(other).estimates["estimate"], 10 * first, rtol=1e-8)


def test_what_is_not_known_is_not_assessed():
    assert attacked(None) is None
    rows = spenders()
    assert attacked(rows.assign(is_gone=False)) is None
    assert attacked(rows.assign(x=1.0)) is None
    assert judge_survivors(None).verdict == NOT_ASSESSED


@pytest.mark.parametrize("link", ["loyalty_and_spend", "loyalty_and_next_quarter_spend"])
def test_the_planted_money_links_hold_among_all(demo, demo_truth, link):
    spec = demo.study.links[link]
    found = put_back_lost(survivors_rows(demo, spec, demo.last_complete_period), spec, cluster="customer_id")
    truth = next(e["value"] for e in demo_truth["effects"] if e["link"] == link)
    row = found.estimates.loc["all"]
    assert abs(row["estimate"] - truth) < 3 * row["std_error"]
    # Loyal customers stay: so it is planted, and so the lost must show.
    assert found.estimates.loc["lost", "high"] < 0
    assert judge_survivors(found).verdict == PASS


@pytest.mark.parametrize("link", ["effort_and_churn", "account_calls_and_spend", "satisfaction_and_growth"])
def test_links_without_later_money_of_customers_have_no_survivors(demo, link):
    assert survivors_rows(demo, demo.study.links[link], demo.last_complete_period) is None
