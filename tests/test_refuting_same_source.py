"""A link inside one answer is named, and a marker says how much of it could be mood."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from linkage.checks import NOT_ASSESSED, PASS, REVIEW
from linkage.linking.link_rows import link_rows
from linkage.refuting.same_source import judge_halo, look_for_halo
from linkage.refuting.sample import sample_of
from linkage.refuting_rows.same_source import same_source_rows
from linkage.regression import fit_linear
from linkage.study_file.declaration import LinkSpec


def answers(seed=0, n=1500, mood=0.0, slope=0.5) -> pd.DataFrame:
    """Driver, outcome, a marker that has only the mood, and two more items."""
    rng = np.random.default_rng(seed)
    shared = mood * rng.normal(size=n)
    x = rng.normal(size=n) + shared
    table = pd.DataFrame({"customer_id": np.arange(n), "x": x})
    table["y"] = slope * (x - shared) + rng.normal(size=n) + shared
    table["marker"] = rng.normal(size=n) + shared
    return table.assign(a=rng.normal(size=n) + shared, b=rng.normal(size=n) + shared)


def attacked(table: pd.DataFrame, marker="marker"):
    spec = LinkSpec(name="t", question="?", grain="survey", outcome="y", drivers=("x",), marker=marker)
    fit = fit_linear(table, "y ~ x", cluster="customer_id")
    items = table.rename(columns={"customer_id": "_cluster"})[["_cluster", "x", "y", "a", "b"]]
    return look_for_halo(sample_of(fit, table, spec), items, marker=marker)


def test_the_marker_s_correlation_is_taken_out_as_published():
    # Lindell and Whitney 2001, formula: (r - m)/(1 - m), by hand from the correlations of the rows.
    table = answers(mood=0.8)
    r = table[["x", "y", "marker"]].corr()
    m = r.loc["marker", ["x", "y"]].min()
    found = attacked(table)
    assert_allclose(found.marker_r, m, rtol=1e-9)
    assert_allclose(found.corrected, (r.loc["x", "y"] - m) / (1 - m), rtol=1e-9)
    # The items x, y, a, b: first eigenvalue of their correlations over four.
    values = np.linalg.eigvalsh(table[["x", "y", "a", "b"]].corr())
    assert_allclose(found.share, values[-1] / 4, rtol=1e-9)


def test_the_marker_is_held_fixed_as_a_control():
    table = answers(mood=0.8)
    fit = fit_linear(table, "y ~ x + marker", cluster="customer_id").slope("x")
    row = attacked(table).estimates.loc["marker_fixed"]
    assert_allclose([row["estimate"], row["std_error"]], [fit.estimate, fit.std_error], rtol=1e-9)


def test_a_link_that_is_mood_is_doubted_and_a_real_one_passes():
    assert judge_halo(attacked(answers(mood=1.5, slope=0.0)), same=True).verdict == REVIEW
    real = attacked(answers())
    assert judge_halo(real, same=True).verdict == PASS
    assert abs(real.estimates.loc["difference", "estimate"]) < 0.02


def test_without_a_marker_one_answer_is_always_doubted():
    check = judge_halo(attacked(answers(), marker=None), same=True)
    assert check.verdict == REVIEW
    assert "Declare a `marker:`" in check.advice


def test_the_sign_of_a_driver_does_not_matter():
    table = answers(mood=0.8)
    found, turned = attacked(table), attacked(table.assign(x=-table["x"]))
    assert_allclose(turned.corrected, -found.corrected, rtol=1e-9)
    assert_allclose(turned.share, found.share, rtol=1e-9)


def test_two_items_have_no_share():
    table = answers()
    spec = LinkSpec(name="t", question="?", grain="survey", outcome="y", drivers=("x",))
    kept = sample_of(fit_linear(table, "y ~ x", cluster="customer_id"), table, spec)
    found = look_for_halo(kept, table.rename(columns={"customer_id": "_cluster"})[["_cluster", "x", "y"]])
    assert np.isnan(found.share)
    assert judge_halo(found, same=True).value is None


def test_what_is_not_there_is_not_assessed():
    table = answers()
    constant = table.assign(a=1.0)
    assert attacked(constant) is None
    assert judge_halo(None, same=True).verdict == NOT_ASSESSED
    assert judge_halo(None, same=False).verdict == PASS


@pytest.mark.parametrize(
    ("link", "same"),
    [
        ("effort_and_satisfaction", True),
        ("touch_points_and_loyalty", True),
        ("handle_time_and_satisfaction", False),
        ("loyalty_and_spend", False),
        ("effort_and_churn", False),
        ("engagement_and_satisfaction", False),
    ],
)
def test_the_catalogue_tells_one_answer_from_two_sources(demo, link, same):
    spec = demo.study.links[link]
    rows = same_source_rows(demo, spec, demo.last_complete_period)
    assert (rows is not None) == same
    if same:
        assert {spec.outcome, *spec.drivers} <= set(rows.columns)


def test_hospitals_share_of_one_form_is_seen(hospitals):
    spec, through = hospitals.study.links["experience_and_rating"], hospitals.last_complete_period
    rows = link_rows(hospitals, spec, through)
    formula = f"{spec.outcome} ~ {' + '.join([*spec.drivers, *spec.controls])}"
    kept = sample_of(fit_linear(rows, formula, cluster="state"), rows, spec)
    found = look_for_halo(kept, same_source_rows(hospitals, spec, through))
    assert found.share > 0.5
    assert judge_halo(found, same=True).verdict == REVIEW
