"""A card's pictures: the same every time, numbers in the text, no key shown, and a reason where there is nothing."""

import re
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from linkage.cards.parts import segments_of_link, shape_of
from linkage.cards.plots import (
    draw_binned_shape,
    draw_ladder,
    draw_lag_profile,
    draw_leave_one_out,
    draw_priority,
    draw_segments,
    draw_specification_curve,
)
from linkage.cards.plots.priority import _free_place, _overlap
from linkage.cards.plots.specifications import choice_marks
from linkage.sentences import number
from linkage.study_file.declaration import LinkSpec

BAD = '<script>alert(1)</script> & "quotes" $a$ $'


def ladder(label=BAD):
    return pd.DataFrame(
        {
            "rung": ["raw", "adjusted", "later", "event"],
            "level": ["L1", "L2", "L3", "L4"],
            "what": ["nothing held fixed", "channel held fixed", label, "before and after"],
            "estimate": [-0.036, -0.034, 0.004, np.nan],
            "low": [-0.039, -0.037, -np.inf, np.nan],
            "high": [-0.033, -0.031, np.inf, np.nan],
            "n": [15_208, 15_208, 3_200, np.nan],
            "order": ["same time", "same time", "after", "after"],
            "is_declared": [False, True, False, False],
        }
    )


def lags():
    frame = pd.DataFrame({"lag": range(-2, 4), "estimate": [0.5, -1.2, 6.0, 9.3, 7.1, np.nan], "n": 3_000})
    return frame.assign(low=frame["estimate"] - 2.2, high=frame["estimate"] + 2.2)


def specifications(n=96):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "controls": [("channel", "topic")[: i % 3] for i in range(n)],
            "outcome": ["csat" if i % 2 else "nps" for i in range(n)],
            "period_effects": [i % 4 < 2 for i in range(n)],
            "weights": ["as declared"] * n,
            "estimate": rng.normal(-0.02, 0.01, n),
            "declared": [i == 7 for i in range(n)],
        }
    )
    return frame.assign(low=frame["estimate"] - 0.012, high=frame["estimate"] + 0.012)


CHOICES = ["controls", "outcome", "period_effects", "weights"]


def left_out(n=5, intervals=True):
    frame = pd.DataFrame(
        {"group": [f"SECRET{i}" for i in range(n)], "estimate": -0.03 + 0.002 * np.arange(n), "n": 50}
    )
    return frame.assign(low=frame["estimate"] - 0.01, high=frame["estimate"] + 0.01) if intervals else frame


def priority(names=("Network", "Service", "Billing", BAD)):
    k = len(names)
    frame = pd.DataFrame(
        {"driver": names, "importance": np.linspace(0.4, 0.1, k), "performance": np.linspace(3.2, 3.9, k)}
    )
    for column, wide in (("importance", 0.05), ("performance", 0.04)):
        frame[f"{column}_low"], frame[f"{column}_high"] = frame[column] - wide, frame[column] + wide
    return frame


@pytest.fixture(scope="module")
def found():
    rng = np.random.default_rng(2)
    n = 900
    x = rng.uniform(0, 20, n)
    table = pd.DataFrame(
        {"customer_id": np.arange(n) % 200, "x": x, "kind": np.where(np.arange(n) % 200 < 80, "a", "b")}
    )
    table["y"] = 3 - 0.2 * np.maximum(x - 9, 0) + 0.5 * rng.normal(size=n)
    spec = LinkSpec(
        name="t",
        question="?",
        grain="survey",
        outcome="y",
        drivers=("x",),
        cluster="customer_id",
        segments=("kind",),
    )
    return shape_of(table, spec), segments_of_link(table, spec)


@pytest.fixture(scope="module")
def drawings(found):
    shape, segments = found
    place = tuple(shape.estimates.loc["break point", ["estimate", "low", "high"]])
    return {
        "ladder": lambda: draw_ladder(ladder(), label="points per minute"),
        "shape": lambda: draw_binned_shape(shape.bins, shape.curve, driver="wait", outcome=BAD, place=place),
        "specifications": lambda: draw_specification_curve(specifications(), choices=CHOICES),
        "lags": lambda: draw_lag_profile(lags(), period="quarter", declared=1, label=BAD),
        "left out": lambda: draw_leave_one_out(left_out(), column="unit_id", full=-0.027),
        "many left out": lambda: draw_leave_one_out(left_out(80), column="unit_id", full=-0.027),
        "segments": lambda: draw_segments(segments.estimates, label=BAD),
        "priority": lambda: draw_priority(priority(), performance="mean rating"),
    }


NAMES = ("ladder", "shape", "specifications", "lags", "left out", "many left out", "segments", "priority")


