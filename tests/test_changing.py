"""Why a figure or an estimate moved: the parts sum, planted reasons are found, and planted nothing is not."""

from __future__ import annotations

import warnings
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from linkage.changing import (
    MIX,
    NEW_DATA,
    RELATION,
    TOTAL,
    UNTOLD,
    take_estimate_apart,
    take_headline_apart,
)
from linkage.changing.composition import OTHER, UNKNOWN, compose
from linkage.changing.jackknife import MOST_GROUPS, cluster_groups, spread_of
from linkage.errors import TableError, TooFewRowsError
from linkage.metrics import compare_waves
from linkage.regression import fit_linear
from linkage.regression.design import build_design

PARTS = [NEW_DATA, MIX, RELATION]


def answers(before: dict[str, tuple[int, float]], now: dict[str, tuple[int, float]]) -> pd.DataFrame:
    """n answers of a mean by group and wave, in pairs around the mean."""
    rows = [
        (wave, group, mean + (1 if i % 2 else -1) * 0.5)
        for wave, groups in (("t0", before), ("t1", now))
        for group, (n, mean) in groups.items()
        for i in range(n)
    ]
    return pd.DataFrame(rows, columns=["wave", "segment", "csat"])


def headline(table: pd.DataFrame, **given):
    asked = {"score": "csat", "wave": "wave", "before": "t0", "now": "t1", "segments": ["segment"]}
    return take_headline_apart(table, **{**asked, **given})


def test_mix_and_relation_are_those_worked_out_by_hand():
    # Kitagawa (1955, p. 1174), interaction in halves. Before: 60 of A at 4, 40 of B at 2: 3.20. Now: 40 of A at 4.5,
    # 60 of B at 2.2: 3.12. Mix (.4 - .6) * 4.25 + (.6 - .4) * 2.1 = -.43; relation .5 * .5 + .5 * .2 = +.35.
    found = headline(
        answers({"A": (60, 4.0), "B": (40, 2.0)}, {"A": (40, 4.5), "B": (60, 2.2)}), published=3.0
    )
    parts = found.estimates["estimate"]
    assert_allclose(parts[[MIX, RELATION, NEW_DATA, TOTAL]], [-0.43, 0.35, 0.2, 0.12], atol=1e-12)
    assert_allclose([found.first, found.last], [3.0, 3.12])
    assert (found.n_before, found.n_now, found.columns, found.largest) == (100, 100, ("segment",), MIX)
    assert_allclose(found.groups["mix"].sum(), -0.43)
    assert_allclose(found.groups["relation"], [0.25, 0.10])
    assert_allclose(found.groups[["share_before", "share_now"]], [[0.6, 0.4], [0.4, 0.6]])
    assert_allclose(found.groups[["before", "now"]], [[4.0, 4.5], [2.0, 2.2]])
    assert (
        "Of this: earlier rows counted anew, +0.200; another mix of segments, \N{MINUS SIGN}0.430"
        in found.summary()
    )


def test_what_customers_of_an_unknown_group_add_is_neither_mix_nor_relation():
    # By hand. Before: 50 of A at 4, 30 of B at 2, 20 unknown at 1: 2.8. Now: 30 of A at 4, 30 of B at 3, 40 unknown
    # at 2: 2.9. The middle of both is 2.85. Mix: A -.2 * (4 - 2.85) = -.23, B 0. Relation: B +1 * .3 = +.3.
    # Unknown: +.2 * (1.5 - 2.85) = -.27 and +1 * .3 = +.3, together +.03. Sum: -.23 + .3 + .03 = +.1.
    table = answers(
        {"A": (50, 4.0), "B": (30, 2.0), "?": (20, 1.0)}, {"A": (30, 4.0), "B": (30, 3.0), "?": (40, 2.0)}
    )
    found = headline(table.assign(segment=table["segment"].replace("?", None)))
    assert_allclose(found.estimates.loc[[MIX, RELATION, UNTOLD, TOTAL], "estimate"], [-0.23, 0.3, 0.03, 0.1])
    assert np.isfinite(found.estimates.loc[[MIX, RELATION, UNTOLD, TOTAL], ["low", "high"]]).all(axis=None)
    groups = found.groups.set_index("group")
    assert_allclose(
        groups.loc[UNKNOWN, ["mix", "relation", "untold"]].astype(float), [0, 0, 0.03], atol=1e-12
    )
    assert_allclose(groups[["mix", "relation", "untold"]].sum(), [-0.23, 0.3, 0.03])
    assert "of unknown groups, so mix and relation are not told apart, +0.0300" in found.summary()


