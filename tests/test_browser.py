"""The published pages in a real browser: nothing breaks, nothing is fetched, everyone can read and work them."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlparse

import pytest
from browsing import Tab, published, violations
from corner_shop import made_report
from walking import WIDTHS, Visit, visit

STUDIES = ("corner", "demo", "hospitals")
FINDINGS = "findings.html"
PORTRAIT, LANDSCAPE = 680, 1009
"""What A4 leaves between its margins, in CSS pixels."""


@pytest.fixture
def tab(browser):
    opened = browser.tab()
    opened.size(1024)
    yield opened
    opened.close()


def site(study: str) -> Path:
    """The folder of a study's report: the corner shop's holds every way in which a notebook can fail."""
    return made_report()[0].folder if study == "corner" else published(study)


def pages(study: str) -> list[Path]:
    return sorted(site(study).glob("*.html"))


def question(study: str = "demo") -> Path:
    """A page of a notebook that has code, tables and an answer."""
    return site(study) / "04_loyalty_and_spend.html"


def shown(tab: Tab, selector: str) -> int:
    """How many elements of a kind a reader sees."""
    return tab.run(f"[...document.querySelectorAll('{selector}')].filter(e => e.checkVisibility()).length")


@pytest.fixture(scope="session")
def visits(browser):
    """visits("demo") walks through every page of a study's site, once a test run."""
    known: dict[str, dict[str, Visit]] = {}

    def walk(study: str) -> dict[str, Visit]:
        if study not in known:
            tab = browser.tab()
            known[study] = {page.name: visit(tab, page) for page in pages(study)}
            tab.close()
        assert len(known[study]) > 5
        return known[study]

    return walk


@pytest.mark.parametrize("study", STUDIES)
def test_every_page_opens_without_complaint_request_or_sideways_scrolling(visits, study):
    wrong = [
        (name, seen.wide, seen.complaints, seen.requests)
        for name, seen in visits(study).items()
        if seen.complaints or seen.requests or any(wide > width for width, wide in seen.wide.items())
    ]
    assert wrong == []
    assert all(set(seen.wide) == set(WIDTHS) for seen in visits(study).values())


@pytest.mark.parametrize("study", STUDIES)
def test_every_link_leads_somewhere(visits, study):
    ids = {seen.page: seen.ids for seen in visits(study).values()}
    links = [(name, address) for name, seen in visits(study).items() for address in seen.links]
    broken = []
    for name, address in links:
        parts = urlparse(address)
        target = Path(unquote(parts.path))
        lost = target in ids and parts.fragment and parts.fragment not in ids[target]
        if parts.scheme != "file" or not target.is_file() or lost:
            broken.append((name, address))
    assert len(links) > 100
    assert broken == []


@pytest.mark.parametrize("study", STUDIES)
def test_axe_finds_nothing_serious(visits, study):
    assert {name: seen.violations for name, seen in visits(study).items() if seen.violations} == {}


def test_axe_would_find_a_picture_without_words_and_text_too_pale(tab, tmp_path):
    page = tmp_path / "bad.html"
    page.write_text('<!doctype html><title>t</title><p style="color:#aaa">pale</p><img src="data:,">')
    tab.open(page)
    found = " ".join(violations(tab))
    assert "image-alt" in found and "color-contrast" in found and "html-has-lang" in found


def test_a_walk_sees_whatever_is_wrong_with_a_page(tab, tmp_path):
    page = tmp_path / "bad.html"
    page.write_text(
        '<!doctype html><html lang="en"><title>t</title><meta name="viewport" content="width=device-width">'
        "<style>@media (prefers-color-scheme: dark) {.pale {color: #333} body {background: #222}}</style>"
        '<h1>One</h1><h3>Three</h3><div style="width:1200px">wide</div><a href="other.html#x">there</a>'
        '<div style="overflow-x:auto;width:90px"><div style="width:200px">scrolls</div></div><p class="pale">pale</p>'
        "<figure><svg></svg></figure><table><tr><td>1</td></tr></table><img src='none.png' alt='none'>"
        "<script>console.error('complaint')</script>"
    )
    seen = visit(tab, page)
    assert [seen.wide[width] > width for width in WIDTHS] == [True, True, True, False]
    assert any("complaint" in said for said in seen.complaints)
    assert [request.rpartition("/")[2] for request in seen.requests] == ["none.png"]
    assert seen.links[0].endswith("other.html#x") and seen.levels == (1, 3)
    assert (seen.silent, seen.bare, len(seen.stuck)) == (1, 1, 1)
    assert any(
        "color-contrast" in said for said in seen.violations
    )  # of the dark page, which is looked at last


