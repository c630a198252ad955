"""The sums behind the attacks equal fits of the rows."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import linkage as lk
from linkage.refuting import codes_of, group_sums, sample_of, solve
from linkage.regression import fit_linear
from linkage.study_file.declaration import LinkSpec


@pytest.fixture(scope="module")
def linked():
    rng = np.random.default_rng(3)
    n = 600
    table = pd.DataFrame(
        {
            "customer_id": rng.integers(0, 80, n),
            "x": rng.normal(5, 2, n),
            "z": rng.normal(size=n),
            "kind": rng.choice(["a", "b", "c"], n),
        }
    )
    table["y"] = 1 + 0.5 * table["x"] - table["z"] + rng.normal(size=n)
    table.loc[3, "z"] = np.nan
    spec = LinkSpec(
        name="t", question="?", grain="survey", outcome="y", drivers=("x",), controls=("z", "kind")
    )
    fit = fit_linear(table, "y ~ x + z + kind", cluster="customer_id")
    return table, spec, fit, sample_of(fit, table, spec)


def test_the_sums_give_the_fit(linked):
    _, _, fit, sample = linked
    xx, xy, n = group_sums(sample, sample.groups)
    assert n.sum() == fit.n_used == 599
    assert_allclose(solve(xx.sum(axis=0), xy.sum(axis=0)), fit.estimates["estimate"], rtol=1e-9)


def test_leaving_a_group_out_is_a_difference_of_sums(linked):
    table, _, _, sample = linked
    codes, labels = codes_of(sample.table["kind"])
    xx, xy, _ = group_sums(sample, sample.groups)
    keep = sample.table["customer_id"] != sample.table["customer_id"].iloc[0]
    refit = fit_linear(sample.table[keep], "y ~ x + z + kind").slope("x").estimate
    without = solve(xx.sum(axis=0) - xx[0], xy.sum(axis=0) - xy[0])
    assert_allclose(without[sample.place], refit, rtol=1e-9)
    assert list(labels) == ["a", "b", "c"]
    assert len(codes) == len(table) - 1


def test_a_column_that_became_empty_leaves_the_others_as_they_are(linked):
    _, _, _, sample = linked
    codes, _ = codes_of(sample.table["kind"])
    xx, xy, _ = group_sums(sample, codes)
    refit = fit_linear(sample.table[codes != 1], "y ~ x + z + kind").slope("x").estimate
    assert_allclose(solve(xx[[0, 2]].sum(axis=0), xy[[0, 2]].sum(axis=0))[sample.place], refit, rtol=1e-8)


def test_partialling_out_gives_the_adjusted_slope(linked):
    _, _, fit, sample = linked
    y, x = sample.partialled()
    assert_allclose(x @ y / (x @ x), fit.slope("x").estimate, rtol=1e-9)


def test_a_row_that_names_nobody_is_a_cluster_of_its_own():
    """Errors that were not clustered use such rows; the attacks by customer must not stop at them."""
    rng = np.random.default_rng(5)
    table = pd.DataFrame({"customer_id": np.repeat(np.arange(50.0), 3), "x": rng.normal(size=150)})
    table["y"] = table["x"] + rng.normal(size=150)
    table.loc[[4, 5, 77], "customer_id"] = np.nan
    spec = LinkSpec(name="t", question="?", grain="survey", outcome="y", drivers=("x",))
    groups = sample_of(fit_linear(table, "y ~ x"), table, spec).groups
    assert groups.max() + 1 == 53
    assert (np.bincount(groups)[groups[[4, 5, 77]]] == 1).all()
    assert lk.link("y ~ x", table).n_used == 150
