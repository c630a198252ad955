"""The two pages stay on two sheets with an earlier report and long texts, and nothing is left out for it."""

from __future__ import annotations

from unicodedata import normalize

import pytest

from linkage.ladder import MEANING
from linkage.report.front_room import is_tight
from linkage.report.shell import shell, templates

SIZE = "+10.8 EUR of spend a quarter (+8.67 to +13.0; n = 6,566; estimated)"
FORECAST = (
    "Of 3 forecasts of the report of 2026Q2, 2 are due: shorter handling of contacts in the regional centres was to "
    "move satisfaction with the contact by +0.061 points (+0.031 to +0.091); it moved by +0.145 points (+0.0894 to "
    "+0.201). As saved by the report of 2026Q2; What if makes them anew."
)
SIGNED = (
    "proves every file, input and figure again, and says who has signed in review.json beside this page. Of the report "
    "of 2026Q2: signed on 2026-07-14 by a head of customer insight; the signature still holds."
)


def front(question: int, brief: int, *, forecasts: int = 1) -> dict[str, object]:
    """What the template shows: ten questions and answers of so many letters, all else as long as it gets."""
    tile = {"label": "Satisfaction with the contact", "value": "3.61", "unit": "points of 1 to 5"}
    tile |= {"interval": "3.57 to 3.65 (95% interval; n = 1,301), 2026Q3", "change": f"Up: {SIZE}"}
    row = {
        "answer": "yes",
        "mark": "yes",
        "estimates": 6,
        "linked": 4,
        "level": "L3",
        "levels": "L1 to L3",
        "page": None,
    }
    money = {
        "label": "Kept, if all left as seldom as the most loyal",
        "amount": "2,910,000 EUR",
        "page": None,
    }
    money |= {"interval": "2,860,000 to 2,960,000", "horizon": "3 years", "level": "L1", "basis": "estimated"}
    action = money | {"label": "What would it be worth if business customers had less trouble to get help?"}
    action |= {
        "target": "Effort it took the customer by -0.500 points; mean 2.86 points (2.62 to 3.10) due in 2026Q4"
    }
    action |= {"chance": "84%", "link_level": "L3"}
    return {
        "headline": ["Of 17 declared questions, 13 show a link, 3 show none and 1 must not be used."],
        "three": [(title, f"One more sentence of it. {SIZE}. {SIZE}. {SIZE}.") for title in ("a", "b", "c")],
        "ten": [
            {**row, "number": f"Q{n}", "question": _text(question), "brief": _text(brief)}
            for n in range(1, 11)
        ],
        "figures": [tile] * 5,
        "more_figures": 5,
        "stake": [money] * 4,
        "actions": [action] * 3,
        "not_known": [
            {"title": f"Gap {n}", "count": "3 of 17", "words": _text(220), "page": None} for n in range(6)
        ],
        "forecasts": [FORECAST] * forecasts,
        "troubles": [],
        "levels": MEANING,
        "sign_off": ("Not signed when it was made.", "linkage review demo 2026Q3", SIGNED),
    }


def _text(letters: int) -> str:
    words = "Does what customers tell us go with what they do later, unit by unit and region by region? " * 9
    return words[:letters]


USUAL, LONG, LONGEST = (50, 130), (80, 200), (80, 290)


def test_only_texts_that_need_it_are_printed_smaller():
    assert not is_tight(front(*USUAL)) and is_tight(front(*LONGEST, forecasts=3))


def html(page: dict[str, object]) -> str:
    around = {
        "page_groups": [],
        "left_out": [],
        "here": "index.html",
        "method": "Links were declared before. " * 5,
    }
    around |= {"version": "0.1.0", "input_hash": "977fab70e20e", "study": "A company with a long name"}
    files = [("workbook", "a.xlsx"), ("slides", "a.pptx"), ("two pages as PDF", "a.pdf")]
    template = templates().get_template("index.html.j2")
    return template.render(**shell(), **around, period="2026Q3", files=files, **page)


def sheets_of(page: dict[str, object], browser, folder) -> list[str]:
    """The words of each sheet, as a browser prints the page."""
    from pypdf import PdfReader

    (folder / "front.html").write_text(html(page), encoding="utf-8")
    tab = browser.tab()
    tab.open(folder / "front.html")
    printed = PdfReader(tab.printed(folder / "front.pdf")).pages
    tab.close()
    return [" ".join(normalize("NFKC", sheet.extract_text()).split()) for sheet in printed]


@pytest.mark.parametrize("letters", [USUAL, LONG, LONGEST])
@pytest.mark.parametrize("forecasts", [1, 3])
def test_the_page_prints_whole_on_two_sheets(browser, tmp_path, letters, forecasts):
    page = front(*letters, forecasts=forecasts)
    sheets = sheets_of({**page, "tight": is_tight(page)}, browser, tmp_path)
    assert len(sheets) == 2 and "Sign-off" in sheets[-1]
    assert " ".join(sheets).count("Effort it took the customer") == len(page["actions"])


def test_the_longest_texts_need_a_third_sheet_where_they_are_not_printed_smaller(browser, tmp_path):
    page = front(*LONGEST, forecasts=3)
    assert len(sheets_of({**page, "tight": False}, browser, tmp_path)) > 2