@pytest.mark.parametrize("study", STUDIES)
def test_whatever_scrolls_can_be_reached_by_keyboard(visits, study):
    assert {name: seen.stuck for name, seen in visits(study).items() if seen.stuck} == {}


@pytest.mark.parametrize("study", STUDIES)
def test_headings_follow_one_another_and_every_picture_and_cell_has_words(visits, study):
    for name, seen in visits(study).items():
        assert seen.levels[0] == 1 and seen.levels.count(1) == 1, name
        assert all(b <= a + 1 for a, b in pairwise(seen.levels)), (name, seen.levels)
        assert (seen.silent, seen.bare) == (0, 0), name


# ------------------------------------------------------------------------------------------ the switches


def ground(tab: Tab) -> int:
    """How light the page is, 0 to 255."""
    return tab.run("Number(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0])")


def test_the_page_is_light_or_dark_as_the_system_asks_or_the_reader_says(tab):
    tab.open(question())
    assert ground(tab) > 200
    tab.click("#theme")
    assert ground(tab) < 60 and tab.run("document.querySelector('#theme').textContent") == "Light page"
    tab.click("#theme")
    assert ground(tab) > 200
    tab.run("localStorage.clear()")
    tab.size(1024, dark=True)
    tab.open(question())
    assert ground(tab) < 60
    tab.click("#theme")
    assert ground(tab) > 200
    tab.run("localStorage.clear()")


def test_code_is_folded_behind_one_switch(tab):
    tab.open(question())
    assert tab.run("document.querySelectorAll('.code').length") > 3
    assert shown(tab, ".code") == 0
    tab.click("#show-code")
    assert shown(tab, ".code") == tab.run("document.querySelectorAll('.code').length")
    tab.click("#show-code")
    assert shown(tab, ".code") == 0


def test_the_answer_comes_before_the_tables_it_rests_on(tab):
    tab.open(question())
    order = tab.run("[...document.querySelectorAll('main h1, main h2')].map(e => e.textContent)")
    assert order[1] == "Answer" and "So what" in order[2:]


def test_the_list_of_pages_folds_on_a_narrow_screen_only(tab):
    tab.size(390)
    tab.open(question())
    assert shown(tab, "nav.pages a") == 0
    tab.click("#menu")
    assert shown(tab, "nav.pages a") == len(pages("demo"))
    tab.press("Escape")
    assert shown(tab, "nav.pages a") == 0 and tab.run("document.activeElement.id") == "menu"
    tab.size(1600)
    assert shown(tab, "nav.pages a") == len(pages("demo")) and shown(tab, "#menu") == 0
    assert (
        tab.run("document.querySelector('nav.pages [aria-current]').getAttribute('href')") == question().name
    )


def test_a_long_table_shows_its_first_rows_until_all_are_asked_for(tab):
    tab.open(site("demo") / "92_dictionary.html")
    visible = (
        "[...document.querySelector('.scroll.long tbody').rows].filter(row => row.checkVisibility()).length"
    )
    rows = tab.run("document.querySelector('.scroll.long tbody').rows.length")
    assert tab.run(visible) == 10 < rows
    tab.click(".more")
    assert tab.run(visible) == rows
    assert tab.run("document.querySelector('.more').getAttribute('aria-expanded')") == "true"
    tab.press("Enter")  # the button has the focus
    assert tab.run(visible) == 10


