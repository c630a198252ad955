"""Feedback scores: the formulas by hand, the published examples, coverage, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from pandas.testing import assert_frame_equal
from scipy import stats

from linkage.errors import TableError, TooFewRowsError
from linkage.metrics import compare_waves, mean_score, net_promoter, summarise_metrics, top_box

SCALE = (0, 10)


def answers(promoters: int, passives: int, detractors: int) -> pd.DataFrame:
    return pd.DataFrame({"nps": [9, 10] * (promoters // 2) + [8] * passives + [0, 6] * (detractors // 2)})


@pytest.fixture(scope="module")
def survey() -> pd.DataFrame:
    rng = np.random.default_rng(7)
    n = 400
    customer = rng.integers(0, 120, n)
    mood = rng.normal(size=120)[customer]
    return pd.DataFrame(
        {
            "nps": np.clip(np.round(7 + 2 * mood + rng.normal(size=n)), 0, 10),
            "csat": np.clip(np.round(3.5 + mood + rng.normal(size=n)), 1, 5),
            "customer_id": customer,
            "segment": rng.choice(["small", "large"], n),
            "period": rng.choice(["2026Q2", "2026Q3"], n),
            "weight": rng.uniform(0.5, 3, n),
        }
    )


# --- net promoter score -------------------------------------------------------------------------------


def test_net_promoter_and_its_wald_error_by_hand():
    # 60 promoters, 20 passives, 20 detractors of 100: NPS 40; var = .6 + .2 - .4^2 = .64;
    # std_error = sqrt(.64 / 100) = .08, 8 points; interval 40 -+ 1.959964 * 8.
    line = net_promoter(answers(60, 20, 20), score="nps", method="wald").estimates.loc["all"]
    assert_allclose(line[["estimate", "std_error"]].astype(float), [40, 8], rtol=1e-12)
    assert_allclose([line.low, line.high], [40 - 15.67971, 40 + 15.67971], rtol=1e-6)
    assert_allclose([line.promoters_share, line.detractors_share], [0.6, 0.2])
    assert line.n == 100


def test_adjusted_wald_by_hand():
    # Three quarters of a promoter and of a detractor and three answers more: p = 60.75/103 = .5898058,
    # d = 20.75/103 = .2014563; centre .3883495; var = .7912621 - .1508154 = .6404468;
    # std_error = sqrt(.6404468/103) = .0788537.
    line = net_promoter(answers(60, 20, 20), score="nps").estimates.loc["all"]
    assert_allclose(line.estimate, 40)
    assert_allclose(line.std_error, 7.88537, rtol=1e-5)
    assert_allclose([line.low, line.high], [38.83495 - 15.45504, 38.83495 + 15.45504], rtol=1e-5)


def test_twelve_promoters_of_twelve_keep_a_width():
    # centre (12.75 - .75)/15 = .8; var = .85 + .05 - .64 = .26; std_error = sqrt(.26/15) = .1316561.
    line = net_promoter(answers(12, 0, 0), score="nps").estimates.loc["all"]
    assert_allclose([line.estimate, line.low, line.high], [100, 80 - 1.959964 * 13.16561, 100], rtol=1e-6)


def test_weights_enter_through_kish(survey):
    line = net_promoter(survey, score="nps", weights="weight", method="wald").estimates.loc["all"]
    w, x = survey["weight"], (survey["nps"] >= 9).astype(float) - (survey["nps"] <= 6)
    n_eff = w.sum() ** 2 / (w**2).sum()
    mean = (w * x).sum() / w.sum()
    assert_allclose(line.n_eff, n_eff)
    assert_allclose(line.estimate, 100 * mean)
    assert_allclose(line.std_error, 100 * np.sqrt(((w * (x - mean) ** 2).sum() / w.sum()) / n_eff))


def test_clustered_error_is_the_ratio_sandwich(survey):
    line = net_promoter(survey, score="nps", cluster="customer_id", method="wald").estimates.loc["all"]
    x = (survey["nps"] >= 9).astype(float) - (survey["nps"] <= 6)
    sums = (x - x.mean()).groupby(survey["customer_id"]).sum()
    count = len(sums)
    error = np.sqrt(count / (count - 1) * (sums**2).sum()) / len(x)
    assert_allclose(line.std_error, 100 * error)
    assert_allclose(line.high - line.estimate, stats.t.ppf(0.975, count - 1) * line.std_error)
    assert line.clusters == count
    assert line.n_eff < len(x) / 1.5  # several answers of one mood are worth fewer than as many strangers


def test_singleton_clusters_change_only_the_quantile(survey):
    alone = survey.assign(row=range(len(survey)))
    free = net_promoter(alone, score="nps").estimates.loc["all"]
    held = net_promoter(alone, score="nps", cluster="row").estimates.loc["all"]
    assert_allclose(held.n_eff, free.n_eff)
    assert_allclose(held.std_error, free.std_error)


def test_clusters_that_all_agree_count_as_one_answer_each():
    table = pd.DataFrame({"nps": [10] * 40, "site": np.repeat(range(8), 5)})
    assert net_promoter(table, score="nps", cluster="site").estimates.loc["all", "n_eff"] == 8


@pytest.mark.parametrize(
    ("shares", "n"), [((0.1, 0.3, 0.6), 15), ((0.02, 0.08, 0.9), 20), ((0.3, 0.4, 0.3), 50)]
)
def test_adjusted_intervals_cover_the_planted_score(shares, n):
    rng = np.random.default_rng(42)
    draws = rng.choice([3.0, 8.0, 10.0], size=(1500, n), p=shares)
    table = pd.DataFrame({"nps": draws.ravel(), "sample": np.repeat(np.arange(1500), n)})
    truth = 100 * (shares[2] - shares[0])

    def coverage(method: str) -> float:
        bounds = net_promoter(table, score="nps", by="sample", method=method, scale=SCALE).estimates
        return ((bounds["low"] <= truth) & (truth <= bounds["high"])).mean()

    assert 0.93 <= coverage("adjusted") <= 0.99
    if n <= 20:
        assert coverage("wald") < 0.93  # why the adjusted one is the default


def test_clustered_intervals_cover_where_free_ones_do_not():
    rng = np.random.default_rng(3)
    samples, sites, each = 400, 40, 10
    mood = np.repeat(rng.normal(size=(samples, sites)), each, axis=1)
    latent = mood + rng.normal(size=mood.shape)
    table = pd.DataFrame(
        {
            "nps": np.select([latent > 0.5, latent < -0.5], [10.0, 2.0], 8.0).ravel(),
            "sample": np.repeat(np.arange(samples), sites * each),
            "site": np.tile(np.repeat(np.arange(sites), each), samples),
        }
    )

    def coverage(**options) -> float:
        bounds = net_promoter(table, score="nps", by="sample", scale=SCALE, **options).estimates
        return ((bounds["low"] <= 0) & (bounds["high"] >= 0)).mean()

    assert 0.92 <= coverage(cluster="site") <= 0.98
    assert coverage() < 0.75


# --- top box, mean ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("yes", "n", "low", "high"),
    # Newcombe 1998, Statistics in Medicine 17, p. 857, table I, method 3 (score, no continuity correction)
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_matches_newcombe(yes, n, low, high):
    table = pd.DataFrame({"csat": [5] * yes + [2] * (n - yes)})
    line = top_box(table, score="csat", scale=(1, 5)).estimates.loc["all"]
    assert_allclose([line.low, line.high], [low, high], atol=5e-5)
    assert line.estimate == yes / n


def test_an_interval_of_nobody_or_of_all_ends_at_zero_or_one_itself():
    # The difference of two roots left 1.73e-16 at n = 160 (20 + 7 * 20), which stood on a page.
    for n in range(20, 200, 7):
        none, everyone = (
            top_box(pd.DataFrame({"csat": [value] * n}), score="csat", scale=(1, 5)).estimates.loc["all"]
            for value in (2, 5)
        )
        assert (none.low, everyone.high) == (0.0, 1.0)
        assert 0 < none.high < 1 and 0 < everyone.low < 1


def test_top_two_boxes_and_the_better_end():
    table = pd.DataFrame({"effort": [1, 1, 2, 3, 4, 5, 5, 5, 5, 5]})
    best = top_box(table, score="effort", scale=(1, 5), top=2).estimates.loc["all", "estimate"]
    easy = top_box(table, score="effort", scale=(1, 5), top=2, better="lower").estimates.loc[
        "all", "estimate"
    ]
    assert (best, easy) == (0.6, 0.3)


def test_mean_interval_is_students(survey):
    line = mean_score(survey, score="csat", scale=(1, 5)).estimates.loc["all"]
    x = survey["csat"]
    assert_allclose([line.estimate, line.std_error], [x.mean(), x.sem()])
    assert_allclose([line.low, line.high], stats.t.interval(0.95, len(x) - 1, x.mean(), x.sem()))


def test_clustered_weighted_mean_matches_statsmodels(survey):
    import statsmodels.api as sm

    line = mean_score(survey, score="csat", weights="weight", cluster="customer_id").estimates.loc["all"]
    groups = survey["customer_id"].to_numpy()
    model = sm.WLS(survey["csat"], np.ones(len(survey)), weights=survey["weight"])
    fit = model.fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)
    # statsmodels multiplies by G/(G-1) (n-1)/(n-k), and k = 1
    assert_allclose([line.estimate, line.std_error], [fit.params.iloc[0], fit.bse.iloc[0]], rtol=1e-10)
    assert_allclose([line.low, line.high], fit.conf_int().iloc[0], rtol=1e-10)


# --- groups, properties -------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [net_promoter, top_box, mean_score])
def test_each_group_is_counted_as_if_alone(survey, count):
    options = {"score": "nps", "scale": SCALE, "cluster": "customer_id", "weights": "weight"}
    together = count(survey, by=["period", "segment"], **options).estimates
    for (period, segment), line in together.iterrows():
        part = survey[(survey["period"] == period) & (survey["segment"] == segment)]
        alone = count(part, **options).estimates.loc["all"]
        assert_allclose(line.astype(float), alone.astype(float), rtol=1e-10)


@pytest.mark.parametrize("count", [net_promoter, top_box, mean_score])
def test_row_order_and_units_of_weights_do_not_matter(survey, count):
    options = {"score": "nps", "scale": SCALE, "by": "segment", "cluster": "customer_id", "weights": "weight"}
    once = count(survey, **options).estimates
    shuffled = survey.sample(frac=1, random_state=1).assign(weight=lambda rows: rows["weight"] * 1000)
    assert_frame_equal(once, count(shuffled, **options).estimates, rtol=1e-10)


def test_small_groups_are_suppressed_and_said():
    table = pd.DataFrame({"nps": [10, 9, 3] * 10, "unit_id": ["A"] * 21 + ["B"] * 9})
    result = net_promoter(table, score="nps", by="unit_id")
    small = result.estimates.loc["B"]
    hidden = ["estimate", "std_error", "low", "high", "n_eff", "promoters_share", "detractors_share"]
    assert small["suppressed"]
    assert small["n"] == 9
    assert small[hidden].isna().all()
    assert "fewer than 10 answers" in result.summary()
    assert not net_promoter(table, score="nps", by="unit_id", minimum_group=9).estimates["suppressed"].any()


def answers_of(people: dict[str, int], each: int) -> pd.DataFrame:
    """`each` answers of every person; people : how many of them each unit has."""
    rows = [
        {"unit_id": unit, "customer_id": f"{unit}{person}", "nps": (person + turn) % 11}
        for unit, count in people.items()
        for person in range(count)
        for turn in range(each)
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize("cluster", [None, "customer_id", "unit_id"])
def test_twelve_answers_of_two_people_are_suppressed_whatever_the_clusters_are(cluster):
    table = answers_of({"A": 12, "B": 2, "C": 14, "D": 30}, each=1)
    table = pd.concat(
        [table, *[table[table["unit_id"] == "B"]] * 5], ignore_index=True
    )  # B: 2 people, 12 answers
    found = mean_score(table, score="nps", by="unit_id", cluster=cluster, minimum_group=10)
    assert found.estimates["n"].to_dict() == {"A": 12, "B": 12, "C": 14, "D": 30}
    # A is the next smallest: the mean of all less those of A, C and D would tell that of B.
    assert found.estimates["suppressed"].to_dict() == {"A": True, "B": True, "C": False, "D": False}
    assert (
        found.estimates.loc["B", ["estimate", "std_error", "low", "high", "n_eff", "clusters"]].isna().all()
    )
    said = "2 of its groups are not shown, so that no figure tells of fewer than 10 people."
    assert said in found.summary()


def test_a_small_group_of_one_period_hides_none_of_another_period():
    """Each period has a total of its own; and a period alone hides no other period."""
    small = {"A": 12, "B": 2, "C": 14}
    now = answers_of(small, each=1).assign(period="2026Q3")
    before = answers_of(dict.fromkeys(small, 20), each=1).assign(period="2026Q2")
    table = pd.concat([before, now], ignore_index=True)
    asked = {"score": "nps", "cluster": "customer_id", "minimum_group": 10}
    found = mean_score(table, by=["period", "unit_id"], **asked).estimates["suppressed"]
    assert not found["2026Q2"].any()
    assert found["2026Q3"].to_dict() == {"A": True, "B": True, "C": False}
    few = pd.concat([before, now[now["unit_id"] == "B"]], ignore_index=True)
    whole = mean_score(few, by="period", **asked).estimates["suppressed"]
    assert whole.to_dict() == {"2026Q2": False, "2026Q3": True}


def test_few_clusters_of_many_people_are_shown():
    table = answers_of({"A": 20, "B": 20}, each=1)
    whole = mean_score(table, score="nps", cluster="unit_id", minimum_group=10)
    assert whole.estimates.loc["all", "clusters"] == 2
    assert not whole.estimates.loc["all", "suppressed"]


def test_a_row_of_a_unit_or_employee_is_not_taken_for_its_customers():
    one_employee = pd.DataFrame(
        {"employee_id": ["E1"] * 12, "period": list(range(12)), "score": [3.0, 4.0] * 6}
    )
    assert mean_score(one_employee, score="score").estimates.loc["all", "suppressed"]
    of_a_unit = one_employee.rename(columns={"employee_id": "unit_id"}).assign(employee_id="E1")
    assert not mean_score(of_a_unit, score="score").estimates.loc["all", "suppressed"]


def test_of_nameless_answers_each_counts_as_a_person():
    table = answers_of({"A": 2}, each=6)
    assert mean_score(table, score="nps").estimates.loc["all", "suppressed"]
    nameless = table.assign(customer_id=None)
    assert not mean_score(nameless, score="nps").estimates.loc["all", "suppressed"]
    half = table.assign(
        customer_id=table["customer_id"].where(table.index < 6)
    )  # one person, and six unnamed
    limits = {least: mean_score(half, score="nps", minimum_group=least) for least in (7, 8)}
    assert [found.estimates.loc["all", "suppressed"] for found in limits.values()] == [False, True]


def test_missing_answers_are_counted_and_the_table_is_left_alone():
    table = pd.DataFrame(
        {"nps": pd.array([10, 9, None, 0] * 5, dtype="Int64"), "unit_id": ["A"] * 19 + [None]}
    )
    before = table.copy()
    result = net_promoter(table, score="nps", by="unit_id")
    assert (result.n_used, result.n_dropped) == (14, 6)
    assert "6 rows" in result.summary()
    assert_frame_equal(table, before)


def test_booleans_and_infinities_are_numbers_or_missing():
    table = pd.DataFrame(
        {"is_pleased": [True] * 15 + [False] * 5, "csat": [1.0, np.inf, -np.inf, np.nan] * 5}
    )
    assert mean_score(table, score="is_pleased").estimates.loc["all", "estimate"] == 0.75
    assert mean_score(table, score="csat", minimum_group=1).n_dropped == 15


def test_weights_of_zero_do_not_count():
    table = pd.DataFrame({"nps": [10] * 12 + [0] * 12, "weight": [1.0] * 12 + [0.0] * 12})
    result = net_promoter(table, score="nps", weights="weight")
    assert (result.estimates.loc["all", "estimate"], result.n_used, result.n_dropped) == (100, 12, 12)


def test_constant_answers_say_that_the_mean_has_no_width():
    assert "no width" in mean_score(pd.DataFrame({"csat": [4] * 20}), score="csat").summary()


def test_few_clusters_are_said():
    table = pd.DataFrame({"nps": [10, 2, 7, 9] * 10, "site": list("abcd") * 10})
    assert "fewer than 30 clusters" in net_promoter(table, score="nps", cluster="site").summary()
    single = net_promoter(table.assign(site="a"), score="nps", cluster="site")
    assert np.isnan(single.estimates.loc["all", "low"])
    assert "no interval" in single.summary()


def test_summary_says_estimate_interval_and_n():
    text = net_promoter(answers(60, 20, 20), score="nps").summary()
    assert text == "Net promoter score of nps: +40.0 (95% interval +23.4 to +54.3; n = 100)."


# --- refusals -----------------------------------------------------------------------------------------


def test_a_five_point_scale_is_refused_unless_declared():
    table = pd.DataFrame({"csat": [1, 2, 3, 4, 5] * 10})
    with pytest.raises(TableError, match=r"'csat': all 50 answers lie in 1 to 5.*top_box"):
        net_promoter(table, score="csat")
    assert net_promoter(table, score="csat", scale=SCALE).estimates.loc["all", "estimate"] == -100
    with pytest.raises(TableError, match="declared on 1 to 10"):
        net_promoter(table, score="csat", scale=(1, 10))


def test_answers_off_the_scale_are_refused_with_count_and_example():
    with pytest.raises(TableError, match="2 of 4 answers lie outside the scale 0 to 10, for example 11"):
        net_promoter(pd.DataFrame({"nps": [11, 10, 5, 99]}), score="nps")
    with pytest.raises(TableError, match=r"1 of 3 answers are no points of the scale.*8\.5"):
        net_promoter(pd.DataFrame({"nps": [8.5, 9, 10]}), score="nps")
    with pytest.raises(TableError, match="outside the scale 1 to 5, for example 0"):
        top_box(pd.DataFrame({"csat": [0, 5]}), score="csat", scale=(1, 5))
    with pytest.raises(TableError, match="outside"):
        mean_score(pd.DataFrame({"csat": [0.5, 4.5]}), score="csat", scale=(1, 5))
    assert mean_score(pd.DataFrame({"csat": [1.5, 4.5] * 5}), score="csat", scale=(1, 5)).n_used == 10


def test_an_end_that_nobody_chose_is_said():
    table = pd.DataFrame({"nps": list(range(1, 11)) * 30})
    assert "nobody of 300 chose 0: perhaps another scale was asked, such as 1 to 10." in (
        net_promoter(table, score="nps").summary().lower()
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"confidence": 95}, "confidence is a share"),
        ({"method": "magic"}, "adjusted"),
        ({"weights": "minus"}, "negative"),
        ({"weights": "nothing"}, "zero"),
        ({"score": "npss"}, "Did you mean 'nps'"),
        ({"by": "segmnt"}, "Did you mean 'segment'"),
        ({"score": "segment"}, "holds text"),
    ],
)
def test_wrong_arguments_are_named(survey, options, words):
    table = survey.assign(minus=-1.0, nothing=0.0)
    with pytest.raises(TableError, match=words):
        net_promoter(table, **{"score": "nps", **options})


def test_no_answer_at_all_is_refused():
    with pytest.raises(TooFewRowsError, match="0 of 3 rows"):
        net_promoter(pd.DataFrame({"nps": [np.nan] * 3}), score="nps")


@pytest.mark.parametrize(
    "options", [{"top": 5}, {"top": 0}, {"better": "up"}, {"scale": (5, 1)}, {"scale": 5}]
)
def test_impossible_boxes_are_refused(survey, options):
    with pytest.raises(TableError):
        top_box(survey, **{"score": "csat", "scale": (1, 5), **options})


@pytest.mark.parametrize("size", [1, 2, 3, 40])
@pytest.mark.parametrize("answer", [0, 8, 10])
def test_a_net_promoter_score_lies_inside_its_interval_where_all_agree(size, answer):
    line = net_promoter(pd.DataFrame({"nps": [answer] * size}), score="nps", minimum_group=1).estimates.loc[
        "all"
    ]
    assert line["low"] <= line["estimate"] <= line["high"]
    assert line["high" if answer == 10 else "low"] == line["estimate"] or answer == 8


@pytest.mark.parametrize("seed", range(20))
def test_a_net_promoter_score_lies_inside_its_interval_whatever_the_weights(seed):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({"nps": rng.choice([0, 8, 10], 12), "w": rng.lognormal(0, 4, 12)})
    line = net_promoter(table, score="nps", weights="w", minimum_group=1).estimates.loc["all"]
    assert -100 <= line["low"] <= line["estimate"] <= line["high"] <= 100


# --- waves --------------------------------------------------------------------------------------------


def waves(before: list, after: list) -> pd.DataFrame:
    wave = ["2026Q2"] * len(before) + ["2026Q3"] * len(after)
    people = [*range(len(before)), *range(len(after))]
    return pd.DataFrame({"score": [*before, *after], "wave": wave, "person": people})


WAVES = {"score": "score", "wave": "wave", "before": "2026Q2", "after": "2026Q3"}


def test_change_of_a_share_matches_newcombe():
    # Newcombe 1998, Statistics in Medicine 17, p. 873, table II (a) 56/70 - 48/80, method 10: .0524 to .3339
    table = waves([5] * 48 + [1] * 32, [5] * 56 + [1] * 14)
    line = compare_waves(table, kind="top_box", scale=(1, 5), **WAVES).estimates.loc["all"]
    assert_allclose([line.estimate, line.low, line.high], [0.2, 0.0524, 0.3339], atol=5e-5)
    confidence = 1 - line.p_value
    touching = compare_waves(table, kind="top_box", scale=(1, 5), confidence=confidence, **WAVES).estimates
    assert_allclose(touching.loc["all", "low"], 0, atol=1e-9)


def test_change_of_a_mean_is_welchs():
    rng = np.random.default_rng(1)
    before, after = rng.normal(5, 1, 30), rng.normal(6, 3, 50)
    line = compare_waves(waves(before, after), kind="mean", **WAVES).estimates.loc["all"]
    oracle = stats.ttest_ind(after, before, equal_var=False)
    assert_allclose([line.p_value, line.df], [oracle.pvalue, oracle.df])
    assert_allclose([line.low, line.high], oracle.confidence_interval())


def test_change_of_the_same_people_is_the_paired_test():
    rng = np.random.default_rng(2)
    before = rng.normal(5, 2, 40)
    after = before + rng.normal(0.3, 0.5, 40)
    line = compare_waves(waves(before, after), kind="mean", cluster="person", **WAVES).estimates.loc["all"]
    oracle = stats.ttest_rel(after, before)
    assert_allclose([line.p_value, line.df], [oracle.pvalue, oracle.df])
    assert line.shared_clusters == 40


def test_change_of_net_promoters_adds_variances():
    table = waves([10] * 50 + [7] * 30 + [2] * 20, [10] * 70 + [7] * 20 + [2] * 10)
    line = compare_waves(table, **WAVES).estimates.loc["all"]
    parts = net_promoter(table, score="score", by="wave").estimates
    assert_allclose([line.before, line.after, line.estimate], [30, 60, 30])
    assert_allclose(line.std_error, np.sqrt((parts["std_error"] ** 2).sum()))
    assert_allclose(line.p_value, 2 * stats.norm.sf(30 / line.std_error))


def test_everybody_unchanged_is_no_proof_of_no_change():
    same = [10] * 12 + [2] * 8
    line = compare_waves(waves(same, same), cluster="person", **WAVES).estimates.loc["all"]
    assert line.estimate == 0
    assert line.high > line.low


def test_no_planted_change_is_found_as_rarely_as_promised():
    rng = np.random.default_rng(11)
    draws = rng.choice([2, 8, 10], p=[0.2, 0.3, 0.5], size=(300, 80))
    table = pd.DataFrame({"score": draws.ravel(), "sample": np.repeat(range(300), 80)})
    table["wave"] = np.where(np.arange(len(table)) % 2, "2026Q2", "2026Q3")
    changes = compare_waves(table, by="sample", **WAVES).estimates
    assert (changes["p_value"] < 0.05).mean() < 0.08
    planted = table.assign(score=table["score"].where(table["wave"] == "2026Q2", 10))
    assert (compare_waves(planted, by="sample", **WAVES).estimates["low"] > 0).mean() > 0.95


def test_a_changed_scale_is_doubted():
    table = waves(list(range(11)) * 10, list(range(1, 11)) * 11)
    result = compare_waves(table, scale=SCALE, **WAVES)
    assert "the scale may have changed" in result.summary()


def test_small_waves_are_suppressed_and_unknown_ones_refused():
    table = waves([10] * 20, [10] * 5)
    line = compare_waves(table, **WAVES).estimates.loc["all"]
    assert line["suppressed"]
    assert np.isnan(line["estimate"])
    alone = compare_waves(waves([10] * 20, [10] * 20).assign(site="A"), cluster="site", **WAVES)
    assert alone.estimates.loc["all", "suppressed"]
    with pytest.raises(TableError, match=r"no row of wave '2026Q9'. It holds: 2026Q2, 2026Q3"):
        compare_waves(table, **{**WAVES, "after": "2026Q9"})


def test_a_wave_of_few_people_is_suppressed_however_often_they_answered():
    table = waves([5, 7, 9] * 4, [6, 8, 10] * 4)
    few = table.assign(customer_id=[f"C{row % (12 if row < 12 else 2)}" for row in range(24)])
    for cluster in (None, "customer_id"):
        found = compare_waves(few, cluster=cluster, **WAVES)
        assert found.estimates.loc["all", "suppressed"]
        assert "fewer than 10 people" in found.summary()
    assert not compare_waves(table, **WAVES).estimates.loc["all", "suppressed"]


# --- the table of the KPI page ------------------------------------------------------------------------


def test_overview_holds_each_metric_by_period(survey):
    metrics = {
        "nps": {"kind": "nps", "scale": [0, 10], "label": "Likelihood to recommend"},
        "csat": {"kind": ["top_box", "mean"], "scale": [1, 5]},
        "silent": {"kind": "mean"},
    }
    overview = summarise_metrics(survey.assign(silent=np.nan), metrics, cluster="customer_id")
    assert overview.estimates[["metric", "kind", "period"]].to_numpy().tolist() == [
        [metric, kind, period]
        for metric, kind in (("nps", "nps"), ("csat", "top_box"), ("csat", "mean"))
        for period in ("2026Q2", "2026Q3")
    ]
    alone = net_promoter(survey, score="nps", by="period", cluster="customer_id").estimates
    assert_allclose(
        overview.estimates.loc[:1, ["estimate", "low", "high"]], alone[["estimate", "low", "high"]]
    )
    assert overview.skipped["metric"].tolist() == ["silent"]
    assert "Likelihood to recommend" in overview.summary()
    with pytest.raises(TableError, match="unknown key 'scales'"):
        summarise_metrics(survey, {"nps": {"scales": [0, 10]}})
    with pytest.raises(TableError, match="kind is one of"):
        summarise_metrics(survey, {"nps": {"kind": "NPS"}})


def test_one_of_a_thing_is_not_spoken_of_as_many():
    table = pd.DataFrame(
        {"csat": [3.0, 4.0] * 20 + [5.0, np.nan], "period": ["2026Q2"] * 40 + ["2026Q3"] * 2}
    )
    metrics = {"csat": {"kind": "mean", "scale": [1, 5]}, "silent": {"kind": "mean"}}
    asked = {"by": "period", "minimum_group": 5}
    said = summarise_metrics(table.assign(silent=np.nan), metrics, **asked).summary()
    assert "1 figure is not shown, so that no figure tells of fewer than 5 answers." in said
    assert "at least 1 are needed." in said
    assert ".." not in said
    told = mean_score(table, score="csat", scale=(1, 5), **asked).summary()
    assert "1 row without a score or label is left out" in told
    more = pd.concat([table, table.tail(2).assign(period="2026Q4")])
    assert (
        "2 figures are not shown, so that no figure tells of fewer than 5 answers."
        in summarise_metrics(more, {"csat": metrics["csat"]}, **asked).summary()
    )
    assert (
        "2 rows without a score or label are left out"
        in mean_score(more, score="csat", scale=(1, 5), **asked).summary()
    )


@pytest.mark.parametrize(
    ("kept_as", "first"),
    [
        (lambda period: pd.PeriodIndex(period, freq="Q"), "2026Q2"),
        (lambda period: pd.PeriodIndex(period, freq="Q").to_timestamp(), "2026-04-01"),
        (lambda period: pd.Categorical(period), "2026Q2"),
    ],
)
def test_waves_of_any_kind_are_compared_as_their_labels_are(survey, kept_as, first):
    plain = compare_waves(survey, score="nps", wave="period", before="2026Q2", after="2026Q3")
    other = survey.assign(period=kept_as(survey["period"]))
    after = "2026-07-01" if "-" in first else "2026Q3"
    found = compare_waves(other, score="nps", wave="period", before=first, after=after)
    assert_frame_equal(found.estimates, plain.estimates)


def test_texts_name_no_column_that_the_table_does_not_have(survey):
    empty = survey.assign(nps=np.nan)
    with pytest.raises(TooFewRowsError, match="complete in nps, period;") as caught:
        compare_waves(empty, score="nps", wave="period", before="2026Q2", after="2026Q3")
    assert "_who" not in str(caught.value) and "_after" not in str(caught.value)
    with pytest.raises(TableError, match="by names 'period', which tells the waves apart"):
        compare_waves(survey, score="nps", wave="period", before="2026Q2", after="2026Q3", by="period")