def test_one_known_group_beside_unknown_ones_tells_no_mix():
    table = answers({"A": (50, 4.0), "?": (20, 1.0)}, {"A": (30, 4.0), "?": (40, 2.0)})
    found = headline(table.assign(segment=table["segment"].replace("?", None)))
    assert found.columns == () and found.estimates.loc[[MIX, RELATION], "estimate"].isna().all()
    assert_allclose(found.estimates.loc[UNTOLD, "estimate"], found.total)


def test_the_parts_of_a_group_have_intervals_and_sum_to_those_of_the_whole():
    found = headline(customers(np.random.default_rng(12), share=0.8, lift=(0.0, 0.4)), cluster="customer_id")
    for name, part in (("mix", MIX), ("relation", RELATION)):
        low, high = found.groups[f"{name}_low"], found.groups[f"{name}_high"]
        assert_allclose(found.groups[name].sum(), found.estimates.loc[part, "estimate"])
        assert_allclose((low + high) / 2, found.groups[name], atol=1e-12)
    # Planted: only B is .4 higher now, at a mean share of .65: +.26 in B, nothing in A.
    ends = found.groups.set_index("group")[["relation_low", "relation_high"]]
    assert ends.loc["A", "relation_low"] < 0 < ends.loc["A", "relation_high"]
    assert 0 < ends.loc["B", "relation_low"] < 0.26 < ends.loc["B", "relation_high"]


def test_a_figure_moved_only_if_more_than_new_data_moved_it():
    same = answers({"A": (60, 4.0)}, {"A": (60, 4.0)})
    corrected = headline(same, published=3.0)
    row = corrected.estimates.loc[TOTAL]
    assert row["low"] > 0 and not corrected.is_shown  # the whole point is a correction: nothing happened
    assert headline(answers({"A": (60, 4.0)}, {"A": (60, 4.6)}), published=4.6).is_shown


def test_without_segments_the_jackknife_is_the_classical_error_of_a_difference():
    # By hand: leaving row i of a side out moves its mean by (y_i - mean) / (n - 1), so the squares sum to
    # s^2 / (n - 1) a side, s^2 with divisor n - 1; times (G - 1) / G. All deviations are 0.5.
    table = answers({"A": (60, 4.0)}, {"A": (40, 4.5)})
    row = headline(table, segments=[]).estimates.loc[TOTAL]
    sides = [0.25 * n / (n - 1) / (n - 1) for n in (60, 40)]
    assert_allclose(row["std_error"], np.sqrt(99 / 100 * sum(sides)), rtol=1e-12)
    assert_allclose(
        (row["high"] - row["low"]) / 2 / row["std_error"], 1.984217, rtol=1e-6
    )  # scipy t.ppf(.975, 99)


def customers(rng, *, share=0.5, levels=(4.0, 3.0), lift=(0.0, 0.0), count=300) -> pd.DataFrame:
    """Customers who answer once or twice in both waves, alike within themselves; B's share moves to `share`."""
    frames = []
    who = rng.normal(0, 0.6, 2 * count)
    for wave, part, extra in (("t0", 0.5, (0.0, 0.0)), ("t1", share, lift)):
        people = rng.choice(2 * count, count, replace=False)
        is_b = rng.random(count) < part
        times = rng.integers(1, 3, count)
        mean = np.where(is_b, levels[1] + extra[1], levels[0] + extra[0])
        frame = pd.DataFrame({"customer_id": people, "segment": np.where(is_b, "B", "A"), "wave": wave})
        frame["level"] = mean + who[people]
        frame = frame.loc[frame.index.repeat(times)]
        frames.append(frame.assign(csat=frame["level"] + rng.normal(0, 0.5, len(frame))))
    return pd.concat(frames, ignore_index=True).drop(columns="level")