def test_findings_are_searched_by_every_word(tab):
    tab.open(site("demo") / FINDINGS)
    every = shown(tab, "#all-findings tbody tr")
    tab.run("document.querySelector('.finder input').focus()")
    tab.press(*"spend unsafe")
    assert shown(tab, "#all-findings tbody tr") == 0
    tab.run("document.querySelector('.finder input').select()")
    tab.press(*"unsafe")
    few = shown(tab, "#all-findings tbody tr")
    assert 0 < few < every
    assert tab.run("document.querySelector('[role=status]').textContent") == f"{few} of {every}"


def test_findings_are_sorted_by_value_from_the_keyboard(tab):
    column = "[...document.querySelectorAll('#all-findings tbody tr')].map(r => r.cells[3].dataset.sort)"
    tab.open(site("demo") / FINDINGS)
    first = tab.run(column)
    tab.run("document.querySelectorAll('#all-findings thead button')[3].focus()")
    tab.press("Enter")
    values = [float(v) for v in tab.run(column) if v]
    assert values == sorted(values) and len(values) > 5
    assert tab.run(column)[-1] == ""  # what was not estimated comes last, whichever way
    assert tab.run("document.querySelectorAll('thead th')[3].getAttribute('aria-sort')") == "ascending"
    tab.press("Enter")
    assert [float(v) for v in tab.run(column) if v] == values[::-1] and tab.run(column)[-1] == ""
    tab.press("Enter")
    assert tab.run(column) == first


def test_the_glossary_is_searched(tab):
    tab.open(site("demo") / "glossary.html")
    every = shown(tab, ".words dt")
    tab.run("document.querySelector('.finder input').focus()")
    tab.press(*"grain")
    assert 0 < shown(tab, ".words dt") < every
    assert shown(tab, "main section") < 3


def test_the_first_tab_stop_skips_to_the_content(tab):
    tab.open(question())
    tab.press("Tab")
    left = tab.run(
        "document.activeElement.className === 'skip' && document.activeElement.getBoundingClientRect().x"
    )
    assert left == 0
    tab.press("Enter")
    assert tab.run("document.activeElement.id") == "main"


def test_every_tab_stop_can_be_seen(tab):
    tab.open(site("demo") / FINDINGS)
    for _ in range(25):
        tab.press("Tab")
        assert tab.run("document.activeElement !== document.body"), "the page has fewer stops than it should"
        seen = tab.run(
            "(() => { const s = getComputedStyle(document.activeElement); "
            "return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2; })()"
        )
        assert seen, tab.run("document.activeElement.outerHTML.slice(0, 120)")


def test_neighbouring_pages_are_one_click_away(tab):
    names = [p.name for p in pages("demo") if p.name[:2].isdigit()]
    tab.open(question())
    place = names.index(question().name)
    assert tab.run("document.querySelector('[rel=prev]').getAttribute('href')") == names[place - 1]
    assert tab.run("document.querySelector('[rel=next]').getAttribute('href')") == names[place + 1]


# ------------------------------------------------------------------------------------------ on paper


@pytest.mark.parametrize("name", ["04_loyalty_and_spend", "findings", "method", "joins"])
def test_a_printed_page_is_whole_and_holds_no_switches(tab, tmp_path, name):
    from pypdf import PdfReader

    tab.open(site("demo") / f"{name}.html")
    rows = tab.run("[...document.querySelectorAll('tbody tr')].map(r => r.cells[0].textContent)")
    text = " ".join(page.extract_text() for page in PdfReader(tab.printed(tmp_path / "page.pdf")).pages)
    assert "Show code" not in text and "Dark page" not in text and "Show all" not in text
    assert tab.run("document.querySelector('main h2, main h1').textContent.split(' ')[0]") in text
    assert len(rows) > 15
    for width, boxes in ((PORTRAIT, ".scroll:not(.wide)"), (LANDSCAPE, ".scroll.wide")):
        tab.size(width)
        tab.tell("Emulation.setEmulatedMedia", media="print")
        assert shown(tab, "tbody tr") == len(rows)
        assert shown(tab, "nav a") == 0 and shown(tab, "button:not(.sort)") == 0
        cut = "e => e.scrollWidth > e.clientWidth + 1"
        assert tab.run(f"[...document.querySelectorAll('{boxes}')].filter({cut}).length") == 0
