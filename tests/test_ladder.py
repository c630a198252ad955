"""Level, verdict and verb: the same inputs always give the same words."""

import itertools
import math

import pytest

from linkage.checks import FAIL, NOT_ASSESSED, PASS, REVIEW, Check
from linkage.ladder import (
    ALPHA,
    COUNTED,
    counted_as,
    evidence_of,
    gravest,
    rung_level,
    rung_words,
    verb_of,
    verdict_of,
)


def check(name, verdict):
    return Check(name, verdict, None, None, "")


ALL_WELL = [check(n, PASS) for n in ("time order", "recorded in time", "leak", "controls", "clusters")]


@pytest.mark.parametrize(
    ("controlled", "clustered", "order", "level"),
    [
        (False, False, "same time", "L1"),
        (False, True, "after", "L1"),
        (True, False, "after", "L1"),
        (True, True, "same time", "L2"),
        (True, True, "after", "L3"),
    ],
)
def test_the_level_a_design_earns(controlled, clustered, order, level):
    evidence = evidence_of(controlled=controlled, clustered=clustered, order=order, checks=ALL_WELL)
    assert evidence.level == level
    assert evidence.why
    assert evidence.lift.endswith(".")


def test_no_design_earns_more_than_an_association_in_time():
    for controlled, clustered, order in itertools.product((0, 1), (0, 1), ("after", "same time")):
        found = evidence_of(controlled=controlled, clustered=clustered, order=order, checks=ALL_WELL)
        assert found.level in ("L1", "L2", "L3")


@pytest.mark.parametrize("name", ["levels and changes", "lead"])
def test_what_follows_says_whether_a_lasting_cause_could_be_told(name):
    def why(verdict):
        made = [*ALL_WELL, check(name, verdict)]
        return evidence_of(controlled=True, clustered=True, order="after", checks=made).why

    assert "could not be told" not in why(PASS)
    assert why(NOT_ASSESSED).endswith("; whether something that lasts moves both could not be told")


@pytest.mark.parametrize("verdict", [PASS, REVIEW, FAIL, NOT_ASSESSED])
@pytest.mark.parametrize(
    "name", ["recorded in time", "controls", "controls (nps)", "controls (segment: office against home)"]
)
def test_a_doubt_about_what_l3_claims_costs_the_level(name, verdict):
    # With several drivers each has its own check of the controls; any one in doubt is enough.
    made = [*ALL_WELL, check("controls (csat)", PASS), check(name, verdict), check("controls (effort)", PASS)]
    expected = {PASS: "L3", NOT_ASSESSED: "L3", REVIEW: "L2", FAIL: "L1"}[verdict]
    evidence = evidence_of(controlled=True, clustered=True, order="after", checks=made)
    assert evidence.level == expected
    if verdict == REVIEW:
        assert name in evidence.why


@pytest.mark.parametrize("name", ["leak", "clusters", "complete rows", "plausible size", "expected sign"])
def test_other_reviews_do_not_change_the_level(name):
    made = [*ALL_WELL, check(name, REVIEW)]
    assert evidence_of(controlled=True, clustered=True, order="after", checks=made).level == "L3"


def test_a_failed_check_leaves_an_association_wherever_it_stands():
    for place in range(len(ALL_WELL) + 1):
        made = [*ALL_WELL[:place], check("leak", FAIL), *ALL_WELL[place:]]
        assert evidence_of(controlled=True, clustered=True, order="after", checks=made).level == "L1"


@pytest.mark.parametrize(
    ("estimate", "p_value", "q_value", "verdicts", "word"),
    [
        (0.3, 0.001, 0.01, [PASS, REVIEW], "linked"),
        (0.3, 0.001, ALPHA, [PASS], "linked"),
        (0.3, 0.001, ALPHA + 1e-9, [PASS], "no link"),
        (0.3, 0.001, math.nan, [PASS], "linked"),
        (0.3, 0.001, None, [PASS], "linked"),
        (0.3, 0.2, None, [PASS], "no link"),
        (-0.3, 0.001, 0.01, [NOT_ASSESSED], "linked"),
        (0.3, 0.001, 0.01, [PASS, FAIL], "unsafe"),
        (0.3, 0.9, 0.9, [FAIL], "unsafe"),
        (None, math.nan, math.nan, [FAIL], "unsafe"),
        (None, math.nan, math.nan, [PASS], "not assessed"),
        (0.3, None, None, [PASS], "not assessed"),
        (0.3, math.nan, 0.001, [PASS], "not assessed"),
    ],
)
def test_the_verdict(estimate, p_value, q_value, verdicts, word):
    made = [check(str(i), v) for i, v in enumerate(verdicts)]
    for checks in (made, made[::-1]):
        assert verdict_of(estimate=estimate, p_value=p_value, q_value=q_value, checks=checks) == word


@pytest.mark.parametrize(
    ("verdict", "p_value", "power", "word"),
    [
        ("no link", 0.5, PASS, "no link"),
        ("no link", 0.5, REVIEW, "not shown"),
        ("no link", 0.5, NOT_ASSESSED, "not shown"),
        ("no link", ALPHA, PASS, "not shown"),  # alone it would be a link
        ("no link", None, PASS, "not shown"),
        ("linked", 0.001, REVIEW, "linked"),
        ("unsafe", 0.5, PASS, "unsafe"),
        ("not assessed", None, PASS, "not assessed"),
    ],
)
def test_no_link_is_counted_only_where_one_would_have_been_seen(verdict, p_value, power, word):
    row = {"verdict": verdict, "p_value": p_value, "driver": "wait"}
    made = [check("leak", PASS), check("power", power)]
    assert counted_as(row, made) == counted_as(row, [c.to_row() for c in made]) == word


def test_the_power_of_the_driver_itself_counts_and_without_any_nobody_can_say():
    row = {"verdict": "no link", "p_value": 0.5, "driver": "kind", "category": "old against new"}
    said = {**row, "driver": "kind: old against new", "category": None}  # as a finding names it
    made = [check("power", PASS), check("power (kind: old against new)", REVIEW)]
    assert counted_as(row, made) == counted_as(said, made) == "not shown"
    assert counted_as(row, made[:1]) == "no link"
    assert counted_as(row, []) == "not shown"


def test_an_answer_of_several_counts_as_the_gravest_of_them():
    assert gravest(["no link", "not shown"]) == "not shown"
    assert gravest(["no link", "not shown", "linked"]) == "linked"
    assert gravest(COUNTED) == "unsafe"
    assert gravest([]) == "not assessed"


def test_the_verb_follows_the_level():
    assert verb_of("L0", 1) == "is assumed to go with"
    assert verb_of("L1", 1) == verb_of("L2", -1) == "goes with"
    assert verb_of("L3", 1) == "is followed by"
    assert (verb_of("L4", 1), verb_of("L5", -1)) == ("raises", "lowers")


@pytest.mark.parametrize(
    ("level", "order", "shown", "words"),
    [
        ("L1", "same time", "L1", "at the same time: goes with"),
        ("L1", "after", "L1", "outcome after: goes with"),
        ("L2", "same time", "L2", "at the same time: goes with"),
        ("L3", "same time", "L2", "at the same time: goes with"),
        ("L3", "after", "L3", "outcome after: is followed by"),
        ("L4", "after", "L4", "quasi-experiment"),
        ("L5", "after", "L5", "randomised"),
    ],
)
def test_a_rung_says_in_words_what_it_can_show(level, order, shown, words):
    assert rung_level(level, order) == shown
    assert rung_words(level, order) == words