@pytest.mark.parametrize(
    ("planted", "mix", "relation"),
    [
        ({"share": 0.8}, -0.3, 0.0),  # 30 points more of the group that is one lower
        ({"lift": (0.4, 0.4)}, 0.0, 0.4),
        ({"share": 0.8, "lift": (0.0, 0.4)}, -0.24, 0.26),  # interaction .12 in halves
        ({}, 0.0, 0.0),
    ],
)
def test_a_planted_reason_is_found_and_planted_nothing_is_not(planted, mix, relation):
    found = headline(customers(np.random.default_rng(3), **planted), cluster="customer_id").estimates
    for part, truth in ((MIX, mix), (RELATION, relation)):
        assert abs(found.loc[part, "estimate"] - truth) < 3 * found.loc[part, "std_error"]
        assert (found.loc[part, "low"] > 0 or found.loc[part, "high"] < 0) == (truth != 0)


def test_where_nothing_changed_nineteen_of_twenty_intervals_cover_it():
    rng = np.random.default_rng(11)
    covered = []
    for _ in range(120):
        found = headline(customers(rng, count=60), cluster="customer_id").estimates
        covered.append((found["low"] <= 0) & (found["high"] >= 0))
    share = pd.DataFrame(covered)[[MIX, RELATION, TOTAL]].mean()
    # Three binomial standard errors around .95 with 120 draws: .06; some interval misses, or it says nothing.
    assert share.between(0.89, 0.9999).all(), share.to_dict()


def test_the_whole_change_has_the_interval_of_a_comparison_of_waves():
    table = customers(np.random.default_rng(5), count=400)
    mine = headline(table, cluster="customer_id").estimates.loc[TOTAL]
    other = compare_waves(
        table, score="csat", wave="wave", before="t0", after="t1", kind="mean", cluster="customer_id"
    ).estimates.iloc[0]
    assert_allclose(mine["estimate"], other["estimate"], rtol=1e-12)
    # Another estimator of the same error (groups of clusters left out, against a linear one).
    assert_allclose(mine["std_error"], other["std_error"], rtol=0.1)


def test_a_net_promoter_score_is_taken_apart_in_points():
    table = answers({"A": (40, 9.5), "B": (40, 6.0)}, {"A": (60, 9.5), "B": (20, 6.0)})
    found = headline(table.assign(csat=table["csat"].round()), kind="nps", scale=(0, 10))
    # Half of A is 9, half 10: +100; B is 6: -100. From 0 to (60 - 20) / 80 = +50 points, all of it mix.
    assert_allclose(found.estimates.loc[[MIX, RELATION, TOTAL], "estimate"], [50, 0, 50], atol=1e-9)
    assert_allclose([found.first, found.last], [0, 50], atol=1e-9)


def test_rows_and_labels_in_another_order_change_nothing():
    table = customers(np.random.default_rng(8), share=0.7)
    turned = table.sample(frac=1, random_state=1).assign(
        segment=lambda t: t["segment"].map({"A": "Z", "B": "B"})
    )
    first, second = (headline(t, cluster="customer_id").estimates for t in (table, turned))
    assert_allclose(first["estimate"], second["estimate"], rtol=1e-9)
    assert_allclose(first["std_error"], second["std_error"], rtol=0.1)  # other clusters are left out together


