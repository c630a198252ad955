"""Runs the notebooks of a report: which are settled beforehand, taken over from an earlier run, or executed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.errors import ReportError
from linkage.notebooks.finding import Notebook, check_parameters, reason_to_skip
from linkage.notebooks.jobs import FAILED, OK, SKIPPED, Job, Outcome
from linkage.report.body import body_of
from linkage.report.privacy import make_publishable
from linkage.report.runs_ahead import load_ahead

if TYPE_CHECKING:
    from linkage.notebooks.crew import Crew
    from linkage.report.edition import Edition
    from linkage.report.runs_kept import KeptNotebooks

Say = Callable[[str], None]


def run_notebooks(
    crew: Crew, edition: Edition, asked: set[str], folder: Path, *, kept: KeptNotebooks, say: Say
) -> dict[str, Outcome]:
    """The outcome of every notebook, in the notebooks' order; their executed files are left in `folder`.

    asked : names of those to run. kept : where finished ones are kept, and may be taken over from.
    """
    outcomes, jobs = {}, []
    for notebook in sorted(
        edition.notebooks, key=lambda n: not n.is_long
    ):  # else one is left over for the end
        settled = _settle_beforehand(notebook, edition, asked) or _recalled(notebook, folder, kept)
        if settled is None:
            jobs.append(_job(crew, notebook, edition))
        else:
            outcomes[notebook.name] = settled
            say(_line(settled))
    running = crew.run(jobs)
    load_ahead()
    for outcome in running:
        outcome = make_publishable(outcome, crew.scratch, edition.study)
        outcomes[outcome.name] = outcome
        _take(outcome, crew.scratch, folder, kept)
        if outcome.status == OK:
            body_of(folder / f"{outcome.name}.ipynb")  # its page is needed later: render it while others run
        word = "ok" if outcome.status == OK else f"FAILED: {outcome.reason}"
        say(f"{outcome.name}: {outcome.seconds.get('total', 0):.1f} s, {word}")
    return {n.name: outcomes[n.name] for n in edition.notebooks}


def _line(settled: Outcome) -> str:
    if settled.status == OK:
        return f"{settled.name}: kept from the run before"
    return f"{settled.name}: {'FAILED' if settled.status == FAILED else 'skipped'}: {settled.reason}"


def _settle_beforehand(notebook: Notebook, edition: Edition, asked: set[str]) -> Outcome | None:
    """Skipped or refused without running: None if it is to run."""
    if notebook.name not in asked:
        return Outcome(notebook.name, SKIPPED, f"left out: only {edition.only} was asked for")
    reason = reason_to_skip(notebook, edition.study)
    if reason:
        return Outcome(notebook.name, SKIPPED, reason)
    try:
        check_parameters(notebook, edition.parameters)
    except ReportError as error:
        return Outcome(notebook.name, FAILED, str(error))
    return None


def _recalled(notebook: Notebook, folder: Path, kept: KeptNotebooks) -> Outcome | None:
    place = folder / f"{notebook.name}.ipynb"
    outcome = kept.recall(notebook.name, place)
    if outcome is not None:
        kept.keep(outcome, place)  # should this run break off too
    return outcome


def _take(outcome: Outcome, scratch: Path, folder: Path, kept: KeptNotebooks) -> None:
    """Bring the executed notebook to the report. A process that died may have left none; and the scratch folder
    may be on another disk, so that it cannot be renamed."""
    written = scratch / f"{outcome.name}.ipynb"
    if written.is_file():
        shutil.copyfile(written, folder / written.name)
        written.unlink()
        kept.keep(outcome, folder / written.name)


def _job(crew: Crew, notebook: Notebook, edition: Edition) -> Job:
    # In the folder above the study, its name alone leads to it: no path needs to stand in a published notebook.
    return Job(
        name=notebook.name,
        source=str(notebook.path),
        output=str(crew.scratch / f"{notebook.name}.ipynb"),
        folder=str(edition.study.study.folder.parent),
        parameters=edition.parameters,
    )
