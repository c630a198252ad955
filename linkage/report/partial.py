"""A report of which only some pages were asked for: it says so, and counts only their answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from linkage.notebooks.finding import Notebook
    from linkage.report.edition import Edition

Row = dict[str, object]


def left_out(edition: Edition) -> list[Notebook]:
    """The notebooks that were not asked for in this run."""
    return [n for n in edition.notebooks if not n.name.startswith(edition.only or "")]


def asked_for(answers: list[Row], edition: Edition) -> list[Row]:
    """The answers a run can speak of: a question that none of its pages answers was not asked, and is no gap."""
    return [a for a in answers if a["findings"]] if left_out(edition) else answers


def part_of(edition: Edition) -> list[str]:
    """The sentence that opens a part of a report; none for a whole one."""
    missing, all_of = len(left_out(edition)), len(edition.notebooks)
    return [f"A part of the report: {all_of - missing} of {all_of} pages were asked for."] if missing else []


def partial_troubles(answers: list[Row], edition: Edition) -> list[str]:
    """Which pages and answers this run lacks, and the command that makes them; nothing for a whole report."""
    missing = left_out(edition)
    if not missing:
        return []
    titles = ", ".join(n.title for n in missing)
    whole = f"linkage report {edition.study.name} --period {edition.period}"
    said = [f"Not made in this run: {titles}. `{whole}` makes them all."]
    silent = len(answers) - len(asked_for(answers, edition))
    if silent:
        questions = "1 declared question was" if silent == 1 else f"{silent} declared questions were"
        said.append(f"{questions} not asked in this run, and nothing here speaks of their answers.")
    return said
