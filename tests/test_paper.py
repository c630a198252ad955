"""The whole report on paper: which rows of a long table stay, what is said of the others, and where links lead."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from linkage.exports.paper import paper, paper_parts
from linkage.exports.paper_pictures import parted_pictures
from linkage.exports.paper_tables import FIRST_ROWS, short_tables
from linkage.report.tables import LONG_TABLE, tidy_table

MANY = LONG_TABLE + 25


def table(count: int, *, marks: dict[int, str] | None = None) -> str:
    rows = "".join(
        f"<tr><th>row {n}</th><td>{n}</td><td>{(marks or {}).get(n, 'PASS')}</td></tr>" for n in range(count)
    )
    head = "<thead><tr><th>name</th><th>value</th><th>verdict</th></tr></thead>"
    return tidy_table(f"{head}<tbody>{rows}</tbody>", "Table")


def names(html: str) -> list[str]:
    return re.findall(r">(row \d+)<", html)


def test_a_table_that_is_not_long_stays_as_it_is():
    assert short_tables(table(LONG_TABLE), "a.html") == table(LONG_TABLE)


def test_a_long_table_says_how_many_rows_it_leaves_out_and_where_they_are():
    cut = short_tables(table(MANY), "a.html")
    assert names(cut) == [f"row {n}" for n in range(FIRST_ROWS)]
    said = f"{MANY - FIRST_ROWS} more rows, none of them marked review or fail: on the page"
    assert said in cut and '<a href="a.html">a.html</a>' in cut


@pytest.mark.parametrize("mark", ["REVIEW", "FAIL", "unsafe"])
def test_a_row_with_a_warning_is_never_left_out(mark):
    cut = short_tables(table(MANY, marks={30: mark}), "a.html")
    assert names(cut) == [*(f"row {n}" for n in range(FIRST_ROWS)), "row 30"]
    assert f"{MANY - FIRST_ROWS - 1} more rows" in cut


def test_a_table_all_of_warnings_is_whole():
    marked = table(MANY, marks=dict.fromkeys(range(MANY), "FAIL"))
    assert short_tables(marked, "a.html") == marked


def test_the_answer_of_a_page_keeps_all_its_rows():
    answer = f'<section class="answered" aria-labelledby="answer">{table(MANY)}</section>'
    cut = short_tables(answer + table(MANY), "a.html")
    assert len(names(cut)) == MANY + FIRST_ROWS and cut.startswith(answer)


def test_a_group_names_those_of_its_rows_that_stay():
    groups = [("first", 8), ("second", 8), ("third", 4)]
    rows, number = "", 0
    for name, size in groups:
        for place in range(size):
            head = f'<th rowspan="{size}">{name}</th>' if place == 0 else ""
            mark = "FAIL" if number in (14, 18, 19) else "PASS"
            rows += f"<tr>{head}<th>row {number}</th><td>{mark}</td></tr>"
            number += 1
    inside = f"<thead><tr><th>group</th><th>name</th><th>verdict</th></tr></thead><tbody>{rows}</tbody>"
    cut = short_tables(tidy_table(inside, "Table"), "a.html")
    spans = re.findall(r'<th[^>]*?(?: rowspan="(\d+)")?[^>]*>(first|second|third)<', cut)
    assert names(cut) == [f"row {n}" for n in (*range(10), 14, 18, 19)]
    assert re.findall(r'rowspan="(\d+)"[^>]*>(\w+)<', cut) == [
        ("8", "first"),
        ("3", "second"),
        ("2", "third"),
    ]
    assert len(spans) == 3


def page(inside: str, kind: str = "notebook") -> str:
    return (
        f'<body><nav class="pages"><a href="b.html">B</a></nav><main id="main" tabindex="-1" class="{kind}">{inside}'
        "</main><footer>\n<p>How it came about.</p></footer></body>"
    )


@pytest.fixture
def parts(tmp_path):
    (tmp_path / "index.html").write_text(page("<h1>Front</h1>", "front two"), encoding="utf-8")
    one = (
        '<h1 id="why">Why <i>so</i>?</h1><a href="two.html#part">two</a> <a href="findings.csv">file</a> '
        '<a href="#why">up</a> <a href="https://example.org/">out</a><nav class="contents">list</nav>'
        '<svg><defs><clipPath id="c"/></defs><g clip-path="url(#c)"><use xlink:href="#c"/></g></svg>'
        f'<p class="evidence">notebooks/one.ipynb</p><p>id="left as said"</p>{table(MANY)}'
    )
    (tmp_path / "one.html").write_text(page(one), encoding="utf-8")
    two = f'<h1>Two</h1><h2 id="part">Part</h2><details><summary>Groups</summary>{table(3)}</details>'
    two += "<details><summary>The error</summary><pre>Trace</pre></details>"
    (tmp_path / "two.html").write_text(page(two), encoding="utf-8")
    (tmp_path / "findings.html").write_text(page(table(MANY)), encoding="utf-8")
    pages = [
        ("index.html", "Two pages"),
        ("one.html", "One"),
        ("two.html", "Two"),
        ("findings.html", "All <findings>"),
    ]
    return paper_parts(tmp_path, pages, [1, 3, 4, 6, 9])


def test_the_contents_stand_behind_the_two_pages_with_questions_and_sheets(parts):
    assert [part.title for part in parts] == ["Two pages", "Contents", "One", "Two", "All <findings>"]
    rows = re.findall(r"<tr>(.*?)</tr>", parts[1].html)[1:]
    told = [" | ".join(re.findall(r"<t[hd][^>]*>(?:<a [^>]*>)?(.*?)(?:</a>)?</t[hd]>", row)) for row in rows]
    assert told == [
        "Two pages |  | 1",
        "One | Why so? | 4",
        "Two |  | 6",
        "All &lt;findings&gt; |  | 9",
    ]
    assert "How it came about." in parts[1].html and str(LONG_TABLE) in parts[1].html


def test_marks_of_a_page_are_its_own_and_links_lead_within_or_nowhere(parts):
    one = parts[2].html
    assert 'id="p1-why"' in one and 'href="#p1-why"' in one and 'href="#p2-part"' in one
    assert 'id="p1-c"' in one and 'url(#p1-c)"' in one and 'xlink:href="#p1-c"' in one
    assert "findings.csv" not in one and "example.org" not in one
    assert 'id="left as said"' in one  # words of the text are no marks


def test_what_is_for_the_screen_alone_is_not_on_paper(parts):
    document = paper(parts, title="A & <b>")
    assert "<nav" not in document and "one.ipynb" not in document and "<script" not in document
    assert "<title>A &amp; &lt;b&gt;</title>" in document
    assert "3 rows on the page" in parts[3].html and "row 1<" not in parts[3].html
    assert "<b>The error</b>" in parts[3].html and "Trace" in parts[3].html


def test_all_findings_are_printed_in_full(parts):
    assert len(names(parts[4].html)) == MANY and len(names(parts[2].html)) == FIRST_ROWS


def picture(bands: list[list[str]], *, high: float = 400.0, wide: float = 600.0) -> str:
    """A figure of panels as matplotlib writes them: rows of panels, each with a frame, words above and below."""
    panels = ""
    for row, names_of_row in enumerate(bands):
        top, foot = row * high + 20, (row + 1) * high - 20
        for name in names_of_row:
            frame = f'<path d="M 1 {foot} \nL 9 {foot} \nL 9 {top} \nL 1 {top} \nz\n" style="fill: none"/>'
            words = f'<text x="1" y="{top - 5}">{name}</text><text x="1" y="{foot + 10}">0.0</text>'
            panels += f"\n  <g>\n   <g>\n    {frame}\n   </g>\n   <g>{words}</g>\n  </g>"
    whole = high * len(bands)
    ground = f'\n  <g>\n   <path d="M 0 {whole} \nL {wide} {whole} \nL {wide} 0 \nL 0 0 \nz\n"/>\n  </g>'
    svg = f'<svg viewBox="0 0 {wide:g} {whole:g}">\n <g>{ground}{panels}\n </g>\n</svg>'
    return f'<figure tabindex="0" class="picture">{svg}</figure>'


def test_a_picture_that_fits_a_sheet_stays_as_it_is():
    assert parted_pictures(picture([["a", "b"], ["c"]])) == picture([["a", "b"], ["c"]])


def test_a_tall_picture_is_parted_between_its_panels_and_no_word_stands_twice():
    parts = parted_pictures(picture([["a", "b"], ["c"], ["d"], ["e"], ["f"]]))
    shown = [re.findall(r">([a-f])<", part) for part in parts.split("</figure>")[:-1]]
    assert shown == [["a", "b", "c"], ["d", "e"], ["f"]]
    boxes = [[float(v) for v in box.split()] for box in re.findall(r'viewBox="([^"]*)"', parts)]
    assert boxes[0][1] == 0 and all(box[2] == 600 for box in boxes)
    for above, below in pairwise(boxes):
        assert below[1] == above[1] + above[3]  # nothing between two parts is lost
        assert below[1] % 400 < 20 or below[1] % 400 > 380  # and no panel is cut
    assert boxes[-1][1] + boxes[-1][3] == 2000


def test_a_tall_picture_of_one_panel_is_not_cut():
    assert parted_pictures(picture([["a"]], high=2000)) == picture([["a"]], high=2000)
