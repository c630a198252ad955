"""The battery: every limit on both sides, and what cannot be computed is never passed."""

import math

import pytest

from linkage import checks as battery
from linkage.checks import FAIL, NOT_ASSESSED, PASS, REVIEW, Check, worst
from linkage.limits import fitted, foreseen

NAN = math.nan


@pytest.mark.parametrize(
    ("late_share", "verdict"),
    [
        (0.0, PASS),
        (0.0001, REVIEW),
        (fitted.LATE_RECORD_SHARE, REVIEW),
        (fitted.LATE_RECORD_SHARE + 1e-9, FAIL),
        (1.0, FAIL),
        (None, NOT_ASSESSED),
        (NAN, NOT_ASSESSED),
    ],
)
def test_records_written_after_the_outcome_began(late_share, verdict):
    check = battery.check_records(late_share, 3, 1000)
    assert check.verdict == verdict
    assert check.limit == fitted.LATE_RECORD_SHARE
    if verdict in (REVIEW, FAIL):
        assert "3 of 1,000 drivers" in check.advice


@pytest.mark.parametrize(
    ("order", "verdict"), [("after", PASS), ("same time", REVIEW), ("", REVIEW), ("before", REVIEW)]
)
def test_only_an_outcome_after_its_drivers_passes_the_order(order, verdict):
    assert battery.check_order(order, "in words").verdict == verdict


@pytest.mark.parametrize(
    ("r_squared", "verdict"),
    [
        (0.01, PASS),
        (fitted.LEAK_R_SQUARED, PASS),
        (fitted.LEAK_R_SQUARED + 1e-9, FAIL),
        (1.0, FAIL),
        (None, NOT_ASSESSED),
        (NAN, NOT_ASSESSED),
    ],
)
def test_an_outcome_explained_too_well_is_a_leak(r_squared, verdict):
    assert battery.check_leak(r_squared).verdict == verdict


@pytest.mark.parametrize(
    ("clusters", "verdict"),
    [(2, REVIEW), (fitted.FEW_CLUSTERS - 1, REVIEW), (fitted.FEW_CLUSTERS, PASS), (None, REVIEW)],
)
def test_few_clusters_are_told(clusters, verdict):
    check = battery.check_clusters(clusters, "unit_id")
    assert check.verdict == verdict
    assert ("cluster:" if clusters is None else "unit_id") in check.advice


@pytest.mark.parametrize(
    ("asked", "used", "verdict"),
    [(100, 70, PASS), (100, 69, REVIEW), (100, 100, PASS), (100, 0, REVIEW), (0, 0, NOT_ASSESSED)],
)
def test_most_rows_must_be_usable(asked, used, verdict):
    check = battery.check_complete(asked, used, ", most often segment (30)")
    assert check.verdict == verdict
    if asked:
        assert f"{asked - used:,} of {asked:,} rows" in check.advice


@pytest.mark.parametrize(
    ("factor", "verdict"),
    [
        (1.0, PASS),
        (fitted.HIGH_VIF, PASS),
        (fitted.HIGH_VIF + 1e-9, REVIEW),
        (math.inf, REVIEW),
        (None, NOT_ASSESSED),
        (NAN, NOT_ASSESSED),
    ],
)
def test_drivers_that_move_together(factor, verdict):
    assert battery.check_collinearity(factor).verdict == verdict


@pytest.mark.parametrize(
    ("raw", "adjusted", "held", "verdict"),
    [
        ((1, 0.5, 1.5), (0.8, 0.2, 1.4), "segment", PASS),
        ((1, 0.5, 1.5), (-1, -1.5, -0.5), "segment", REVIEW),
        ((-1, -1.5, -0.5), (1, 0.5, 1.5), "segment", REVIEW),
        # One interval that holds zero shows no turn of the sign.
        ((1, 0.5, 1.5), (-1, -2.5, 0.5), "segment", PASS),
        ((1, -0.5, 1.5), (-1, -1.5, -0.5), "segment", PASS),
        ((1, 0.5, math.inf), (-1, -math.inf, -0.5), "segment", REVIEW),
        ((1, 0.5, 1.5), (1, 0.5, 1.5), "", REVIEW),
        (None, (1, 0.5, 1.5), "segment", NOT_ASSESSED),
        ((1, 0.5, 1.5), None, "segment", NOT_ASSESSED),
        ((1, NAN, NAN), (1, 0.5, 1.5), "segment", NOT_ASSESSED),
        ((1, 0.5, 1.5), (NAN, NAN, NAN), "segment", NOT_ASSESSED),
    ],
)
def test_a_sign_that_turns_with_the_controls_is_told(raw, adjusted, held, verdict):
    check = battery.check_controls(raw, adjusted, held)
    assert check.verdict == verdict
    assert ("segment" in check.advice) == (bool(held) and verdict != NOT_ASSESSED)