@pytest.fixture(scope="module")
def drawn(drawings):
    return {name: drawings[name]() for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_the_same_every_time(drawings, drawn, name):
    again = drawings[name]()
    assert again.svg == drawn[name].svg
    assert again.alt == drawn[name].alt


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_well_formed_and_takes_the_pages_ink(drawn, name):
    html = drawn[name]._repr_mimebundle_()["text/html"]
    figure = ElementTree.fromstring(html)
    assert figure.attrib["aria-label"] == drawn[name].alt
    svg = drawn[name].svg
    assert "currentColor" in svg
    assert "#1a1a1b" not in svg
    assert "#000000" not in svg
    # Nothing is painted white: on a dark page it would shine.
    assert not re.search(r"fill: ?#fff", svg)
    assert "<script" not in html
    assert "nan" not in re.sub(r"dominant", "", svg.lower())
    assert "inf" not in re.sub(r"<style.*?</style>|discharge information", "", svg, flags=re.DOTALL).lower()


def test_every_number_of_a_rung_is_in_the_text(drawn):
    alt = drawn["ladder"].alt
    for row in ladder().itertuples():
        if np.isfinite(row.estimate):
            assert number(row.estimate) in alt
            assert f"n = {int(row.n):,}" in alt
    assert "channel held fixed (L2, at the same time: goes with), as declared: \N{MINUS SIGN}0.0340" in alt
    assert "before and after (L4, quasi-experiment): not possible" in alt
    assert "(no bounds)" in alt
    # What the picture says at the right of each row is said in the text too.
    assert number(-0.036) in drawn["ladder"].svg


def test_a_shape_says_its_break_and_its_bins(drawn, found):
    shape, _ = found
    alt = drawn["shape"].alt
    place = shape.estimates.loc["break point"]
    assert (
        f"A break at {number(place['estimate'])} ({number(place['low'])} to {number(place['high'])})" in alt
    )
    assert alt.count("n = ") == len(shape.bins)
    assert f"break at {number(place['estimate'])}" in drawn["shape"].svg
    straight = draw_binned_shape(shape.bins, shape.curve, driver="wait", outcome="y")
    assert "break" not in straight.alt + straight.svg


def test_lags_are_named_with_their_leads_and_the_declared_one(drawn):
    alt = drawn["lags"].alt
    assert "lead 2: 0.500" in alt
    assert "lag 1 (declared): 9.30 (7.10 to 11.5)" in alt
    assert "lag 3" not in alt
    assert drawn["lags"].svg.count("declared") == 1
    by_index = draw_lag_profile(lags().set_index("lag"), period="quarter", declared=1, label=BAD)
    assert by_index.svg == drawn["lags"].svg


def test_a_key_is_never_shown(drawn):
    for name in ("left out", "many left out"):
        assert "SECRET" not in drawn[name].svg + drawn[name].alt
    assert "without unit 1: \N{MINUS SIGN}0.0300" in drawn["left out"].alt
    assert "without unit 80" in drawn["many left out"].alt
    named = draw_leave_one_out(left_out(), column="period", full=-0.027)
    assert "without SECRET0" in named.alt
    assert "interval" not in draw_leave_one_out(left_out(intervals=False), column="unit_id", full=0.1).alt


def test_segments_say_both_slopes(drawn, found):
    for row in found[1].estimates.itertuples():
        assert f"{row.segment} {row.category}: {number(row.shrunken)}" in drawn["segments"].alt
        assert f"as it is {number(row.estimate)}" in drawn["segments"].alt
        assert f"n = {row.n:,}" in drawn["segments"].svg


def test_the_specification_curve_counts_and_marks_the_declared_one(drawn):
    frame = specifications()
    alt = drawn["specifications"].alt
    own = frame[frame["declared"]].iloc[0]
    assert f"As declared {number(own['estimate'])}" in alt
    assert f"median {number(frame['estimate'].median())}" in alt
    shown = int(((frame["low"] > 0) | (frame["high"] < 0)).sum())
    assert f"{shown} of their intervals exclude zero" in alt
    assert f"declared: {number(own['estimate'])}" in drawn["specifications"].svg


def test_choices_become_marks():
    marks = choice_marks(specifications(6), CHOICES)
    assert list(marks.columns) == [
        "controls: channel", "controls: topic", "outcome: nps", "outcome: csat", "period effects",
    ]  # fmt: skip
    assert marks["controls: topic"].tolist() == [False, False, True] * 2
    many = pd.DataFrame({"outcome": [f"o{i}" for i in range(40)]})
    assert choice_marks(many, ["outcome"]).shape[1] == 24


def test_priorities_say_importance_and_performance(drawn):
    assert "Network: importance 40% (35% to 45%), performance 3.20 (3.16 to 3.24)" in drawn["priority"].alt
    assert drawn["priority"].svg.count("improve first") == 1


def test_labels_find_a_free_place():
    taken, frame = [], (0.0, 0.0, 400.0, 300.0)
    for _ in range(8):  # eight names for one and the same dot
        shift, box = _free_place(np.array([200.0, 150.0]), (80.0, 10.0), taken, frame)
        assert all(_overlap(box, other) == 0 for other in taken)
        assert box[0] >= 0 and box[2] <= 400
        assert shift != (0.0, 0.0)
        taken.append(box)


def test_nothing_to_draw_says_why(found):
    too_few = draw_binned_shape(pd.DataFrame(), pd.DataFrame(), driver="wait", outcome="y")
    empty = {
        "No rung of the ladder has an estimate.": draw_ladder(ladder().iloc[3:]),
        "No lag has rows enough to draw.": draw_lag_profile(lags().assign(estimate=np.nan)),
        "No specification has an estimate.": draw_specification_curve(specifications(0), choices=CHOICES),
        "There are too few groups of unit_id to leave one out.": draw_leave_one_out(
            left_out(0), column="unit_id", full=0.0
        ),
        "No segment is large enough to be shown.": draw_segments(found[1].estimates.iloc[:0]),
        "No driver has both an importance and a performance.": draw_priority(
            priority().assign(importance=np.nan)
        ),
        "Too few rows to draw y along wait.": too_few,
    }
    assert [drawing.alt for drawing in empty.values()] == list(empty)
    assert all(drawing.svg.startswith("<svg") for drawing in empty.values())
