"""Slides: one a question, charts that can be edited, caveats in the notes, the same bytes twice."""

from __future__ import annotations

import time
import zipfile
from datetime import date
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from corner_shop import workplace
from market_study import HOSTILE, market_edition
from openpyxl import load_workbook
from pptx import Presentation

from linkage.exports.archives import with_fixed_times
from linkage.exports.slide_charts import Dot, alt_text, numbers_behind
from linkage.exports.slides import caveats, dots_of, write_slides
from linkage.report.answering import answer_rows
from linkage.sentences import signed

DAY = date(2026, 9, 30)
MINUS = "\N{MINUS SIGN}"
DOTS = [Dot("=1+1", 0.5, 0.25, 1.0), Dot("open", -0.5, None, -0.25)]


@cache
def slides(name: str = "deck.pptx") -> Path:
    path = workplace() / name
    write_slides(path, market_edition(), on=DAY)
    return path


@pytest.fixture(scope="module")
def deck():
    return Presentation(slides())


def texts(slide) -> str:
    return "\n".join(shape.text_frame.text for shape in slide.shapes if shape.has_text_frame)


def chart_of(slide):
    return next(shape for shape in slide.shapes if shape.has_chart)


def test_the_first_slide_counts_and_each_question_has_one_with_its_sentence(deck):
    first, second = deck.slides
    assert "Of 1 declared questions, 1 shows a link." in texts(first)
    assert "1\nlinked\n0\nno link\n0\nnot shown\n0\nunsafe\n0\nnot assessed" in texts(first)
    (finding,) = market_edition().findings
    assert second.shapes.title.text_frame.text == finding["question"]
    assert finding["sentence"] in texts(second) and "linked" in texts(second)


def test_the_chart_is_native_and_holds_the_estimate_and_its_interval(deck):
    (finding,) = market_edition().findings
    chart = chart_of(deck.slides[1]).chart
    (plot,) = chart.plots
    assert plot.series[0].values == (pytest.approx(finding["estimate"]),)
    assert list(plot.categories) == [f"one point more of {HOSTILE}"]
    bars = chart._chartSpace.xpath(".//c:errBars")
    assert len(bars) == 1
    below, above = (float(bars[0].find(f"{{*}}{side}//{{*}}v").text) for side in ("minus", "plus"))
    assert finding["estimate"] - below == pytest.approx(finding["low"])
    assert finding["estimate"] + above == pytest.approx(finding["high"])


def test_the_axis_holds_every_interval_and_nothing_at_all(deck):
    (finding,) = market_edition().findings
    axis = chart_of(deck.slides[1]).chart.value_axis
    assert axis.minimum_scale <= min(finding["low"], 0) and axis.maximum_scale >= max(finding["high"], 0)
    steps = (axis.maximum_scale - axis.minimum_scale) / axis.major_unit
    assert steps == pytest.approx(round(steps)) and 2 <= steps <= 8
    labels = axis.tick_labels
    assert not labels.number_format_is_linked and float(f"{axis.major_unit:g}") == axis.major_unit
    digits = len(labels.number_format.partition(".")[2])
    assert round(axis.major_unit, digits) == pytest.approx(
        axis.major_unit
    )  # no two lines have the same label


def test_each_dot_says_its_estimate_and_interval(deck):
    (finding,) = market_edition().findings
    (point,) = chart_of(deck.slides[1]).chart._chartSpace.xpath(".//c:dLbl")
    said = " ".join(run.text for run in point.xpath(".//a:t")).split()
    assert said[0] == signed(finding["estimate"])
    assert " ".join(said[1:]) == f"({signed(finding['low'])} to {signed(finding['high'])})"
    assert DOTS[1].words.splitlines() == [f"{MINUS}0.500", f"(no bound to {MINUS}0.250)"]


def test_error_bars_stand_where_the_format_wants_them(deck):
    series = chart_of(deck.slides[1]).chart._chartSpace.xpath(".//c:ser")[0]
    names = [child.tag.rpartition("}")[2] for child in series]
    assert names.index("marker") < names.index("errBars") < names.index("cat") < names.index("val")


def test_the_sheet_behind_a_chart_holds_its_numbers_and_runs_nothing(deck):
    blob = chart_of(deck.slides[1]).chart.part.chart_workbook.xlsx_part.blob
    assert load_workbook(BytesIO(blob)).active["A2"].value == f"one point more of {HOSTILE}"
    page = load_workbook(BytesIO(numbers_behind(DOTS))).active
    assert [[c.value for c in row] for row in page["A2:D3"]] == [
        ["=1+1", 0.5, 0.25, 0.5],
        ["open", -0.5, 0, 0.25],
    ]
    assert page["A2"].data_type == "s"


def test_a_chart_is_told_in_words_too(deck):
    frame = chart_of(deck.slides[1])._element.nvGraphicFramePr.cNvPr
    assert "estimate with interval" in frame.get("descr")
    assert alt_text(DOTS, "points", "Q").endswith("=1+1: 0.5 (0.25 to 1); open: -0.5 (no bound to -0.25).")


def test_the_notes_hold_every_caveat(deck):
    (finding,) = market_edition().findings
    note = deck.slides[1].notes_slide.notes_text_frame.text
    warned = [c for c in finding["checks"] if c["verdict"] in ("REVIEW", "FAIL")]
    assert warned and all(f"{c['verdict']} {c['name']}: {c['advice']}" in note for c in warned)
    assert finding["sentence"] in note and f"Level {finding['level']}:" in note and "Not shown:" in note
    assert not any(f"{c['name']}: {c['advice']}" in note for c in finding["checks"] if c["verdict"] == "PASS")


def test_a_question_without_an_answer_has_its_reason_and_no_chart(tmp_path):
    from dataclasses import replace

    edition = replace(market_edition(), findings=[])
    write_slides(tmp_path / "none.pptx", edition, on=DAY)
    slide = Presentation(tmp_path / "none.pptx").slides[1]
    assert "Not assessed: no notebook publishes it." in texts(slide)
    assert not any(shape.has_chart for shape in slide.shapes)
    (answer,) = answer_rows(edition)
    assert caveats(answer) == answer["sentences"] and dots_of(answer, edition) == ([], "")


def test_two_decks_have_the_same_bytes_whatever_the_clock_says(monkeypatch):
    first = slides().read_bytes()
    monkeypatch.setattr(time, "time", lambda: 2_000_000_000.0)
    assert slides("again.pptx").read_bytes() == first
    with zipfile.ZipFile(slides()) as inside:
        assert {entry.date_time[:3] for entry in inside.infolist()} == {(2026, 9, 30)}
    about = Presentation(slides()).core_properties
    assert (about.created.date(), about.modified.date(), about.author) == (DAY, DAY, "linkage")


def test_an_archive_keeps_its_content_and_order():
    given = BytesIO()
    with zipfile.ZipFile(given, "w") as archive:
        archive.writestr("b", "two")
        archive.writestr("a", "one")
    with zipfile.ZipFile(BytesIO(with_fixed_times(given.getvalue(), date(1970, 5, 1)))) as made:
        assert [(e.filename, e.date_time) for e in made.infolist()] == [
            (n, (1980, 5, 1, 0, 0, 0)) for n in "ba"
        ]
        assert made.read("b") == b"two"
