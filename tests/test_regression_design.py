"""What a formula makes of a table: columns, categories, complete rows, and what it refuses."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from linkage.errors import FitError, LinkError, TableError, TooFewRowsError
from linkage.regression import fit_linear
from linkage.regression.design import build_design
from linkage.regression.formula import in_levels


@pytest.fixture
def surveys() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    n = 60
    return pd.DataFrame(
        {
            "csat": rng.normal(4, 1, n),
            "handle minutes": rng.gamma(3, 2, n),
            "is_resolved": rng.random(n) > 0.5,
            "contacts": pd.array(rng.integers(0, 5, n), dtype="Int64"),
            "spend": [Decimal("1.25") * int(v) for v in rng.integers(1, 9, n)],
            "segment": rng.choice(["business", "consumer", "public"], n),
            "rating": pd.Categorical(rng.choice(["low", "mid", "high"], n), ["low", "mid", "high", "none"]),
            "wave": rng.integers(1, 4, n),
            "answered_at": pd.date_range("2026-01-01", periods=n),
        }
    )


def test_a_row_with_any_missing_value_is_left_out_and_counted(surveys):
    surveys.loc[0, "csat"] = np.nan
    surveys.loc[1, "handle minutes"] = np.inf
    surveys.loc[2, "segment"] = None
    surveys.loc[3, "contacts"] = pd.NA
    surveys["customer_id"] = surveys["wave"].astype("object")
    surveys.loc[4, "customer_id"] = None
    fit = fit_linear(
        surveys, "csat ~ `handle minutes` + contacts + segment", cluster="customer_id", errors="CR1"
    )
    assert (fit.n_used, fit.n_dropped) == (55, 5)
    assert fit.rows_kept.tolist() == list(range(5, 60))
    assert fit.clusters == 3
    assert len(fit.residuals) == 55


def test_the_callers_table_is_not_changed(surveys):
    before = surveys.copy(deep=True)
    fit_linear(surveys, "csat ~ is_resolved + spend + segment + C(wave)", reference={"segment": "public"})
    pd.testing.assert_frame_equal(surveys, before)


def test_booleans_nullable_integers_and_decimals_are_numbers(surveys):
    plain = surveys.assign(
        is_resolved=surveys["is_resolved"].astype(float),
        contacts=surveys["contacts"].astype(float),
        spend=surveys["spend"].astype(float),
    )
    formula = "csat ~ is_resolved + contacts + spend"
    ours, theirs = fit_linear(surveys, formula), fit_linear(plain, formula)
    assert ours.terms == ["Intercept", "is_resolved", "contacts", "spend"]
    assert_allclose(ours.estimates, theirs.estimates, rtol=1e-12)


def test_nullable_booleans_may_be_outcome_and_driver(surveys):
    surveys["is_lost"] = pd.array([True, False, None] * 20, dtype="boolean")
    surveys["is_new"] = pd.Series([True, None, False, True] * 15, dtype=object)
    fit = fit_linear(surveys, "is_lost ~ is_new")
    assert fit.n_used == ((surveys["is_lost"].notna()) & (surveys["is_new"].notna())).sum()


def test_the_reference_level_is_the_first_or_the_one_asked_for(surveys):
    first = fit_linear(surveys, "csat ~ segment")
    asked = fit_linear(surveys, "csat ~ segment", reference={"segment": "public"})
    assert first.references == {"segment": "business"}
    assert asked.references == {"segment": "public"}
    assert_allclose(
        asked.term("segment[T.business]").estimate, -first.term("segment[T.public]").estimate, rtol=1e-10
    )


def test_a_pandas_categorical_keeps_its_order_and_loses_unused_levels(surveys):
    fit = fit_linear(surveys, "csat ~ rating")
    assert fit.terms == ["Intercept", "rating[T.mid]", "rating[T.high]"]
    assert fit.references == {"rating": "low"}


def test_numbers_marked_with_c_are_categories(surveys):
    fit = fit_linear(surveys, "csat ~ C(wave) + C(is_resolved)")
    assert fit.terms == ["Intercept", "C(wave)[T.2]", "C(wave)[T.3]", "C(is_resolved)[T.1]"]
    assert fit.references == {"wave": 1, "is_resolved": 0}


def test_without_intercept_every_level_has_a_term_and_none_is_the_reference(surveys):
    fit = fit_linear(surveys, "csat ~ 0 + segment")
    assert_allclose(fit.estimates["estimate"], surveys.groupby("segment")["csat"].mean(), rtol=1e-12)
    assert fit.references == {}


@pytest.mark.parametrize(
    "curve", ['cr(contacts, df=3, constraints="center")', "bs(contacts, df=4)", "poly(contacts, 2)"]
)
def test_curves_are_of_full_rank_beside_an_intercept(surveys, curve):
    fit = fit_linear(surveys, f"csat ~ {curve}")
    assert fit.condition_number < 100
    assert fit.recipe.terms_of("contacts") == fit.terms[1:]


def test_a_curve_with_a_constant_of_its_own_is_refused_with_the_remedy(surveys):
    with pytest.raises(FitError, match='constraints="center"'):
        fit_linear(surveys, "csat ~ cr(contacts, df=3)")


def test_transformations_and_quoted_names_are_read(surveys):
    fit = fit_linear(surveys, "log(csat + 10) ~ log(`handle minutes`) + sqrt(spend) + np.exp(contacts)")
    assert fit.recipe.columns == ("handle minutes", "spend", "contacts")


def test_a_driver_in_a_curve_or_an_interaction_has_no_single_slope(surveys):
    fit = fit_linear(surveys, "csat ~ contacts * segment + spend")
    assert fit.slope("spend").name == "spend"
    with pytest.raises(LinkError, match=r"contacts:segment\[T.consumer\]"):
        fit.slope("contacts")
    with pytest.raises(LinkError, match="is not in the model"):
        fit.slope("wave")


def test_prediction_repeats_the_fitted_values_and_leaves_incomplete_rows_missing(surveys):
    fit = fit_linear(surveys, 'csat ~ cr(contacts, df=3, constraints="center") + segment + log(spend)')
    holes = surveys.copy()
    holes.loc[[2, 5], "spend"] = None
    predicted = fit.predict(holes)
    assert predicted.loc[[2, 5]].isna().all(axis=None)
    kept = predicted.drop(index=[2, 5])
    assert_allclose(kept["estimate"], np.delete(fit.fitted, [2, 5]), rtol=1e-9)
    assert (kept["low"] < kept["estimate"]).all()
    assert (kept["high"] > kept["estimate"]).all()


def test_prediction_refuses_a_category_it_has_not_seen(surveys):
    fit = fit_linear(surveys, "csat ~ segment")
    with pytest.raises(TableError, match=r"'press'.*has not seen"):
        fit.predict(surveys.assign(segment="press"))


@pytest.mark.parametrize(
    ("formula", "kind", "message"),
    [
        ("csat ~ handle_minuts", TableError, "handle minutes"),
        ("csat ~ log(contact)", TableError, "contacts"),
        ("csat", LinkError, "outcome ~ driver"),
        ("csat ~ log(contacts", LinkError, "outcome ~ driver"),
        ("csat + wave ~ contacts", LinkError, "one outcome"),
        ("csat ~ nosuch(contacts)", LinkError, "cannot be computed"),
        (
            "csat ~ log(contacts)",
            TableError,
            r"not a number in \d+ of 60 rows, for example where contacts = 0",
        ),
        ("csat ~ answered_at", TableError, "dates"),
        ("segment ~ contacts", TableError, "text where a number is needed"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(surveys, formula, kind, message):
    with pytest.raises(kind, match=message):
        fit_linear(surveys, formula)


def test_a_reference_that_is_no_level_or_no_category_is_refused(surveys):
    with pytest.raises(LinkError, match="not a level of 'segment'"):
        fit_linear(surveys, "csat ~ segment", reference={"segment": "press"})
    with pytest.raises(LinkError, match="does not use as a category"):
        fit_linear(surveys, "csat ~ segment", reference={"wave": 1})


def test_a_category_with_one_level_is_refused(surveys):
    with pytest.raises(FitError, match="one value 'business'"):
        fit_linear(surveys[surveys["segment"] == "business"], "csat ~ segment")


def test_a_table_without_a_complete_row_is_refused(surveys):
    with pytest.raises(TooFewRowsError, match="None of the 60 rows"):
        fit_linear(surveys.assign(csat=np.nan), "csat ~ contacts")


def test_weights_must_not_be_negative_and_zero_leaves_the_row_out(surveys):
    surveys["weight"] = [0.0] * 10 + [2.0] * 50
    fit = fit_linear(surveys, "csat ~ contacts", weights="weight")
    assert (fit.n_used, fit.n_dropped) == (50, 10)
    with pytest.raises(TableError, match="negative in 1 rows"):
        fit_linear(surveys.assign(weight=[-1.0] + [1.0] * 59), "csat ~ contacts", weights="weight")


def test_plain_columns_make_the_matrix_that_the_formula_engine_makes():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"y": rng.normal(size=90), "spend": rng.normal(size=90)})
    table["segment"] = rng.choice(["a", "b", "c"], 90)
    for formula in ("y ~ spend + segment", "y ~ 0 + segment + spend", "y ~ spend"):
        design = build_design(table, formula, reference={"segment": "b"} if "segment" in formula else None)
        by_engine = design.recipe.spec.get_model_matrix(design.recipe._frame(table, check=True))
        assert list(by_engine.columns) == design.recipe.names
        assert_array_equal(design.x, by_engine.to_numpy(dtype=float))
        assert_array_equal(design.recipe.matrix(table), design.x)


def test_a_value_outside_the_levels_is_missing():
    made = in_levels(pd.Series(["b", None, "x", "a", "b"]), ("b", "a"))
    assert made.cat.categories.tolist() == ["b", "a"] and made.cat.codes.tolist() == [0, -1, -1, 1, 0]
