"""Within and between: the slopes equal their definitions, an ecological link is told, and agreement is left alone."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from linkage.cards.parts import judge_nesting, nesting_of
from linkage.checks import NOT_ASSESSED, PASS, REVIEW
from linkage.errors import TableError
from linkage.panel.mundlak import split_within_between
from linkage.study_file.declaration import LinkSpec


def link(controls=(), cluster="customer_id", **more) -> LinkSpec:
    return LinkSpec(
        name="t", question="?", grain="survey", outcome="y", drivers=("x",), controls=controls, cluster=cluster, **more
    )  # fmt: skip


def answers(within=0.4, between=0.4, groups=150, rows=6, seed=0) -> pd.DataFrame:
    """Customers with a level of x of their own; y follows the level by `between`, what is above it by `within`."""
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(groups), rows)
    level, own, z = rng.normal(size=groups)[who], rng.normal(size=len(who)), rng.normal(size=len(who))
    y = (
        between * level
        + within * own
        + 0.5 * z
        + 0.5 * rng.normal(size=groups)[who]
        + rng.normal(size=len(who))
    )
    return pd.DataFrame({"customer_id": who, "x": level + own, "z": z, "y": y})


def test_without_controls_it_is_the_panels_split():
    table = answers(0.5, 0.1)
    found = nesting_of(table, link())
    theirs = split_within_between(table, "y ~ x", unit="customer_id").estimates.loc["x"]
    for part in ("within", "between", "difference"):
        row, other = found.estimates.loc[("customer_id", part)], theirs.loc[part]
        assert_allclose(
            row[["estimate", "std_error", "low", "high", "p_value"]].to_numpy(float),
            other[["estimate", "std_error", "low", "high", "p_value"]].to_numpy(float),
            rtol=1e-6, atol=1e-12,
        )  # fmt: skip
    assert found.nestings.loc["customer_id", "groups"] == 150


def test_with_controls_it_is_the_panels_split_too():
    table = answers(0.5, 0.1)
    found = nesting_of(table, link(("z",))).estimates.loc["customer_id"]
    theirs = split_within_between(table, "y ~ x + z", unit="customer_id").estimates.loc["x"]
    assert_allclose(found["estimate"], theirs["estimate"], rtol=1e-8)
    assert_allclose(found["std_error"], theirs["std_error"], rtol=1e-6)


def test_the_within_slope_is_that_of_deviations():
    table = answers(0.5, -0.2)
    less = table[["x", "y", "z"]] - table.groupby("customer_id")[["x", "y", "z"]].transform("mean")
    expected = np.linalg.lstsq(less[["x", "z"]], less["y"], rcond=None)[0][0]
    found = nesting_of(table, link(("z",)))
    assert found.estimates.loc[("customer_id", "within"), "estimate"] == pytest.approx(expected, rel=1e-9)
    weighted = table.assign(w=1.0 + table.index % 2)
    means = weighted.groupby("customer_id").apply(
        lambda g: pd.Series({c: np.average(g[c], weights=g["w"]) for c in ("x", "y")})
    )
    dx = weighted["x"] - means["x"].loc[weighted["customer_id"]].to_numpy()
    dy = weighted["y"] - means["y"].loc[weighted["customer_id"]].to_numpy()
    expected = (weighted["w"] * dx * dy).sum() / (weighted["w"] * dx**2).sum()
    found = nesting_of(weighted, link(weights="w"))
    assert found.estimates.loc[("customer_id", "within"), "estimate"] == pytest.approx(expected, rel=1e-9)


def test_planted_slopes_lie_in_their_intervals():
    # The mean of six answers holds a sixth of what is above the level: (1 x 0.1 + 1/6 x 0.5) / (1 + 1/6).
    found = nesting_of(answers(0.5, 0.1, groups=400), link(("z",))).estimates.loc["customer_id"]
    assert found.loc["within", "low"] < 0.5 < found.loc["within", "high"]
    assert found.loc["between", "low"] < (0.1 + 0.5 / 6) / (1 + 1 / 6) < found.loc["between", "high"]


def test_an_ecological_link_is_told():
    found = nesting_of(answers(0.4, -0.6, groups=300), link())
    check = judge_nesting(found)
    assert found.is_ecological
    assert found.nestings.loc["customer_id", "turns"]
    assert check.verdict == REVIEW
    assert "opposite signs" in check.advice
    assert "does not tell what a change within one does" in found.summary()


def test_agreement_is_left_alone():
    verdicts = [judge_nesting(nesting_of(answers(seed=s, groups=60), link())).verdict for s in range(25)]
    assert verdicts.count(PASS) >= 24
    nothing = [judge_nesting(nesting_of(answers(0, 0, seed=s, groups=60), link())).verdict for s in range(25)]
    assert nothing.count(PASS) >= 24


def test_a_difference_that_decides_nothing_is_none():
    found = nesting_of(answers(0.50, 0.44, groups=6000, rows=4), link())
    assert found.nestings.loc["customer_id", "p_value"] < 0.01
    assert judge_nesting(found).verdict == PASS


def test_every_nesting_of_the_rows_is_looked_at():
    table = answers(groups=200)
    table["unit_id"] = table["customer_id"] % 20
    table["employee_id"] = np.random.default_rng(1).integers(0, 40, len(table))
    found = nesting_of(table, link())
    assert list(found.nestings.index) == ["customer_id", "employee_id", "unit_id"]
    # Customers belong to units: the errors of both rest on the coarser.
    assert found.nestings.loc["unit_id", "clusters"] == 20
    assert found.nestings.loc["customer_id", "clusters"] == 200
    assert (found.nestings["p_adjusted"] >= found.nestings["p_value"]).all()


def test_a_finer_nesting_takes_the_links_coarser_clusters():
    table = answers(groups=200)
    table["unit_id"] = table["customer_id"] % 50
    found = nesting_of(table, link(cluster="unit_id"))
    assert found.nestings.loc["customer_id", "clusters"] == 50


def test_crossed_groups_count_both_ways():
    table = answers(groups=100, rows=8)
    table["unit_id"] = (table.index % 8) + 8 * (table["customer_id"] % 7)
    found = nesting_of(table, link())
    assert found.nestings.loc["unit_id", "clusters"] == 56
    one_way = nesting_of(table, link(cluster=None))
    wide = found.estimates.loc[("unit_id", "within"), "std_error"]
    assert wide >= one_way.estimates.loc[("unit_id", "within"), "std_error"] * 0.999


def test_order_units_and_odd_values_do_not_matter():
    table = answers(0.5, 0.1)
    own = nesting_of(table, link()).estimates["estimate"]
    moved = table.assign(x=table["x"] * 60 + 500).sample(frac=1, random_state=3)
    assert_allclose(nesting_of(moved, link()).estimates["estimate"] * 60, own, rtol=1e-6)
    table["x"] = (10 * table["x"]).round().astype("Int64")
    table["w"] = np.inf
    assert nesting_of(table, link()).n_used == len(table)
    table.loc[0, "x"] = pd.NA
    assert nesting_of(table, link()).n_used == len(table) - 1


def test_rows_without_a_unit_are_left_out_of_its_split():
    table = answers(groups=100)
    table["unit_id"] = (table["customer_id"] % 25).astype(object)
    table.loc[:9, "unit_id"] = None
    found = nesting_of(table, link())
    assert found.nestings.loc["unit_id", "rows_a_group"] == pytest.approx((len(table) - 10) / 25)


def test_where_nothing_is_nested_there_is_none():
    single = answers(rows=1, groups=300)
    assert nesting_of(single, link()) is None
    constant = answers().assign(x=lambda t: t.groupby("customer_id")["x"].transform("mean"))
    assert nesting_of(constant, link()) is None
    words = answers().assign(x=lambda t: np.where(t["x"] > 0, "a", "b"))
    assert nesting_of(words, link()) is None
    check = judge_nesting(None)
    assert check.verdict == NOT_ASSESSED
    with pytest.raises(TableError, match="no column 'x'"):
        nesting_of(single.drop(columns="x"), link())
