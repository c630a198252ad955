"""No amount of money in any output without currency, horizon, level, interval, and estimated or assumed."""

from __future__ import annotations

import json

import pytest
from browsing import published
from money_marks import in_data, in_pages, in_slides, in_workbook, is_amount, lacking

from linkage.exports.slides import write_slides
from linkage.exports.workbook import write_workbook

WHOLE = "18.8 EUR a customer and year (95% interval 14.7 to 23.0; n = 6,058; L3, estimated)"


@pytest.fixture(scope="module")
def report():
    """The demo's report, as every other test of its pages has it."""
    return published("demo")


def listed(found) -> str:
    return "\n".join(map(str, found))


# ------------------------------------------------------------------------------------------ the report


def test_the_pages_hold_no_unmarked_amount(report):
    assert "EUR" in (report / "index.html").read_text(encoding="utf-8")
    assert not (found := in_pages(report, "EUR")), listed(found)


def test_a_real_study_holds_no_unmarked_amount():
    hospitals = published("hospitals")
    assert not (found := in_pages(hospitals, "USD") + in_data(hospitals, "USD")), listed(found)


def test_the_data_files_hold_no_unmarked_amount(report):
    rows = json.loads((report / "findings.json").read_text(encoding="utf-8"))
    assert any(row["basis"] == "estimated" and row["currency"] == "EUR" for row in rows)
    assert not (found := in_data(report, "EUR")), listed(found)


@pytest.fixture(scope="module")
def edition(report):
    """What the report was written from, put together again."""
    from linkage.opening import open_study
    from linkage.reviewing.pages import edition_of
    from linkage.reviewing.published import open_report

    study = open_study("demo")
    return edition_of(open_report(study.study, report.name, report.parents[1]), study)


def test_the_workbook_holds_no_unmarked_amount(report, edition, tmp_path):
    from linkage.exports.contents import gather
    from linkage.exports.making import last_day

    book = tmp_path / "book.xlsx"
    write_workbook(book, gather(edition, report.parent).sheets, title="demo", on=last_day(edition))
    assert not (found := in_workbook(book, "EUR")), listed(found)


def test_the_slides_hold_no_unmarked_amount(edition, tmp_path):
    from linkage.exports.making import last_day

    deck = tmp_path / "deck.pptx"
    write_slides(deck, edition, on=last_day(edition))
    assert not (found := in_slides(deck, "EUR")), listed(found)


# ------------------------------------------------------------------------------------------ the test of the test


@pytest.mark.parametrize(
    ("left_out", "mark"),
    [
        (" a customer and year", "horizon"),
        ("; L3", "level"),
        ("95% interval 14.7 to 23.0; ", "interval"),
        (", estimated", "basis"),
    ],
)
def test_each_mark_is_missed_where_it_is_left_out(left_out, mark):
    assert lacking(WHOLE) == ()
    assert left_out in WHOLE and lacking(WHOLE.replace(left_out, "")) == (mark,)


@pytest.mark.parametrize(
    "text", ["18.8 EUR", "EUR 18.8", "\N{EURO SIGN}18", "18 \N{EURO SIGN}", "spend | EUR | 4.2"]
)
def test_an_amount_is_known_by_its_currency(text):
    assert is_amount(text, "EUR")


@pytest.mark.parametrize("text", ["EUROPE 18", "in EUR", "18.8 points", "a US$ 5 bill", "+0.0346 log EUR"])
def test_what_is_no_amount_of_the_currency_is_let_be(text):
    assert not is_amount(text, "EUR")


def test_an_unmarked_amount_is_found_in_sentence_row_and_label(tmp_path):
    page = (
        "<h1>Money</h1><p>It is worth 18.8 EUR.</p>"
        f"<p>{WHOLE}</p><figure aria-label='Value: 5 EUR'></figure>"
        "<table><thead><tr><th>What</th><th>Amount</th></tr></thead><tr><td>all</td><td>7 EUR</td></tr></table>"
        "<div class='code'><pre>8 EUR</pre></div>"
    )
    (tmp_path / "index.html").write_text(page, encoding="utf-8")
    found = in_pages(tmp_path, "EUR")
    assert [u.text for u in found] == ["It is worth 18.8 EUR.", "Value: 5 EUR", "all | 7 EUR |"]
    assert found[0].lacks == ("horizon", "level", "interval", "basis")


def test_an_unmarked_row_is_found_in_the_data(tmp_path):
    good = {
        "outcome_unit": "EUR",
        "currency": "EUR",
        "horizon": "a quarter",
        "level": "L2",
        "basis": "estimated",
    }
    good |= {"estimate": 1.0, "low": 0.0, "high": 2.0, "sentence": WHOLE}
    bad = {**good, "basis": "", "sentence": "It brings 4 EUR."}
    (tmp_path / "findings.json").write_text(json.dumps([good, bad]), encoding="utf-8")
    for name in ("money", "forecasts"):
        (tmp_path / f"{name}.json").write_text("[]", encoding="utf-8")
    found = in_data(tmp_path, "EUR")
    assert [u.lacks for u in found] == [("basis",), ("horizon", "level", "interval", "basis")]
