"""The words of money: no verb that the link below it has not earned, labels and no columns' names."""

from dataclasses import replace

import pytest

from linkage.worth.migration import band_migration
from linkage.worth.points import value_points, verb_of_money

PERIOD = "2026Q3"


@pytest.fixture(scope="module")
def points(demo):
    return value_points(demo, period=PERIOD, draws=60)


@pytest.mark.parametrize(
    ("verdict", "level", "basis", "verb"),
    [
        ("linked", "L3", "estimated", "is followed by"),
        ("linked", "L2", "estimated", "goes with"),
        ("linked", "L4", "estimated", "brings"),
        ("no link", "L3", "estimated", "is assumed to go with"),
        ("not assessed", "L3", "estimated", "is assumed to go with"),
        ("linked", "L3", "assumed", "is assumed to go with"),
        ("linked", "L5", "assumed", "is assumed to go with"),
    ],
)
def test_an_amount_carries_no_verb_that_its_link_or_its_money_has_not_earned(verdict, level, basis, verb):
    row = {"verdict": verdict, "link_level": level, "basis": basis, "estimate": 2.0}
    assert verb_of_money(row) == verb


def test_an_amount_whose_link_is_not_shown_says_that_it_may_be_nothing(points):
    hidden = replace(points, estimates=points.estimates.assign(verdict="no link"))
    for line in hidden.summary().splitlines():
        assert "is followed by" not in line
        assert line.endswith("The link it rests on is not shown: the amount may be nothing.")
    assert hidden.headline() == "No link that ends in money is shown: no point is worth a sum."
    assert "may be nothing" not in points.summary()


def test_an_assumed_amount_whose_link_is_shown_says_which_of_the_two_is_assumed(points):
    assumed = replace(points, estimates=points.estimates.assign(basis="assumed", level="L0"))
    for line, level in zip(assumed.summary().splitlines(), points.estimates["link_level"], strict=True):
        assert line.endswith(
            f"The link itself is shown ({level}): assumed is its money, as no margin is known."
        )
    assert "as no margin is known" not in points.summary()


def test_the_headline_of_points_is_the_largest_amount_that_is_shown(points):
    largest = points.estimates["estimate"].abs().idxmax()[0]
    assert f"link “{largest.replace('_', ' ')}”" in points.headline()
    assert len(points.headline().split()) <= 60


def test_the_picture_of_points_names_steps_and_no_columns(points):
    alt = points.plot().alt
    for link, driver in points.estimates.index:
        assert link not in alt
        assert f"{driver} (" not in alt
    assert "One point more of likelihood to recommend" in alt
    assert "\n" not in alt


def test_what_went_with_a_move_is_told_by_label_and_unit(demo):
    moves = band_migration(demo, period=PERIOD)
    table = moves.went_with_table()
    assert len(table) == len(moves.went_with) > 0
    labels = set(table.index)
    assert "Handle time" in labels
    assert not labels & set(demo.study.metrics)
    assert set(table.loc["Handle time", "unit"]) == {"minute"} and set(table["basis"]) == {"estimated"}
    assert "margin_after" not in moves.summary()
