"""Chains: paths multiplied, whole units drawn, hidden causes, yes-or-no stages."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from linkage.chain import fit_chain
from linkage.errors import FitError, LinkError, TableError, TooFewRowsError
from linkage.regression import fit_linear

FAST = {"draws": 300, "seed": 1}


def service_chain(
    units=80, *, a=0.5, b=0.4, direct=0.2, hidden=0.0, rows=6, unit_sd=0.5, seed=0
) -> pd.DataFrame:
    """engagement -> service -> satisfaction -> spend in branches; `hidden` moves the two in the middle."""
    rng = np.random.default_rng(seed)
    unit = np.repeat(np.arange(units), rows)
    n = len(unit)
    shared = unit_sd * rng.normal(size=(units, 3))[unit]
    cause = rng.normal(size=n) + shared[:, 0]
    errors = rng.multivariate_normal([0, 0], [[1, hidden], [hidden, 1]], size=n)
    size = rng.normal(size=n)
    service = a * cause + 0.3 * size + errors[:, 0] + shared[:, 1]
    satisfaction = b * service + direct * cause - 0.2 * size + errors[:, 1] + shared[:, 2]
    spend = 2 * satisfaction + rng.normal(size=n)
    table = pd.DataFrame(
        {"unit_id": unit, "engagement": cause, "service": service, "satisfaction": satisfaction}
    )
    return table.assign(spend=spend, size=size, region=np.where(unit % 2, "north", "south"))


ASKED = {"cause": "engagement", "between": "service", "outcome": "satisfaction", "controls": ["size"]}


def test_paths_are_those_of_the_separate_regressions():
    table = service_chain()
    found = fit_chain(table, **ASKED, cluster="unit_id", **FAST)
    stage = fit_linear(table, "service ~ engagement + size", errors="iid")
    outcome = fit_linear(table, "satisfaction ~ engagement + service + size", errors="iid")
    total = fit_linear(table, "satisfaction ~ engagement + size", errors="iid")
    expected = [
        stage.term("engagement"),
        outcome.term("service"),
        outcome.term("engagement"),
        total.term("engagement"),
    ]
    rows = ["engagement -> service", "service -> satisfaction", "direct", "total"]
    assert_allclose(found.estimates.loc[rows, "estimate"], [row.estimate for row in expected], rtol=1e-10)
    assert_allclose(
        found.delta.loc["least squares"].loc[rows, "std_error"],
        [row.std_error for row in expected],
        rtol=1e-9,
    )
    assert_allclose(
        found.estimates.loc["indirect", "estimate"], expected[0].estimate * expected[1].estimate, rtol=1e-10
    )


def test_clustered_delta_errors_are_those_of_the_separate_regressions():
    table = service_chain()
    found = fit_chain(table, **ASKED, cluster="unit_id", **FAST).delta.loc["clustered"]
    stage = fit_linear(table, "service ~ engagement + size", cluster="unit_id").term("engagement")
    outcome = fit_linear(table, "satisfaction ~ engagement + service + size", cluster="unit_id")
    total = fit_linear(table, "satisfaction ~ engagement + size", cluster="unit_id").term("engagement")
    expected = [
        stage.std_error,
        outcome.term("service").std_error,
        outcome.term("engagement").std_error,
        total.std_error,
    ]
    rows = ["engagement -> service", "service -> satisfaction", "direct", "total"]
    assert_allclose(found.loc[rows, "std_error"], expected, rtol=1e-9)


def test_indirect_and_direct_add_up_to_the_total_in_every_kind_of_chain():
    table = service_chain().assign(
        happy=lambda t: (t["satisfaction"] > 0).astype(int), good=lambda t: t["service"] > 0
    )
    chains = [
        fit_chain(table, **ASKED, **FAST),
        fit_chain(table, **{**ASKED, "between": ["service", "satisfaction"], "outcome": "spend"}, **FAST),
        fit_chain(table, **{**ASKED, "outcome": "happy"}, binary=["happy"], **FAST),
        fit_chain(table, **{**ASKED, "between": "good"}, binary=["good"], **FAST),
    ]
    for chain in chains:
        parts = chain.estimates["estimate"].drop(index="total")
        assert parts[~parts.index.str.contains("->")].sum() == pytest.approx(
            chain.estimates.loc["total", "estimate"]
        )


def test_a_longer_chain_multiplies_all_its_paths():
    table = service_chain()
    found = fit_chain(table, **{**ASKED, "between": ["service", "satisfaction"], "outcome": "spend"}, **FAST)
    steps = [
        fit_linear(table, "service ~ engagement + size").term("engagement").estimate,
        fit_linear(table, "satisfaction ~ engagement + service + size").term("service").estimate,
        fit_linear(table, "spend ~ engagement + service + satisfaction + size").term("satisfaction").estimate,
    ]
    assert_allclose(found.estimates["estimate"].iloc[:3], steps, rtol=1e-10)
    assert found.estimates.loc["indirect", "estimate"] == pytest.approx(np.prod(steps))
    whole = fit_linear(table, "spend ~ engagement + size").term("engagement").estimate
    assert found.estimates.loc["total", "estimate"] == pytest.approx(whole)
    # everything but the direct part of spend runs through satisfaction: planted .5 x .4 x 2 and .2 x 2
    row = found.estimates.loc[["indirect", "other routes"]]
    assert (abs(row["estimate"] - [0.4, 0.4]) < 3 * row["std_error"]).all()
    assert "by way of service, then satisfaction" in found.summary()


def test_the_bootstrap_draws_whole_clusters_through_every_equation():
    # By hand: the same draws, each refitted from its rows.
    table = service_chain(units=12)
    found = fit_chain(table, **ASKED, cluster="unit_id", draws=100, seed=7)
    rng, drawn = np.random.default_rng(7), []
    blocks = [block for _, block in table.groupby("unit_id")]
    for _ in range(100):
        rows = pd.concat([blocks[i] for i in rng.integers(0, 12, 12)])
        x = np.column_stack([np.ones(len(rows)), rows["size"], rows["engagement"]])
        a = np.linalg.lstsq(x, rows["service"].to_numpy(), rcond=None)[0][-1]
        b = np.linalg.lstsq(
            np.column_stack([x, rows["service"]]), rows["satisfaction"].to_numpy(), rcond=None
        )[0][-1]
        drawn.append(a * b)
    row = found.estimates.loc["indirect"]
    assert_allclose([row.low, row.high], np.quantile(drawn, [0.025, 0.975]), rtol=1e-8)
    assert row.std_error == pytest.approx(np.std(drawn, ddof=1), rel=1e-8)


def test_clusters_widen_the_interval_where_units_share_their_errors():
    # A driver and a stage that both vary between units, seen on many rows each.
    table = service_chain(units=30, rows=20, unit_sd=2.0)
    rows = fit_chain(table, **ASKED, **FAST).estimates.loc["total", "std_error"]
    units = fit_chain(table, **ASKED, cluster="unit_id", **FAST).estimates.loc["total", "std_error"]
    assert units > 1.5 * rows


def test_planted_indirect_parts_are_found_and_planted_nothing_too():
    for a in (0.5, 0.0):
        found = fit_chain(service_chain(a=a), **ASKED, cluster="unit_id", **FAST).estimates
        row = found.loc["indirect"]
        assert abs(row.estimate - a * 0.4) < 3 * row.std_error + 0.02
        assert row.low < a * 0.4 < row.high
        assert (row.p_value < 0.05) == (a > 0)


def test_within_units_equals_a_dummy_for_each_unit():
    table = service_chain(units=15)
    found = fit_chain(table, **ASKED, within="unit_id", **FAST)
    stage = fit_linear(table, "service ~ engagement + size + C(unit_id)", errors="iid").term("engagement")
    outcome = fit_linear(table, "satisfaction ~ engagement + service + size + C(unit_id)", errors="iid").term(
        "service"
    )
    assert_allclose(found.estimates["estimate"].iloc[:2], [stage.estimate, outcome.estimate], rtol=1e-8)
    errors = found.delta.loc["least squares", "std_error"].iloc[:2]
    assert_allclose(errors, [stage.std_error, outcome.std_error], rtol=1e-8)
    assert (found.cluster, found.clusters) == ("unit_id", 15)
    assert "Fewer than 40 clusters" in found.summary()


def test_a_hidden_cause_is_undone_at_its_own_correlation():
    # Service and satisfaction share a hidden cause: their errors correlate by .5. At rho = .5 the formula
    # gives the
    # planted .5 x .4 back, where the naive product is far too large (Imai, Keele & Yamamoto 2010, theorem 4).
    table = service_chain(units=2000, hidden=0.5, unit_sd=0.0)
    found = fit_chain(table, **ASKED, **FAST)
    assert found.estimates.loc["indirect", "estimate"] > 0.4
    row = found.sensitivity.loc[0.5]
    assert abs(row.estimate - 0.2) < 3 * row.std_error
    assert row.low < 0.2 < row.high


def test_at_rho_zero_nothing_indirect_is_left():
    found = fit_chain(service_chain(), **ASKED, **FAST)
    table = found.sensitivity
    assert table.loc[0.0, "estimate"] == pytest.approx(found.estimates.loc["indirect", "estimate"])
    below, above = (
        table[table.index < found.rho_zero]["estimate"],
        table[table.index > found.rho_zero]["estimate"],
    )
    assert (below > 0).all() and (above < 0).all()
    # the partial correlation of stage and outcome given the cause and the controls
    stage = fit_linear(service_chain(), "service ~ engagement + size").residuals
    outcome = fit_linear(service_chain(), "satisfaction ~ engagement + size").residuals
    assert found.rho_zero == pytest.approx(np.corrcoef(stage, outcome)[0, 1])


def flags(n=3000, *, link=0.8, seed=0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    trained = rng.integers(0, 2, n)
    solved = (rng.random(n) < 1 / (1 + np.exp(-(-0.5 + link * trained)))).astype(int)
    returns = (rng.random(n) < 1 / (1 + np.exp(-(-1 + 1.5 * solved + 0.2 * trained)))).astype(int)
    return pd.DataFrame(
        {
            "trained": trained,
            "solved": solved,
            "returns": returns,
            "minutes": 20 - 5 * solved + rng.normal(size=n),
        }
    )


FLAGS = {"cause": "trained", "between": "solved", "outcome": "returns", "binary": ["solved", "returns"]}


def test_yes_or_no_effects_are_differences_of_shares_as_counted_by_hand():
    # Saturated but for the interaction, so compare with the same sums from the fitted probabilities by hand.
    table = flags()
    found = fit_chain(table, **FLAGS, **FAST)
    share = table.groupby("trained")["solved"].mean()  # one binary cause: the logit is exact
    from linkage.chain.binary import _fit_one

    ones = np.ones(len(table))
    b = _fit_one(
        np.column_stack([ones, table["trained"], table["solved"]]).astype(float),
        table["returns"].to_numpy(float),
        ones,
        True,
        None,
    )
    p = {(t, m): 1 / (1 + np.exp(-(b[0] + b[1] * t + b[2] * m))) for t in (0, 1) for m in (0, 1)}
    expected = {(t, s): share[s] * p[t, 1] + (1 - share[s]) * p[t, 0] for t in (0, 1) for s in (0, 1)}
    indirect = (expected[0, 1] - expected[0, 0] + expected[1, 1] - expected[1, 0]) / 2
    assert found.estimates.loc["indirect", "estimate"] == pytest.approx(indirect, rel=1e-7)
    assert found.estimates.loc["total", "estimate"] == pytest.approx(
        expected[1, 1] - expected[0, 0], rel=1e-7
    )
    assert found.estimates["scale"].tolist() == ["log odds", "log odds", *["probability"] * 3]
    assert found.contrast == (0.0, 1.0)
    assert (found.delta, found.sensitivity) == (None, None)


def test_logit_paths_agree_with_statsmodels():
    import statsmodels.api as sm

    table = service_chain().assign(happy=lambda t: (t["satisfaction"] > 0.3).astype(float))
    found = fit_chain(
        table, **{**ASKED, "outcome": "happy", "controls": ["size", "region"]}, binary=["happy"], **FAST
    )
    x = sm.add_constant(
        table.assign(north=(table["region"] == "north") * 1.0)[["size", "north", "engagement", "service"]]
    )
    expected = sm.Logit(table["happy"], x).fit(disp=0)
    assert found.estimates.loc["service -> happy", "estimate"] == pytest.approx(
        expected.params["service"], rel=1e-6
    )


def test_planted_yes_or_no_links_are_found_and_planted_nothing_too():
    for link in (0.8, 0.0):
        found = fit_chain(flags(link=link), **FLAGS, **FAST).estimates.loc["indirect"]
        shares = [1 / (1 + np.exp(-(-0.5 + link * t))) for t in (0, 1)]
        gain = [1 / (1 + np.exp(-(0.5 + 0.2 * t))) - 1 / (1 + np.exp(-(-1 + 0.2 * t))) for t in (0, 1)]
        planted = (shares[1] - shares[0]) * np.mean(gain)
        assert abs(found.estimate - planted) < 3 * found.std_error
        assert found.low < planted < found.high


def test_a_continuous_stage_before_a_yes_or_no_outcome_is_integrated_over():
    # Against brute force: 400,000 draws of the stage's normal error.
    table = service_chain().assign(happy=lambda t: (t["satisfaction"] > 0).astype(float))
    found = fit_chain(
        table, **{**ASKED, "outcome": "happy", "controls": []}, binary=["happy"], contrast=(-1, 1), **FAST
    )
    from linkage.chain.binary import _fit_one

    ones, cause, stage = np.ones(len(table)), table["engagement"].to_numpy(), table["service"].to_numpy()
    a = _fit_one(np.column_stack([ones, cause]), stage, ones, False, None)
    b = _fit_one(np.column_stack([ones, cause, stage]), table["happy"].to_numpy(), ones, True, None)
    sd = np.sqrt(np.mean((stage - a[0] - a[1] * cause) ** 2))
    error = sd * np.random.default_rng(0).normal(size=400_000)
    expect = lambda t, s: np.mean(1 / (1 + np.exp(-(b[0] + b[1] * t + b[2] * (a[0] + a[1] * s + error)))))  # noqa: E731
    indirect = (expect(-1, 1) - expect(-1, -1) + expect(1, 1) - expect(1, -1)) / 2
    assert found.estimates.loc["indirect", "estimate"] == pytest.approx(indirect, abs=1e-3)


def test_row_order_units_and_number_types_do_not_matter():
    table = service_chain(units=40)
    first = fit_chain(table, **ASKED, cluster="unit_id", **FAST)
    moved = table.sample(frac=1, random_state=2).assign(service=lambda t: t["service"] * 1000 + 5e6)
    second = fit_chain(moved, **ASKED, cluster="unit_id", **FAST)
    columns = ["estimate", "std_error", "low", "high", "p_value"]
    rows = ["indirect", "direct", "total"]
    assert_allclose(first.estimates.loc[rows, columns], second.estimates.loc[rows, columns], rtol=1e-6)
    assert second.rho_zero == pytest.approx(first.rho_zero)
    flagged = table.assign(engagement=(table["engagement"] > 0).astype("boolean"))
    plain = table.assign(engagement=(table["engagement"] > 0).astype(float))
    pd.testing.assert_frame_equal(
        fit_chain(flagged, **ASKED, **FAST).estimates, fit_chain(plain, **ASKED, **FAST).estimates
    )


def test_rows_drawn_one_by_one_are_the_same_in_any_order():
    for table, asked in ((service_chain(units=30), ASKED), (flags(300), FLAGS)):
        moved = table.sample(frac=1, random_state=2)
        first, second = (fit_chain(t, **asked, **FAST).estimates for t in (table, moved))
        pd.testing.assert_frame_equal(first, second, rtol=1e-6)


def test_the_same_seed_gives_the_same_draws_and_holes_are_counted():
    table = service_chain(units=40)
    table.loc[3, "service"], table.loc[9, "size"], table.loc[11, "unit_id"] = np.nan, np.inf, np.nan
    first, second = (fit_chain(table, **ASKED, cluster="unit_id", **FAST) for _ in range(2))
    pd.testing.assert_frame_equal(first.estimates, second.estimates)
    assert (first.n_dropped, first.n_used) == (3, 237)
    assert "3 incomplete" in first.summary()


def test_what_no_chain_can_answer_is_refused():
    table = service_chain(units=20)
    with pytest.raises(LinkError, match="each column once"):
        fit_chain(table, **{**ASKED, "between": "engagement"})
    with pytest.raises(LinkError, match="each column once"):
        fit_chain(table, **{**ASKED, "between": []})
    with pytest.raises(TableError, match="'region' is text"):
        fit_chain(table, **{**ASKED, "between": "region"})
    with pytest.raises(FitError, match="service"):
        fit_chain(table.assign(service=1.0), **ASKED)
    with pytest.raises(FitError, match="say the same thing"):
        fit_chain(table.assign(twice=table["engagement"] * 2), **{**ASKED, "between": "twice"})
    with pytest.raises(TooFewRowsError, match="too few to draw from"):
        fit_chain(table, **ASKED, cluster="region")
    with pytest.raises(LinkError, match="draws=10"):
        fit_chain(table, **ASKED, draws=10)
    with pytest.raises(LinkError, match="neither a stage nor the outcome"):
        fit_chain(table, **ASKED, binary=["engagement"])
    with pytest.raises(LinkError, match="spread over several"):
        fit_chain(table.assign(area=np.arange(len(table)) % 6), **ASKED, within="unit_id", cluster="area")
    with pytest.raises(TableError, match="recode it as 0 and 1"):
        fit_chain(table, **ASKED, binary=["satisfaction"])
    with pytest.raises(FitError, match="told apart without fail"):
        fit_chain(flags(200).assign(returns=lambda t: t["solved"]), **{**FLAGS, "binary": ["returns"]})
    with pytest.raises(TooFewRowsError, match="yes"):
        fit_chain(flags(200).assign(returns=0), **FLAGS)
