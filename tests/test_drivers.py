"""Driver importance: by hand, against other programs, recovery of links and of nothing, refusals."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from linkage.drivers import (
    correlation_matrix,
    dominance,
    explained_shares,
    johnson_weights,
    lmg_weights,
    rank_drivers,
    subset_r_squared,
)
from linkage.drivers.resampling import resampled_moments
from linkage.errors import FitError, LinkError, TableError, TooFewRowsError

NAMES = ["handle_minutes", "resolved_share", "contact_count", "wait_minutes"]


def sample_with_correlations(
    *, r1y: float, r2y: float, r12: float, rows: int = 60
) -> tuple[np.ndarray, np.ndarray]:
    """Two drivers and an outcome whose sample correlations are exactly these."""
    raw = np.random.default_rng(1).normal(size=(rows, 3))
    q, _ = np.linalg.qr(raw - raw.mean(axis=0))
    wanted = np.array([[1, r12, r1y], [r12, 1, r2y], [r1y, r2y, 1]])
    columns = q @ np.linalg.cholesky(wanted).T
    return columns[:, :2], columns[:, 2]


def random_correlations(p: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(80, p)) @ rng.normal(size=(p, p))
    return correlation_matrix(x, x @ rng.normal(size=p) + rng.normal(size=80))


def contacts(seed: int = 3, clusters: int = 80, each: int = 5) -> pd.DataFrame:
    """Contacts of customers: two drivers at work, one that overlaps with them, one of nothing."""
    rng = np.random.default_rng(seed)
    rows = clusters * each
    customer = np.repeat(np.arange(clusters), each)
    table = pd.DataFrame(rng.normal(size=(rows, 4)), columns=NAMES)
    table["contact_count"] += 0.7 * table["handle_minutes"]
    table["channel"] = rng.choice(["chat", "mail", "phone"], rows)
    table["customer_id"] = customer
    noise = rng.normal(size=rows) + rng.normal(size=clusters)[customer]
    shift = table["channel"].map({"chat": 0.0, "mail": 1.0, "phone": -1.0})
    table["csat"] = 7 - 0.5 * table["handle_minutes"] + 0.3 * table["resolved_share"] + shift + noise
    table["weight"] = rng.uniform(0.5, 2, rows)
    return table


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return contacts()


@pytest.fixture(scope="module")
def ranking(table):
    return rank_drivers(
        table, outcome="csat", drivers=NAMES, controls=["channel"], cluster="customer_id", draws=300
    )


# reference


def test_shares_match_the_two_driver_formula():
    # With correlations r1y = .6, r2y = .5, r12 = .3, by hand:
    # R2 = (.36 + .25 - 2 * .6 * .5 * .3) / (1 - .09) = .472527
    # share of driver 1 = (.36 + R2 - .25) / 2 = .291264, as a part of R2: .616395
    x, y = sample_with_correlations(r1y=0.6, r2y=0.5, r12=0.3)
    assert_allclose(explained_shares(x, y), [0.616395, 0.383605], rtol=1e-5)


def test_johnson_matches_the_two_driver_formula():
    # With two drivers Johnson's weights and LMG are the same: .291264 and .472527 - .291264.
    x, y = sample_with_correlations(r1y=0.6, r2y=0.5, r12=0.3)
    assert_allclose(johnson_weights(correlation_matrix(x, y)), [0.291264, 0.181264], rtol=1e-5)


def test_lmg_is_the_mean_gain_over_all_orders_of_entry():
    # The definition itself: four drivers, all 24 orders, each subset fitted by statsmodels.
    rng = np.random.default_rng(2)
    x = rng.normal(size=(50, 4)) @ rng.normal(size=(4, 4))
    y = x @ [1, -1, 0.5, 0] + rng.normal(size=50)
    r_squared = {
        subset: sm.OLS(y, sm.add_constant(x[:, subset])).fit().rsquared if subset else 0.0
        for size in range(5)
        for subset in combinations(range(4), size)
    }
    gains = np.zeros(4)
    for order in permutations(range(4)):
        for place, driver in enumerate(order):
            before = tuple(sorted(order[:place]))
            gains[driver] += r_squared[tuple(sorted((*before, driver)))] - r_squared[before]
    correlations = correlation_matrix(x, y)
    assert_allclose(lmg_weights(correlations), gains / 24, rtol=1e-10)
    masks = [sum(1 << j for j in subset) for subset in r_squared]
    assert_allclose(subset_r_squared(correlations)[masks], list(r_squared.values()), rtol=1e-10, atol=1e-12)


def test_coefficients_match_statsmodels_with_controls_weights_and_clusters(table):
    found = rank_drivers(
        table,
        outcome="csat",
        drivers=NAMES,
        controls=["channel"],
        cluster="customer_id",
        weights="weight",
        draws=100,
    ).estimates.loc[NAMES]
    design = table[NAMES].assign(mail=table.channel == "mail", phone=table.channel == "phone").astype(float)
    model = sm.WLS(table["csat"], sm.add_constant(design), weights=table["weight"])
    fit = model.fit(cov_type="cluster", cov_kwds={"groups": table["customer_id"]}, use_t=True)
    assert_allclose(found["estimate"], fit.params[NAMES], rtol=1e-9)
    assert_allclose(found["std_error"], fit.bse[NAMES], rtol=1e-9)
    assert_allclose(found["p_value"], fit.pvalues[NAMES], rtol=1e-6)
    assert_allclose(found[["low", "high"]], fit.conf_int().loc[NAMES], rtol=1e-8)
    assert (found["df"] == 79).all()


def test_rows_alone_have_errors_robust_to_uneven_spread(table):
    found = rank_drivers(table, outcome="csat", drivers=NAMES, draws=100).estimates.loc[NAMES]
    fit = sm.OLS(table["csat"], sm.add_constant(table[NAMES])).fit(cov_type="HC1", use_t=True)
    assert_allclose(found["std_error"], fit.bse[NAMES], rtol=1e-9)
    assert (found["df"] == 400 - 5).all()


def test_fit_measures_match_their_definitions(table, ranking):
    # On residuals of the controls: beta = b sd(x) / sd(y), VIF = 1 / (1 - R2 of x on the others),
    # first = squared correlation, last = loss in R2 without the driver, Pratt = beta * r.
    held = sm.add_constant(pd.get_dummies(table["channel"], drop_first=True, dtype=float))
    rest = table[[*NAMES, "csat"]].apply(lambda column: sm.OLS(column, held).fit().resid)
    whole = sm.OLS(rest["csat"], rest[NAMES]).fit()
    assert_allclose(ranking.r_squared, whole.rsquared, rtol=1e-10)
    assert_allclose(ranking.controls_r_squared, sm.OLS(table["csat"], held).fit().rsquared, rtol=1e-10)
    for name in NAMES:
        row, others = ranking.estimates.loc[name], [n for n in NAMES if n != name]
        r = rest[name].corr(rest["csat"])
        assert_allclose(row["beta"], whole.params[name] * rest[name].std() / rest["csat"].std(), rtol=1e-9)
        assert_allclose(row["vif"], 1 / (1 - sm.OLS(rest[name], rest[others]).fit().rsquared), rtol=1e-9)
        assert_allclose(row["first"], r**2, rtol=1e-9, atol=1e-14)
        assert_allclose(
            row["last"], whole.rsquared - sm.OLS(rest["csat"], rest[others]).fit().rsquared, atol=1e-12
        )
        assert_allclose(row["pratt"], row["beta"] * r, rtol=1e-9, atol=1e-14)
        assert_allclose(row["simple_r"], table[name].corr(table["csat"]), rtol=1e-9)
        assert row["is_sign_flipped"] == (row["estimate"] * row["simple_r"] < 0)


def test_moments_of_resampled_clusters_are_sums_over_whole_clusters():
    # One column of ones and one that names the cluster in powers of ten: the digits of each sum say how
    # often each cluster of two rows was drawn; they add up to the number of clusters in every sample.
    groups = np.repeat(np.arange(5), 2)
    columns = np.column_stack([np.ones(10), 10.0**groups])
    moments = resampled_moments(columns, groups, draws=200, seed=4)
    assert_allclose(moments[:, 0, 0], 10)
    totals = moments[:, 0, 1].round().astype(int)
    drawn = np.array(
        [[total // 10**k % 10 // 2 if total < 10**5 else -1 for k in range(5)] for total in totals]
    )
    plain = (drawn >= 0).all(axis=1) & (drawn.sum(axis=1) == 5)
    assert plain.mean() > 0.9  # a cluster drawn five times carries a digit over
    assert_allclose(drawn[plain].mean(axis=0), 1, atol=0.2)


def test_bootstrap_spread_of_a_share_matches_refitted_rows(table):
    # The same bootstrap done the slow way: rows of drawn customers, shares from scratch.
    found = rank_drivers(table, outcome="csat", drivers=NAMES[:2], cluster="customer_id", draws=2000)
    rng, by_customer = np.random.default_rng(9), np.arange(400).reshape(80, 5)
    x, y = table[NAMES[:2]].to_numpy(), table["csat"].to_numpy()
    shares = []
    for _ in range(600):
        rows = by_customer[rng.integers(0, 80, 80)].ravel()
        shares.append(explained_shares(x[rows], y[rows])[0])
    row = found.estimates.loc[NAMES[0]]
    low, high = np.quantile(shares, [0.025, 0.975])
    assert_allclose([row["share_low"], row["share_high"]], [low, high], atol=0.03)


def test_sums_over_many_clusters_are_drawn_from_their_normal_law(table, monkeypatch):
    columns = np.column_stack([np.ones(400), table[NAMES[:2]].to_numpy()])
    groups = table["customer_id"].to_numpy()
    slow = resampled_moments(columns, groups, draws=4000, seed=1)
    monkeypatch.setattr("linkage.drivers.resampling.MANY_CLUSTERS", 1)
    fast = resampled_moments(columns, groups, draws=4000, seed=2)
    assert_allclose(fast.std(axis=0), slow.std(axis=0), rtol=0.08, atol=1e-9)
    assert_allclose(fast.mean(axis=0), slow.mean(axis=0), atol=1.5)
    corner = (slice(None), [0, 1, 1], [1, 1, 2])
    assert_allclose(np.corrcoef(fast[corner].T), np.corrcoef(slow[corner].T), atol=0.08)


# recovery


def test_planted_links_are_recovered(ranking):
    table = ranking.estimates
    for name, planted in zip(NAMES, [-0.5, 0.3, 0.0, 0.0], strict=True):
        assert abs(table.loc[name, "estimate"] - planted) < 3 * table.loc[name, "std_error"]
    assert list(table.index[:1]) == ["handle_minutes"]
    assert table.loc[["handle_minutes", "resolved_share"], "is_above_noise"].all()
    assert not table.loc["wait_minutes", "is_above_noise"]
    assert (table["rank_low"] <= table["rank"]).all() and (table["rank"] <= table["rank_high"]).all()
    assert "handle_minutes counts most for csat" in ranking.summary()
    assert "wait_minutes" in ranking.summary()


@pytest.mark.parametrize("unit_level", [False, True])
def test_planted_nothing_is_seldom_above_noise(unit_level):
    # 30 tables with three drivers of nothing and outcomes alike within units: at the nominal 2.5% upper
    # tail about 2 of 90 would stand out; drivers that hold one value a unit are the harder case.
    above = 0
    for seed in range(30):
        rng = np.random.default_rng(seed)
        unit = np.repeat(np.arange(40), 8)
        x = rng.normal(size=(40, 3))[unit] if unit_level else rng.normal(size=(320, 3))
        table = pd.DataFrame(x, columns=list("abc")).assign(unit=unit)
        table["y"] = rng.normal(size=320) + rng.normal(size=40)[unit]
        found = rank_drivers(table, outcome="y", drivers=list("abc"), cluster="unit", draws=200, seed=seed)
        above += found.estimates["is_above_noise"].sum()
    assert above <= 8


def test_nothing_planted_is_said_so():
    rng = np.random.default_rng(6)
    table = pd.DataFrame(rng.normal(size=(300, 4)), columns=["a", "b", "c", "y"])
    found = rank_drivers(table, outcome="y", drivers=["a", "b", "c"], draws=300)
    assert "No driver of y stands out from random noise" in found.summary()


def test_sign_that_turns_is_flagged_and_told():
    rng = np.random.default_rng(7)
    a = rng.normal(size=500)
    table = pd.DataFrame({"a": a, "b": a + 0.5 * rng.normal(size=500)})
    table["y"] = 2 * table["a"] - table["b"] + 0.3 * rng.normal(size=500)
    found = rank_drivers(table, outcome="y", drivers=["a", "b"], draws=100)
    assert found.estimates.loc["b", "is_sign_flipped"] and not found.estimates.loc["a", "is_sign_flipped"]
    assert "sign turns beside the other drivers for b" in found.summary()


# property


@settings(max_examples=25, deadline=None)
@given(p=st.integers(1, 7), seed=st.integers(0, 10_000))
def test_every_measure_adds_up_to_r_squared(p, seed):
    correlations = random_correlations(p, seed)
    total = subset_r_squared(correlations)[-1]
    answer = dominance(correlations)
    assert_allclose(lmg_weights(correlations).sum(), total, rtol=1e-9)
    assert_allclose(johnson_weights(correlations).sum(), total, rtol=1e-9)
    assert_allclose(answer.general, lmg_weights(correlations), rtol=1e-7, atol=1e-12)
    assert (lmg_weights(correlations) > -1e-12).all()
    off = ~np.eye(p, dtype=bool)
    assert_allclose((answer.complete + answer.complete.T)[off], 1)


def test_a_stack_gives_the_answers_of_its_parts():
    stack = np.stack([random_correlations(5, seed) for seed in range(4)])
    assert_allclose(lmg_weights(stack), [lmg_weights(one) for one in stack])
    assert_allclose(johnson_weights(stack), [johnson_weights(one) for one in stack])


def test_tables_add_up(ranking):
    table = ranking.estimates
    assert_allclose(table["share"].sum(), 1)
    for column in ("lmg", "johnson", "pratt"):
        assert_allclose(table[column].sum(), ranking.r_squared)
    assert_allclose(ranking.conditional.mean(axis=1)[table.index], table["lmg"], rtol=1e-9)
    assert len(ranking.pairs) == 6
    for pair in ranking.pairs.itertuples():
        gap = table.loc[pair.driver, "share"] - table.loc[pair.other, "share"]
        assert_allclose(pair.estimate, gap)
        assert pair.low < pair.estimate < pair.high and 0 <= pair.ahead_share <= 1
    assert (table["share_low"] <= table["share"]).all() and (table["share"] <= table["share_high"]).all()
    assert (table["johnson_low"] <= table["johnson_high"]).all()
    assert (ranking.noise["is_above_noise"] == table["is_above_noise"][ranking.noise.index]).all()
    assert_allclose(ranking.noise["low"] > 0, ranking.noise["is_above_noise"])
    assert (ranking.noise["std_error"] > 0).all()


def test_row_order_does_not_matter(table, ranking):
    shuffled = table.sample(frac=1, random_state=0)
    again = rank_drivers(
        shuffled, outcome="csat", drivers=NAMES, controls=["channel"], cluster="customer_id", draws=300
    )
    pd.testing.assert_frame_equal(again.estimates, ranking.estimates, rtol=1e-9)
    pd.testing.assert_frame_equal(again.pairs, ranking.pairs, rtol=1e-7)


def test_units_of_a_driver_change_its_coefficient_and_nothing_else(table, ranking):
    seconds = table.assign(handle_minutes=table["handle_minutes"] * 60)
    again = rank_drivers(
        seconds, outcome="csat", drivers=NAMES, controls=["channel"], cluster="customer_id", draws=300
    )
    per_unit = ["estimate", "std_error", "low", "high"]
    assert_allclose(
        again.estimates[per_unit].loc["handle_minutes"] * 60,
        ranking.estimates[per_unit].loc["handle_minutes"],
    )
    pd.testing.assert_frame_equal(
        again.estimates.drop(columns=per_unit),
        ranking.estimates.drop(columns=per_unit),
        rtol=1e-8,
        atol=1e-12,
    )


def test_same_seed_same_answer_other_seed_other_draws(table, ranking):
    same = rank_drivers(
        table, outcome="csat", drivers=NAMES, controls=["channel"], cluster="customer_id", draws=300
    )
    pd.testing.assert_frame_equal(same.estimates, ranking.estimates)
    other = rank_drivers(
        table, outcome="csat", drivers=NAMES, controls=["channel"], cluster="customer_id", draws=300, seed=1
    )
    assert_allclose(other.estimates["share"], ranking.estimates["share"])
    assert not np.allclose(other.estimates["share_low"], ranking.estimates["share_low"], rtol=1e-6)


def test_missing_and_infinite_values_are_dropped_and_counted(table, ranking):
    holes = pd.concat(
        [table, table.iloc[:3].assign(csat=np.nan), table.iloc[:2].assign(handle_minutes=np.inf)]
    )
    again = rank_drivers(
        holes, outcome="csat", drivers=NAMES, controls=["channel"], cluster="customer_id", draws=300
    )
    assert (again.n_used, again.n_dropped, again.clusters) == (400, 5, 80)
    pd.testing.assert_frame_equal(again.estimates, ranking.estimates, rtol=1e-9)


def test_rows_of_no_weight_are_left_out_and_weights_have_no_unit(table):
    args = {"outcome": "csat", "drivers": NAMES, "cluster": "customer_id", "draws": 100}
    once = rank_drivers(table, weights="weight", **args)
    tenfold = rank_drivers(table.assign(weight=table["weight"] * 10), weights="weight", **args)
    pd.testing.assert_frame_equal(once.estimates, tenfold.estimates, rtol=1e-9)
    first = table.assign(weight=np.where(table.index < 300, 1.0, 0.0))
    assert_allclose(
        rank_drivers(first, weights="weight", **args).estimates["lmg"],
        rank_drivers(table[:300], **args).estimates["lmg"],
    )
    assert rank_drivers(first, weights="weight", **args).n_dropped == 100


@pytest.mark.parametrize("kind", ["boolean", "bool", "Int64", "Float32"])
def test_flags_and_nullable_numbers_are_numbers(table, kind):
    flag = (table["wait_minutes"] > 0).astype(float)
    plain = rank_drivers(table.assign(wait_minutes=flag), outcome="csat", drivers=NAMES, draws=100)
    typed = rank_drivers(
        table.assign(wait_minutes=flag.astype(kind)), outcome="csat", drivers=NAMES, draws=100
    )
    pd.testing.assert_frame_equal(plain.estimates, typed.estimates)


def test_missing_among_nullable_numbers_drops_the_row(table):
    counts = pd.Series(np.arange(400) % 7, dtype="Int64").mask(np.arange(400) < 4)
    found = rank_drivers(table.assign(wait_minutes=counts), outcome="csat", drivers=NAMES, draws=100)
    assert (found.n_used, found.n_dropped) == (396, 4)


def test_table_is_left_as_it_was(table):
    before = table.copy()
    rank_drivers(table, outcome="csat", drivers=NAMES, controls=["channel"], draws=100)
    pd.testing.assert_frame_equal(table, before)


def test_many_drivers_are_ranked_by_johnson():
    rng = np.random.default_rng(8)
    names = [f"item_{i:02d}" for i in range(17)]
    table = pd.DataFrame(rng.normal(size=(400, 17)), columns=names)
    table["y"] = table["item_03"] + rng.normal(size=400)
    found = rank_drivers(table, outcome="y", drivers=names, draws=100)
    assert found.method.startswith("Johnson") and found.conditional.empty and found.complete.empty
    assert found.estimates.index[0] == "item_03" and found.estimates["lmg"].isna().all()
    assert_allclose(found.estimates["johnson"].sum(), found.r_squared)
    assert_allclose(found.estimates["share"], found.estimates["johnson"] / found.r_squared)


def test_one_driver_holds_everything(table):
    found = rank_drivers(table, outcome="csat", drivers=["handle_minutes"], draws=100)
    assert_allclose(found.estimates["share"], 1)
    assert_allclose(found.estimates["lmg"], found.estimates["simple_r"] ** 2)
    assert found.pairs.empty


def test_few_clusters_are_told(table):
    few = table.assign(customer_id=table["customer_id"] % 12)
    found = rank_drivers(few, outcome="csat", drivers=NAMES, cluster="customer_id", draws=100)
    assert "fewer than 40 clusters" in found.summary() and found.clusters == 12


def test_summary_says_neither_cause_nor_significance(ranking):
    text = ranking.summary().lower()
    assert "cause" not in text and "significan" not in text
    assert "n = 400 in 80 clusters; 0 rows left out" in ranking.summary()
    assert "share" in ranking.table().columns and "estimate" in ranking.to_frame().columns


# refusal


@pytest.mark.parametrize(
    ("change", "kind", "named"),
    [
        ({"wait_minutes": lambda t: t["handle_minutes"] * 2 + 1}, FitError, "handle_minutes, wait_minutes"),
        ({"wait_minutes": 4.0}, FitError, "wait_minutes"),
        ({"csat": True}, FitError, "csat"),
        ({"wait_minutes": lambda t: (t["channel"] == "mail") * 3.0}, FitError, "wait_minutes"),
        ({"wait_minutes": "long"}, TableError, "'long'"),
        ({"customer_id": "C1"}, TooFewRowsError, "C1"),
        ({"channel": lambda t: t.index.astype(str)}, TooFewRowsError, "channel"),
    ],
)
def test_columns_that_cannot_be_ranked_are_refused_by_name(table, change, kind, named):
    with pytest.raises(kind, match=named):
        rank_drivers(
            table.assign(**change), outcome="csat", drivers=NAMES, controls=["channel"], cluster="customer_id"
        )


@pytest.mark.parametrize(
    ("args", "kind", "named"),
    [
        ({"drivers": ["handle_minutes", "handle_minutes"]}, LinkError, "handle_minutes"),
        ({"drivers": ["handle_minutes", "csat"]}, LinkError, "csat"),
        ({"drivers": []}, LinkError, "csat"),
        ({"drivers": ["handle_minute"]}, TableError, "handle_minutes"),
        ({"method": "shapley"}, LinkError, "shapley"),
        ({"drivers": [f"d{i}" for i in range(16)], "method": "lmg"}, LinkError, "16"),
        ({"confidence": 95}, LinkError, "95"),
        ({"weights": "handle_minutes"}, TableError, "handle_minutes"),
    ],
)
def test_requests_that_make_no_sense_are_refused(table, args, kind, named):
    with pytest.raises(kind, match=named):
        rank_drivers(table, **{"outcome": "csat", "drivers": NAMES, **args})


def test_too_few_rows_are_refused_with_their_count(table):
    with pytest.raises(TooFewRowsError, match="39 of 39"):
        rank_drivers(table[:39], outcome="csat", drivers=NAMES)


def test_a_driver_too_rare_to_resample_is_refused(table):
    rare = table.assign(wait_minutes=(table.index == 7).astype(float))
    with pytest.raises(TooFewRowsError, match="does not vary"):
        rank_drivers(rare, outcome="csat", drivers=NAMES, cluster="customer_id", draws=100)


def test_arrays_with_holes_or_constants_are_refused():
    x, y = sample_with_correlations(r1y=0.6, r2y=0.5, r12=0.3)
    with pytest.raises(FitError, match="1 values are missing"):
        explained_shares(np.where(np.arange(60)[:, None] + [0, 9] == 3, np.nan, x), y)
    with pytest.raises(FitError, match="does not vary"):
        explained_shares(x, np.ones(60))
    with pytest.raises(FitError, match="17 drivers"):
        lmg_weights(np.eye(18))