def test_small_groups_are_taken_together_and_never_one_alone():
    sizes = {"A": (200, 4.0), "B": (200, 3.0), "C": (3, 1.0), "E": (15, 2.0)}
    found = headline(answers(sizes, {**sizes, "D": (9, 5.0)}))
    # C and D together have 3 answers before: E, the next smallest, joins them.
    assert list(found.groups["group"]) == ["A", "B", OTHER] and found.pooled == 3
    assert found.groups.set_index("group").loc[OTHER, ["n_before", "n_now"]].tolist() == [18, 27]
    with pytest.raises(TooFewRowsError, match=r"csat: 3 answers in t0, and 10 are the fewest"):
        headline(answers({"C": (3, 1.0)}, {"C": (30, 1.0)}))


def test_segments_are_given_up_from_the_last_where_crossing_hides_too_much():
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"segment": rng.choice(["A", "B"], 400), "shop": rng.integers(0, 90, 400)})
    found = compose(table, ["segment", "shop", "none"], np.arange(400) >= 200, minimum_group=10)
    assert (found.columns, found.labels, found.pooled) == (("segment",), ("A", "B"), 0)
    assert not compose(table, ["shop"], np.arange(400) >= 200, minimum_group=10).is_known


def test_many_rows_of_one_person_are_no_group():
    """Sixty answers of one customer in a segment of their own would tell what that customer thinks."""
    segment = np.where(np.arange(400) % 3 == 0, "alone", np.where(np.arange(400) % 3 == 1, "many", "more"))
    people = np.where(segment == "alone", -1, np.arange(400))
    table = pd.DataFrame({"segment": segment})
    now = np.arange(400) >= 200
    assert "alone" in compose(table, ["segment"], now, minimum_group=10).labels
    assert "alone" not in compose(table, ["segment"], now, minimum_group=10, people=people).labels


def test_a_segment_that_the_table_lacks_is_left_out():
    """A study's segments stand in some of its tables: answers know no channel."""
    table = answers({"A": (60, 4.0), "B": (40, 2.0)}, {"A": (40, 4.5), "B": (60, 2.2)})
    found = headline(table, segments=["segment", "channel"])
    assert found.columns == ("segment",)
    assert_allclose(found.estimates["estimate"], headline(table).estimates["estimate"])


def test_a_wave_against_itself_and_a_missing_column_are_refused():
    table = answers({"A": (20, 4.0)}, {"A": (20, 4.0)})
    with pytest.raises(TableError, match="two waves; both are 't0'"):
        headline(table, now="t0")
    with pytest.raises(TableError, match="nps"):
        headline(table, score="nps")


def test_an_infinite_answer_is_a_missing_one_and_both_are_counted():
    table = answers({"A": (40, 4.0)}, {"A": (40, 4.4)})
    plain = headline(table)
    odd = pd.DataFrame({"wave": ["t0", "t1", "t1"], "segment": ["A"] * 3, "csat": [np.inf, np.nan, -np.inf]})
    found = headline(pd.concat([odd, table, odd.assign(wave="t7")], ignore_index=True))
    assert_allclose(found.estimates, plain.estimates)
    assert (plain.n_dropped, found.n_dropped, found.n_now) == (0, 3, 40)
    assert "Left out" not in plain.summary()
    assert "Left out for a missing value: 3 rows." in found.summary()


def test_below_twenty_clusters_there_is_no_interval():
    assert np.isnan(spread_of(np.ones(2), np.ones((19, 2)), confidence=0.95)).all()
    assert np.isfinite(spread_of(np.ones(2), np.ones((20, 2)), confidence=0.95)).all()
    few = estimate(contacts(np.random.default_rng(1), clusters=8))
    assert few.estimates["low"].isna().all()
    assert few.why_no_interval == "8 clusters, fewer than the 20 an interval needs"
    assert estimate(contacts(np.random.default_rng(1), clusters=20)).why_no_interval == ""
    codes = np.repeat(np.arange(1000), 3)
    groups = cluster_groups(codes)
    assert len(np.unique(groups)) == MOST_GROUPS
    assert (groups.reshape(-1, 3) == groups.reshape(-1, 3)[:, :1]).all()  # a cluster is left out whole


# ------------------------------------------------------------------------------------------------- links


