"""The two pages stay on two sheets with an earlier report and long texts; what goes for want of room is said."""

from __future__ import annotations

from unicodedata import normalize

import pytest

from linkage.ladder import MEANING
from linkage.report.front_room import fits, fitted
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
    row = {"answer": "yes", "estimates": 6, "linked": 4, "level": "L3", "levels": "L1 to L3", "page": None}
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


USUAL, LONG, LONGEST = (50, 130), (75, 170), (80, 200)


def test_usual_texts_with_an_earlier_report_lose_nothing():
    page = front(*USUAL)
    assert fits(page) and fitted(page) == {**page, "no_room": []}


def test_what_goes_first_is_the_actions_then_the_tiles_then_the_money():
    page = fitted(front(*LONG, forecasts=2))
    assert page["no_room"] == ["2 more of the actions weighed"] and len(page["actions"]) == 1
    assert len(page["figures"]) == 5 and fits(page)
    said = fitted(front(80, 260, forecasts=3))["no_room"]
    assert said == ["2 more of the actions weighed", "5 headline figures", "3 more figures in money"]


@pytest.mark.parametrize("letters", [USUAL, LONG, LONGEST])
def test_a_page_never_loses_a_question_a_gap_a_forecast_or_its_signature(letters):
    page = front(*letters, forecasts=2)
    kept = ("headline", "three", "ten", "not_known", "forecasts", "sign_off")
    assert {name: fitted(page)[name] for name in kept} == {name: page[name] for name in kept}


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


@pytest.mark.parametrize("letters", [USUAL, LONG, LONGEST])
@pytest.mark.parametrize("forecasts", [1, 3])
def test_the_page_prints_on_two_sheets_and_says_what_it_left_out(browser, tmp_path, letters, forecasts):
    from pypdf import PdfReader

    page = fitted(front(*letters, forecasts=forecasts))
    (tmp_path / "front.html").write_text(html(page), encoding="utf-8")
    tab = browser.tab()
    tab.open(tmp_path / "front.html")
    sheets = PdfReader(tab.printed(tmp_path / "front.pdf")).pages
    tab.close()
    words = " ".join(normalize("NFKC", sheets[-1].extract_text()).split())
    assert len(sheets) <= 2 and "Sign-off" in words
    for said in page["no_room"]:
        assert said in words


def test_without_shortening_the_longest_texts_need_a_third_sheet(browser, tmp_path):
    """The page as it was: that it fits is no accident of short texts."""
    from pypdf import PdfReader

    (tmp_path / "front.html").write_text(
        html({**front(*LONGEST, forecasts=3), "no_room": []}), encoding="utf-8"
    )
    tab = browser.tab()
    tab.open(tmp_path / "front.html")
    assert len(PdfReader(tab.printed(tmp_path / "front.pdf")).pages) > 2
    tab.close()
