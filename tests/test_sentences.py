"""The words of an answer: one wording for each number, and none that says more than is shown."""

import itertools
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.sentences import (
    amount,
    in_sentence,
    interval_words,
    is_share,
    link_sentence,
    listed,
    number,
    one_more,
    outcome_amount,
    p_words,
    plural,
    rows_and_clusters,
    signed,
)

MINUS = "\N{MINUS SIGN}"

ROW = {
    "driver_label": "handle time",
    "outcome_label": "satisfaction",
    "driver_unit": "minute",
    "outcome_unit": "point",
    "is_flag": False,
    "category": None,
    "estimate": -0.0421,
    "low": -0.05,
    "high": -0.034,
    "n": 1234,
    "clusters": 56,
    "cluster": "customer_id",
    "level": "L2",
    "verdict": "linked",
    "p_value": 0.0001,
    "detectable": 0.011,
    "reason": "",
}


def say(confidence=0.95, **changes):
    return link_sentence({**ROW, **changes}, confidence=confidence, span="2024Q1 to 2026Q3", noun="answers")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.04214, "0.0421"),
        (-0.04214, f"{MINUS}0.0421"),
        (0, "0"),
        (-0.0, "0"),
        (1, "1.00"),
        (12.345, "12.3"),
        (1234567.8, "1,234,568"),
        (999.96, "1,000"),
        (0.000001234, f"1.23e{MINUS}06"),
        (-1e-12, f"{MINUS}1.00e{MINUS}12"),
        (math.nan, "not computed"),
        (None, "not computed"),
        (math.inf, "without bound"),
        (-math.inf, "without bound"),
    ],
)
def test_a_number(value, text):
    assert number(value) == text


def test_a_sign_stands_before_all_but_nothing():
    assert signed(0.5) == "+0.500"
    assert signed(-0.5) == f"{MINUS}0.500"
    assert signed(0.0) == "0"
    assert signed(math.inf) == "without bound"


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_a_number_never_holds_a_hyphen_or_a_machines_word(value):
    text = signed(value)
    assert "-" not in text
    assert "nan" not in text
    assert "inf" not in text


@pytest.mark.parametrize(
    ("unit", "many"),
    [
        ("minute", "minutes"),
        ("EUR", "EUR"),
        ("share", "share"),
        ("ratio", "ratio"),
        ("", ""),
        ("full-time equivalent", "full-time equivalents"),
        ("reply", "replies"),
        ("day", "days"),
        ("branch", "branches"),
        ("%", "%"),
        ("km", "km"),
        ("log USD", "log USD"),
        ("EUR per month", "EUR per month"),
        ("call per day", "calls per day"),
        ("share of revenue", "share of revenue"),
        ("points", "points"),
    ],
)
def test_a_units_plural(unit, many):
    assert plural(unit) == many
    assert plural(unit, 1) == plural(unit, -1) == unit


def test_an_amount_has_its_unit():
    assert amount(2, "minute") == "+2.00 minutes"
    assert amount(-1, "minute") == f"{MINUS}1.00 minute"
    assert amount(2, "") == "+2.00"


@pytest.mark.parametrize(
    ("p", "text"),
    [(0.0009, "< 0.001"), (0.001, "0.001"), (0.04951, "0.050"), (1, "1.000"), (math.nan, "not computed")],
)
def test_a_p_value_in_words(p, text):
    assert p_words(p) == text


def test_the_step_of_a_driver():
    assert one_more("handle time", "minute", False, None) == ("one minute more of handle time", 1.0)
    assert one_more("nps", "", False, None) == ("one more of nps", 1.0)
    assert one_more("resolved", "share", True, None) == ("resolved (yes against no)", 1.0)
    assert one_more("rated 9 or 10", "share", False, None) == (
        "10 percentage points more of rated 9 or 10",
        0.1,
    )
    assert one_more("segment", "", False, "office against home") == ("segment: office against home", 1.0)


def test_shares_are_said_in_percentage_points():
    assert outcome_amount(0.0123, "share of revenue") == "+1.23 percentage points"
    assert outcome_amount(-0.5, "share") == f"{MINUS}50.0 percentage points"
    assert not is_share("shareholder")


def test_a_linked_sentence_says_all_it_rests_on():
    assert say() == (
        f"One minute more of handle time goes with {MINUS}0.0421 points of satisfaction (95% interval {MINUS}0.0500 "
        f"to {MINUS}0.0340; n = 1,234 answers in 56 customers, 2024Q1 to 2026Q3; L2). Not shown: which moves first."
    )