def contacts(
    rng, *, slopes=(-1.0, -3.0), newer=(-1.0, -3.0), share=0.5, clusters=200, size=12
) -> pd.DataFrame:
    """Contacts of customers over two periods: the outcome falls by a slope of its segment's; B's share moves."""
    n = clusters * size
    who = np.repeat(np.arange(clusters), size)
    is_new = np.tile(np.arange(size) % 3 == 2, clusters)
    is_b = rng.random(n) < np.where(is_new, share, 0.5)
    driver = rng.normal(5, 1, n)
    slope = np.where(is_new, np.where(is_b, newer[1], newer[0]), np.where(is_b, slopes[1], slopes[0]))
    topic = rng.choice(["x", "y", "z"], n)
    outcome = slope * (driver - 5) + (topic == "y") + rng.normal(0, 0.5, clusters)[who] + rng.normal(0, 1, n)
    return pd.DataFrame({"customer_id": who, "segment": np.where(is_b, "B", "A"), "topic": topic,
                         "driver": driver, "outcome": outcome, "is_new": is_new})  # fmt: skip


FORMULA = "outcome ~ driver + topic"


@cache
def pattern():
    return build_design(contacts(np.random.default_rng(0)), FORMULA, cluster="customer_id")


def design_of(table: pd.DataFrame):
    """The design of the formula above, without reading it again."""
    columns = {"Intercept": np.ones(len(table)), "driver": table["driver"].to_numpy()}
    columns |= {f"topic[T.{t}]": (table["topic"] == t).to_numpy(dtype=float) for t in "yz"}
    x = np.column_stack([columns[name] for name in pattern().recipe.names])
    groups = (pd.factorize(table["customer_id"])[0],)
    return replace(pattern(), x=x, y=table["outcome"].to_numpy(), groups=groups)


def estimate(table: pd.DataFrame, **given):
    design, is_old = design_of(table), ~table["is_new"].to_numpy()
    known = np.linalg.lstsq(design.x[is_old], design.y[is_old])[0]
    published = {"driver": known[design.recipe.names.index("driver")]}
    asked = {"is_new": ~is_old, "segments": ["segment"], "published": published}
    return take_estimate_apart(design, table, **{**asked, **given})["driver"]


def test_the_parts_are_those_of_separate_fits_and_sum_to_the_difference():
    table = contacts(np.random.default_rng(2), share=0.8, newer=(-1.5, -3.0), clusters=60)
    found = estimate(table, published={"driver": -1.0})
    shares = table.groupby("is_new")["segment"].value_counts(normalize=True).unstack()
    weight = table["segment"].map(shares.loc[False] / shares.loc[True]).where(table["is_new"], 1.0)
    fits = {
        "old": fit_linear(table[~table["is_new"]], FORMULA),
        "same": fit_linear(table.assign(w=weight), FORMULA, weights="w"),
        "now": fit_linear(table, FORMULA),
        "fresh": fit_linear(table[table["is_new"]], FORMULA),
    }
    b = {name: fit.estimates["estimate"]["driver"] for name, fit in fits.items()}
    wanted = [b["old"] + 1.0, b["now"] - b["same"], b["same"] - b["old"]]
    assert_allclose(found.estimates.loc[PARTS, "estimate"], wanted, rtol=1e-8)
    assert_allclose(found.estimates.loc[PARTS, "estimate"].sum(), found.total, rtol=1e-12)
    assert_allclose(
        [found.first, found.last, found.last - found.first], [-1.0, b["now"], found.total], rtol=1e-9
    )
    assert_allclose(
        [found.fresh["estimate"], found.fresh["gap"]], [b["fresh"], b["fresh"] - b["old"]], rtol=1e-8
    )
    assert (found.n_before, found.n_now, found.n_new, found.clusters) == (480, 720, 240, 60)


