"""The page on which a reviewer decides: the battery over the whole report, and the declared links against before."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from linkage.reviewing.battery import CHAPTERS, ORDER, Judged, judge_report
from linkage.reviewing.declaration_change import compare_declarations

if TYPE_CHECKING:
    from linkage.report.edition import Edition
    from linkage.reviewing.battery import ReviewBattery
    from linkage.reviewing.declaration_change import DeclarationChange

Row = dict[str, object]

ABOUT = {
    "data": "What was read, and whether what is missing differs.",
    "joins": "What met in joining, and what did not.",
    "timing": "Whether what comes first was measured first.",
    "reliability": "Whether answers and means are firm enough to be linked.",
    "errors": "Whether intervals are as wide as they must be.",
    "shape": "Whether one slope may stand for the link.",
    "multiplicity": "Whether all questions were counted, and were those of before.",
    "refutation": "What was tried to bring the links down.",
    "money": "Whether each figure in money says what it rests on.",
    "wording": "Whether the sentences say no more than is known.",
}


def review_page(edition: Edition) -> dict[str, object]:
    """Everything the template of review.html shows."""
    from linkage.report.ledger import published_ledger

    declared = edition.declaration
    before = declared.get("before")
    change = compare_declarations(declared, before) if declared else None
    battery = judge_report(
        edition.findings,
        ledger=published_ledger(edition.study),
        money=edition.money,
        declared=tuple(declared.get("links", ())),
        change=change,
    )
    return {
        "summary": battery.summary(),
        "counts": list(battery.counts.items()),
        "chapters": chapters_shown(battery),
        "declared": declaration_shown(change, str(declared.get("left_out") or "")),
        "signed_before": {"period": before["period"], "said": before["signed"]} if before else None,
        "command": f"{edition.study.name} {edition.period}",
    }


def chapters_shown(battery: ReviewBattery) -> list[Row]:
    """The chapters in order, each with what it is about, its counts and its checks."""
    grouped = {chapter: list(rows) for chapter, rows in groupby(battery.judged, key=lambda j: j.chapter)}
    return [
        {
            "name": chapter,
            "about": ABOUT[chapter],
            "counts": [sum(j.check.verdict == word for j in grouped.get(chapter, ())) for word in ORDER],
            "checks": [_check(j) for j in grouped.get(chapter, ())],
        }
        for chapter in CHAPTERS
    ]


def _check(judged: Judged) -> Row:
    check = judged.check
    return {
        "name": check.name,
        "verdict": check.verdict.lower(),
        "kind": check.verdict.lower().replace(" ", "-"),
        "found": _short(check.value),
        "limit": _short(check.limit),
        "advice": check.advice,
        "by_link": [
            {"links": ", ".join(map(_spaced, links)), "advice": advice}
            for advice, links in judged.by_advice.items()
        ],
    }


def _spaced(link: str) -> str:
    return link.replace("_", " ")


def _short(value: object) -> str:
    if value is None or value == "":
        return "\N{EN DASH}"
    if isinstance(value, float):
        return f"{value:.3g}".replace("-", "\N{MINUS SIGN}")
    return str(value).lower() if str(value).isupper() else str(value)  # verdicts, as the badges beside them


def _rows_shown(change: DeclarationChange) -> list[Row]:
    """Every declared thing that is not as before, of whichever kind, under one head."""
    kinds = {"link": change.moved(), "rule": change.rules, "scenario": change.scenarios}
    return [
        {**row, "name": row[kind] if kind != "scenario" else f"scenario {row[kind]}"}
        for kind, frame in kinds.items()
        for row in frame.to_dict("records")
    ]


def declaration_shown(change: DeclarationChange | None, left_out: str) -> Row:
    """What was declared otherwise than in the report before, and what of the earlier reports could not be read."""
    if change is None:
        return {"summary": "Nothing was declared.", "rows": [], "left_out": left_out}
    return {
        "summary": change.summary(),
        "rows": _rows_shown(change) if change.before else [],
        "left_out": left_out,
    }
