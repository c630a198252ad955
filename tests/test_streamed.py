"""Fits in blocks from DuckDB: NIST, statsmodels, the fits in memory, what must not matter, refusals."""

import json
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from linkage.errors import FitError, LinkageWarning, LinkError, TableError, TooFewRowsError
from linkage.regression import (
    Errors,
    fit_counts,
    fit_linear,
    fit_logit,
    fit_positive,
    streamed_moments,
    streamed_spread,
)
from linkage.regression.streamed import fit_streamed

TRUTHS = Path(__file__).parent / "truths"
MIXED = "y ~ x + z + segment + C(wave) + is_new + x:segment"


def relation_of(table: pd.DataFrame) -> duckdb.DuckDBPyRelation:
    connection = duckdb.connect()
    connection.register("given", table)
    connection.execute("create table held as select * from given")
    return connection.table("held")


def sample(n: int = 3000, seed: int = 0, groups: int = 60) -> pd.DataFrame:
    """Numbers of unequal scale, categories, clusters, and gaps of every kind. Planted: 2 on x, 0 on nothing."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, groups, n)
    table = pd.DataFrame(
        {
            "x": rng.normal(size=n) + 0.5 * rng.normal(size=groups)[group],
            "z": rng.lognormal(size=n) * 1e-4,
            "nothing": rng.normal(size=n),
            "segment": rng.choice(["alpha", "beta", "it's", "gämma"], n),
            "wave": rng.integers(1, 4, n),
            "is_new": rng.random(n) < 0.3,
            "group": [f"C{g:03d}" for g in group],
            "unit": rng.integers(0, 25, n),
            "weight": rng.uniform(0.2, 3, n),
        }
    )
    noise = rng.normal(size=n) * (1 + table["is_new"]) + rng.normal(size=groups)[group]
    table["y"] = 1 + 2 * table["x"] + 1e4 * table["z"] + 3 * (table["segment"] == "beta") + noise
    table.loc[rng.random(n) < 0.05, "z"] = np.nan
    table.loc[rng.random(n) < 0.01, "x"] = np.inf
    table.loc[rng.random(n) < 0.02, "segment"] = None
    return table


def assert_same(ours, theirs, rtol: float = 1e-9) -> None:
    assert ours.terms == theirs.terms
    assert_allclose(ours.estimates["estimate"], theirs.estimates["estimate"], rtol=rtol)
    assert_allclose(ours.estimates["std_error"], theirs.estimates["std_error"], rtol=rtol)
    assert_allclose(ours.estimates[["low", "high"]], theirs.estimates[["low", "high"]], rtol=1e-7)
    assert_allclose(ours.estimates["p_value"], theirs.estimates["p_value"], rtol=1e-7, atol=1e-300)
    assert_allclose(
        ours.covariance, theirs.covariance, rtol=1e-7, atol=1e-9 * np.abs(theirs.covariance).max().max()
    )
    assert_array_equal(ours.estimates["df"], theirs.estimates["df"])
    for name in (
        "outcome",
        "formula",
        "method",
        "n_used",
        "n_dropped",
        "clusters",
        "errors",
        "weights",
        "references",
    ):
        assert getattr(ours, name) == getattr(theirs, name), name


# Reference: NIST, statsmodels.

CERTIFIED = json.loads((TRUTHS / "nist_strd_linear.json").read_text(encoding="utf-8"))["values"]
NIST = {row["id"]: row["value"] for row in CERTIFIED}
POWERS = {"Norris": 1, "Pontius": 2, "Wampler3": 5, "Wampler4": 5, "Filip": 10}


def nist_fit(name: str):
    data = pd.read_csv(TRUTHS / "nist_strd_linear.csv")
    rows = data[data["dataset"] == name].dropna(axis=1)
    columns = [f"x{i}" for i in range(1, 7)]
    if name in POWERS:
        columns = [f"p{i}" for i in range(1, POWERS[name] + 1)]
        rows = rows.assign(**{f"p{i}": rows["x1"] ** i for i in range(1, POWERS[name] + 1)})
    return fit_streamed(relation_of(rows), f"y ~ {' + '.join(columns)}", errors="iid")


# Wampler's coefficients lose digits by the size of its residuals (condition number 1600), not by the method alone.
@pytest.mark.parametrize(
    ("name", "rtol"),
    [("Norris", 1e-12), ("Pontius", 1e-12), ("Longley", 1e-11), ("Wampler3", 1e-8), ("Wampler4", 1e-7)],
)
def test_certified_values_of_nist_are_met(name, rtol):
    fit = nist_fit(name)
    for place, row in enumerate(fit.estimates.itertuples()):
        assert_allclose(row.estimate, NIST[f"{name}.coef.B{place}"], rtol=rtol)
        assert_allclose(row.std_error, NIST[f"{name}.se.B{place}"], rtol=1e-10)
    assert_allclose(fit.r_squared, NIST[f"{name}.r2"], rtol=1e-12)
    assert_allclose(fit.residual_sd, NIST[f"{name}.residual_sd"], rtol=1e-11)


def test_a_polynomial_of_degree_ten_is_refused():
    with pytest.raises(FitError, match="nearly so"):
        nist_fit("Filip")


def robust(table: pd.DataFrame, kind: str) -> dict:
    if kind == "CR1":
        return {"cov_type": "cluster", "cov_kwds": {"groups": table["group"].factorize()[0]}, "use_t": True}
    return {"cov_type": kind.replace("iid", "nonrobust"), "use_t": True}


WEIGHTED_KINDS = [
    ("iid", None),
    *((k, w) for k in ("HC0", "HC1", "HC2", "HC3", "CR1") for w in (None, "weight")),
]


@pytest.mark.parametrize(("kind", "weights"), WEIGHTED_KINDS)
def test_mixed_data_give_the_numbers_of_statsmodels(kind, weights):
    table = sample().replace([np.inf], np.nan).dropna()
    scaled = table.assign(
        z=table["z"] * 1e4, is_new=table["is_new"] * 1.0
    )  # its own scale costs statsmodels digits
    w = table["weight"] / table["weight"].mean() if weights else 1.0
    theirs = smf.wls(MIXED, scaled, weights=w).fit(**robust(table, kind))
    ours = fit_streamed(
        relation_of(table),
        MIXED,
        errors=kind,
        cluster="group" if kind == "CR1" else None,
        weights=weights,
        block_rows=700,
    )
    scale = pd.Series(1.0, index=ours.terms).where(lambda s: s.index != "z", 1e-4)
    assert_allclose(ours.estimates["estimate"] * scale, theirs.params[ours.terms], rtol=1e-9)
    assert_allclose(ours.estimates["std_error"] * scale, theirs.bse[ours.terms], rtol=1e-9)
    assert_allclose(
        [ours.r_squared, ours.adjusted_r_squared], [theirs.rsquared, theirs.rsquared_adj], rtol=1e-9
    )
    assert_allclose(ours.residual_sd, np.sqrt(theirs.scale), rtol=1e-9)


@pytest.mark.parametrize("kind", ["HC1", "HC3", "CR1"])
def test_an_offset_of_a_hundred_million_costs_no_digits(kind):
    # Rounded to multiples of 2^-20, so that 2^27 = 134,217,728 can be added without rounding anything.
    table = sample()
    for column in ("y", "x", "nothing"):
        table[column] = (table[column] * 2**20).round() / 2**20
    moved = table.assign(**{c: table[c] + 2**27 for c in ("y", "x", "nothing")})
    asked = {"errors": kind, "cluster": "group" if kind == "CR1" else None, "weights": "weight"}
    complete = table[np.isfinite(table["x"])].dropna(subset=["segment"])
    theirs = smf.wls("y ~ x + nothing + segment", complete, weights=complete["weight"]).fit(
        **robust(complete, kind)
    )
    ours = fit_streamed(relation_of(moved), "y ~ x + nothing + segment", **asked)
    terms = ours.terms[1:]  # the constant is the only one that moves
    assert_allclose(ours.estimates.loc[terms, "estimate"], theirs.params[terms], rtol=1e-9)
    assert_allclose(ours.estimates.loc[terms, "std_error"], theirs.bse[terms], rtol=1e-9)


@pytest.mark.parametrize(
    ("kind", "weights"), [case for case in WEIGHTED_KINDS if case[0] not in ("HC0", "HC2")]
)
def test_absorbed_effects_are_those_of_indicators(kind, weights):
    table = sample().replace([np.inf], np.nan).dropna()
    w = table["weight"] / table["weight"].mean() if weights else 1.0
    theirs = smf.wls("y ~ x + nothing + segment + C(unit)", table, weights=w).fit(**robust(table, kind))
    ours = fit_streamed(
        relation_of(table), "y ~ x + nothing + segment", absorb="unit", errors=kind, weights=weights, block_rows=701,
        cluster="group" if kind == "CR1" else None,
    )  # fmt: skip
    assert "Intercept" not in ours.terms and ours.effects == 25
    assert_allclose(ours.estimates["estimate"], theirs.params[ours.terms], rtol=1e-9)
    assert_allclose(ours.estimates["std_error"], theirs.bse[ours.terms], rtol=1e-9)
    assert_allclose(
        [ours.r_squared, ours.adjusted_r_squared], [theirs.rsquared, theirs.rsquared_adj], rtol=1e-9
    )
    assert ours.estimates["df"].iloc[0] == (59 if kind == "CR1" else theirs.df_resid)


FAMILIES = {
    "binomial": (sm.families.Binomial(), fit_logit),
    "poisson": (sm.families.Poisson(), fit_counts),
    "gamma": (sm.families.Gamma(sm.families.links.Log()), fit_positive),
}


def outcomes(seed: int = 3) -> pd.DataFrame:
    table = sample(seed=seed)
    rng = np.random.default_rng(seed)
    eta = 0.5 * table["x"].where(np.isfinite(table["x"]), 0) - 0.4 * table["is_new"]
    table["binomial"] = rng.random(len(table)) < 1 / (1 + np.exp(-eta))
    table["poisson"] = rng.poisson(np.exp(0.5 * eta))
    table["gamma"] = rng.gamma(2.0, np.exp(eta) / 2)
    return table


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("cluster", [None, "group"])
def test_fits_through_a_link_are_those_of_statsmodels(family, cluster):
    table = outcomes().replace([np.inf], np.nan).dropna()
    table = table.assign(binomial=table["binomial"] * 1.0, is_new=table["is_new"] * 1.0)
    model = smf.glm(f"{family} ~ x + segment + is_new", table, family=FAMILIES[family][0])
    theirs = model.fit(tol=1e-13, maxiter=200)
    information = -model.hessian(theirs.params, observed=True)
    scores = model.score_obs(theirs.params, scale=1.0)
    if family == "gamma":
        information = information * theirs.scale  # statsmodels divides it by the dispersion
    n, k = model.exog.shape
    if cluster:
        sums = pd.DataFrame(scores).groupby(table["group"].to_numpy()).sum().to_numpy()
        factor = 60 / 59 * (n - 1) / (n - k)
    else:
        sums, factor = scores, n / (n - k)
    bread = np.linalg.inv(information)
    errors = np.sqrt(np.diag(bread @ (sums.T @ sums) @ bread) * factor)
    ours = fit_streamed(
        relation_of(table), f"{family} ~ x + segment + is_new", family=family, cluster=cluster, block_rows=500
    )
    assert_allclose(ours.estimates["estimate"], theirs.params[ours.terms], rtol=1e-9)
    assert_allclose(ours.estimates["std_error"], pd.Series(errors, model.exog_names)[ours.terms], rtol=1e-9)
    assert_allclose(ours.log_likelihood, theirs.llf, rtol=1e-10)
    assert_allclose(ours.pseudo_r_squared, 1 - theirs.deviance / theirs.null_deviance, rtol=1e-9)
    assert (
        ours.dispersion is None if family != "gamma" else np.isclose(ours.dispersion, theirs.scale, rtol=1e-9)
    )


# The same as in memory, field by field.


@pytest.mark.parametrize(
    "asked",
    [
        {"errors": "HC1"},
        {"errors": "HC3", "weights": "weight"},
        {"cluster": "group"},
        {"cluster": "group", "weights": "weight"},
        {"cluster": "unit"},  # 25 clusters: the wild bootstrap
        {"cluster": "unit", "weights": "weight", "drivers": ["x"]},
        {"cluster": ("group", "unit")},
        {"cluster": ("group", "unit"), "errors": Errors("CR1", two_way="white")},
        {"errors": "HC1", "reference": {"segment": "it's", "wave": 2}},
    ],
)
def test_it_is_the_fit_in_memory(asked):
    table = sample()
    ours = fit_streamed(relation_of(table), MIXED, block_rows=777, **asked)
    theirs = fit_linear(table, MIXED, **asked)
    assert_same(ours, theirs)
    assert ours.bootstrapped == theirs.bootstrapped
    assert ours.rows_kept is None and ours.fitted is None and ours.residuals is None
    assert_allclose(ours.condition_number, theirs.condition_number, rtol=1e-6)
    assert_allclose(ours.slope("z").estimate, theirs.slope("z").estimate, rtol=1e-9)
    assert_allclose(
        ours.predict(table.head(50)), fit_linear(table, MIXED, **asked).predict(table.head(50)), rtol=1e-7
    )


@pytest.mark.parametrize(
    "formula",
    [
        "y ~ 0 + segment + x",
        "y ~ 0 + x + is_new",
        "y ~ segment*C(wave)",
        "y ~ x:segment + segment:C(wave):z",
        "log(z) ~ x*z + sqrt(weight)",
        "y ~ log2(z):is_new + `a name`",
    ],
)
def test_every_kind_of_term_is_that_of_the_fit_in_memory(formula):
    table = sample().assign(**{"a name": lambda t: t["weight"] ** 2})
    ours = fit_streamed(relation_of(table), formula, block_rows=999, errors="HC1")
    assert_same(ours, fit_linear(table, formula, errors="HC1"))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    "asked",
    [{}, {"errors": "iid"}, {"cluster": "group", "weights": "weight"}, {"cluster": ("group", "unit")}],
)
def test_links_and_their_effects_are_those_in_memory(family, asked):
    table = outcomes()
    formula = f"{family} ~ x + segment + is_new + log(weight)"
    ours = fit_streamed(relation_of(table), formula, family=family, block_rows=800, **asked)
    theirs = FAMILIES[family][1](table, formula, **asked)
    assert_same(ours, theirs)
    assert list(ours.effects.index) == list(theirs.effects.index)
    # In memory the difference of two sums loses digits that the sum of differences keeps: 1e-7.
    assert_allclose(
        ours.effects[["estimate", "std_error"]], theirs.effects[["estimate", "std_error"]], rtol=1e-7
    )
    assert_allclose(ours.log_likelihood, theirs.log_likelihood, rtol=1e-10)
    assert "Average effects" in ours.summary()


# Recovery.


def test_a_planted_slope_is_recovered_and_nothing_where_nothing_is():
    table = sample(n=20_000, seed=7, groups=400)
    fit = fit_streamed(relation_of(table), "y ~ x + z + segment + nothing", cluster="group", block_rows=4096)
    for term, planted in {"x": 2.0, "nothing": 0.0, "segment[T.beta]": 3.0}.items():
        assert abs(fit.term(term).estimate - planted) < 3 * fit.term(term).std_error
    assert abs(fit.term("z").estimate - 1e4) < 3 * fit.term("z").std_error


# What must not matter.


def test_two_runs_give_the_same_digits_on_several_threads():
    connection = duckdb.connect(config={"threads": 2})
    connection.execute(
        """create table held as select sin(i * 12.9898) * 43758.5453 % 1 as x, cos(i * 78.233) * 12543.123 % 1 as y,
        'C' || (i * 7919 % 997) as customer from range(400000) as counted(i)"""
    )
    runs = [fit_streamed(connection.table("held"), "y ~ x", cluster="customer") for _ in range(4)]
    assert len({tuple(run.estimates.to_numpy().ravel()) for run in runs}) == 1


@settings(max_examples=8, deadline=None)
@given(st.integers(1, 400), st.permutations(range(120)))
def test_block_size_and_row_order_do_not_matter(block_rows, order):
    table = sample(n=120)
    formula, asked = "y ~ x + segment", {"cluster": "group", "errors": "CR1"}
    one = fit_streamed(relation_of(table), formula, **asked)
    other = fit_streamed(relation_of(table.iloc[list(order)]), formula, block_rows=block_rows, **asked)
    assert_allclose(
        other.estimates[["estimate", "std_error"]], one.estimates[["estimate", "std_error"]], rtol=1e-10
    )


def test_the_unit_of_a_driver_scales_its_slope_alone():
    table = sample()
    minutes = fit_streamed(relation_of(table), "y ~ x + nothing")
    seconds = fit_streamed(relation_of(table.assign(x=table["x"] * 60)), "y ~ x + nothing")
    assert_allclose(seconds.term("x").estimate * 60, minutes.term("x").estimate, rtol=1e-12)
    assert_allclose(seconds.term("nothing").std_error, minutes.term("nothing").std_error, rtol=1e-12)


@pytest.mark.parametrize("cast", ["boolean", "tinyint", "decimal(9, 2)", "float", "hugeint"])
def test_every_kind_of_number_is_a_number(cast):
    table = sample().assign(x=lambda t: (t["x"] > 0).astype("Int64"))
    table.loc[::7, "x"] = pd.NA
    relation = relation_of(table).project(f"* replace (cast(x as {cast}) as x)")
    assert_same(
        fit_streamed(relation, "y ~ x"),
        fit_linear(table, "y ~ x"),
    )


def test_an_enum_keeps_its_order_and_a_null_nan_or_infinity_is_missing():
    table = sample()
    table["segment"] = pd.Categorical(
        table["segment"], categories=["it's", "gämma", "beta", "alpha", "never"]
    )
    relation = relation_of(table).project("*, case when z > 0.001 then 'nan'::double else z end as holed")
    ours = fit_streamed(relation, "y ~ segment + holed")
    holed = table.assign(holed=table["z"].where(~(table["z"] > 0.001)))
    assert_same(ours, fit_linear(holed, "y ~ segment + holed"))
    assert ours.references == {"segment": "it's"}


def test_many_clusters_in_little_memory_take_more_passes_and_give_the_same(monkeypatch):
    relation = relation_of(sample())
    for cluster in ("group", ("group", "unit")):
        whole = fit_streamed(relation, "y ~ x + segment", cluster=cluster)
        monkeypatch.setattr(streamed_spread, "GROUP_BYTES", 1000)
        parts = fit_streamed(relation, "y ~ x + segment", cluster=cluster)
        monkeypatch.undo()
        assert_allclose(parts.covariance, whole.covariance, rtol=1e-10)


def test_a_category_of_hundreds_of_levels_costs_no_indicators():
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"shop": rng.integers(0, 300, 9000), "x": rng.normal(size=9000)})
    table["y"] = table["x"] + rng.normal(size=300)[table["shop"]] + rng.normal(size=9000)
    ours = fit_streamed(relation_of(table), "y ~ x + C(shop)")
    absorbed = fit_streamed(relation_of(table), "y ~ x", absorb="shop")
    assert len(ours.terms) == 301
    assert_allclose(
        absorbed.term("x")[["estimate", "std_error", "df"]], ours.term("x")[["estimate", "std_error", "df"]]
    )
    assert_allclose(absorbed.r_squared, ours.r_squared)


def test_nearly_collinear_drivers_are_carried_by_a_second_orthonormalisation():
    # near = x + 1e-4 noise: a condition number of 2e4, of which products alone keep 8 digits. The same model of x and
    # noise is well conditioned, and the slope of near is 1e4 times that of noise.
    rng = np.random.default_rng(5)
    table = pd.DataFrame({"x": rng.normal(size=2000), "noise": rng.normal(size=2000)})
    table["near"] = table["x"] + 1e-4 * table["noise"]
    table["y"] = table["x"] + rng.normal(size=2000)
    table["bought"] = rng.random(2000) < 1 / (1 + np.exp(-table["x"]))
    table["group"] = rng.integers(0, 80, 2000)
    relation, asked = relation_of(table), {"cluster": "group"}
    for family, outcome, in_memory in (("gaussian", "y", fit_linear), ("binomial", "bought", fit_logit)):
        ours = fit_streamed(relation, f"{outcome} ~ x + near", family=family, **asked).term("near")
        theirs = in_memory(table, f"{outcome} ~ x + noise", **asked).term("noise")
        assert_allclose(ours[["estimate", "std_error"]], 1e4 * theirs[["estimate", "std_error"]], rtol=1e-9)


# Refusals.


def test_an_outcome_without_remainder_is_told():
    table = sample().assign(y=lambda t: 3 * t["nothing"] + 1)
    with pytest.warns(LinkageWarning, match="without remainder in all 3,000 rows"):
        fit = fit_streamed(relation_of(table), "y ~ nothing")
    assert fit.is_perfect and (fit.estimates["std_error"] == 0).all() and fit.r_squared == 1


@pytest.mark.parametrize(
    ("formula", "asked", "kind", "says"),
    [
        ("y ~ cr(x, df=4)", {}, LinkError, r"cr\(x, df=4\).*fit_linear on a DataFrame"),
        ("y ~ I(x ** 2)", {}, LinkError, "fit_linear on a DataFrame"),
        ("y ~ wave + C(wave)", {}, LinkError, "both a number and a category"),
        ("y ~ x", {"errors": "CR3", "cluster": "group"}, LinkError, "CR3.*not offered"),
        ("y ~ x", {"errors": "HAC"}, LinkError, "HAC.*not offered"),
        ("y ~ x", {"errors": "iid", "weights": "weight"}, LinkError, "Survey weights need robust errors"),
        ("y ~ x", {"family": "beta"}, LinkError, "'beta' is unknown"),
        ("y ~ x", {"block_rows": 0}, LinkError, "1 or more"),
        ("y ~ x", {"absorb": "unit", "family": "poisson"}, LinkError, "absorb='unit'"),
        ("y ~ 0 + x", {"absorb": "unit"}, LinkError, "takes the place of the constant"),
        (
            "y ~ x",
            {"absorb": "unit", "cluster": "wave", "errors": "wild"},
            LinkError,
            "spreads over several wave",
        ),
        ("y ~ x", {"reference": {"x": 1}}, LinkError, "does not use as a category"),
        ("y ~ segment", {"reference": {"segment": "delta"}}, LinkError, "'delta' is not a level"),
        ("y ~ x", {"drivers": ["z"], "cluster": "unit"}, LinkError, "drivers names 'z'"),
        ("y ~ xx", {}, TableError, "no column 'xx'"),
        ("y ~ x", {"cluster": "grup"}, TableError, "Did you mean 'group'"),
        ("segment ~ x", {}, TableError, "'segment' holds text"),
        ("y ~ day", {}, TableError, "'day' is of type TIMESTAMP"),
        ("y ~ log(nothing)", {}, TableError, r"log\(nothing\) is not a number in 1,\d{3} rows"),
        ("y ~ x", {"weights": "nothing"}, TableError, "Weights in 'nothing' are negative in 1,"),
        ("y ~ x", {"family": "binomial"}, TableError, "must be 0 and 1.*for example"),
        ("nothing ~ x", {"family": "gamma"}, TableError, "must be above 0"),
        ("y ~ empty", {}, TooFewRowsError, "None of the 3,000 rows is complete in empty, y"),
        ("y ~ rare", {}, TooFewRowsError, "2 complete rows cannot carry 2"),
        ("y ~ x", {"cluster": "one"}, TooFewRowsError, "one one"),
        ("y ~ x + one", {}, FitError, "one: the same value in all"),
        ("y ~ x + C(one)", {}, FitError, "one has the one value 1"),
        ("one ~ x", {}, FitError, "'one' is 1 in all"),
        ("y ~ x + twice", {}, FitError, "x, twice say the same thing"),
        ("y ~ x + segment + is_alpha", {}, FitError, "is_alpha"),
        ("y ~ x + of_unit", {"absorb": "unit"}, FitError, "of_unit: the same in all rows of each unit"),
        ("y ~ x + C(unique)", {"errors": "HC3"}, LinkError, "more than 2,000 levels"),
        ("y ~ x + lonely", {"errors": "HC3"}, FitError, "1 rows are fitted exactly"),
    ],
)
def test_what_cannot_be_answered_is_refused_by_name(formula, asked, kind, says):
    table = sample().assign(
        day=pd.Timestamp("2026-01-01"),
        empty=np.nan,
        rare=lambda t: np.where(t.index < 2, t["nothing"], np.nan),
        one=1,
        twice=lambda t: 2 * t["x"] + 1,
        is_alpha=lambda t: t["segment"] == "alpha",
        of_unit=lambda t: np.sqrt(t["unit"]) / 7,
        unique=lambda t: t.index,
        lonely=lambda t: (t.index == 5) * 1.0,
    )
    with pytest.raises(kind, match=says):
        fit_streamed(relation_of(table), formula, **asked)


@pytest.mark.parametrize(
    ("formula", "family", "says"),
    [
        ("always ~ nothing + segment", "binomial", r"by segment\[T.beta\]: the coefficient grows"),
        ("above ~ nothing + weight", "binomial", "by nothing: the coefficient grows"),
        ("never ~ nothing + segment", "poisson", r"by segment\[T.beta\]: the coefficient grows"),
    ],
)
def test_separation_is_stopped_and_the_term_named(formula, family, says):
    table = outcomes().assign(
        always=lambda t: t["binomial"] | (t["segment"] == "beta"),
        above=lambda t: t["nothing"] > 0.1,
        never=lambda t: t["poisson"].where(t["segment"] != "beta", 0),
    )
    with pytest.raises(FitError, match=says):
        fit_streamed(relation_of(table), formula, family=family, block_rows=500)


def test_an_extreme_driver_without_separation_is_fitted():
    # One value far out makes a linear predictor beyond 12, and the check finds nothing to refuse.
    table = outcomes()
    table.loc[0, ["nothing", "binomial"]] = [-500.0, True]
    ours = fit_streamed(relation_of(table), "binomial ~ nothing + x", family="binomial")
    assert_same(ours, fit_logit(table, "binomial ~ nothing + x"))


def test_rows_that_change_between_passes_are_refused():
    connection = duckdb.connect()
    changing = connection.sql("select random() as x, random() as y from range(100000) where random() < 0.5")
    with pytest.raises(TableError, match="materialize"):
        fit_streamed(changing, "y ~ x")


def test_a_table_in_memory_is_sent_to_the_fit_in_memory():
    with pytest.raises(LinkError, match="fit_linear"):
        fit_streamed(sample(), "y ~ x")


def test_absorbing_too_much_for_memory_is_refused(monkeypatch):
    monkeypatch.setattr(streamed_moments, "GROUP_BYTES", 100)
    with pytest.raises(LinkError, match="absorb='unit' has 25 values"):
        fit_streamed(relation_of(sample()), "y ~ x", absorb="unit")


def test_absorbed_effects_with_few_clusters_are_bootstrapped_where_they_are_nested():
    table = sample().assign(region=lambda t: t["unit"] % 8)
    fit = fit_streamed(relation_of(table), "y ~ x", absorb="unit", cluster="region")
    within = table[np.isfinite(table["x"])].copy()
    for column in ("x", "y"):
        within[column] -= within.groupby("unit")[column].transform("mean")
    # The bootstrap of the demeaned columns: only the small-sample factor, which cancels in t, is another.
    theirs = fit_linear(within, "y ~ 0 + x", cluster="region")
    assert fit.bootstrapped == ("x",)
    assert_allclose(
        fit.term("x")[["estimate", "p_value"]], theirs.term("x")[["estimate", "p_value"]], rtol=1e-9
    )
    with pytest.warns(LinkageWarning, match="no wild bootstrap"):
        fit_streamed(relation_of(table), "y ~ x", absorb="unit", cluster="wave")
    with pytest.raises(LinkError, match="absorbs 'unit'"):
        fit.predict(table)
