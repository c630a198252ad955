"""A table with sentences in it prints whole in a plain terminal."""

import pandas as pd
import pytest

from linkage.plain_tables import WIDTH, PlainTable, table_text

ADVICE = "Without the 5 of 491 clusters that pull most, 69% of the estimate stays. " * 3


def checks() -> pd.DataFrame:
    frame = pd.DataFrame(
        {"name": ["influence", "spread"], "verdict": ["PASS", "REVIEW"], "value": [0.690323, None],
         "n": pd.array([12, None], dtype="Int64"), "advice": [ADVICE, ""]}
    )  # fmt: skip
    return frame.set_index("name")


def test_every_word_and_figure_is_printed_within_the_width():
    said = str(PlainTable(checks()))
    assert "..." not in said and max(map(len, said.splitlines())) <= WIDTH
    assert " ".join(said.split()).count("69% of the estimate stays.") == 3
    assert said.splitlines()[0].split() == ["name", "verdict", "value", "n"]
    assert said.splitlines()[1].split() == ["influence", "PASS", "0.690323", "12"]
    assert said.splitlines()[2].startswith("    advice: Without the 5 of 491 clusters")
    # An empty advice takes no line, and what is missing is a dash.
    assert said.splitlines()[-1].split() == ["spread", "REVIEW", "\N{EN DASH}", "\N{EN DASH}"]


@pytest.mark.parametrize("width", [30, 60, 100, 200])
def test_columns_stand_side_by_side_while_they_fit(width):
    lines = table_text(checks()[["verdict", "value", "n"]].assign(a="word " * 4), width).splitlines()
    assert max(map(len, lines)) <= width
    assert ("a" in lines[0].split()) == (width >= 60)


def test_a_table_without_rows_names_its_columns():
    assert str(PlainTable(checks().iloc[:0])) == "Nothing to list. Columns: verdict, value, n, advice"


def test_what_is_made_of_it_is_an_ordinary_table():
    table = PlainTable(checks())
    assert type(table.reset_index()) is pd.DataFrame and type(table[["verdict"]]) is pd.DataFrame
    assert table._repr_html_() == checks()._repr_html_()
    pd.testing.assert_frame_equal(pd.DataFrame(table), checks())


def test_a_cards_ladder_and_checks_show_estimates_and_advice_in_a_terminal(demo):
    card = demo.links(period="2026Q3")["loyalty_and_spend"]
    ladder, found = str(card.ladder()), str(card.checks())
    first = card.ladder().iloc[0]
    assert f"{first['estimate']:.10g}" in ladder and f"{first['high']:.10g}" in ladder
    words = " ".join(found.split())
    assert all(" ".join(check.advice.split()) in words for check in card.battery)
