"""Time to event: classic published curves, planted hazards, person-periods from SQL."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from linkage.errors import (
    FitError,
    GrainError,
    LinkageWarning,
    LinkError,
    PeriodError,
    TableError,
    TooFewRowsError,
)
from linkage.periods import parse_period
from linkage.survival import fit_churn, median_time, person_periods, person_periods_sql, survival_curve

# Weeks in remission of 42 children with leukaemia, Freireich et al. 1963 as printed in Gehan 1965
# (Biometrika 52,
# p. 213) and Cox & Oakes 1984 (table 1.1); 0 = censored.
TREATED = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
TREATED_ENDED = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]


@pytest.fixture
def remission() -> pd.DataFrame:
    weeks = pd.DataFrame({"weeks": TREATED + PLACEBO, "relapsed": TREATED_ENDED + [1] * 21})
    return weeks.assign(arm=["6-MP"] * 21 + ["placebo"] * 21)


ASKED = {"duration": "weeks", "event": "relapsed"}


def test_the_remission_curve_is_the_published_one(remission):
    found = survival_curve(remission, **ASKED, by="arm")
    treated = found.estimates.loc["6-MP"]
    # Cox & Oakes 1984, sec. 4.2; Kalbfleisch & Prentice 2002, p. 17
    assert treated.index.tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert treated["at_risk"].tolist() == [21, 17, 15, 12, 11, 7, 6]
    assert treated["events"].tolist() == [3, 1, 1, 1, 1, 1, 1]
    assert treated["censored"].tolist() == [0, 1, 1, 2, 0, 3, 0]
    assert_allclose(treated["estimate"], [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448], atol=5e-4)
    assert_allclose(treated["std_error"], [0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346], atol=5e-5)


def test_the_remission_medians_means_and_log_rank_are_the_published_ones(remission):
    found = survival_curve(remission, **ASKED, by="arm")
    # Log-rank chi-squared 16.79 on 1: Kalbfleisch & Prentice 2002, p. 20. Medians 23 and 8 weeks: Gehan
    # 1965, with
    # the log-log limits 13 to open and 4 to 11 (R survival 3.5: survfit(conf.type = "log-log")).
    assert round(found.test_statistic, 2) == 16.79
    assert found.p_value == pytest.approx(4.17e-5, rel=1e-3)
    assert found.medians["median"].tolist() == [23, 8]
    assert found.medians["median_low"].tolist() == [13, 4]
    assert found.medians["median_high"].tolist() == [np.inf, 11]
    assert found.horizon == 23
    # No placebo spell is censored, so the mean up to the last of them is the plain one, with sd / sqrt(n)
    # over n.
    assert found.medians.loc["placebo", "mean_to_horizon"] == pytest.approx(np.mean(PLACEBO))
    assert found.medians.loc["placebo", "mean_std_error"] == pytest.approx(np.std(PLACEBO) / np.sqrt(21))
    assert "median 23 (13 to open)" in found.summary()


def test_curves_agree_with_statsmodels_also_with_late_entry():
    from statsmodels.duration.survfunc import SurvfuncRight

    table = spells(200, seed=3).assign(seen=lambda t: t["days"] * 0.3 * (np.arange(200) % 2))
    found = survival_curve(table, duration="days", event="ended", entry="seen").estimates.loc["all"]
    expected = SurvfuncRight(
        table["days"].to_numpy(), table["ended"].to_numpy(), entry=table["seen"].to_numpy()
    )
    assert_allclose(found["estimate"], expected.surv_prob, rtol=1e-10)
    assert_allclose(found["at_risk"], expected.n_risk)
    plain = SurvfuncRight(table["days"].to_numpy(), table["ended"].to_numpy())
    found = survival_curve(table, duration="days", event="ended").estimates.loc["all"]
    assert_allclose(found["std_error"], plain.surv_prob_se, rtol=1e-8)


def test_log_rank_of_three_groups_agrees_with_statsmodels():
    from statsmodels.duration.survfunc import survdiff

    table = spells(150).assign(segment=lambda t: np.array(["a", "b", "c"])[np.arange(150) % 3])
    table["days"] = table["days"].round(1)
    found = survival_curve(table, duration="days", event="ended", by="segment")
    statistic, p_value = survdiff(
        table["days"].to_numpy(), table["ended"].to_numpy(), table["segment"].to_numpy()
    )
    assert (found.test_statistic, found.p_value) == (pytest.approx(statistic), pytest.approx(p_value))
    assert found.test_df == 2


def spells(n: int, *, rate=0.1, watched=15.0, seed=0) -> pd.DataFrame:
    """Exponential waits, watched for at most `watched` days."""
    rng = np.random.default_rng(seed)
    days = rng.exponential(1 / rate, n)
    return pd.DataFrame({"days": np.minimum(days, watched), "ended": (days <= watched).astype(int)})


def test_the_planted_wait_is_found_where_the_naive_mean_is_too_short():
    table = spells(4000)
    row = survival_curve(table, duration="days", event="ended", horizon=15).medians.loc["all"]
    assert row.median_low < np.log(2) / 0.1 < row.median_high
    planted = (1 - np.exp(-1.5)) / 0.1  # mean of min(wait, 15)
    assert abs(row.mean_to_horizon - planted) < 3 * row.mean_std_error
    assert table.loc[table["ended"] == 1, "days"].mean() < 0.7 * 10


def test_equal_groups_are_rarely_called_different():
    # 100 pairs with nothing planted: 5 below .05 expected, standard deviation 2.2
    below = 0
    for seed in range(100):
        table = spells(60, seed=seed).assign(group=np.arange(60) % 2)
        below += survival_curve(table, duration="days", event="ended", by="group").p_value < 0.05
    assert below <= 12


def test_row_order_units_and_boolean_events_do_not_matter(remission):
    first = survival_curve(remission, **ASKED, by="arm")
    days = remission.sample(frac=1, random_state=1).assign(
        weeks=lambda t: t["weeks"] * 7, relapsed=lambda t: t["relapsed"] == 1
    )
    second = survival_curve(days, **ASKED, by="arm")
    assert_allclose(first.estimates["estimate"], second.estimates["estimate"])
    assert second.test_statistic == pytest.approx(first.test_statistic)
    assert second.medians["median"].tolist() == [161, 56]


def test_where_nothing_has_happened_yet_the_median_is_said_not_to_be_reached(remission):
    found = survival_curve(remission.assign(relapsed=0), **ASKED)
    assert found.medians.loc["all", "median"] == np.inf
    assert found.medians.loc["all", "mean_to_horizon"] == 35
    assert "median not reached" in found.summary()
    one = remission.assign(relapsed=remission["relapsed"] * (remission["arm"] == "placebo"))
    assert "6-MP: median not reached" in survival_curve(one, **ASKED, by="arm").summary()


def test_incomplete_spells_are_counted(remission):
    table = remission.astype({"weeks": float})
    table.loc[0, "weeks"], table.loc[1, "relapsed"] = np.nan, np.nan
    found = survival_curve(table, **ASKED)
    assert (found.n_used, found.n_dropped) == (40, 2)


def test_what_is_no_spell_is_refused(remission):
    with pytest.raises(TableError, match="1 of 42 rows have a negative weeks, for example -1"):
        survival_curve(remission.assign(weeks=[-1, *TREATED[1:], *PLACEBO]), **ASKED)
    with pytest.raises(TableError, match="not 2"):
        survival_curve(remission.assign(relapsed=2), **ASKED)
    with pytest.raises(TableError, match="42 rows enter"):
        survival_curve(remission.assign(seen=99), **ASKED, entry="seen")
    with pytest.raises(TableError, match="horizon=30"):
        survival_curve(remission, **ASKED, by="arm", horizon=30)
    with pytest.raises(TooFewRowsError):
        survival_curve(remission.iloc[:1], **ASKED)


@pytest.fixture
def customers():
    connection = duckdb.connect()
    connection.execute(
        """create table customers as select * from (values
            (1, date '2023-02-01', date '2024-05-05', 'a'),
            (2, date '2024-04-02', null, 'b'),
            (3, date '2024-02-02', date '2024-02-02', 'a'),
            (4, date '2025-01-01', null, 'a'),
            (5, date '2023-01-01', date '2023-12-31', 'b'),
            (6, date '2024-09-30', date '2024-12-31', 'b'),
            (7, date '2024-10-01', date '2025-03-01', 'a')
        ) as rows (customer_id, joined_on, left_on, segment)"""
    )
    return connection


SPAN = {
    "customer": "customer_id",
    "start": "joined_on",
    "end": "left_on",
    "first": parse_period("2024Q1"),
    "last": parse_period("2024Q4"),
}


def test_customers_are_spread_over_the_periods_in_which_they_could_leave(customers):
    found = person_periods(customers, "customers", **SPAN, columns=["segment"]).fetchall()
    assert found == [
        (1, "2024Q1", 4, 0, "a"),  # joined in 2023Q1, before the records: enters late
        (1, "2024Q2", 5, 1, "a"),
        (2, "2024Q2", 0, 0, "b"),  # still here: censored at the end
        (2, "2024Q3", 1, 0, "b"),
        (2, "2024Q4", 2, 0, "b"),
        (3, "2024Q1", 0, 1, "a"),  # came and went in a day
        (6, "2024Q3", 0, 0, "b"),  # last day of the quarter
        (6, "2024Q4", 1, 1, "b"),
        (7, "2024Q4", 0, 0, "a"),  # leaves after the records end: censored
    ]


def test_a_select_can_be_the_source_and_fiscal_periods_count_alike(customers):
    span = {
        **SPAN,
        "first": parse_period("2023Q4", fiscal_year_starts=4),
        "last": parse_period("2024Q3", fiscal_year_starts=4),
    }
    found = person_periods(customers, "(select * from customers where segment = 'b')", **span).fetchall()
    assert found[0] == (2, "2024Q1", 0, 0)
    assert [row[0] for row in found] == [2, 2, 2, 6, 6]


def test_person_periods_make_the_same_curve_as_the_spells_they_come_from(customers):
    rng = np.random.default_rng(0)
    left = rng.geometric(0.2, 300)
    day = pd.Timestamp("2020-01-15")
    table = pd.DataFrame(
        {"customer_id": range(300), "joined_on": day, "periods": np.minimum(left, 8), "is_lost": left <= 8}
    )
    table["left_on"] = [day + pd.DateOffset(months=int(m) - 1) if m <= 8 else None for m in left]
    span = {**SPAN, "first": parse_period("2020M01"), "last": parse_period("2020M08")}
    customers.register("spells", table)
    people = person_periods(customers, "spells", **span).df()
    assert len(people) == table["periods"].sum()
    hazard = people.groupby("duration")["is_lost"].mean()
    curve = survival_curve(table, duration="periods", event="is_lost").estimates.loc["all"]
    assert_allclose((1 - hazard).cumprod(), curve["estimate"], rtol=1e-12)


def test_customers_that_cannot_be_placed_are_refused_or_counted(customers):
    with pytest.raises(PeriodError, match="before they begin"):
        person_periods_sql("customers", **{**SPAN, "last": parse_period("2023Q4")})
    customers.execute("insert into customers values (8, null, null, 'a')")
    with pytest.warns(LinkageWarning, match='1 of 8 customers have no "joined_on"'):
        person_periods(customers, "customers", **SPAN)
    customers.execute("insert into customers values (9, date '2024-05-01', date '2024-04-01', 'a')")
    with pytest.raises(TableError, match="1 of 9 customers end before they start, for example 9"):
        person_periods(customers, "customers", **SPAN)
    customers.execute("insert into customers values (9, date '2024-05-01', null, 'a')")
    with pytest.raises(GrainError, match="10 rows for 9"):
        person_periods(customers, "customers", **SPAN)


def people(n=1500, *, link=-0.5, seed=0) -> pd.DataFrame:
    """Person-periods with hazard 1 - exp(-exp(-2 + .1 t + link x)), x changing from period to period."""
    rng = np.random.default_rng(seed)
    rows, here = [], np.ones(n, bool)
    for period in range(7):
        x = rng.normal(size=n)
        lost = rng.random(n) < -np.expm1(-np.exp(-2 + 0.1 * period + link * x))
        block = pd.DataFrame(
            {"customer_id": np.arange(n), "duration": period, "nps": x, "is_lost": lost.astype(int)}
        )
        rows.append(block[here])
        here = here & ~lost
    return pd.concat(rows, ignore_index=True).assign(
        segment=lambda t: np.where(t["customer_id"] % 3 == 0, "x", "y")
    )


CHURN = {"duration": "duration", "cluster": "customer_id"}


@pytest.mark.parametrize("baseline", ["dummies", "spline"])
def test_the_planted_hazard_is_found_and_a_planted_nothing_too(baseline):
    for link in (-0.5, 0.0):
        found = fit_churn(people(link=link), "is_lost ~ nps + segment", **CHURN, baseline=baseline)
        row = found.estimates.loc["nps"]
        assert abs(row.estimate - link) < 3 * row.std_error
        assert row.ratio_low < np.exp(link) < row.ratio_high
        assert found.estimates.index.tolist() == ["nps", "segment[T.y]"]
    # baseline at the means of the terms, segment counting for next to nothing
    planted = -np.expm1(-np.exp(-2 + 0.1 * np.arange(7)))
    inside = (found.baseline["low"] < planted * 1.15) & (planted * 0.85 < found.baseline["high"])
    assert inside.all()


def test_churn_agrees_with_statsmodels():
    import statsmodels.api as sm
    import statsmodels.formula.api as smf

    table = people(400)
    found = fit_churn(table, "is_lost ~ nps", **CHURN)
    family = sm.families.Binomial(link=sm.families.links.CLogLog())
    model = smf.glm("is_lost ~ nps + C(duration)", table, family=family)
    expected = model.fit(cov_type="cluster", cov_kwds={"groups": table["customer_id"]}, use_t=True, tol=1e-12)
    row = found.estimates.loc["nps"]
    assert row.estimate == pytest.approx(expected.params["nps"], rel=1e-6)
    assert row.std_error == pytest.approx(expected.bse["nps"], rel=1e-6)
    assert row.low == pytest.approx(expected.conf_int().loc["nps", 0], rel=1e-5)
    assert found.baseline["at_risk"].sum() == found.n_used == len(table)
    assert found.baseline["events"].sum() == found.events == table["is_lost"].sum()
    assert_allclose(found.baseline["observed"], table.groupby("duration")["is_lost"].mean())
    assert "person-periods" in found.summary()


def test_without_terms_that_matter_the_free_baseline_is_the_observed_share():
    table = people(400).assign(noise=lambda t: np.arange(len(t)) % 2)
    found = fit_churn(table, "is_lost ~ noise", **CHURN).baseline
    assert_allclose(found["estimate"], found["observed"], rtol=0.05)


def test_row_order_units_and_nullable_types_do_not_matter():
    table = people(300)
    first = fit_churn(table, "is_lost ~ nps", **CHURN).estimates.loc["nps"]
    moved = table.sample(frac=1, random_state=3).assign(
        nps=lambda t: t["nps"] * 10 + 50, is_lost=lambda t: t["is_lost"].astype("boolean")
    )
    second = fit_churn(moved.astype({"duration": "Int64"}), "is_lost ~ nps", **CHURN).estimates.loc["nps"]
    assert second.estimate * 10 == pytest.approx(first.estimate, rel=1e-7)
    assert second.p_value == pytest.approx(first.p_value, rel=1e-6)


def test_periods_in_which_nobody_left_are_set_aside_and_counted():
    table = people(300)
    later = table[table["duration"] == 6].assign(duration=7, is_lost=0)
    longer = pd.concat([table, later], ignore_index=True)
    longer.loc[0, "nps"] = np.nan
    found = fit_churn(longer, "is_lost ~ nps", **CHURN)
    assert (found.n_silent, found.n_dropped) == (len(later), 1)
    assert 7 not in found.baseline.index
    assert fit_churn(longer, "is_lost ~ nps", **CHURN, baseline="spline").n_silent == 0


def test_what_no_hazard_can_answer_is_refused():
    table = people(300)
    with pytest.raises(FitError, match=r"leak.*told apart"):
        fit_churn(table.assign(leak=table["is_lost"] * 2.0), "is_lost ~ nps + leak", **CHURN)
    with pytest.raises(TooFewRowsError, match="both events and non-events"):
        fit_churn(table.assign(is_lost=0), "is_lost ~ nps", **CHURN)
    with pytest.raises(FitError, match="say the same thing"):
        fit_churn(table.assign(twice=table["nps"] * 2), "is_lost ~ nps + twice", **CHURN)
    with pytest.raises(FitError, match="flat"):
        fit_churn(table.assign(flat=1.0), "is_lost ~ nps + flat", **CHURN)
    with pytest.raises(TableError, match="not 2"):
        fit_churn(table.assign(is_lost=table["is_lost"] * 2), "is_lost ~ nps", **CHURN)
    with pytest.raises(TableError, match="whole periods"):
        fit_churn(table.assign(duration=table["duration"] - 1), "is_lost ~ nps", **CHURN)
    with pytest.raises(TooFewRowsError, match="events"):
        fit_churn(table.iloc[:40].assign(is_lost=[1, 1, *[0] * 38]), "is_lost ~ nps", **CHURN)
    with pytest.raises(LinkError, match="weibull"):
        fit_churn(table, "is_lost ~ nps", **CHURN, baseline="weibull")
    with pytest.raises(LinkError, match="driver"):
        fit_churn(table, "is_lost ~ 1", **CHURN)


def test_spells_that_all_end_at_once_have_a_median_and_a_mean_of_nought():
    at_once = pd.DataFrame({"hours": [0.0] * 5, "is_over": [1] * 5})
    row = survival_curve(at_once, duration="hours", event="is_over").medians.loc["all"]
    assert (
        row[["median", "median_low", "median_high", "mean_to_horizon", "mean_std_error"]].tolist() == [0] * 5
    )
    waiting = survival_curve(at_once.assign(is_over=0), duration="hours", event="is_over").medians.loc["all"]
    assert np.isinf(waiting["median"])
    assert waiting["mean_to_horizon"] == 0


def test_the_median_alone_is_that_of_the_curve(remission):
    row = survival_curve(remission, **ASKED).medians.loc["all"]
    lasted, is_over = (remission[ASKED[c]].to_numpy("float64") for c in ("duration", "event"))
    expected = tuple(row[["median", "median_low", "median_high"]])
    assert median_time(lasted, is_over, confidence=0.95) == expected
    with pytest.raises(TableError, match="1 of 2 rows have a negative"):
        median_time(np.array([-1.0, 2.0]), np.ones(2), confidence=0.95)
