"""The front page of a report of which only some pages were asked for: it says so, and counts only their answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.report.front import COUNTED, headline, unknowns

if TYPE_CHECKING:
    from linkage.notebooks.finding import Notebook
    from linkage.report.edition import Edition


def left_out(edition: Edition) -> list[Notebook]:
    """The notebooks that were not asked for in this run."""
    return [n for n in edition.notebooks if not n.name.startswith(edition.only or "")]


def partial_front(front: dict[str, object], edition: Edition) -> dict[str, object]:
    """What the front page shows where only some pages were made; of a whole report, what it shows anyway.

    A question that no page of this run answers is not one that could not be assessed: it was not asked.
    """
    missing = left_out(edition)
    if not missing:
        return front
    answers = [answer for answer in front["answers"] if answer["findings"]]
    made, all_of = len(edition.notebooks) - len(missing), len(edition.notebooks)
    first = f"A part of the report: {made} of {all_of} pages were asked for."
    said = headline(answers, edition) if answers else ["None of them answers a declared question."]
    silent = len(front["answers"]) - len(answers)
    return {
        **front,
        "headline": [first, *said],
        "troubles": [*_other_troubles(front), *_not_made(missing, silent, edition)],
        "counts": [(word, sum(a["verdict"] == word for a in answers)) for word in COUNTED] if answers else [],
        "answers": answers,
        "unknown": unknowns(answers, edition),
    }


def _other_troubles(front: dict[str, object]) -> list[str]:
    return [text for text in front["troubles"] if "left out on purpose" not in text]


def _not_made(missing: list[Notebook], silent: int, edition: Edition) -> list[str]:
    """Which pages and answers this run lacks, and the command that makes them."""
    titles = ", ".join(n.title for n in missing)
    whole = f"linkage report {edition.study.name} --period {edition.period}"
    said = [f"Not made in this run: {titles}. `{whole}` makes them all."]
    if silent:
        questions = "1 declared question was" if silent == 1 else f"{silent} declared questions were"
        said.append(f"{questions} not asked in this run, and nothing here speaks of their answers.")
    return said
