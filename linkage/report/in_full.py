"""What the two pages leave out, in full: every answer in its sentences, every gap, every figure and every page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.ladder import COUNTED, MEANING
from linkage.notebooks.jobs import FAILED, OK, SKIPPED
from linkage.report.answering import answer_rows, headline, unknowns
from linkage.report.figure_cards import figure_card, with_intervals
from linkage.report.index_reading import COUNT_RULE
from linkage.report.money import actions, at_stake, points
from linkage.report.partial import asked_for
from linkage.report.unanswered import why_unanswered

if TYPE_CHECKING:
    from pathlib import Path

    from linkage.notebooks.finding import Notebook
    from linkage.report.edition import Edition

Row = dict[str, object]


def all_answers(edition: Edition, folder: Path) -> dict[str, object]:
    """Everything the template of answers.html shows, as text. folder : the report's, with its executed notebooks."""
    answers = asked_for(answer_rows(edition), edition)
    levels = sorted({a["level"] for a in answers if a["level"]})
    return {
        "said": headline(answers, edition) if answers else [],
        "counts": [(word, sum(a["verdict"] == word for a in answers)) for word in COUNTED] if answers else [],
        "answers": answers,
        "levels": MEANING,
        "levels_shown": [(level, MEANING[level]) for level in levels],
        "unknown": unknowns(answers, edition),
        "count_rule": COUNT_RULE,
        "figures": [figure_card(row) for row in with_intervals(edition.metrics, edition)],
        "money": [
            ("What all customers are worth, and what is at stake", at_stake(edition)),
            ("What one unit more goes with, a customer and year", points(edition)),
        ],
        "actions": actions(edition),
        "notebooks": [_notebook_row(edition, n, folder) for n in edition.notebooks],
    }


def _notebook_row(edition: Edition, notebook: Notebook, folder: Path) -> Row:
    outcome = edition.outcomes[notebook.name]
    why = why_unanswered(folder / "notebooks" / f"{notebook.name}.ipynb") if outcome.status == OK else ""
    word = {OK: "complete", FAILED: "failed", SKIPPED: "skipped"}[outcome.status]
    return {
        "file": f"{notebook.name}.html" if outcome.status != SKIPPED else None,
        "title": notebook.title,
        "question": notebook.question,
        "status": SKIPPED if why else outcome.status,
        "word": "no answer" if why else word,
        "reason": why or outcome.reason,
    }
