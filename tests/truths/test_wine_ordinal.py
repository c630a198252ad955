"""Ordered fits of wine bitterness and of Copenhagen housing, against ordinal and MASS on R 4.2.2."""

import pytest
from numpy.testing import assert_allclose

from linkage.regression import check_proportional_odds, fit_ordered


@pytest.fixture(scope="module")
def case(truth):
    return truth("wine-ordinal")


def r_name(term: str) -> str:
    """temp[T.warm] is tempwarm in R; a cut keeps its name."""
    return term.replace("[T.", "").replace("]", "")


def wine_values(case) -> dict[str, float]:
    values = {}
    for link in ("logit", "probit"):
        fit = fit_ordered(case.data, "rating ~ temp + contact", link=link, errors="iid")
        for table in (fit.thresholds, fit.estimates):
            for term, row in table.iterrows():
                values[f"{link}.coef.{r_name(term)}"] = row.estimate
                values[f"{link}.se.{r_name(term)}"] = row.std_error
        values[f"{link}.loglik"] = fit.log_likelihood
    fit = fit_ordered(case.data, "rating ~ temp + contact")
    cold_no = case.data.query("temp == 'cold' and contact == 'no'").head(1)
    chances = fit.predict(cold_no).iloc[0]
    values |= {f"pred_prob_cold_no[{i}]": chance for i, chance in enumerate(chances)}
    tests = check_proportional_odds(case.data, "rating ~ temp + contact").tests
    for i, term in enumerate(("temp", "contact"), start=1):
        row = tests.loc[term]
        values[f"nominal_test.LRT[{i}]"] = row.lr_statistic
        values[f"nominal_test.df[{i}]"] = row.df
        values[f"nominal_test.p[{i}]"] = row.lr_p_value
    return values


def housing_values(case) -> dict[str, float]:
    fit = fit_ordered(
        case.frame("data_housing.csv"),
        "Sat ~ Infl + Type + Cont",
        order=["Low", "Medium", "High"],
        counts="Freq",
        errors="iid",
        reference={"Infl": "Low", "Type": "Tower", "Cont": "Low"},
    )
    values = {f"zeta.{cut}": row.estimate for cut, row in fit.thresholds.iterrows()}
    values |= {f"coef.{r_name(term)}": row.estimate for term, row in fit.estimates.iterrows()}
    for table in (fit.thresholds, fit.estimates):
        values |= {f"se.{r_name(term)}": row.std_error for term, row in table.iterrows()}
    values |= {"deviance": -2 * fit.log_likelihood, "n": fit.n_used}
    return {f"housing_polr.{name}": value for name, value in values.items()}


def test_every_value_agrees(case):
    for name, value in {**wine_values(case), **housing_values(case)}.items():
        assert_allclose(value, case.value(name), rtol=case.rtol(name), err_msg=name)


def test_no_value_is_left_out(case):
    # R's table of tests opens with a row "<none>" without values; its term names are checked by use above.
    no_number = {"nominal_test.term", "nominal_test.LRT[0]", "nominal_test.df[0]", "nominal_test.p[0]"}
    assert case.value("nominal_test.term") == ["<none>", "temp", "contact"]
    assert set(case.values) - no_number == {*wine_values(case), *housing_values(case)}
