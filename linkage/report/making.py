"""Makes a report: runs the notebooks for a study and a period, and puts the whole folder in place at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from linkage.errors import OptionError, ReportError
from linkage.exports.making import FAILED as NOT_EXPORTED
from linkage.exports.making import MADE, Export, write_exports
from linkage.notebooks.crew import Crew
from linkage.notebooks.finding import Notebook, check_parameters, find_notebooks, reason_to_skip
from linkage.notebooks.jobs import FAILED, OK, SKIPPED, Job, Outcome
from linkage.opening import OpenStudy, open_study
from linkage.project import project_root, study_folder
from linkage.report.earlier import read_earlier
from linkage.report.edition import Edition
from linkage.report.findings import collect_findings, collect_metrics, collect_rows, write_findings
from linkage.report.folders import put_in_place
from linkage.report.ledger import published_ledger, write_json
from linkage.report.manifest import input_hashes, write_manifest
from linkage.report.privacy import make_publishable
from linkage.report.promises import promises_kept
from linkage.report.site import write_site
from linkage.worth.figures import MONEY_MIME
from linkage.worth.forecasts import FORECASTS_MIME

FORMATS = ("html", "xlsx", "pdf", "pptx")
"""The pages are always made; the others are made from them, or from what they were made from."""


@dataclass(frozen=True)
class Made:
    """A report: where it is, which notebooks or formats failed, and which were skipped or left out, with the reason."""

    folder: Path
    failed: tuple[str, ...]
    skipped: dict[str, str]


def make_report(
    study: str | Path = "demo",
    *,
    period: str | None = None,
    out: Path | None = None,
    formats: str = "html",
    only: str | None = None,
    workers: int = 2,
    say: Callable[[str], None] = lambda text: None,
    notebooks: Path | None = None,
) -> Made:
    """Run every notebook for one study and one period, and publish reports/<study>/<period>/.

    period : default the last complete one. out : the folder of all reports. only : notebooks whose name begins
    so. workers : notebooks at once. say : told one line a notebook. notebooks : their folder.

    The report before stays whole until the new one is complete. Raises StudyError, PeriodError, OptionError,
    SourceError (nothing was made) and ReportError (notebooks contradict each other).
    """
    began = time.monotonic()
    chosen_formats = check_formats(formats)
    found = find_notebooks(notebooks)
    asked = {n.name for n in find_notebooks(notebooks, only=only)}
    folder = study_folder(study).resolve()
    with Crew(workers) as crew:
        opened = open_study(folder)
        covered = opened.check_period(period) if period else opened.last_complete_period
        _answer_beforehand(opened, covered, say)
        place = Path(out or project_root() / "reports").resolve() / opened.name / covered
        edition = Edition(opened, covered, tuple(found), input_hashes(opened.study), chosen_formats, only)
        with put_in_place(place) as new:
            (new / "notebooks").mkdir()
            edition = replace(edition, outcomes=_run(crew, edition, asked, new / "notebooks", say))
            edition = with_results(edition, new, place.parent)
            write_contents(edition, new)
            exports = write_exports(edition, new, reports=place.parent.parent, say=say)
            write_manifest(edition, new, exports=exports, seconds=time.monotonic() - began)
    return made_of(place, edition, exports)


def write_contents(edition: Edition, folder: Path) -> None:
    """Every file of a report that follows from its data and executed notebooks; the review writes them again."""
    write_findings(edition.findings, folder)
    write_json(published_ledger(edition.study), folder / "ledger.json")
    write_json(edition.metrics, folder / "metrics.json")
    write_json(edition.money, folder / "money.json")
    write_json(edition.forecasts, folder / "forecasts.json")
    write_site(edition, folder)


def made_of(place: Path, edition: Edition, exports: tuple[Export, ...]) -> Made:
    """What came of a report. A format left out counts as skipped: the report is whole without it."""
    ends = [(o.name, o.status, o.reason) for o in edition.outcomes.values()]
    ends += [
        (e.format, FAILED if e.status == NOT_EXPORTED else SKIPPED, e.reason)
        for e in exports
        if e.status != MADE
    ]
    return Made(
        folder=place,
        failed=tuple(name for name, status, _ in ends if status == FAILED),
        skipped={name: reason for name, status, reason in ends if status == SKIPPED},
    )


def _answer_beforehand(opened: OpenStudy, period: str, say: Callable[[str], None]) -> None:
    """Answer the declared links once and keep the cards, so that each notebook recalls them instead of asking."""
    say(f"answering {len(opened.study.links)} declared links")
    try:
        opened.links(period=period)
    except Exception as error:  # the notebooks that ask them will fail and be shown so; the others stand
        say(f"the links could not be answered beforehand: {type(error).__name__}: {error}")


def check_formats(formats: str) -> tuple[str, ...]:
    """The formats asked for. Raises OptionError naming those there are."""
    asked = tuple(dict.fromkeys(f.strip().lower() for f in formats.split(",") if f.strip()))
    unknown = [f for f in asked if f not in FORMATS]
    if unknown or not asked:
        raise OptionError(
            f"A report cannot be made as {', '.join(map(repr, unknown)) or 'nothing'}. Formats: {', '.join(FORMATS)}."
        )
    return asked


def _run(
    crew: Crew, edition: Edition, asked: set[str], folder: Path, say: Callable[[str], None]
) -> dict[str, Outcome]:
    """The outcome of every notebook, in the notebooks' order."""
    outcomes, jobs = {}, []
    for notebook in edition.notebooks:
        settled = _settle_beforehand(notebook, edition, asked)
        if settled is None:
            jobs.append(_job(crew, notebook, edition))
        else:
            outcomes[notebook.name] = settled
            say(f"{notebook.name}: {'FAILED' if settled.status == FAILED else 'skipped'}: {settled.reason}")
    for outcome in crew.run(jobs):
        outcome = make_publishable(outcome, crew.scratch, edition.study)
        outcomes[outcome.name] = outcome
        (crew.scratch / f"{outcome.name}.ipynb").replace(folder / f"{outcome.name}.ipynb")
        word = "ok" if outcome.status == OK else f"FAILED: {outcome.reason}"
        say(f"{outcome.name}: {outcome.seconds.get('total', 0):.1f} s, {word}")
    return {n.name: outcomes[n.name] for n in edition.notebooks}


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


def _job(crew: Crew, notebook: Notebook, edition: Edition) -> Job:
    # In the folder above the study, its name alone leads to it: no path needs to stand in a published notebook.
    return Job(
        name=notebook.name,
        source=str(notebook.path),
        output=str(crew.scratch / f"{notebook.name}.ipynb"),
        folder=str(edition.study.study.folder.parent),
        parameters=edition.parameters,
    )


def with_results(edition: Edition, folder: Path, reports: Path) -> Edition:
    """The edition with what its executed notebooks hold; the review gathers it again by the same way.

    folder : the report's, with notebooks/. reports : the folder of the study's reports, one a period.
    """
    good = [n for n in edition.notebooks if edition.outcomes[n.name].status == OK]
    files = {n.name: folder / "notebooks" / f"{n.name}.ipynb" for n in good}
    return replace(
        edition,
        findings=collect_findings(files, edition.study.study, edition.period),
        metrics=collect_metrics(files),
        money=collect_rows(files, MONEY_MIME),
        forecasts=collect_rows(files, FORECASTS_MIME),
        promises=promises_kept(edition, reports),
        earlier=read_earlier(edition.study.study, edition.period, reports, only=edition.earlier_periods),
    )
