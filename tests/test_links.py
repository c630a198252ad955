"""A link becomes its card: what it recovers, what it refuses, and what it may say."""

import json
from decimal import Decimal

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import linkage as lk
from linkage.errors import LinkError, TableError
from linkage.grains import grain_by_key
from linkage.linking.finding import TOPICS, topic_of
from linkage.linking.link_rows import link_rows
from linkage.opening import open_study

CONTRACT = [
    *(
        "link",
        "question",
        "notebook",
        "grain",
        "outcome",
        "driver",
        "outcome_unit",
        "driver_unit",
        "estimate",
    ),
    *("std_error", "low", "high", "p_value", "q_value", "n", "clusters", "n_dropped", "level", "verdict"),
    *("expected", "method", "controls", "window", "detectable", "sentence", "checks"),
]


def frame(n=400, groups=80, slope=0.5, seed=7):
    """Rows in which y rises by `slope` a unit of x, with groups that share a level."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, groups, n)
    x = rng.normal(size=n)
    z = rng.normal(size=n) + 0.5 * x
    y = 2 + slope * x + 0.3 * z + rng.normal(size=groups)[group] + rng.normal(size=n)
    segment = np.array(["home", "office", "partner"])[rng.integers(0, 3, n)]
    return pd.DataFrame({"y": y, "x": x, "z": z, "segment": segment, "group": group})


def check(card, name):
    return next(c for c in card.battery if c.name == name)


# ------------------------------------------------------------------------------------------- reference


def test_the_estimate_is_least_squares_with_clustered_errors():
    import statsmodels.formula.api as smf

    rows = frame()
    row = lk.link("y ~ x + z + segment", rows, cluster="group").estimates.iloc[0]
    theirs = smf.ols("y ~ x + z + segment", rows).fit(
        cov_type="cluster", cov_kwds={"groups": rows["group"]}, use_t=True
    )
    assert row["estimate"] == pytest.approx(theirs.params["x"], rel=1e-10)
    assert row["std_error"] == pytest.approx(theirs.bse["x"], rel=1e-10)
    # statsmodels takes the residual degrees of freedom, not clusters less one; the interval is compared by its half.
    from scipy.stats import t

    clusters = rows["group"].nunique()
    assert row["df"] == clusters - 1
    assert row["high"] - row["estimate"] == pytest.approx(
        theirs.bse["x"] * t.ppf(0.975, clusters - 1), rel=1e-10
    )
    assert row["raw_estimate"] == pytest.approx(smf.ols("y ~ x", rows).fit().params["x"], rel=1e-10)


def test_what_would_have_been_seen_is_the_noncentral_t():
    from linkage.linking.power import detectable_effect

    row = lk.link("y ~ x", frame(), cluster="group").estimates.iloc[0]
    assert row["detectable"] == pytest.approx(detectable_effect(row["std_error"], row["df"]), rel=1e-12)


def test_variance_inflation_by_hand():
    # Two regressors with correlation r: 1 / (1 - r^2).
    rows = frame()
    r = np.corrcoef(rows["x"], rows["z"])[0, 1]
    card = lk.link("y ~ x + z", rows, cluster="group")
    assert check(card, "collinearity").value == pytest.approx(1 / (1 - r**2), rel=1e-9)


def test_partial_correlation_is_the_size_that_is_judged():
    rows = frame()
    card = lk.link("y ~ x + z", rows)
    rest_y, rest_x = (rows[c] - np.polyval(np.polyfit(rows["z"], rows[c], 1), rows["z"]) for c in ("y", "x"))
    classical = np.corrcoef(rest_y, rest_x)[0, 1]
    # Robust errors move the t statistic a little, and with it the size.
    assert check(card, "plausible size").value == pytest.approx(classical, abs=0.03)


# -------------------------------------------------------------------------------------------- recovery


@pytest.mark.parametrize("seed", range(3))
def test_a_planted_slope_is_recovered(seed):
    card = lk.link("y ~ x + z", frame(seed=seed), cluster="group")
    row = card.estimates.iloc[0]
    assert abs(row["estimate"] - 0.5) < 3 * row["std_error"]
    assert card.verdict == "linked"
    assert card.level == "L2"


def test_planted_nothing_is_no_link_nineteen_times_in_twenty():
    verdicts = [
        lk.link("y ~ x", frame(n=150, slope=-0.15, seed=s), cluster="group").verdict for s in range(40)
    ]
    # The controls left out: z carries +0.15 of x, so that the total is nothing. Binomial(40, .05) exceeds 6
    # in three of a thousand runs, and the seeds are fixed.
    assert verdicts.count("linked") <= 6
    assert verdicts.count("linked") + verdicts.count("no link") == 40


def test_no_link_says_what_would_have_been_seen():
    card = lk.link("y ~ x", frame(slope=-0.15), cluster="group")
    assert card.verdict == "no link"
    assert "would have been seen" in card.summary()


def test_a_link_that_might_have_been_missed_is_said_not_to_be_shown():
    few, many = (lk.link("y ~ x + z", frame(n, 40, slope=0.0), cluster="group") for n in (60, 3000))
    assert few.verdict == many.verdict == "no link"  # the word of the findings, which other tools read
    assert (few.counted, many.counted) == ("not shown", "no link")
    assert list(few.table()["verdict"]) == ["not shown"] and list(many.table()["verdict"]) == ["no link"]
    missed = " or more would have been seen: one of the usual size might have been missed."
    assert missed in few.summary() and missed not in many.summary()


def test_each_driver_of_several_has_its_own_power():
    # Two drivers that do nothing: x differs from row to row, site only between 80 groups that share a level of y.
    rows = frame(n=1500, slope=0.0)
    rows["site"] = np.random.default_rng(4).normal(size=80)[rows["group"]]
    card = lk.link("y ~ x + site + z", rows, cluster="group", drivers=["x", "site"])
    assert [row["verdict"] for row in card.findings()] == ["no link", "no link"]
    assert (check(card, "power").verdict, check(card, "power (site)").verdict) == ("PASS", "REVIEW")
    assert card.counted_rows() == ["no link", "not shown"] and card.counted == "not shown"
    # The first driver's is that of the link; asked in the other order, each has the same.
    turned = lk.link("y ~ x + site + z", rows, cluster="group", drivers=["site", "x"])
    pairs = (("power", "power (x)"), ("power (site)", "power"))
    for one, other in pairs:
        assert check(card, one).value == pytest.approx(check(turned, other).value, rel=1e-9)


def test_the_estimate_that_earned_a_level_is_said_of_the_driver_it_is_of():
    from dataclasses import replace

    from linkage.ladder import Evidence
    from linkage.linking.judging import sentence_of

    # Two categories against the first, on a level that another comparison of the first of them earned.
    card = lk.link("y ~ segment + x", frame(), cluster="group", drivers=["segment"])
    assert card.clock.order != "after" and card.parts.ladder.rung("raw") is not None
    lifted = replace(card, evidence=Evidence("L3", "why", "lift", rung="raw"))
    first, second = (sentence_of(lifted, row, "linked") for row in card.estimates.to_dict("records"))
    assert "; L3, as nothing held fixed: " in first
    assert "; L3, earned by the first driver)" in second


def test_a_confounder_is_named_and_costs_the_level():
    rng = np.random.default_rng(3)
    size = rng.normal(size=600)
    rows = pd.DataFrame(
        {"size": size, "calls": size + 0.5 * rng.normal(size=600), "group": np.arange(600) % 100}
    )
    rows["spend_after"] = 3 * size - rows["calls"] + rng.normal(size=600)
    alone = lk.link("spend_after ~ calls", rows, cluster="group")
    card = lk.link("spend_after ~ calls + size", rows, cluster="group")
    assert alone.estimates["estimate"].iloc[0] > 0 > card.estimates["estimate"].iloc[0]
    assert check(card, "controls").verdict == "REVIEW"
    assert card.clock.order == "after"
    assert card.level == "L2"
    # The same with a second driver, whose own controls hold.
    both = lk.link("spend_after ~ calls + size", rows, cluster="group", drivers=["calls"])
    assert both.level == "L2"


def test_one_doubtful_driver_of_several_costs_the_level():
    rng = np.random.default_rng(3)
    size = rng.normal(size=600)
    rows = pd.DataFrame(
        {"size": size, "calls": size + 0.5 * rng.normal(size=600), "mood": rng.normal(size=600)}
    )
    rows["group"] = np.arange(600) % 100
    rows["spend_after"] = 3 * size - rows["calls"] + rows["mood"] + rng.normal(size=600)
    card = lk.link("spend_after ~ calls + mood + size", rows, cluster="group", drivers=["calls", "mood"])
    assert check(card, "controls (calls)").verdict == "REVIEW"
    assert check(card, "controls (mood)").verdict == "PASS"
    assert card.level == "L2"
    assert "controls (calls)" in card.evidence.why


# -------------------------------------------------------------------------------------------- property


def same(one, other, **tolerance):
    numbers = ["estimate", "std_error", "low", "high", "p_value", "raw_estimate", "detectable"]
    np.testing.assert_allclose(
        one.estimates[numbers], other.estimates[numbers], **{"rtol": 1e-9, **tolerance}
    )


@settings(max_examples=6, deadline=None)
@given(st.permutations(range(60)))
def test_the_order_of_the_rows_does_not_matter(order):
    rows = frame(n=60, groups=45)
    same(lk.link("y ~ x + segment", rows, cluster="group"),
         lk.link("y ~ x + segment", rows.iloc[list(order)], cluster="group"))  # fmt: skip


def test_the_index_does_not_matter_even_when_doubled():
    rows = frame(n=100)
    same(
        lk.link("y ~ x", rows, cluster="group"),
        lk.link("y ~ x", rows.set_index(rows.index % 3), cluster="group"),
    )


@settings(max_examples=6, deadline=None)
@given(st.floats(0.001, 1000), st.floats(-1000, 1000))
def test_the_unit_of_a_driver_only_scales_its_estimate(scale, shift):
    rows = frame(n=100)
    one = lk.link("y ~ x + z", rows, cluster="group").estimates.iloc[0]
    other = lk.link("y ~ x + z", rows.assign(x=shift + scale * rows["x"]), cluster="group").estimates.iloc[0]
    assert other["estimate"] * scale == pytest.approx(one["estimate"], rel=1e-6)
    assert other["p_value"] == pytest.approx(one["p_value"], rel=1e-5)


@pytest.mark.parametrize(
    "change",
    [
        lambda r: r.assign(x=(r["x"] > 0)),
        lambda r: r.assign(x=(r["x"] > 0).astype("boolean")),
        lambda r: r.assign(x=(r["x"] > 0).astype("Int64")),
        lambda r: r.assign(x=(r["x"] > 0).astype("Float32")),
        lambda r: r.assign(x=[Decimal(int(v > 0)) for v in r["x"]]),
        lambda r: r.assign(x=pd.array((r["x"] > 0).astype(float), dtype="float64")),
    ],
)
def test_the_same_numbers_in_another_type_give_the_same_answer(change):
    rows = frame()
    plain = rows.assign(x=(rows["x"] > 0).astype(float))
    same(lk.link("y ~ x", plain, cluster="group"), lk.link("y ~ x", change(rows), cluster="group"))


@pytest.mark.parametrize(
    ("kept_as", "span"),
    [
        (lambda p: p.astype("category"), "2025Q1 to 2025Q2"),
        (lambda p: p.astype(pd.CategoricalDtype(["2025Q2", "2025Q1"], ordered=True)), "2025Q2 to 2025Q1"),
        (lambda p: p.where(p == "2025Q1", 2026), "2025Q1 to 2026"),
        (lambda p: pd.PeriodIndex(p, freq="Q"), "2025Q1 to 2025Q2"),
        (lambda p: pd.PeriodIndex(p, freq="Q").to_timestamp(), "2025-01-01 to 2025-04-01"),
        (lambda p: p.map({"2025Q1": 2025, "2025Q2": 2026}), "2025 to 2026"),
    ],
)
def test_periods_of_any_kind_have_a_span_and_change_no_estimate(kept_as, span):
    table = frame().assign(period=np.where(np.arange(400) % 2, "2025Q1", "2025Q2"))
    plain = lk.link("y ~ x", table)
    found = lk.link("y ~ x", table.assign(period=kept_as(table["period"])))
    assert (plain.span, found.span) == ("2025Q1 to 2025Q2", span) and span in found.summary()
    pd.testing.assert_frame_equal(
        found.estimates.drop(columns="sentence"), plain.estimates.drop(columns="sentence")
    )


def test_a_boolean_driver_is_yes_against_no():
    rows = frame()
    card = lk.link("y ~ x", rows.assign(x=rows["x"] > 0), cluster="group")
    assert card.summary().startswith("X (yes against no) goes with")


def test_missing_and_infinite_values_are_left_out_and_counted():
    rows = frame()
    dirty = rows.copy()
    dirty.loc[:4, "x"] = np.nan
    dirty.loc[5:9, "z"] = np.inf
    dirty.loc[10:14, "y"] = -np.inf
    card = lk.link("y ~ x + z", dirty, cluster="group")
    assert (card.n_used, card.n_dropped) == (385, 15)
    same(card, lk.link("y ~ x + z", rows.iloc[15:], cluster="group"))


def test_nullable_missing_values_are_left_out():
    rows = frame()
    whole = (rows["x"] * 3).round().astype("Int64")
    whole.iloc[:5] = pd.NA
    assert lk.link("y ~ x", rows.assign(x=whole), cluster="group").n_dropped == 5


def test_an_unclustered_key_stays_out_of_the_question():
    rows = frame().rename(columns={"group": "customer_id"})
    assert lk.link("y ~ x", rows).clusters is None
    assert lk.link("y ~ x + customer_id", rows).n_used == 400


def test_the_callers_table_is_not_changed():
    rows = frame()
    before = rows.copy()
    lk.link("y ~ x + segment", rows, cluster="group")
    pd.testing.assert_frame_equal(rows, before)


def test_any_column_name_and_a_duckdb_relation_will_do():
    rows = frame().rename(columns={"y": "Spend", "x": "NPS"})
    connection = duckdb.connect()
    same(lk.link("Spend ~ NPS", rows), lk.link("Spend ~ NPS", connection.from_df(rows)))


def test_the_same_question_gives_the_same_card_twice():
    first, second = (lk.link("y ~ x + segment", frame(groups=12), cluster="group") for _ in range(2))
    assert first.summary() == second.summary()
    assert repr(vars(first)) == repr(vars(second))
    assert first._repr_html_() == second._repr_html_()
    assert "0x" not in repr(vars(first))


# --------------------------------------------------------------------------------------- few and odd data


@pytest.mark.parametrize("seed", range(4))
def test_few_clusters_are_bootstrapped_and_claim_no_more_than_their_interval(seed):
    card = lk.link("y ~ x", frame(groups=3, slope=0.1, seed=seed), cluster="group")
    row = card.estimates.iloc[0]
    assert "wild" in card.errors
    assert check(card, "clusters").verdict == "REVIEW"
    # What the interval still holds cannot be said to have been seen.
    assert row["detectable"] > (row["high"] - row["low"]) / 2


def test_two_clusters_show_nothing_and_say_so():
    card = lk.link("y ~ x", frame(groups=2), cluster="group")
    row = card.findings()[0]
    assert (row["low"], row["high"], row["detectable"]) == (None, None, None)
    assert "without bounds" in card.summary()
    assert "too few to have shown a link of any size" in card.summary()
    json.dumps(card.findings(), allow_nan=False)


def test_ten_rows_are_answered_with_their_n():
    card = lk.link("y ~ x", frame(n=10, groups=10))
    assert card.n_used == 10
    assert "n = 10" in card.summary()


def test_an_outcome_that_is_its_driver_in_other_words_is_unsafe():
    rows = frame()
    exact = lk.link("copy ~ x", rows.assign(copy=3 * rows["x"] + 1))
    nearly = lk.link("copy ~ x", rows.assign(copy=3 * rows["x"] + 0.1 * rows["z"]))
    for card in (exact, nearly):
        assert card.verdict == "unsafe"
        assert check(card, "leak").verdict == "FAIL"
        assert card.level == "L1"
        assert card.summary().startswith("Not to be used")
        json.dumps(card.findings(), allow_nan=False)


def test_a_control_that_is_the_outcome_in_other_words_is_unsafe():
    rows = frame()
    card = lk.link("y ~ x + copy", rows.assign(copy=2 * rows["y"] - 1), drivers=["x"])
    assert card.verdict == "unsafe"


def test_nearly_collinear_drivers_are_told_apart_with_reserve():
    rows = frame()
    rows["twin"] = rows["x"] + 1e-7 * rows["z"]
    card = lk.link("y ~ x + twin", rows, drivers=["x", "twin"])
    # By hand: 1 / (1 - r^2) is about var(x) / var(1e-7 z given x).
    assert check(card, "collinearity").verdict == "REVIEW"
    assert check(card, "collinearity").value > 1e12


def test_a_category_of_three_levels_is_compared_with_its_first():
    rows = frame()
    rows["y"] += rows["segment"].map({"home": 0, "office": 1, "partner": -1})
    card = lk.link("y ~ segment + x", rows, cluster="group")
    assert card.estimates["category"].tolist() == ["office against home", "partner against home"]
    estimates = card.estimates.set_index("category")["estimate"]
    assert estimates["office against home"] > 0 > estimates["partner against home"]
    assert card.table().index.tolist() == ["segment: office against home", "segment: partner against home"]
    assert "Segment: office against home goes with +" in card.summary()
    assert [row["driver"] for row in card.findings()] == card.table().index.tolist()
    names = [c.name for c in card.battery]
    assert len(names) == len(set(names))


def test_only_recording_times_of_the_asked_drivers_count():
    rows = frame().assign(answered_at=pd.Timestamp("2026-01-01"))
    late = pd.Timestamp("2026-02-01")
    assert (
        check(lk.link("y ~ x", rows.assign(z_recorded_at=late)), "recorded in time").verdict == "NOT ASSESSED"
    )
    assert (
        check(lk.link("y ~ z", rows.assign(z_recorded_at=pd.NaT)), "recorded in time").verdict
        == "NOT ASSESSED"
    )
    early = rows.assign(z_recorded_at=pd.Timestamp("2025-12-31"))
    assert check(lk.link("y ~ z", early), "recorded in time").verdict == "PASS"
    few = early.copy()
    few.loc[:3, "z_recorded_at"] = late
    assert check(lk.link("y ~ z", few), "recorded in time").verdict == "REVIEW"
    with pytest.raises(LinkError, match="400 of 400 drivers were written down after the outcome had begun"):
        lk.link("y ~ z", rows.assign(z_recorded_at=late))


def test_windows_after_the_answer_are_read_off_the_names():
    rows = frame().rename(columns={"y": "spend_after", "x": "orders_after"})
    assert lk.link("spend_after ~ z", rows).clock.order == "after"
    assert lk.link("spend_after ~ orders_after", rows).clock.order == "same time"
    assert lk.link("spend_after ~ z", rows, order="same time").clock.order == "same time"


# --------------------------------------------------------------------------------------------- refusal


@pytest.mark.parametrize(
    ("formula", "kind", "said"),
    [
        ("segment ~ x", TableError, "'segment' holds text where a number is needed"),
        ("y ~ xx", TableError, "Did you mean 'x'"),
        ("y ~ constant", LinkError, "constant: the same value in all 400 complete rows"),
        ("constant ~ x", LinkError, "nothing to explain"),
        ("y ~ x + double", LinkError, "x, double say the same thing"),
        ("y ~ empty", LinkError, "No value of empty in any of the 400 rows"),
        (
            "spend_after ~ x",
            LinkError,
            "The data may end before the days after the answers do: take earlier periods",
        ),
        ("y ~ day", TableError, "dates or durations"),
        ("y ~ x * z", LinkError, "write 'outcome ~ driver + control'"),
        ("y ~ log(x)", LinkError, "write 'outcome ~ driver + control'"),
        ("y x", LinkError, "write 'outcome ~ driver + control'"),
        ("~ x", LinkError, "write 'outcome ~ driver + control'"),
        ("y ~", LinkError, "write 'outcome ~ driver + control'"),
        ("y ~ x ~ z", LinkError, "write 'outcome ~ driver + control'"),
        ("", LinkError, "write 'outcome ~ driver + control'"),
        (3, LinkError, "write 'outcome ~ driver + control'"),
        ("y ~ y", LinkError, "y is outcome and driver"),
        ("y ~ x + y", LinkError, "y is outcome and driver"),
    ],
)
def test_a_question_that_cannot_be_answered_says_why(formula, kind, said):
    rows = frame().assign(constant=1.0, empty=np.nan, spend_after=np.nan, day=pd.Timestamp("2026-01-01"))
    rows["double"] = 2 * rows["x"]
    with pytest.raises(kind, match=said.replace("(", r"\(").replace("+", r"\+")):
        lk.link(formula, rows)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"cluster": "groups"}, "Did you mean 'group'"),
        ({"grain": "customers"}, "grain='customers' is unknown: choose one of interaction"),
        ({"expect": "up"}, "expect='up' is unknown"),
        ({"order": "later"}, "order='later' is unknown"),
        ({"confidence": 95}, "between 0 and 1"),
        ({"drivers": ["xx"]}, "Did you mean 'x'"),
    ],
)
def test_an_unknown_option_says_what_there_is(options, said):
    with pytest.raises(lk.LinkageError, match=said):
        lk.link("y ~ x", frame(), **options)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (frame().head(2), "cannot carry 2 coefficients"),
        (frame().head(0), "no row yet"),
        ({"y": [1]}, "not dict"),
        (pd.DataFrame([[1, 2, 3]], columns=["y", "x", "x"]), "Two columns of the table are called 'x'"),
    ],
)
def test_a_table_that_cannot_answer_says_why(rows, said):
    with pytest.raises(lk.LinkageError, match=said):
        lk.link("y ~ x", rows)


def test_one_cluster_is_refused_by_name():
    with pytest.raises(LinkError, match="All complete rows belong to one group"):
        lk.link("y ~ x", frame().assign(group=1), cluster="group")


# ------------------------------------------------------------------------------------- findings and pages


def test_a_card_asked_for_is_marked_as_explored():
    card = lk.link("y ~ x", frame(), cluster="group")
    assert card.exploratory
    assert all(row["exploratory"] for row in card.findings())
    assert card.findings()[0]["q_value"] is None


def test_findings_have_every_name_of_the_contract_and_are_json():
    card = lk.link("y ~ x + segment", frame(), cluster="group", expect="positive")
    rows = card.findings()
    # The notebook is added by the report, which alone knows it.
    assert set(CONTRACT) - {"notebook"} <= set(rows[0])
    text = json.dumps(rows, allow_nan=False)
    assert json.loads(text) == rows
    for made in rows[0]["checks"]:
        assert set(made) == {"name", "verdict", "value", "limit", "advice"}
        assert made["verdict"] in ("PASS", "REVIEW", "FAIL", "NOT ASSESSED")


def test_a_card_shows_texts_of_the_data_escaped():
    rows = frame()
    bad = "<script>alert(1)</script>"
    rows["segment"] = rows["segment"].replace("office", bad)
    card = lk.link("y ~ segment", rows, cluster="group", question=f"What of {bad}?")
    html = card._repr_html_()
    assert bad not in html
    assert "&lt;script&gt;" in html
    assert bad not in card.plot()._repr_mimebundle_()["text/html"]


def test_a_card_draws_and_tabulates_its_numbers():
    card = lk.link("y ~ x", frame(), cluster="group", confidence=0.9)
    assert "90% interval" in card.plot().alt
    assert card.to_frame().shape[0] == 1
    assert "sentence" not in card.to_frame()
    assert card.checks().index.tolist()[0] == "time order"


# ---------------------------------------------------------------------------------------- a family of links

LINKS = {
    "talk": ("interaction", "csat", "[handle_minutes]", "controls: [channel]", "operations"),
    "channel": ("interaction", "csat", "[channel]", "", "operations"),
    "money": ("survey", "spend_after", "[csat]", "controls: [spend_before]", "money"),
    "copy": ("interaction", "csat_copy", "[csat]", "", "operations"),
    "nothing": ("interaction", "csat", "[noise]", "", "operations"),
    "empty": ("survey", "csat", "[hold_minutes]", "", "operations"),
    "nobody": ("interaction", "csat", "[handle_minutes]", "where: {channel: fax}", "operations"),
    "lost": ("customer_period", "spend", "[csat]", "lag: 1", "money"),
    "service": ("customer_period", "csat", "[handle_minutes]", "", "operations"),
    "branches": ("unit_period", "spend", "[csat]", "", "units"),
    "people": ("employee_period", "csat", "[engagement]", "", "people"),
    "staff": ("employee_period", "csat", "[contact_count]", "", "people"),
    "care": ("customer_period", "is_lost", "[care_score]", "", "money"),
    "care_later": ("customer_period", "is_lost", "[care_score]", "lag: 1", "money"),
}


def family_yml():
    head = """
