"""What a report owes to outcomes that came after its period: counted by hand on a few rows."""

from types import SimpleNamespace

import pandas as pd
import pytest

from linkage.opening import open_study
from linkage.report.known_later import later_outcomes
from linkage.report.not_known import not_known

STUDY = """
study: Few rows
currency: EUR
period: quarter
minimum_group: 1
sources:
  customers: {from: customers.csv}
  feedback: {from: answers.csv}
  transactions: {from: sales.csv}
metrics:
  nps: {of: feedback, scale: [0, 10], label: Likelihood to recommend}
  spend: {of: transactions, column: amount, label: Spend, unit: EUR}
windows: {before: 30, after: 60}
links:
  then_spend: {question: After?, grain: survey, outcome: spend_after, drivers: [nps]}
  next_quarter: {question: Next?, grain: customer_period, outcome: spend, drivers: [nps], lag: 1}
  same_quarter: {question: Now?, grain: customer_period, outcome: spend, drivers: [nps]}
"""

# Answers on 5 February, 20 May and 10 May; their 60 days end in April, in July and in July.
FILES = {
    "customers.csv": "customer_id\nA\nB\n",
    "answers.csv": (
        "response_id,customer_id,answered_at,nps\n1,A,2026-02-05,9\n2,A,2026-05-20,3\n3,B,2026-05-10,7\n"
    ),
    "sales.csv": "transaction_id,customer_id,purchased_at,amount\n"
    + "".join(
        f"{i},{c},{day},{10 + i}\n"
        for i, (c, day) in enumerate(
            (c, d) for c in "AB" for d in ("2026-01-02", "2026-04-02", "2026-07-02", "2026-10-02")
        )
    ),
}

DAYS = [f"2026-{month:02d}-{day:02d}" for month in (2, 5, 8) for day in range(1, 25)]


@pytest.fixture
def study(make_study):
    return open_study(make_study(STUDY, FILES))


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        # The first answer's 60 days end on 6 April; its customer's next quarter is the second.
        ("2026Q1", {"then_spend": (1, 1, "2026Q2"), "next_quarter": (1, 1, "2026Q2")}),
        # Answers of May: windows to 19 and 9 July. Of next quarters the first lies within what is known now.
        ("2026Q2", {"then_spend": (2, 3, "2026Q3"), "next_quarter": (2, 3, "2026Q3")}),
        # By then all of it had come.
        ("2026Q3", {}),
    ],
)
def test_outcomes_after_the_periods_end_are_counted(study, period, expected):
    found = later_outcomes(study, period, study.study.links)
    assert {row.link: (row.later, row.used, row.until) for row in found} == expected


def test_the_page_says_how_many_rows_nobody_could_have_known(study):
    edition = SimpleNamespace(study=study, period="2026Q2", outcomes={}, money=[])
    answers = [
        {"link": name, "verdict": verdict, "findings": [], "question": "?"}
        for name, verdict in (
            ("then_spend", "linked"),
            ("same_quarter", "no link"),
            ("next_quarter", "unsafe"),
        )
    ]
    (row,) = [r for r in not_known(answers, edition) if r["title"] == "Known only later"]
    assert row["count"] == "1 of 3"  # what must not be used rests on nothing
    assert row["words"] == (
        "These answers use what came after 2026Q2 had ended, up to 2026Q3, in 2 of their 3 rows: nobody knew it on its "
        "last day. The headline figures use nothing after it."
    )
    priced = {
        "group": "then_spend",
        "basis": "estimated",
        "estimate": 1.0,
        "currency": "EUR",
        "horizon": "a year",
    }
    edition.money = [{**priced, "level": "L3"}, {**priced, "group": "same_quarter", "level": "L3"}]
    (row,) = [r for r in not_known(answers, edition) if r["title"] == "Known only later"]
    assert row["words"].startswith("These answers, and what a point is worth by them, use what came after")
    edition.money = edition.money[1:]  # of a link that is known in time
    assert "worth" not in "".join(
        r["words"] for r in not_known(answers, edition) if r["title"] == "Known only later"
    )
    edition.period = "2026Q3"
    assert "Known only later" not in {r["title"] for r in not_known(answers, edition)}


def test_no_headline_figure_uses_anything_after_the_periods_end(make_study):
    """What the row of what is known only later says of them: the same figures from data that end with the period."""
    from linkage.feedback import headlines
    from linkage.kpis import business_kpis

    def figures(files):
        opened = open_study(make_study(STUDY, files))
        rows = [*headlines(opened, period="2026Q2").publish().rows]
        return [*rows, *business_kpis(opened, period="2026Q2").publish().rows]

    def by_then(text):
        head, *rows = text.splitlines(keepends=True)
        return head + "".join(r for r in rows if "2026-" not in r or r.split(",")[2] < "2026-07-01")

    rows = [f"{i},{'AB'[i % 2]},{day},{i % 11}\n" for i, day in enumerate(DAYS)]
    files = {**FILES, "answers.csv": FILES["answers.csv"].splitlines(keepends=True)[0] + "".join(rows)}
    early = {name: by_then(text) for name, text in files.items()}
    assert early["answers.csv"].count("\n") < files["answers.csv"].count("\n")
    assert early["sales.csv"].count("\n") < files["sales.csv"].count("\n")
    now, then = figures(files), figures(early)
    assert len(now) >= 2
    pd.testing.assert_frame_equal(pd.DataFrame(now), pd.DataFrame(then))
