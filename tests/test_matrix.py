"""The link matrix: every pair once, at the right grain and order of time; planted pairs found, noise left alone."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.matrix import cells_of, fit_pair, link_matrix, matrix_beside_links
from linkage.matrix.asking import _clusters
from linkage.regression import fit_linear
from linkage.regression.covariance import Errors

RNG = np.random.default_rng(11)


def made(n=600, groups=60, slope=0.5):
    cluster = RNG.integers(groups, size=n)
    held = RNG.integers(4, size=n)
    x = RNG.standard_normal(n) + held
    return (
        x,
        slope * x + 2.0 * held + RNG.standard_normal(n) + RNG.standard_normal(groups)[cluster],
        held,
        cluster,
    )


@pytest.fixture(scope="module")
def matrix(demo):
    return link_matrix(demo, period="2026Q3")


def test_a_pair_is_the_regression_with_what_is_held_fixed():
    import pandas as pd

    x, y, held, cluster = made()
    found = fit_pair(x, y, held, cluster)
    fit = smf.ols("y ~ x + C(held)", pd.DataFrame({"x": x, "y": y, "held": held})).fit()
    assert found.estimate == pytest.approx(fit.params["x"], rel=1e-10)
    clustered = fit.get_robustcov_results("cluster", groups=cluster)
    assert found.std_error == pytest.approx(clustered.bse[-1], rel=0.1)  # CR3 is a little wider than CR1
    assert found.correlation == pytest.approx(_partial(x, y, held), rel=1e-10)


def _partial(x, y, held):
    import pandas as pd

    rest = [v - pd.Series(v).groupby(held).transform("mean").to_numpy() for v in (x, y)]
    return np.corrcoef(*rest)[0, 1]


def test_few_rows_few_clusters_and_constants_are_not_fitted():
    x, y, held, cluster = made(40, 10)
    assert "rows" in fit_pair(x[:20], y[:20], held[:20], cluster[:20]).reason
    assert "clusters" in fit_pair(x, y, held, cluster % 3).reason
    assert "varies" in fit_pair(np.ones(40), y, held, cluster).reason
    assert "varies" in fit_pair(x, held * 1.0, held, cluster).reason
    assert np.isnan(fit_pair(x, 2 * x, np.zeros(40, dtype=int), cluster).p_value)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.01, 1000), st.floats(-1000, 1000), st.integers(0, 10_000))
def test_a_pair_follows_the_units_and_not_the_order_of_rows(factor, shift, seed):
    x, y, held, cluster = made(200, 20)
    order = np.random.default_rng(seed).permutation(200)
    first = fit_pair(x, y, held, cluster)
    other = fit_pair((factor * x + shift)[order], y[order], held[order], cluster[order])
    assert other.estimate * factor == pytest.approx(first.estimate, rel=1e-6)
    assert other.correlation == pytest.approx(first.correlation, rel=1e-6)


def test_a_pair_of_few_clusters_is_as_sure_as_a_declared_link_would_be():
    x, y, held, cluster = made(200, 12)
    found = fit_pair(x, y, held, cluster)
    frame = pd.DataFrame({"x": x, "y": y, "held": held.astype(str), "cluster": cluster})
    draws = Errors("auto", draws=9_999 if found.p_value < 0.01 else 1_999)
    other = fit_linear(frame, "y ~ x + held", drivers=["x"], cluster="cluster", errors=draws, seed=0)
    row = other.estimates.loc["x"]
    assert found[2:5] == pytest.approx(tuple(row[["low", "high", "p_value"]]), rel=1e-9)


def test_what_differs_between_eight_partners_alone_is_rarely_taken_for_a_link():
    # A driver that each of eight partners keeps over eleven periods, two partners a region, region and period fixed:
    # four differences tell all. The jackknife's t with 7 degrees of freedom called 63 of 200 such pairs of noise links;
    # the bootstrap 24, and 12 where the period alone is fixed (10 would be exact, and from four no test is).
    rng = np.random.default_rng(1)
    cluster, period = np.repeat(np.arange(8), 11), np.tile(np.arange(11), 8)
    held = period * 4 + cluster % 4
    shown = 0
    for _ in range(200):
        x, y = (rng.standard_normal(8)[cluster] + 0.3 * rng.standard_normal(88) for _ in range(2))
        shown += fit_pair(x, y, held, cluster).p_value < 0.05
    assert shown <= 30


def test_missing_values_cost_only_their_pair():
    x, y, held, cluster = made()
    x[:10] = np.nan
    assert fit_pair(x, y, held, cluster).n == 590
    assert fit_pair(x, y, held, np.where(np.arange(600) < 20, -1, cluster)).n == 580


def test_every_pair_stands_once_and_no_outcome_before_its_driver(matrix, demo):
    frame = matrix.estimates
    assert not frame.duplicated(["driver_name", "outcome_name"]).any()
    for row in frame.itertuples():
        columns = demo.study.columns[row.grain]
        driver, outcome = columns[row.driver_name], columns[row.outcome_name]
        assert driver.origin != outcome.origin
        assert outcome.origin in ("feedback", "money")
        assert row.level == ("L3" if outcome.origin == "money" else "L2")
        assert row.lag == (1 if row.grain.endswith("_period") and outcome.origin == "money" else 0)


def test_planted_pairs_are_found_and_nothing_where_nothing_was_planted(matrix):
    frame = matrix.estimates.set_index(["driver_name", "outcome_name"])
    for driver, outcome, sign in (
        ("handle_minutes", "csat", -1),
        ("transfer_count", "effort", 1),
        ("days_late", "csat", -1),
        ("engagement", "csat", 1),
        ("effort", "is_lost", 1),
        ("csat", "spend_growth", 1),
    ):
        row = frame.loc[(driver, outcome)]
        assert row["shown"], (driver, outcome)
        assert np.sign(row["correlation"]) == sign
    noise = frame.loc[("hold_music_b", "csat")]
    assert not noise["shown"]
    assert noise["correlation_low"] < 0 < noise["correlation_high"]


def test_false_discoveries_are_controlled_over_all_pairs(matrix):
    from linkage.linking.multiplicity import adjust_p_values

    frame = matrix.estimates
    asked = frame["p_value"].notna()
    assert matrix.asked == asked.sum() > 300
    assert frame.loc[asked, "q_value"].to_numpy() == pytest.approx(
        adjust_p_values(frame.loc[asked, "p_value"])
    )
    assert (frame["shown"] == (frame["q_value"] <= 0.05)).all()


def test_pairs_of_declared_links_are_named(matrix):
    frame = matrix.estimates.set_index(["driver_name", "outcome_name"])
    assert frame.loc[("days_late", "csat"), "declared"] == "broken_promises_and_satisfaction"
    assert "exploratory" in matrix.summary()


def test_more_held_fixed_is_the_regression_with_it():
    import pandas as pd

    x, y, held, cluster = made()
    other = RNG.standard_normal(len(x)) + x
    found = fit_pair(x, y + 3 * other, held, cluster, also=other[:, None])
    frame = pd.DataFrame({"x": x, "y": y + 3 * other, "held": held, "other": other})
    fit = smf.ols("y ~ x + other + C(held)", frame).fit()
    assert found.estimate == pytest.approx(fit.params["x"], rel=1e-9)
    assert found.std_error == pytest.approx(
        fit.get_robustcov_results("cluster", groups=cluster).bse[-2], rel=0.1
    )
    other[:7] = np.nan
    assert fit_pair(x, y, held, cluster, also=other[:, None]).n == 593


@pytest.fixture(scope="module")
def beside(demo):
    return matrix_beside_links(demo, period="2026Q3")


def test_a_pair_shown_only_where_less_is_held_fixed_is_told_with_what_makes_the_difference(beside, demo):
    row = beside.estimates.set_index("link").loc["exceeded_promises_and_satisfaction"]
    assert row["shown_by"] == "the matrix"
    assert row["only_link"] == "delay beyond the promise and topic"
    assert row["most_by"] == "delay beyond the promise"  # an early contact is none that came late
    assert row["matrix_low"] > row["together"] > 0
    # The same by least squares with indicators for everything held fixed.
    rows = demo.table("link_interaction", through="2026Q3").dropna(subset=["csat", "days_early", "days_late"])
    held = ["period", "topic", *(c for c in ("segment", "region", "channel") if c in rows)]
    formula = "csat ~ days_early + days_late + C(topic) + C(cell)"
    rows["cell"] = rows.groupby([c for c in held if c != "topic"], dropna=False).ngroup()
    fit = smf.ols(formula, rows.astype({"days_early": float, "days_late": float, "csat": float})).fit()
    assert row["together"] == pytest.approx(fit.params["days_early"], rel=1e-6)


def test_what_differs_is_said_in_words_and_nothing_else_is(beside, demo):
    said = beside.summary()
    assert "the matrix shows a link, the declared link does not" in said
    assert "For one day more:" in said
    assert "Only the declared link holds delay beyond the promise and topic fixed." in said
    assert said.count("\n- ") == len(beside.estimates) < beside.compared
    assert len(beside.table()) == len(beside.estimates)
    money = matrix_beside_links(demo, period="2026Q3", topic="money")
    assert "agree on all" in money.summary()
    assert money.compared > 0


def test_the_picture_says_its_numbers(matrix):
    drawn = matrix.plot("feedback")
    assert drawn.svg.startswith("<svg")
    assert "Satisfaction with the contact" in drawn.alt
    assert "Not drawn, as nothing is shown" in drawn.alt


def test_a_study_of_units_has_a_matrix_too(hospitals):
    matrix = link_matrix(hospitals, period="2022")
    assert matrix.asked > 10
    assert set(matrix.estimates["grain"]) == {"unit_period"}


def test_cells_are_the_finest_grain_first(demo):
    grains = [c.grain for c in cells_of(demo)]
    assert grains == sorted(
        grains, key=["interaction", "survey", "customer_period", "employee_period", "unit_period"].index
    )


def test_a_driver_of_the_unit_is_clustered_by_unit_and_makes_no_pair_of_its_noise():
    """Six centres with a wait and a mood of their own: by customer most such pairs would be shown."""

    def asked(seed, between):
        rng = np.random.default_rng(seed)
        centre, who = np.repeat(rng.integers(0, 6, 300), 2), np.repeat(np.arange(300), 2)
        wait = rng.normal(size=6)[centre] if between else rng.normal(size=600)
        csat = 0.5 * rng.normal(size=6)[centre] + rng.normal(size=600)
        period = np.where(np.arange(600) % 2, "2026Q1", "2026Q2")
        frame = pd.DataFrame({"customer_id": who, "unit_id": centre, "period": period, "wait": wait})
        clusters = _clusters(frame, ["wait"], "customer_id")["wait"]
        return fit_pair(wait, csat, pd.factorize(period)[0], clusters), fit_pair(
            wait, csat, pd.factorize(period)[0], who
        )

    made = [asked(seed, between=True) for seed in range(40)]
    assert {by_unit.clusters for by_unit, _ in made} == {6}
    assert sum(by_customer.p_value <= 0.05 for _, by_customer in made) >= 20
    assert sum(by_unit.p_value <= 0.05 for by_unit, _ in made) <= 5
    assert asked(0, between=False)[0].clusters == 300