study: Family
sources:
  customers: {from: customers.csv}
  feedback: {from: answers.csv}
  interactions: {from: contacts.csv}
  transactions: {from: purchases.csv}
  employee_feedback: {from: staff.csv}
metrics:
  csat: {of: feedback, scale: [1, 5], label: Satisfaction <b>now</b>}
  csat_copy: {of: feedback}
  handle_minutes: {of: interactions, unit: minute, label: Handle time}
  noise: {of: interactions}
  hold_minutes: {of: interactions}
  spend: {of: transactions, unit: EUR}
  care_score: {of: customers, recorded: scored_on}
  engagement: {of: employee_feedback}
windows: {before: 30 days, after: 30 days}
links:
"""
    return head + "".join(
        f"  {name}:\n    question: What of {name}?\n    grain: {grain}\n    outcome: {outcome}\n"
        f"    drivers: {drivers}\n    {more}\n"
        for name, (grain, outcome, drivers, more, _) in LINKS.items()
    )


def family_files():
    """240 contacts of 60 customers in four months, each answered; every customer bought something."""
    rng = np.random.default_rng(5)
    contacts, answers = (
        ["interaction_id,customer_id,started_at,ended_at,channel,handle_minutes,noise,hold_minutes"],
        ["response_id,customer_id,interaction_id,answered_at,csat,csat_copy"],
    )
    for i in range(240):
        month, day = 1 + i // 60, 1 + i % 25
        minutes, channel = rng.integers(2, 40), ("phone", "chat", "mail")[i % 3]
        csat = int(np.clip(np.round(4.5 - 0.06 * minutes + rng.normal()), 1, 5))
        customer = f"CUST-{i % 60:03d}"
        contacts.append(
            f"I{i},{customer},2026-{month:02d}-{day:02d} 10:00,2026-{month:02d}-{day:02d} 10:30,{channel},{minutes},"
            f"{rng.normal():.4f},"
        )
        answers.append(f"R{i},{customer},I{i},2026-{month:02d}-{day:02d} 12:00,{csat},{2 * csat + 1}")
    purchases = ["transaction_id,customer_id,purchased_at,spend"]
    purchases += [
        f"T{i},CUST-{i % 60:03d},20{25 + (i + 11) // 12 // 10}-{1 + i % 12:02d}-15,{rng.integers(1, 90)}"
        for i in range(240)
    ]
    return {
        "customers.csv": "customer_id,left_on,care_score,scored_on\n"
        + "".join(
            f"CUST-{i:03d},{'2026-05-20' if i % 5 == 0 else ''},{i % 5 + rng.normal():.3f},2026-04-02\n"
            for i in range(60)
        ),
        "answers.csv": "\n".join(answers) + "\n",
        "contacts.csv": "\n".join(contacts) + "\n",
        "purchases.csv": "\n".join(purchases) + "\n",
        "staff.csv": "response_id,employee_id,answered_at,engagement\nS1,E1,2026-01-10,3\nS2,E2,2026-01-10,4\n",
    }


@pytest.fixture(scope="module")
def family(tmp_path_factory):
    folder = tmp_path_factory.mktemp("family")
    (folder / "study.yml").write_text(family_yml())
    for name, text in family_files().items():
        (folder / name).write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LINKAGE_CACHE", str(folder / "cache"))
        return open_study(folder)


@pytest.fixture(scope="module")
def cards(family):
    return family.links(period="2026Q2")


def test_every_declared_link_has_one_card_in_order(cards):
    assert [card.name for card in cards.cards] == list(LINKS)
    assert not any(card.exploratory for card in cards.cards)


def test_each_kind_of_answer_is_given(cards):
    words = {card.name: card.verdict for card in cards.cards}
    assert words["talk"] == "linked"
    assert words["nothing"] == "no link"
    assert words["copy"] == "unsafe"
    assert {words[n] for n in ("empty", "nobody", "branches")} == {"not assessed"}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("branches", "This study has no source of units or unit_periods."),
        ("empty", "No value of hold_minutes in any of the 240 rows."),
        ("nobody", "No row where channel is fax."),
    ],
)
def test_what_could_not_be_answered_gives_its_reason_and_no_number(cards, name, reason):
    card = cards[name]
    assert reason in card.summary()
    row = card.findings()[0]
    assert (row["estimate"], row["p_value"], row["verdict"], row["method"]) == (
        None,
        None,
        "not assessed",
        "none",
    )
    assert check(card, "expected sign").verdict == "NOT ASSESSED"
    assert not any(c.verdict == "PASS" for c in card.battery)


def test_q_values_are_those_of_benjamini_and_hochberg_over_all_that_were_asked(cards):
    # By the textbook: p(i) m / i, from the largest down. What may not be used was asked and found nothing.
    rows = cards.to_frame()
    counted = rows[rows["p_value"].notna()]
    p = np.where(counted["verdict"] == "unsafe", 1.0, counted["p_value"])
    order = np.argsort(p)
    ranked = p[order] * len(p) / np.arange(1, len(p) + 1)
    expected = np.empty(len(p))
    expected[order] = np.minimum.accumulate(ranked[::-1])[::-1]
    usable = (counted["verdict"] != "unsafe").to_numpy()
    np.testing.assert_allclose(counted["q_value"].to_numpy(dtype=float)[usable], expected[usable], rtol=1e-12)
    assert counted["q_value"][~usable].isna().all()
    assert cards.family_size == len(counted)
    assert rows["p_value"].isna().sum() >= 3


def test_verdicts_follow_from_the_q_values(cards):
    for row in cards.to_frame().to_dict("records"):
        if row["verdict"] in ("linked", "no link"):
            assert (row["q_value"] <= 0.05) == (row["verdict"] == "linked")


def test_a_topic_keeps_the_familys_q_values(family, cards):
    talk = family.links("operations", period="2026Q2")["talk"]
    assert talk.estimates["q_value"].tolist() == cards["talk"].estimates["q_value"].tolist()
    assert family.links("operations", period="2026Q2").family_size == cards.family_size


def test_topics_cover_every_card_once(cards):
    names = [card.name for topic in TOPICS for card in cards.about(topic).cards]
    assert sorted(names) == sorted(LINKS)
    for name, (*_, topic) in LINKS.items():
        assert topic_of(cards[name].spec, cards[name].columns) == topic


def test_an_unknown_link_or_topic_gets_a_suggestion(family, cards):
    with pytest.raises(LinkError, match="Did you mean 'talk'"):
        cards["tlak"]
    with pytest.raises(LinkError, match="Did you mean 'talk'"):
        family.link("tlak")
    with pytest.raises(LinkError, match="choose one of operations, money, units, people"):
        cards.about("sales")


def test_a_score_is_held_against_the_day_its_outcomes_period_opens(family, cards):
    # Scored on 2 April 2026. Without a lag every quarter up to the second had opened by then. With one, the
    # outcomes of drivers of the first quarter open on 1 April, too early, those of the second on 1 July.
    late = check(cards["care"], "recorded in time")
    assert (late.verdict, late.value) == ("FAIL", 1.0)
    drivers = link_rows(family, cards["care_later"].spec, "2026Q2")["period"]
    lagged = check(cards["care_later"], "recorded in time")
    assert lagged.value == pytest.approx((drivers <= "2026Q1").mean(), abs=1e-6)
    assert 0 < lagged.value < 1


def test_every_finding_of_the_family_is_json_and_complete(cards):
    rows = cards.findings()
    assert len(rows) == len(LINKS) + 1  # a category of three levels has two
    for row in rows:
        assert set(CONTRACT) - {"notebook"} <= set(row)
    json.dumps(rows, allow_nan=False)


def test_what_is_published_carries_no_customers_key(cards):
    bundle = cards.publish()._repr_mimebundle_()
    text = json.dumps(bundle, allow_nan=False)
    assert "CUST-" not in text
    assert "CUST-" not in cards._repr_mimebundle_()["text/html"]
    assert bundle == cards.publish()._repr_mimebundle_()


def test_a_reader_of_the_links_meets_their_labels(cards):
    shown = cards.publish().frame
    pd.testing.assert_frame_equal(shown, cards.as_read())
    assert list(shown["driver"]) == [
        card.columns[row["driver"]].label + (f": {row['category']}" if row["category"] else "")
        for card in cards.cards
        for row in card.estimates.to_dict("records")
    ]
    tables = [shown, cards.checks(), cards.ladders(), cards.open_questions()]
    assert not any("_" in link for table in tables for link in table["link"])
    several = [f"({d}" for card in cards.cards for d in card.spec.drivers if card.columns[d].label != d]
    assert not any(raw in name for name in cards.checks()["name"] for raw in several)
    # Only words change: the figures and what is carried along as data are those of the table.
    pd.testing.assert_frame_equal(
        shown.drop(columns=["link", "driver"]), cards.table().drop(columns=["link", "driver"])
    )
    assert [row["link"] for row in cards.findings()] == list(cards.table()["link"])


def test_labels_are_escaped_in_every_page(cards):
    assert "<b>now</b>" not in cards._repr_mimebundle_()["text/html"]
    assert "<b>now</b>" not in cards["talk"]._repr_html_()
    assert "<b>now</b>" not in cards.publish()._repr_mimebundle_()["text/html"]
    assert "<b>now</b>" not in cards.plot().svg


def test_the_set_tells_itself(cards):
    assert cards.headline().startswith(f"Of {len(LINKS)} declared links, ")
    counts = cards.counts()
    assert counts.to_numpy().sum() == len(LINKS)
    unsafe = sum(card.verdict == "unsafe" for card in cards.cards)
    assert unsafe == counts.loc["unsafe"].sum() == counts["no level"].sum() > 0
    doubts = cards.checks()
    assert doubts["verdict"].iloc[0] == "FAIL"
    assert "PASS" not in set(doubts["verdict"])
    assert set(cards.open_questions()["verdict"]) <= {"no link", "not shown", "unsafe", "not assessed"}
    assert len(cards.table()) == len(LINKS) + 1


def test_who_goes_through_a_set_is_given_its_cards_in_the_order_declared(cards):
    assert [card.name for card in cards] == list(LINKS)
    assert [cards[card.name] for card in cards] == list(cards)


def test_a_study_without_links_says_so(make_study):
    yml = "study: T\nsources: {feedback: {from: a.csv}}\nmetrics: {csat: {of: feedback}}\n"
    study = open_study(make_study(yml, {"a.csv": "response_id,answered_at,csat\nR1,2026-01-01,3\n"}))
    cards = study.links()
    assert len(cards) == 0
    assert cards.headline() == "This study declares no links."
    assert cards.summary() == "This study declares no such link."
    assert cards.publish()._repr_mimebundle_()["text/plain"]
    assert cards.table().empty
    assert cards.plot().alt == "Nothing was estimated."
    assert cards.counts().empty
    assert cards.family_size == 0


@pytest.mark.parametrize(
    ("columns", "grain"),
    [
        (["response_id", "customer_id", "interaction_id", "period"], "survey"),
        (["interaction_id", "customer_id", "period", "response_id"], "interaction"),
        (["customer_id", "period", "unit_id"], "customer_period"),
        (["unit_id", "period"], "unit_period"),
        (["customer_id", "spend"], "row"),
        (["spend"], "row"),
    ],
)
def test_a_table_without_a_grain_is_known_by_its_first_key(columns, grain):
    assert grain_by_key(columns) == grain


def test_rows_of_a_table_nobody_described_are_called_rows():
    rng = np.random.default_rng(3)
    table = pd.DataFrame({"calls": rng.normal(size=300)})
    card = lk.link("spend ~ calls", table.assign(spend=table["calls"] + rng.normal(size=300)))
    assert "n = 300 rows" in card.summary()
    assert "say which linkage table" in card.to_yaml()


def test_a_comment_is_no_category_to_compare():
    rng = np.random.default_rng(4)
    words = [f"It took {i} days" for i in range(60)]
    table = pd.DataFrame({"spend": rng.normal(size=300), "comment": rng.choice(words, size=300)})
    with pytest.raises(LinkError, match=r"comment is text with 60 different values in 300 rows") as refused:
        lk.link("spend ~ comment", table)
    assert "It took" not in str(refused.value)