def test_shares_on_both_sides_scale_estimate_and_interval_alike():
    text = say(driver_unit="share", outcome_unit="share", estimate=0.5, low=0.4, high=0.6)
    assert "10 percentage points more of handle time" in text
    assert "+5.00 percentage points of satisfaction (95% interval +4.00 to +6.00" in text


def test_no_link_says_what_would_have_been_seen():
    text = say(verdict="no link", p_value=0.4, estimate=0.002, low=-0.006, high=0.01)
    assert text.startswith(
        "No link shown between handle time and satisfaction: one minute more of handle time"
    )
    assert "goes with +0.00200 points (95%" in text
    assert text.endswith("A link of 0.0110 points or more would have been seen.")


def test_no_link_of_a_share_scales_what_would_have_been_seen():
    text = say(verdict="no link", p_value=0.4, driver_unit="share", outcome_unit="share", detectable=0.2)
    assert text.endswith("A link of 2.00 percentage points or more would have been seen.")


def test_data_too_few_to_show_anything_claim_nothing():
    text = say(verdict="no link", p_value=0.6, low=-math.inf, high=math.inf, detectable=math.inf)
    assert "95% interval without bounds" in text
    assert text.endswith("These data are too few to have shown a link of any size.")


def test_a_link_lost_among_many_does_not_claim_it_would_have_been_seen():
    text = say(verdict="no link", p_value=0.02)
    assert "would have been seen" not in text
    assert "among all the links asked it does not" in text


def test_an_interval_open_on_one_side():
    assert interval_words(-math.inf, 2, 0.95) == "95% interval +2.00 or less"
    assert interval_words(-2, math.inf, 0.975) == f"97.5% interval {MINUS}2.00 or more"


def test_a_category_names_what_it_is_compared_with():
    text = say(
        driver_label="segment", driver_unit="", category="office against home", estimate=2, low=1, high=3
    )
    assert text.startswith("Segment: office against home goes with +2.00 points of satisfaction")


def test_unsafe_and_not_assessed_give_the_reason_and_no_number():
    unsafe = say(verdict="unsafe", reason="It is a leak.")
    assert unsafe == "Not to be used: handle time and satisfaction. It is a leak."
    nothing = say(verdict="not assessed", estimate=None, reason="No source of units.")
    assert nothing == "Not assessed: handle time and satisfaction. No source of units."


def test_causes_are_said_only_from_the_fourth_level_on():
    assert say(level="L4").startswith("One minute more of handle time lowers satisfaction by 0.0421 points (")
    assert say(level="L5", estimate=0.3).startswith(
        "One minute more of handle time raises satisfaction by 0.300 points ("
    )
    assert "is followed by" in say(level="L3")


def test_a_level_earned_by_another_comparison_says_that_estimate():
    later = {"what": "one period later", "estimate": -0.0301, "low": -0.05, "high": -0.0102, "n": 2591.0}
    said = say(level="L3", verb_level="L2", earned=later)
    assert "goes with" in said
    minus = "\N{MINUS SIGN}"
    assert f"; L3, as one period later: {minus}0.0301 ({minus}0.0500 to {minus}0.0102; n = 2,591))" in said
    # In the step and the unit of the sentence itself: ten percentage points of a share.
    share = say(level="L3", verb_level="L2", driver_unit="share", outcome_unit="share", earned=later)
    assert f"one period later: {minus}0.301 (" in share
    assert "; L3, earned by the first driver)" in say(level="L3", verb_level="L2")
    assert "earned" not in say(level="L3") and "period later" not in say(level="L3", earned=later)


CAUSAL = (
    r"\b(raises|lowers|causes?|caused|because|drives|leads? to|improves?|reduces?|increases?|effect|impact)\b"
)


@pytest.mark.parametrize(
    ("level", "verdict", "unit", "is_flag", "clusters"),
    list(
        itertools.product(
            ("L1", "L2", "L3"),
            ("linked", "no link"),
            ("point", "share", "EUR", ""),
            (True, False),
            (None, 56),
        )
    ),
)
def test_no_causal_word_below_the_fourth_level(level, verdict, unit, is_flag, clusters):
    text = say(
        level=level, verdict=verdict, outcome_unit=unit, is_flag=is_flag, clusters=clusters, p_value=0.4
    )
    assert not re.search(CAUSAL, text, flags=re.IGNORECASE)
    assert "significan" not in text
    assert ("is followed by" in text) == (level == "L3" and verdict == "linked")
    for part in ("95% interval", "n = 1,234", "2024Q1 to 2026Q3", level):
        assert part in text
    assert "  " not in text