def test_newer_rows_of_an_unknown_group_are_a_part_of_their_own():
    table = contacts(np.random.default_rng(2), share=0.8, newer=(-1.5, -3.0), clusters=60)
    lost = np.random.default_rng(3).random(len(table)) < 0.2
    table["segment"] = table["segment"].where(~lost, None)
    found = estimate(table, published={"driver": -1.0})
    shares = table[~lost].groupby("is_new")["segment"].value_counts(normalize=True).unstack()
    weight = table["segment"].map(shares.loc[False] / shares.loc[True]).where(table["is_new"], 1.0)
    fits = {
        "old": fit_linear(table[~table["is_new"]], FORMULA),
        "known": fit_linear(table[~(table["is_new"] & lost)].assign(w=weight), FORMULA, weights="w"),
        "same": fit_linear(table.assign(w=weight.fillna(1.0)), FORMULA, weights="w"),
        "now": fit_linear(table, FORMULA),
    }
    b = {name: fit.estimates["estimate"]["driver"] for name, fit in fits.items()}
    wanted = [b["old"] + 1.0, b["now"] - b["same"], b["known"] - b["old"], b["same"] - b["known"]]
    assert_allclose(found.estimates.loc[[*PARTS, UNTOLD], "estimate"], wanted, rtol=1e-8)
    assert_allclose(found.estimates.loc[[*PARTS, UNTOLD], "estimate"].sum(), found.total, rtol=1e-12)
    assert np.isfinite(found.estimates.loc[[MIX, RELATION, UNTOLD], ["low", "high"]]).all(axis=None)


def test_the_errors_are_those_of_fits_without_each_cluster():
    table = contacts(np.random.default_rng(4), share=0.7, clusters=25)
    found = estimate(table)
    left_out = []
    for customer in range(25):
        rest = table[table["customer_id"] != customer].reset_index(drop=True)
        other = estimate(rest)  # against its own earlier rows, so that the total holds no new data
        left_out.append([other.total, other.estimates.loc[MIX, "estimate"], other.fresh["estimate"]])
    whole = np.array([found.total, found.estimates.loc[MIX, "estimate"], found.fresh["estimate"]])
    error = np.sqrt(24 / 25 * ((np.array(left_out) - whole) ** 2).sum(axis=0))
    mine = [*found.estimates.loc[[TOTAL, MIX], "std_error"], found.fresh["std_error"]]
    assert_allclose(
        mine, error, rtol=2e-3
    )  # `rest` has other earlier rows: its published figure is no part of total


def test_the_errors_agree_with_drawing_whole_clusters_again():
    rng = np.random.default_rng(6)
    table = contacts(rng, share=0.8, clusters=50)
    found = estimate(table).estimates
    by_customer = [part for _, part in table.groupby("customer_id")]
    drawn = []
    for _ in range(100):
        picked = rng.integers(0, len(by_customer), len(by_customer))
        again = pd.concat(
            [by_customer[i].assign(customer_id=k) for k, i in enumerate(picked)], ignore_index=True
        )
        drawn.append(estimate(again).estimates["estimate"])
    spread = pd.DataFrame(drawn).std()
    # The spread of 100 draws is itself known to 1 / sqrt(200) = 7 percent: three times that.
    assert_allclose(found.loc[[MIX, RELATION, TOTAL], "std_error"], spread[[MIX, RELATION, TOTAL]], rtol=0.21)


@pytest.mark.parametrize(
    ("planted", "moved"),
    [
        ({"share": 0.95}, {MIX}),  # the slope is three times as steep in B
        ({"newer": (-2.0, -4.0)}, {RELATION}),
        ({"share": 0.95, "newer": (-2.0, -4.0)}, {MIX, RELATION}),
        ({}, set()),
    ],
)
def test_a_planted_change_of_a_link_is_found_where_it_was_planted(planted, moved):
    found = estimate(contacts(np.random.default_rng(9), **planted)).estimates
    shown = {p for p in (MIX, RELATION) if abs(found.loc[p, "estimate"]) > 3 * found.loc[p, "std_error"]}
    assert shown == moved
    assert abs(found.loc[NEW_DATA, "estimate"]) < 1e-9
    # A third of the rows is new: planted one steeper, the whole moves by about a third.
    if moved == {RELATION}:
        assert abs(found.loc[RELATION, "estimate"] + 1 / 3) < 3 * found.loc[RELATION, "std_error"]


