"""The list of all reports: what is in the folders, told as text, written whole; nothing broken keeps it from being."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest

from linkage import ladder
from linkage.report import index_reading, write_index
from linkage.report.index_reading import count_links, read_reports

TITLE = "Shop <b>& Co</b>"


def row(link: str, verdict: str, **more: object) -> dict:
    """A finding; what shows no link would have shown one."""
    seen = [{"name": "power", "verdict": "PASS"}]
    return {"link": link, "driver": "x", "verdict": verdict, "p_value": 0.5, "checks": seen, **more}


def counted(**words: int) -> dict:
    return {word: words.get(word, 0) for word in ladder.COUNTED}


def publish(reports: Path, study: str = "shop", period: str = "2026Q3", **changed: object) -> Path:
    """A folder with as much of a report as the list reads."""
    folder = reports / study / period
    folder.mkdir(parents=True)
    findings = json.dumps(changed.pop("findings", [row("a", "linked"), row("b", "no link")]))
    (folder / "findings.json").write_text(findings, encoding="utf-8")
    (folder / "index.html").write_text("front", encoding="utf-8")
    (folder / "04_trouble.html").write_text("page", encoding="utf-8")
    manifest = {
        "study": study,
        "title": TITLE,
        "period": period,
        "only": None,
        "input_hash": sha256(period.encode()).hexdigest(),
        "made_at": "2026-11-22T10:00:00+00:00",
        "packages": {"linkage": "0.1.0"},
        "notebooks": [{"name": "01_links", "title": "Links", "status": "ok"}],
        "exports": [],
        "files": {"findings.json": sha256(findings.encode()).hexdigest()},
        **changed,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


class Page(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self, text: str):
        super().__init__()
        self.elements: list[tuple[str, dict]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def all(self, *tags: str) -> list[dict]:
        return [attributes for tag, attributes in self.elements if tag in tags]


def page_of(reports: Path) -> Page:
    return Page(write_index(reports).read_text(encoding="utf-8"))


@pytest.fixture
def shelf(tmp_path):
    """Two studies, three reports: one with a failed page, one that is a part."""
    trouble = {"name": "04_trouble", "title": "Trouble & strife", "status": "failed"}
    publish(tmp_path, period="2026Q2", notebooks=[trouble])
    publish(tmp_path, period="2026Q3", exports=[{"format": "pdf", "status": "failed"}])
    publish(tmp_path, "hospitals", "2022", title="Hospitals", only="04")
    return tmp_path


def test_every_report_stands_there_newest_first_with_what_it_says(shelf):
    page = page_of(shelf)
    links = [a["href"] for a in page.all("a")]
    fronts = [href for href in links if href.endswith("/index.html")]
    assert fronts == ["hospitals/2022/index.html", "shop/2026Q3/index.html", "shop/2026Q2/index.html"]
    assert "shop/2026Q2/04_trouble.html" in links
    assert all((shelf / href).is_file() for href in links if not href.startswith("#"))
    ids = [a["id"] for _, a in page.elements if "id" in a]
    assert {href[1:] for href in links if href.startswith("#")} <= set(ids) and len(ids) == len(set(ids))
    assert "3 reports of 2 studies; 2 with failed pages." in page.text
    assert "only 04" in page.text and "pdf" in page.text and "not signed" in page.text
    for period in ("2026Q2", "2026Q3", "2022"):
        assert sha256(period.encode()).hexdigest()[:12] in page.text


def test_the_rule_by_which_links_are_counted_stands_beside_the_counts(shelf):
    page = write_index(shelf).read_text(encoding="utf-8")
    assert index_reading.COUNT_RULE in page and "gravest" not in page


def test_the_page_is_read_by_everyone_and_asks_for_nothing(shelf):
    text = write_index(shelf).read_text(encoding="utf-8")
    page = Page(text)
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1 and set(levels) == {1, 2}
    assert page.all("a")[0]["href"] == "#main"
    assert all(a["scope"] in ("col", "row") for a in page.all("th"))
    assert len([a for a in page.all("div") if a.get("tabindex") == "0" and a["aria-label"]]) == 2
    assert not page.all("link", "iframe", "object", "img")
    assert "://" not in text.replace("http://www.w3.org/", "") and "default-src 'none'" in text
    assert {"menu", "theme", "all-pages"} <= {a.get("id") for _, a in page.elements}  # what page.js looks for


def test_what_a_report_is_called_is_text_and_never_markup(tmp_path):
    publish(
        tmp_path, "a b<i>", "2026Q3", notebooks=[{"name": "x<y", "title": "<u>T</u>", "status": "failed"}]
    )
    text = write_index(tmp_path).read_text(encoding="utf-8")
    assert "Shop &lt;b&gt;&amp; Co&lt;/b&gt;" in text and "<b>" not in text
    assert "&lt;u&gt;T&lt;/u&gt;" in text and "<u>" not in text and "<i>" not in text
    assert 'href="a%20b%3Ci%3E/2026Q3/x%3Cy.html"' in text


def test_the_same_reports_give_the_same_bytes_whenever_they_were_made(shelf):
    first = write_index(shelf).read_bytes()
    manifest = shelf / "shop" / "2026Q3" / "manifest.json"
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text.replace("2026-11-22T10:00", "2027-01-01T11:11"), encoding="utf-8")
    before = (shelf / "index.html").stat().st_mtime_ns
    assert write_index(shelf).read_bytes() == first
    assert (shelf / "index.html").stat().st_mtime_ns == before  # not even written again


def test_a_link_counts_once_by_the_gravest_verdict_of_its_estimates():
    rows = [
        row("a", "no link"),
        row("a", "linked"),
        row("b", "linked"),
        row("b", "unsafe"),
        row("c", "no link"),
    ]
    rows += [row("d", "not assessed"), row("e", "linked", exploratory=True)]
    assert count_links(rows) == counted(**{"linked": 1, "no link": 1, "unsafe": 1, "not assessed": 1})
    counts = count_links(rows, ["a", "never answered"])
    assert counts == counted(**{"linked": 1, "no link": 1, "unsafe": 1, "not assessed": 2})
    places = [index_reading.COUNT_RULE.index(f"as {word}") for word in ladder.GRAVEST]
    assert places == sorted(places)  # the rule in words names the verdicts in the order that counts them
    assert set(ladder.GRAVEST) == set(ladder.COUNTED) == set(counts)


def test_a_link_that_might_have_been_missed_is_not_counted_as_none():
    missed = [{"name": "power", "verdict": "REVIEW"}]
    rows = [row("a", "no link"), row("b", "no link", checks=missed), row("c", "no link", p_value=0.03)]
    assert count_links(rows) == counted(**{"no link": 1, "not shown": 2})


def test_a_declared_link_without_a_finding_could_not_be_assessed_unless_it_was_not_asked(tmp_path):
    declared = json.dumps({"links": {"a": {}, "b": {}, "c": {}}})
    for period, only in (("2026Q3", None), ("2026Q2", "04")):
        folder = publish(tmp_path, period=period, only=only)
        (folder / "declaration.json").write_text(declared, encoding="utf-8")
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        manifest["files"]["declaration.json"] = sha256(declared.encode()).hexdigest()
        (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (whole, part), broken = read_reports(tmp_path)
    assert (whole.counts["not assessed"], part.counts["not assessed"], broken) == (1, 0, [])


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda f: (f / "manifest.json").unlink(), "it has no manifest.json"),
        (lambda f: (f / "manifest.json").write_text("{<half"), "its manifest.json cannot be read"),
        (
            lambda f: (f / "manifest.json").write_text("[]"),
            "its manifest.json or findings.json is none of a report",
        ),
        (lambda f: (f / "manifest.json").write_text("{}"), "is none of a report (KeyError('files'))"),
        (lambda f: (f / "findings.json").write_text("[]"), "its findings.json has changed since it was made"),
        (lambda f: (f / "findings.json").unlink(), "it has no findings.json"),
        (lambda f: f.rename(f.with_name("2031Q1")), "it holds the report of shop 2026Q2"),
    ],
)
def test_a_broken_folder_is_named_with_the_reason_and_the_others_stand(shelf, spoil, said):
    spoil(shelf / "shop" / "2026Q2")
    page = page_of(shelf)
    assert said in page.text
    assert "2 reports of 2 studies; 1 with failed pages. 1 folder could not be read." in page.text


def test_hidden_folders_and_files_beside_the_reports_are_passed_over(shelf):
    (shelf / ".git" / "x").mkdir(parents=True)
    (shelf / "shop" / ".2026Q3.ab12.making").mkdir()
    (shelf / "README.md").write_text("x")
    (shelf / "shop" / "notes.txt").write_text("x")
    found, broken = read_reports(shelf)
    assert (len(found), broken) == (3, [])


def test_an_empty_folder_says_how_a_report_is_made(tmp_path):
    assert "There is no report here yet" in page_of(tmp_path).text


def test_the_sign_off_is_shown_as_it_stands_now(tmp_path):
    import shutil

    from corner_shop import plain_report

    from linkage.reviewing.sign_off import write_sign_off

    folder = tmp_path / "corner" / "2026Q3"
    shutil.copytree(plain_report().folder, folder)
    write_sign_off(folder, name="Ada Byron", date="2026-11-22", passed=True, open_points=(), counts={})
    assert "Signed by Ada Byron on 2026-11-22." in page_of(tmp_path).text
    with (folder / "01_links.html").open("a", encoding="utf-8") as stream:
        stream.write("<!-- more -->")
    assert (
        "The sign-off of Ada Byron (2026-11-22) is void: 01_links.html has changed since."
        in page_of(tmp_path).text
    )


WRITER = """
import sys
from pathlib import Path
from linkage.report import write_index
for _ in range(40):
    write_index(Path(sys.argv[1]))
"""


def test_two_at_once_leave_a_whole_list_that_has_seen_all(shelf):
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(shelf)])
    pages = set()
    for turn in range(40):
        if turn == 20:
            publish(shelf, "late", "2027Q1")
        text = write_index(shelf).read_text(encoding="utf-8")
        pages.add(text)
        assert text.endswith("</html>\n")
    assert writer.wait() == 0
    last = (shelf / "index.html").read_text(encoding="utf-8")
    assert "late/2027Q1/index.html" in last and pages <= {min(pages, key=len), last}
    assert sorted(p.name for p in shelf.iterdir()) == ["hospitals", "index.html", "late", "shop"]


def test_what_a_killed_writer_left_goes_with_the_next(shelf):
    left = shelf / ".index.html.00ff00ff.making"
    left.write_text("half")
    write_index(shelf)
    assert not left.exists()