def test_the_usual_range_of_a_driver_is_said_in_its_own_units():
    text = say(quartile_low=4.0, quartile_high=10.0)
    assert f"From its 25th to its 75th percentile (4.00 to 10.0 minutes): {MINUS}0.253 points." in text
    assert "percentile" not in say(quartile_low=math.nan, quartile_high=math.nan)
    assert "percentile" not in say(quartile_low=4.0, quartile_high=4.0)
    assert "percentile" not in say(is_flag=True, quartile_low=0.0, quartile_high=1.0)


def test_a_link_that_is_not_straight_is_said_by_its_shape():
    text = say(shape="no change shown up to 11.9 minutes; beyond, each minute more goes with less.")
    assert text.startswith("Handle time and satisfaction: no change shown up to 11.9 minutes; beyond")
    assert f"One straight line, {MINUS}0.0421 points for one minute more" in text
    assert text.endswith("Not shown: which moves first.")


@pytest.mark.parametrize(
    ("level", "open_"), [("L1", "held fixed"), ("L2", "moves first"), ("L3", "would move")]
)
def test_every_linked_sentence_says_what_is_not_shown(level, open_):
    assert open_ in say(level=level).rsplit("Not shown:", 1)[1]


# ------------------------------------------------------------------------------------------ what is counted


def test_rows_that_name_nobody_are_not_counted_as_customers():
    assert "n = 1,234 answers in 56 customers, 2024Q1" in say()
    said = say(unnamed=6)
    assert "n = 1,234 answers: 1,228 of 50 known customers and 6 of nobody known, 2024Q1" in said
    assert "n = 1,234 answers, none of which names a customer, 2024Q1" in say(
        n=1234, clusters=1234, unnamed=1234
    )


def test_what_is_counted_has_the_studys_own_words():
    hospital = {"cluster": "unit_id", "cluster_noun": "hospitals"}
    row = {**ROW, **hospital, "n": 4321, "clusters": 2474}
    assert rows_and_clusters(row, "hospital periods") == "4,321 hospital periods in 2,474 hospitals"
    once = {**row, "n": 2474}
    assert rows_and_clusters(once, "hospitals") == "2,474 hospitals"  # each once: they are the rows
    states = {**once, "cluster": "state", "cluster_noun": "states", "clusters": 50}
    assert rows_and_clusters(states, "hospitals") == "2,474 hospitals in 50 states"
    assert rows_and_clusters({**row, "clusters": None}, "hospital periods") == "4,321 hospital periods"


def test_money_says_what_it_is_counted_over_and_that_it_is_estimated():
    money = {"outcome_label": "spend", "outcome_unit": "EUR", "horizon": "a quarter"}
    said = say(**money)
    assert f"{MINUS}0.0421 EUR of spend a quarter (95% interval" in said and "; L2, estimated)." in said
    after = say(**{**money, "outcome_label": "spend in the 90 days after", "horizon": "90 days"})
    assert "EUR of spend in the 90 days after (95% interval" in after and "L2, estimated" in after
    none = say(**money, verdict="no link", p_value=0.4)
    assert "between handle time and spend a quarter" in none and "L2, estimated" in none
    assert "estimated" not in say()


def test_a_label_inside_a_sentence_keeps_its_abbreviation():
    labels = {
        "Handle time": "handle time",
        "NPS": "NPS",
        "": "",
        "A call": "a call",
        "Total Due": "Total Due",
        "Average NPS": "average NPS",
        "Grade A hotels": "grade A hotels",
    }
    assert {label: in_sentence(label) for label in labels} == labels


def test_names_are_listed_as_a_reader_says_them():
    assert [listed(names) for names in ((), "a", "ab", "abc")] == ["", "a", "a and b", "a, b and c"]


@given(st.floats(min_value=-1e9, max_value=1e9), st.integers(2, 4))
def test_a_published_figure_is_said_as_the_row_it_stands_in_says_it(value, digits):
    published = float(f"{value:.10g}")
    assert number(value, digits) == number(published, digits) and number(15.350000000000001) == number(15.35)
