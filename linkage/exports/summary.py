"""The first sheet: how many questions, how they were answered, where things stand, and what else is in the book."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.exports.sheets import Change, Chart, Share, Sheet, sheet_rows
from linkage.ladder import COUNTED
from linkage.report.answering import answer_rows, headline
from linkage.report.figure_cards import with_intervals
from linkage.report.front import troubles
from linkage.sentences import is_share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from linkage.report.edition import Edition

HEADERS = (
    *("what", "figure", "low", "high", "unit", "n", "period"),
    *("change", "change low", "change high", "change unit", "since"),
)


def summary_sheet(edition: Edition, others: Sequence[Sheet]) -> Sheet:
    """Counts of verdicts, the headline figures, and the sheets that follow."""
    answers = answer_rows(edition)
    counts = [
        {
            "what": f"Questions: {word}",
            "figure": sum(a["verdict"] == word for a in answers),
            "unit": "questions",
        }
        for word in COUNTED
    ]
    figures = [_figure(row) for row in with_intervals(edition.metrics, edition)]
    sheets = [{"what": f"Sheet {s.name}: {s.title}", "figure": len(s.rows), "unit": "rows"} for s in others]
    chart = Chart("Answers to the declared questions", "bars", 0, 1, 0, len(counts) - 1, axis="questions")
    return Sheet(
        "Summary",
        f"{edition.study.title}, {edition.period}",
        " ".join([*headline(answers, edition), *troubles(edition)]),
        HEADERS,
        sheet_rows([*counts, *figures, *sheets], HEADERS),
        (chart,) if answers else (),
        widths={"what": 60, "unit": 24},
    )


def _figure(row: dict[str, object]) -> dict[str, object]:
    """A headline figure with its interval, and its change since the period before."""
    in_percent = is_share(str(row.get("unit") or ""))

    def shown(name: str) -> object:
        value = row.get(name)
        return Share(value) if in_percent and value is not None else value

    def moved(name: str) -> object:
        value = row.get(name)
        return None if value is None else Change(100 * value if in_percent else value)

    unit = row.get("unit")
    changed = row.get("change") is not None
    return {
        "what": row.get("label") or row.get("metric"),
        "figure": shown("estimate"),
        "low": shown("low"),
        "high": shown("high"),
        "unit": "percent" if in_percent else unit,
        "n": row.get("n"),
        "period": row.get("period"),
        "change": moved("change"),
        "change low": moved("change_low"),
        "change high": moved("change_high"),
        "change unit": ("percentage points" if in_percent else unit) if changed else None,
        "since": row.get("previous_period") if changed else None,
    }