def test_where_no_relation_changed_nineteen_of_twenty_intervals_cover_it():
    rng = np.random.default_rng(21)
    found = [estimate(contacts(rng, clusters=40)).estimates for _ in range(120)]
    covered = pd.DataFrame([(f["low"] <= 0) & (f["high"] >= 0) for f in found])[[MIX, RELATION, TOTAL]].mean()
    assert covered.between(0.89, 1.0).all(), covered.to_dict()  # three binomial standard errors below .95
    assert covered[RELATION] < 1


def test_rows_that_came_late_are_new_data_and_nothing_else():
    table = contacts(np.random.default_rng(13))
    early = table[~table["is_new"] & (table["customer_id"] % 2 == 0)]
    published = fit_linear(early, FORMULA).estimates["estimate"]["driver"]
    known = fit_linear(table[~table["is_new"]], FORMULA).estimates["estimate"]["driver"]
    found, other = estimate(table, published={"driver": published}), estimate(table)
    assert_allclose(found.estimates.loc[NEW_DATA, "estimate"], known - published, rtol=1e-8)
    assert np.isnan(found.estimates.loc[NEW_DATA, "low"])
    assert_allclose(found.estimates.loc[[MIX, RELATION]], other.estimates.loc[[MIX, RELATION]])
    ends = [part.estimates.loc[TOTAL, ["low", "high"]] for part in (found, other)]
    assert_allclose(ends[0] - (known - published), ends[1])


def test_without_newer_rows_all_is_new_data_and_without_segments_the_mix_is_not_told():
    table = contacts(np.random.default_rng(14), clusters=40)
    none_new = np.zeros(len(table), dtype=bool)
    found = estimate(table, is_new=none_new, published={"driver": -2.5}).estimates
    assert found.index[found["estimate"].notna()].tolist() == [NEW_DATA, TOTAL]
    assert_allclose(found.loc[NEW_DATA, "estimate"], found.loc[TOTAL, "estimate"])
    alone = estimate(table, segments=[])
    assert alone.estimates.loc[[MIX, RELATION], "estimate"].isna().all() and alone.columns == ()
    assert_allclose(alone.estimates.loc[UNTOLD, "estimate"], alone.total, rtol=1e-9)
    assert "mix and relation are not told apart" in alone.summary()
    with pytest.raises(TableError, match="All rows are newer"):
        estimate(table, is_new=~none_new)


def test_what_only_rounding_moved_is_said_to_be_no_change():
    table = contacts(np.random.default_rng(14), clusters=40)
    none_new = np.zeros(len(table), dtype=bool)
    known = estimate(table, is_new=none_new, published={"driver": -2.5}).last
    same = estimate(table, is_new=none_new, published={"driver": float(f"{known:.10g}")})
    assert same.summary().endswith(": no change.") and not same.is_shown


def test_a_category_of_the_newer_rows_alone_and_a_driver_they_do_not_vary_disturb_nothing():
    table = contacts(np.random.default_rng(15), clusters=60)
    table.loc[table["is_new"], "topic"] = "newest"
    table["flag"] = (~table["is_new"] & (np.arange(len(table)) % 2 == 0)).astype(float)
    formula = "outcome ~ driver + flag + topic"
    design = build_design(table, formula, cluster="customer_id")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = take_estimate_apart(design, table, is_new=table["is_new"].to_numpy(), segments=["segment"],
                                    published={"driver": -2.0, "flag": 0.0})  # fmt: skip
    old = fit_linear(table[~table["is_new"]], formula).estimates["estimate"]
    for term, published in (("driver", -2.0), ("flag", 0.0)):
        assert_allclose(found[term].estimates.loc[NEW_DATA, "estimate"], old[term] - published, rtol=1e-7)
    assert np.isnan(found["flag"].fresh["estimate"]) and np.isfinite(found["driver"].fresh["estimate"])
