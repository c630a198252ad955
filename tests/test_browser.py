"""The published pages in a real browser: nothing breaks, nothing is fetched, everyone can read and work them."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlparse

import pytest
from browsing import Browser, Tab, find_browser, published, violations
from corner_shop import made_report

WIDTHS = (320, 390, 1024, 1600)
"""The narrowest that WCAG 2.1 asks for (1.4.10), a phone, a tablet, a wide screen."""
STUDIES = ("corner", "demo", "hospitals")
FINDINGS = "findings.html"
PORTRAIT, LANDSCAPE = 680, 1009
"""What A4 leaves between its margins, in CSS pixels."""


@pytest.fixture(scope="session")
def browser():
    program = find_browser()
    if program is None:
        pytest.skip("no browser is installed: Chromium, Chrome or Edge, or LINKAGE_BROWSER with its path")
    opened = Browser(program)
    yield opened
    opened.close()


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


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("study", STUDIES)
def test_every_page_opens_without_complaint_request_or_sideways_scrolling(tab, study, width):
    wrong = []
    tab.size(width)
    for page in pages(study):
        tab.open(page)
        wide = tab.run("document.documentElement.scrollWidth")
        elsewhere = [r for r in tab.requests if not r.startswith("data:")][1:]  # the first is the page itself
        if wide > width or tab.complaints or elsewhere:
            wrong.append((page.name, wide, list(tab.complaints), elsewhere))
    assert len(pages(study)) > 5
    assert wrong == []


@pytest.mark.parametrize("study", STUDIES)
def test_every_link_leads_somewhere(tab, study):
    links, ids = {}, {}
    for page in pages(study):
        tab.open(page)
        links[page.name] = tab.run("[...document.links].map(a => a.href)")
        ids[page] = set(tab.run("[...document.querySelectorAll('[id]')].map(e => e.id)"))
    broken = []
    for name, addresses in links.items():
        for address in addresses:
            parts = urlparse(address)
            target = Path(unquote(parts.path))
            lost = target in ids and parts.fragment and parts.fragment not in ids[target]
            if parts.scheme != "file" or not target.is_file() or lost:
                broken.append((name, address))
    assert sum(map(len, links.values())) > 100
    assert broken == []


@pytest.mark.parametrize("study", STUDIES)
def test_axe_finds_nothing_serious(tab, study):
    found = {}
    for page in pages(study):
        tab.size(1024)
        tab.open(page)
        found[page.name] = violations(tab)
        tab.size(390, dark=True)
        tab.open(page)
        found[page.name] += violations(tab, only=("color-contrast", "scrollable-region-focusable"))
    assert {name: said for name, said in found.items() if said} == {}


def test_axe_would_find_a_picture_without_words_and_text_too_pale(tab, tmp_path):
    page = tmp_path / "bad.html"
    page.write_text('<!doctype html><title>t</title><p style="color:#aaa">pale</p><img src="data:,">')
    tab.open(page)
    found = " ".join(violations(tab))
    assert "image-alt" in found and "color-contrast" in found and "html-has-lang" in found


@pytest.mark.parametrize("study", STUDIES)
def test_whatever_scrolls_can_be_reached_by_keyboard(tab, study):
    stuck = (
        "[...document.querySelectorAll('body *')].filter(e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth && "
        "['auto', 'scroll'].includes(getComputedStyle(e).overflowX) && e.tabIndex < 0 && "
        "!e.querySelector('a, button')).map(e => e.outerHTML.slice(0, 120))"
    )
    tab.size(390)
    found = {}
    for page in pages(study):
        tab.open(page)
        found[page.name] = tab.run(stuck)
    assert {name: said for name, said in found.items() if said} == {}


@pytest.mark.parametrize("study", STUDIES)
def test_headings_follow_one_another_and_every_picture_and_cell_has_words(tab, study):
    for page in pages(study):
        tab.open(page)
        levels = tab.run(
            "[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].filter(e => e.checkVisibility())"
            ".map(e => Number(e.tagName[1]))"
        )
        assert levels[0] == 1 and levels.count(1) == 1, page.name
        assert all(b <= a + 1 for a, b in pairwise(levels)), (page.name, levels)
        silent = "f => (f.getAttribute('aria-label') || f.querySelector('img')?.alt || '').length < 15"
        assert tab.run(f"[...document.querySelectorAll('figure')].filter({silent}).length") == 0, page.name
        bare = "t => !t.querySelector('tbody th[scope=row], thead th[scope=col]')"
        assert tab.run(f"[...document.querySelectorAll('table')].filter({bare}).length") == 0, page.name


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
        seen = tab.run(
            "(() => { const e = document.activeElement, s = getComputedStyle(e); "
            "return e === document.body || (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2); })()"
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