@pytest.mark.parametrize(
    ("correlation", "verdict", "word"),
    [
        (2 * foreseen.TYPICAL_EFFECT, PASS, "Typical"),
        (-2 * foreseen.TYPICAL_EFFECT, PASS, "Typical"),
        (2 * foreseen.TYPICAL_EFFECT + 1e-9, PASS, "High"),
        (foreseen.LARGE_EFFECT, PASS, "High"),
        (foreseen.LARGE_EFFECT + 1e-9, REVIEW, "above what 96 studies found"),
        (-0.9, REVIEW, "-0.90"),
        (None, NOT_ASSESSED, "No correlation"),
        (NAN, NOT_ASSESSED, "No correlation"),
    ],
)
def test_the_size_is_held_against_the_field(correlation, verdict, word):
    check = battery.check_plausible(correlation)
    assert check.verdict == verdict
    assert word in check.advice


@pytest.mark.parametrize(
    ("expected", "estimate", "verdict_of_link", "verdict"),
    [
        ("positive", 0.2, "linked", PASS),
        ("positive", -0.2, "linked", REVIEW),
        ("negative", -0.2, "linked", PASS),
        ("negative", 0.2, "linked", REVIEW),
        ("positive", 0.2, "no link", REVIEW),
        ("none", 0.2, "no link", PASS),
        ("none", 0.2, "linked", REVIEW),
        ("either", 0.2, "linked", NOT_ASSESSED),
        ("positive", None, "not assessed", NOT_ASSESSED),
        ("positive", 0.2, "unsafe", NOT_ASSESSED),
    ],
)
def test_the_sign_declared_beforehand(expected, estimate, verdict_of_link, verdict):
    assert battery.check_expected(expected, estimate, verdict_of_link).verdict == verdict


def test_the_worst_verdict_counts_and_nothing_is_no_pass():
    def made(*verdicts):
        return [Check("a", verdict, None, None, "") for verdict in verdicts]

    assert worst(made(PASS, REVIEW, FAIL, NOT_ASSESSED)) == FAIL
    assert worst(made(PASS, NOT_ASSESSED, REVIEW)) == REVIEW
    assert worst(made(PASS, NOT_ASSESSED)) == NOT_ASSESSED
    assert worst(made(PASS, PASS)) == PASS
    assert worst([]) == NOT_ASSESSED


def test_a_check_is_a_row_of_five_names():
    row = battery.check_leak(1 / 3).to_row()
    assert list(row) == ["name", "verdict", "value", "limit", "advice"]
    assert row["value"] == 0.333333


def test_every_advice_is_a_sentence():
    made = [
        battery.check_records(0.5, 1, 2),
        battery.check_records(None),
        battery.check_order("after", "w"),
        battery.check_order("same time", "w"),
        battery.check_leak(0.99),
        battery.check_leak(None),
        battery.check_clusters(None, None),
        battery.check_clusters(3, "g"),
        battery.check_clusters(50, "g"),
        battery.check_complete(10, 5),
        battery.check_complete(0, 0),
        battery.check_collinearity(99.0),
        battery.check_collinearity(None),
        battery.check_collinearity(NAN),
        battery.check_controls(None, None, ""),
        battery.check_controls(None, None, "segment"),
        battery.check_plausible(0.9),
        battery.check_plausible(0.1),
        battery.check_expected("positive", -1, "linked"),
    ]
    for check in made:
        assert check.advice[0].isupper() or check.advice[0].isdigit(), check
        assert check.advice.endswith((".", "?")), check
        assert "significant" not in check.advice
        assert " cause" not in check.advice
