"""Tables as a reader gets them: honest rates, intervals below their figures, a hint where one goes on."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from linkage.report.intervals import folded, told_as
from linkage.report.rates import counted_rate, in_percent
from linkage.report.shell import breakable, shell
from linkage.report.tables import tidy_table
from linkage.report.tidying import tidy


def table(frame: pd.DataFrame) -> str:
    return tidy_table(re.search(r"<table[^>]*>(.*)</table>", frame.to_html(), re.DOTALL)[1], "t")


def cells(html: str) -> list[str]:
    return [re.sub("<[^>]+>", "|", cell).strip("|") for cell in re.findall(r"<td[^>]*>(.*?)</td>", html)]


def names(html: str) -> list[str]:
    return re.findall(r'<th scope="col"[^>]*>(.*?)</th>', html)


# ------------------------------------------------------------------------------------------ match rates


@pytest.mark.parametrize(
    ("matched", "said"),
    [
        (60_000, "100%"),
        (59_998, "&gt; 99.99%"),
        (59_976, "99.96%"),
        (16_421, "27.37%"),
        (2, "&lt; 0.01%"),
        (0, "0%"),
    ],
)
def test_a_match_rate_is_told_from_its_counts(matched, said):
    """By hand: 59,998 of 60,000 are 99.9967 percent, which two digits would round to all; 59,976 are 99.96."""
    rate = f"{matched / 60_000:.4f}"
    assert counted_rate(["60000", str(matched), rate], ["rows", "matched", "match_rate"]) == said
    joins = pd.DataFrame(
        {"rows": [60_000], "matched": [matched], "match_rate": [float(rate)]}, index=["a -> b"]
    )
    assert cells(table(joins.rename_axis("join"))) == ["60,000", f"{matched:,}", said]


def test_a_rate_of_one_everywhere_is_a_hundred_percent_and_not_a_count():
    joins = pd.DataFrame(
        {"rows": [7, 9], "matched": [7, 9], "match_rate": [1.0, 1.0]}, index=["x", "y"]
    ).rename_axis("join")
    assert cells(table(joins))[2::3] == ["100%", "100%"]
    shares = pd.DataFrame({"revenue_share": [1.0, 1.0]}, index=["x", "y"]).rename_axis("join")
    assert cells(table(shares)) == ["100%", "100%"]


def test_what_is_no_share_and_has_no_counts_stays_as_it_was():
    assert in_percent("0.5", "estimate") == "0.5" and in_percent("1.0", "value_share") == "100%"
    assert in_percent("-0.125", "share") == "-12.5%" and in_percent("12.0", "contact_rate") == "12.0"
    assert counted_rate(["0", "0", "nan"], ["rows", "matched", "match_rate"]) is None
    assert counted_rate(["0.9"], ["match_rate"]) is None


# ------------------------------------------------------------------------------------------ intervals


WIDE = ["estimate", "std_error", "low", "high", "q_value", "n", "clusters", "level", "verdict"]


def test_a_wide_table_has_the_ends_of_its_intervals_below_their_figures():
    frame = pd.DataFrame([[0.5, 0.1, -0.3, 1234.5, 0.01, 40, 7, "L2", "linked"]], columns=WIDE, index=["x"])
    html = table(frame.rename_axis("driver"))
    assert names(html) == [
        "Driver",
        "Estimate and interval",
        "Standard error",
        "q",
        "n",
        "Clusters",
        "Level",
        "Verdict",
    ]
    assert '0.5<span class="by ends">\N{MINUS SIGN}0.3 to 1,234.5</span>' in html
    narrow = table(frame[["estimate", "low", "high"]])
    assert "by ends" not in narrow and names(narrow) == ["Estimate", "Low", "High"]


def test_each_figure_gets_its_own_interval_and_an_open_end_is_said():
    columns = [
        "segment",
        "n",
        "value",
        "value_low",
        "value_high",
        "service_mean",
        "service_low",
        "service_high",
        "change",
    ]
    assert folded(columns) == {2: (3, 4), 5: (6, 7)}
    frame = pd.DataFrame([["a", 9, 1.5, None, 2.5, None, None, None, 3], ["b", 9, 2.5, 1.5, 3.5, 0.1, 0.05, 0.2, 4]],
                         columns=columns).set_index(["segment", "n"])  # fmt: skip
    found = cells(table(frame))
    assert found[:3] == ["1.5|without bound to 2.5", "\N{EN DASH}", "3"]
    assert found[3:] == ["2.5|1.5 to 3.5", "0.1|0.05 to 0.2", "4"]


@pytest.mark.parametrize("others", [[], list("abcdef")])
def test_the_ends_of_a_share_are_told_in_percent_as_the_share_is(others):
    """An estimate in percent beside ends in shares would be another scale within one cell."""
    frame = pd.DataFrame(
        [["x", -0.0001, -0.0012, 0.0009, *others]], columns=["m", "share", "low", "high", *others]
    )
    html = table(frame.set_index("m"))
    for text in ("\N{MINUS SIGN}0.01%", "\N{MINUS SIGN}0.12%", "0.09%"):
        assert text in html
    assert "0.0012" not in html and told_as(["a", "estimate", "low", "high"]) == [
        "a",
        "estimate",
        "low",
        "high",
    ]


def test_a_column_called_low_that_holds_words_is_not_folded():
    frame = pd.DataFrame([["a", *range(6), "poor", "rich"]], columns=[*"rabcdef", "low", "high"])
    assert "Low" in names(table(frame)) and "by ends" not in table(frame)


def test_row_names_that_span_rows_do_not_shift_what_is_folded():
    frame = pd.DataFrame([["a", i, *range(i, i + 7)] for i in range(2)],
                         columns=["link", "what", "estimate", "low", "high", "n", "x", "y", "z"])  # fmt: skip
    html = table(frame.set_index(["link", "what"]))
    assert 'class="scroll nested"' in html
    assert cells(html)[0::5] == ["0|1 to 2", "1|2 to 3"]


# ------------------------------------------------------------------------------------------ a table that goes on


def test_what_is_true_or_false_is_said_as_yes_or_no():
    assert cells(table(pd.DataFrame({"what": ["x", "y"], "suppressed": [True, False]}))) == ["yes", "no"]


def test_short_texts_stay_on_one_line_and_names_break_between_words():
    html = table(pd.DataFrame({"what": ["x"], "from": ["2024-01-01"], "said": ["at the end of the week"]}))
    assert '<td class="short">2024-01-01</td>' in html and "<td>at the end of the week</td>" in html
    assert breakable("<a>_b_c") == "&lt;a&gt;_<wbr>b_<wbr>c"


@pytest.fixture(scope="module")
def tab(browser):
    opened = browser.tab()
    yield opened
    opened.close()


def written(folder, columns: int):
    frame = pd.DataFrame([[123456.789] * columns] * 3, columns=[f"figure_{i}" for i in range(columns)])
    look = shell()
    body = tidy(f"<h1>Wide</h1>{frame.to_html()}")
    page = folder / f"{columns}.html"
    page.write_text(
        f'<!doctype html><html lang="en"><title>t</title><style>{look["style"]}</style><body>'
        f'<button id="theme"></button><button id="menu"></button><nav class="pages"></nav><main>{body}</main>'
        f"<script>{look['script']}</script>"
    )
    return page


HINT = "getComputedStyle(document.querySelector('.scroll'), '::before').content"


def test_a_table_wider_than_the_page_says_on_which_side_it_goes_on(tab, tmp_path):
    tab.size(1024)
    tab.open(written(tmp_path, 3))
    assert tab.run(HINT) == "none"
    tab.open(written(tmp_path, 30))
    assert "goes on to the right" in tab.run(HINT)
    assert tab.run("document.querySelector('.scroll').tabIndex") == 0
    tab.run(
        "new Promise(done => { const box = document.querySelector('.scroll'); box.scrollLeft = 1e6; "
        "requestAnimationFrame(() => requestAnimationFrame(() => done(1))); })"
    )
    assert "goes on to the left" in tab.run(HINT)
    assert "gradient" in tab.run("getComputedStyle(document.querySelector('.scroll')).backgroundImage")
    tab.tell("Emulation.setEmulatedMedia", media="print")
    assert tab.run(HINT) == "none"
