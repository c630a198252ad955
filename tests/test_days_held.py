"""Which days each source holds, and what is said of a period that is there only in part."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from linkage import business_kpis, headlines
from linkage.changing import explain_changes
from linkage.days_held import Span, in_part, open_windows, part_words, roles_behind
from linkage.opening import open_study
from linkage.periods import parse_period
from linkage.report.figure_cards import figure_card

STUDY = """
study: Practice
sources:
  interactions: {from: visits.csv}
  feedback: {from: answers.csv}
  transactions: {from: bills.csv}
metrics:
  csat: {of: feedback, scale: [1, 5], label: Satisfaction}
  spend: {of: transactions, unit: EUR}
nouns: {contact: visit}
windows: {before: 30 days, after: 90 days}
links:
  money: {question: Do the content spend more?, grain: survey, outcome: spend_after, drivers: [csat]}
"""


def daily(name: str, moment: str, last: str, **values) -> str:
    """Two rows a day from 2025-12-01 on, of forty customers by turns."""
    days = pd.date_range("2025-12-01", last).repeat(2)
    who = [f"C{i % 40}" for i in range(len(days))]
    return pd.DataFrame({name: range(len(days)), "customer_id": who, moment: days, **values}).to_csv(
        index=False
    )


@pytest.fixture(scope="module")
def practice(tmp_path_factory):
    """Visits end on 23 August, answers on the 28th and bills on 21 September 2026."""
    folder = tmp_path_factory.mktemp("held") / "practice"
    folder.mkdir()
    (folder / "study.yml").write_text(STUDY)
    (folder / "visits.csv").write_text(daily("interaction_id", "started_at", "2026-08-23"))
    (folder / "bills.csv").write_text(daily("transaction_id", "purchased_at", "2026-09-21", spend=5))
    answers = daily("response_id", "answered_at", "2026-08-28")
    rng = np.random.default_rng(3)
    lines = answers.splitlines()
    scored = [lines[0] + ",csat", *(f"{line},{rng.integers(1, 6)}" for line in lines[1:])]
    (folder / "answers.csv").write_text("\n".join(scored))
    return open_study(folder)


def test_a_period_is_whole_where_every_source_reaches_its_end(practice):
    assert part_words(practice, "2026Q2") == ""
    assert part_words(practice, "2026Q3") == (
        "answers end on 2026-08-28, visits end on 2026-08-23 and purchases end on 2026-09-21"
    )
    assert part_words(practice, "2025Q4") == (
        "answers begin on 2025-12-01, visits begin on 2025-12-01 and purchases begin on 2025-12-01"
    )


def test_windows_that_are_still_open_are_another_matter(practice):
    # 2026-09-21 less 90 days is 2026-06-23: a week of the second quarter's answers waits for its money.
    assert open_windows(practice, "2026Q2") == (
        "What comes in the 90 days after an answer is known for answers until 2026-06-23 only: "
        "purchases end on 2026-09-21."
    )
    assert open_windows(practice, "2026Q1") == ""
    assert practice.last_complete_period == "2026Q1"


def test_each_figure_counts_by_its_own_source(practice):
    assert roles_behind(practice, "csat") == ("feedback",)
    assert roles_behind(practice, "kpi_revenue_retention_net") == ("transactions",)
    assert set(roles_behind(practice, "kpi_contact_rate")) == {"interactions", "transactions"}
    assert in_part(practice, "csat", "2026Q3") == "2026Q3 is there only in part: answers end on 2026-08-28"
    assert in_part(practice, "csat", "2026Q2", "2026Q1") == ""
    assert in_part(practice, "csat", "2026Q1", "2025Q4").startswith("2025Q4 is there only in part")


def test_a_part_of_a_period_is_compared_with_nothing(practice):
    (rate,) = (
        row
        for row in business_kpis(practice, period="2026Q3").publish().rows
        if row["metric"] == "kpi_contact_rate"
    )
    (csat,) = headlines(practice, period="2026Q3").publish().rows
    assert rate["change_high"] < 0  # it did fall, as a part of a quarter holds fewer visits
    found = explain_changes(practice, "2026Q3", findings=[], metrics=[csat, rate], before=None)
    for row, moved in zip((csat, rate), found.figures, strict=True):
        assert row["part"].startswith("2026Q3 is there only in part: ")
        assert (moved.apart, moved.reason) == (None, f"{row['part']}.")
        assert figure_card(row)["change"] == f"Not compared with 2026Q2: {row['part']}"
    assert "not compared with 2026Q2: 2026Q3 is there" in headlines(practice, period="2026Q3").summary()
    assert (
        "Contacts a customer" in business_kpis(practice, period="2026Q3").summary().partition("Not to be ")[2]
    )


def test_a_whole_period_is_compared_as_ever(practice):
    (csat,) = headlines(practice, period="2026Q2").publish().rows
    assert "part" not in csat and "not compared" not in headlines(practice, period="2026Q2").summary()
    (moved,) = explain_changes(practice, "2026Q2", findings=[], metrics=[csat], before=None).figures
    assert moved.apart is not None


@pytest.mark.parametrize(
    ("days_before_end", "pause", "said"),
    [(2, 3, ""), (3, 3, ""), (4, 3, "answers end on 2026-06-26"), (60, None, ""), (60, 90, "")],
)
def test_an_end_within_the_longest_pause_is_reached(days_before_end, pause, said):
    """Nobody works on a Sunday, surveys come in waves, and of one wave alone nothing is known of the next."""
    quarter = parse_period("2026Q2")
    span = Span("answers", date(2025, 1, 2), quarter.end - timedelta(days=days_before_end), pause)
    assert span.lacks(quarter) == said


def test_a_period_after_a_source_ended_is_no_part_of_it():
    ended = Span("answers", date(2020, 1, 1), date(2023, 5, 5), 3)
    assert ended.lacks(parse_period("2026Q2")) == ""
