"""The answers of a report as rows: one a driver, in the step and the units in which a sentence says it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from linkage.checks import FAIL, NOT_ASSESSED, PASS, REVIEW
from linkage.exports.sheets import Chart, Sheet, sheet_rows
from linkage.report.answering import answer_rows
from linkage.report.appendix import estimate_counts
from linkage.report.effects import Effect, effect_of
from linkage.report.findings import ORDER
from linkage.report.standing import counted

if TYPE_CHECKING:
    from linkage.report.edition import Edition

Row = dict[str, object]

SHOWN = (
    *("question", "verdict", "level", "driver", "estimate", "low", "high", "unit", "n", "clusters", "span"),
    *(
        "expected",
        "against",
        "checks passed",
        "to review",
        "failed",
        "not assessed",
        "sentence",
        "page",
        "link",
    ),
)
SIDES = ("outcome", "driver")
CHART_FROM = 2
"""A link with this many drivers is drawn: their estimates share an axis."""


def answers_sheet(edition: Edition) -> Sheet:
    """One row a driver of a declared link, as it is said; a link without a finding has one row with the reason."""
    rows, charts = [], []
    for answer in answer_rows(edition):
        first = len(rows)
        rows += [_answer_row(answer, row, edition) for row in answer["findings"]] or [_unanswered(answer)]
        if sum(row.get("estimate") is not None for row in rows[first:]) >= CHART_FROM:
            charts.append(_chart(answer, rows[first:], first))
    headers = (*SHOWN, "below", "above")
    return Sheet(
        "Answers",
        "Answers to the declared questions",
        f"One row a driver, {estimate_counts(edition.findings)}. The estimate is what the outcome does for the step of "
        "the driver that is named, with its interval; without a causal level it is an association.",
        headers,
        sheet_rows(rows, headers),
        tuple(charts),
        hidden=(len(SHOWN), len(SHOWN) + 1),
        widths={"question": 44, "sentence": 90, "driver": 38, "unit": 34},
    )


def _answer_row(answer: Row, row: Row, edition: Edition) -> Row:
    effect, checks = effect_of(row, edition), check_counts(row)
    return {
        **_about(answer),
        "verdict": counted(row),
        "level": row["level"] if answer["level"] else None,
        "driver": effect.step,
        "estimate": effect.estimate,
        "low": effect.low,
        "high": effect.high,
        "unit": effect.unit,
        "n": row["n"],
        "clusters": row["clusters"],
        "span": row.get("span") or row["period"],
        "expected": row["expected"],
        **checks,
        "sentence": row["sentence"],
        **distances(effect),
    }


def distances(effect: Effect) -> Row:
    """How far the interval reaches below and above the estimate; None where it is open or not computed."""
    below = None if None in (effect.estimate, effect.low) else effect.estimate - effect.low
    above = None if None in (effect.estimate, effect.high) else effect.high - effect.estimate
    return {"below": below, "above": above}


def _unanswered(answer: Row) -> Row:
    return {**_about(answer), "verdict": answer["verdict"], "sentence": answer["sentences"][0]}


def _about(answer: Row) -> Row:
    return {name: answer[name] for name in ("question", "against", "page", "link")}


def check_counts(row: Row) -> Row:
    counted = Counter(check["verdict"] for check in row["checks"])
    words = {"checks passed": PASS, "to review": REVIEW, "failed": FAIL, "not assessed": NOT_ASSESSED}
    return {word: counted[verdict] for word, verdict in words.items()}


def _chart(answer: Row, rows: list[Row], first: int) -> Chart:
    place = SHOWN.index
    return Chart(
        title=str(answer["question"]),
        kind="dots",
        categories=place("driver"),
        values=place("estimate"),
        first=first,
        last=first + len(rows) - 1,
        less=len(SHOWN),
        more=len(SHOWN) + 1,
        axis=str(rows[0]["unit"]),
    )


def label(row: Row, side: str, edition: Edition) -> str:
    """The driver or the outcome of a finding as the pages name it; a category by its own name."""
    column = edition.study.study.columns.get(str(row["grain"]), {}).get(str(row[side]))
    return column.label if column else str(row[side]).replace("_", " ")


def findings_sheet(edition: Edition) -> Sheet:
    """findings.json as a sheet, its checks counted; one row an estimate, under the names other tools read.

    Outcome and driver stand in words too, right beside these names, and beside the verdict the word it is counted by.
    """
    counts = tuple(check_counts({"checks": ()}))
    beside = {"driver": [f"{side} in words" for side in SIDES], "verdict": ["counted as"]}
    names = [h for name in ORDER if name != "checks" for h in (name, *beside.get(name, ()))]
    headers = (*names, *counts)
    rows = [
        {
            **row,
            **{f"{side} in words": label(row, side, edition) for side in SIDES},
            "counted as": counted(row),
            **check_counts(row),
        }
        for row in edition.findings
    ]
    return Sheet(
        "Findings",
        "Findings as data",
        f"One row a driver of a declared link, {estimate_counts(edition.findings)}. In the columns and units of "
        "findings.json, outcome and driver in words too: per unit of the driver, shares from 0 to 1.",
        headers,
        sheet_rows(rows, headers),
        widths={"sentence": 90, "question": 44, "method": 30},
    )


def checks_sheet(edition: Edition) -> Sheet:
    """Every check of every finding, with what it found, its limit and what to do."""
    headers = ("question", "driver", "check", "verdict", "value", "limit", "advice", "link")
    rows = [
        {
            "question": row["question"],
            "driver": label(row, "driver", edition),
            "link": row["link"],
            "check": check["name"],
            **check,
        }
        for row in edition.findings
        for check in row["checks"]
    ]
    return Sheet(
        "Checks",
        "What was done to refute the answers",
        "One row a check of a finding. What could not be computed is NOT ASSESSED, which is never a pass.",
        headers,
        sheet_rows(rows, headers),
        widths={"question": 44, "advice": 90, "limit": 18, "value": 18},
    )
