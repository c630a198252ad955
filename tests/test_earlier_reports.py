"""What a report reads of the reports before it: theirs only, whole rows only, and each with its hash."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from linkage.periods import parse_period
from linkage.report.earlier import changed_since, file_marks, read_earlier
from linkage.report.promises import promises_kept

STUDY = SimpleNamespace(name="corner", period=lambda text: parse_period(str(text), kind="quarter"))


def finding(period: str, **changed: object) -> dict[str, object]:
    row = {"link": "a", "driver": "x", "study": "corner", "period": period, "estimate": 1.5, "low": 1.0}
    row |= {"grain": "survey", "outcome": "nps"}
    return {**row, "high": None, "n": 40, "level": "L2", "verdict": "linked", **changed}


@pytest.fixture
def reports(tmp_path):
    for period in ("2025Q4", "2026Q1", "2026Q2", "2026Q3"):
        write(tmp_path / period / "findings.json", [finding(period)])
    write(tmp_path / "2026Q1" / "metrics.json", [{"metric": "csat", "estimate": 3.4, "n": 12}])
    return tmp_path


def write(file, content: object) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")


def test_only_reports_of_periods_before_are_read_oldest_first(reports):
    write(reports / "2025" / "findings.json", [])
    write(reports / "drafts" / "findings.json", [])
    write(reports / ".2026Q1.aa.making" / "findings.json", [])
    (reports / "2025Q3").mkdir()
    found = read_earlier(STUDY, "2026Q2", reports)
    assert [r.period for r in found.reports] == ["2025Q4", "2026Q1"]
    assert found.last.metrics[0]["estimate"] == 3.4 and found.left_out == ()
    assert read_earlier(STUDY, "2026Q2", reports, only=("2025Q4",)).last.period == "2025Q4"
    assert read_earlier(STUDY, "2025Q4", reports).last is None
    assert read_earlier(STUDY, "2025Q4", reports / "nowhere").reports == ()


@pytest.mark.parametrize(
    ("file", "content", "why"),
    [
        ("findings.json", "{", "is no readable JSON"),
        ("findings.json", "[" * 100_000, "is no readable JSON"),
        ("findings.json", {"a": 1}, "is no list of rows"),
        ("findings.json", [3], "is no list of rows"),
        ("findings.json", [finding("2026Q1", study="shop")], "no finding of corner in 2026Q1"),
        ("findings.json", [finding("2026Q2")], "no finding of corner in 2026Q1"),
        ("findings.json", [finding("2026Q1", estimate="1.5")], "no finding of corner in 2026Q1"),
        ("findings.json", '[{"link": "a", "driver": "x", "study": "corner", "period": "2026Q1", "estimate": NaN, '
         '"verdict": "linked", "level": "L2"}]', "no finding of corner in 2026Q1"),
        ("metrics.json", [{"metric": 3}], "no headline figure"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_left_out_in_one_line_that_names_the_file(reports, file, content, why):
    write(reports / "2026Q1" / file, content)
    found = read_earlier(STUDY, "2026Q2", reports)
    assert [r.period for r in found.reports] == ["2025Q4"]
    assert len(found.left_out) == 1 and "\n" not in found.left_out[0]
    assert found.left_out[0].startswith(f"2026Q1/{file}") and why in found.left_out[0]
    assert str(reports) not in found.left_out[0]
    # Its hash is kept too: who makes the later report again finds the same line.
    assert set(found.marks) == {"2025Q4", "2026Q1"}
    assert read_earlier(STUDY, "2026Q2", reports, only=found.marks) == found


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("{", "it is no readable JSON"),
        ({"estimate": 1}, "it is no list of forecasts"),
        ([{"estimate": "3", "low": 1, "high": 2}], "it is no list of forecasts"),
        ([{"estimate": 3, "low": 1, "high": 2}], "This is no saved forecast: it has no scenario"),
    ],
)
def test_forecasts_that_cannot_be_read_are_a_sentence_and_no_end_of_the_report(reports, content, why):
    write(reports / "2026Q1" / "forecasts.json", content)
    study = SimpleNamespace(study=STUDY, check_period=str)
    edition = SimpleNamespace(study=study, period="2026Q2", earlier_periods=None)
    (said,) = promises_kept(edition, reports)
    assert said.startswith("2026Q1/forecasts.json is not compared with what came") and why in said
    assert "\n" not in said and str(reports) not in said
    edition.earlier_periods = ("2025Q4",)
    assert promises_kept(edition, reports) == ()


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("ok", "Held. As saved by the report of 2026Q1; What if makes them anew."),
        ("failed", "Held. As saved by the report of 2026Q1."),
    ],
)
def test_the_front_says_which_forecasts_it_compares(reports, monkeypatch, status, said):
    """The notebook makes them anew from the data; the front page takes those that the report before had saved."""
    from linkage.worth import back_testing

    row = {"estimate": 3, "low": 1, "high": 4}
    write(reports / "2026Q1" / "forecasts.json", [row])
    compared = []

    def found(saved, study, *, period):
        compared.extend(saved)
        return SimpleNamespace(missing="", summary=lambda: "Held.")

    monkeypatch.setattr(back_testing, "compare_forecasts", found)
    notebooks = (SimpleNamespace(name="14_what_if", title="What if"),)
    outcomes = {"14_what_if": SimpleNamespace(status=status)}
    edition = SimpleNamespace(study=SimpleNamespace(study=STUDY), period="2026Q2", earlier_periods=None)
    edition.notebooks, edition.outcomes = notebooks, outcomes
    assert promises_kept(edition, reports) == (said,)
    assert compared == [row]


def test_a_report_that_changed_since_is_named(reports):
    marks = read_earlier(STUDY, "2026Q3", reports).marks
    assert set(marks) == {"2025Q4", "2026Q1", "2026Q2"}
    assert marks["2026Q1"] == file_marks(reports / "2026Q1")
    assert changed_since(marks, reports) == []
    write(reports / "2025Q4" / "findings.json", [finding("2025Q4", estimate=2)])
    (reports / "2026Q1" / "metrics.json").unlink()
    write(reports / "2026Q2" / "forecasts.json", [])
    assert changed_since(marks, reports) == [
        "2025Q4/findings.json has changed since this report was made",
        "2026Q1/metrics.json is gone since this report was made",
        "2026Q2/forecasts.json has come since this report was made",
    ]


def test_what_was_edited_after_its_report_was_made_is_nothing_to_compare_with(reports):
    folder = reports / "2026Q1"
    write(folder / "manifest.json", {"files": file_marks(folder)})
    assert read_earlier(STUDY, "2026Q2", reports).last.period == "2026Q1"
    write(folder / "findings.json", [finding("2026Q1", estimate=1.4)])
    found = read_earlier(STUDY, "2026Q2", reports)
    assert found.last.period == "2025Q4" and "2026Q1/findings.json is not what" in found.left_out[0]
    write(folder / "manifest.json", "{")
    assert "2026Q1/manifest.json cannot be read" in read_earlier(STUDY, "2026Q2", reports).left_out[0]
