"""Makes a report: runs the notebooks for a study and a period, and puts the whole folder in place at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from linkage.errors import OptionError
from linkage.exports.making import FAILED as NOT_EXPORTED
from linkage.exports.making import MADE, Export, write_exports
from linkage.memory import is_off, recall_cards
from linkage.notebooks.crew import Crew
from linkage.notebooks.finding import find_notebooks
from linkage.notebooks.jobs import FAILED, OK, SKIPPED
from linkage.opening import OpenStudy, open_study
from linkage.project import project_root, study_folder
from linkage.report.earlier import read_earlier
from linkage.report.edition import Edition
from linkage.report.findings import collect_findings, collect_metrics, collect_rows, write_findings
from linkage.report.folders import put_in_place
from linkage.report.index import write_index
from linkage.report.ledger import published_ledger, write_json
from linkage.report.manifest import input_hashes, write_manifest
from linkage.report.promises import promises_kept
from linkage.report.runs_calendar import remember_calendar
from linkage.report.runs_disk import refuse_for_want_of_room, told_clearly
from linkage.report.runs_kept import KeptNotebooks, kept_notebooks
from linkage.report.runs_marks import key_marks, marks_before, marks_of
from linkage.report.runs_notebooks import run_notebooks
from linkage.report.site import write_site
from linkage.reviewing.declared import DECLARATION, published_declaration
from linkage.study import load_study
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
    resume: bool = False,
) -> Made:
    """Run every notebook for one study and one period, and publish reports/<study>/<period>/.

    period : default the last complete one. out : the folder of all reports. only : notebooks whose name begins
    so. workers : notebooks at once. say : told one line a notebook. notebooks : their folder. resume : take over
    the notebooks that a killed or failed run of the same study, data and code has finished.

    The report before stays whole until the new one is complete. Raises StudyError, PeriodError, OptionError,
    SourceError (nothing was made) and ReportError (notebooks contradict each other, or the disk cannot be written).
    """
    began = time.monotonic()
    chosen_formats = check_formats(formats)
    found = find_notebooks(notebooks)
    asked = {n.name for n in find_notebooks(notebooks, only=only)}
    folder, reports = study_folder(study).resolve(), Path(out or project_root() / "reports").resolve()
    with told_clearly(reports), Crew(workers) as crew:
        marks = marks_of(load_study(folder), found)  # before anything is read: what changes meanwhile is seen
        opened = open_study(folder)
        covered = opened.check_period(period) if period else opened.last_complete_period
        remember_calendar(opened, marks)
        place = reports / opened.name / covered
        marks |= marks_before(opened.study, covered, place.parent)
        inputs = input_hashes(opened.study)
        edition = Edition(opened, covered, tuple(found), inputs, formats=chosen_formats, only=only)
        with (
            kept_notebooks(opened.study, covered, marks, resume=resume, say=say) as kept,
            put_in_place(place) as new,
        ):
            edition, exports = _fill(new, edition, crew, asked, kept, say)
            made = made_of(place, edition, exports)
            kept.done(whole=not made.failed)
            marks |= key_marks(opened.study)
            write_manifest(edition, new, exports=exports, seconds=time.monotonic() - began, made_from=marks)
    write_index(reports)
    return made


def _fill(
    new: Path, edition: Edition, crew: Crew, asked: set[str], kept: KeptNotebooks, say: Callable[[str], None]
) -> tuple[Edition, tuple[Export, ...]]:
    """Everything but the manifest, into a report's folder."""
    (new / "notebooks").mkdir()
    _answer_beforehand(crew, edition.study, edition.period, say)
    outcomes = run_notebooks(crew, edition, asked, new / "notebooks", kept=kept, say=say)
    refuse_for_want_of_room((o.name, o.reason) for o in outcomes.values() if o.status == FAILED)
    edition = with_results(replace(edition, outcomes=outcomes), new, new.parent)
    write_contents(edition, new)
    exports = write_exports(edition, new, reports=new.parent.parent, say=say)
    refuse_for_want_of_room((e.format, e.reason) for e in exports if e.status == NOT_EXPORTED)
    not_made = tuple(e.format for e in exports if e.status != MADE)
    if not_made:  # the pages linked to what could not be made
        edition = replace(edition, not_made=not_made)
        write_site(edition, new)
    return edition, exports


def write_contents(edition: Edition, folder: Path) -> None:
    """Every file of a report that follows from its data and executed notebooks; the review writes them again."""
    write_findings(edition.findings, folder)
    write_json(published_ledger(edition.study), folder / "ledger.json")
    write_json(edition.declaration, folder / DECLARATION)
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


def _answer_beforehand(crew: Crew, opened: OpenStudy, period: str, say: Callable[[str], None]) -> None:
    """Answer the declared links once and keep the cards, so that each notebook recalls them instead of asking."""
    links = opened.study.links
    if is_off() or recall_cards(opened.warehouse, period) is not None:
        return
    say(f"answering {len(links)} declared links")
    if crew.answer(opened.study.folder, period, len(links)):
        return
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


def with_results(edition: Edition, folder: Path, reports: Path) -> Edition:
    """The edition with what its executed notebooks hold; the review gathers it again by the same way.

    folder : the report's, with notebooks/. reports : the folder of the study's reports, one a period.
    """
    good = [n for n in edition.notebooks if edition.outcomes[n.name].status == OK]
    files = {n.name: folder / "notebooks" / f"{n.name}.ipynb" for n in good}
    edition = replace(
        edition,
        findings=collect_findings(files, edition.study.study, edition.period),
        metrics=collect_metrics(files),
        money=collect_rows(files, MONEY_MIME),
        forecasts=collect_rows(files, FORECASTS_MIME),
        promises=promises_kept(edition, reports),
        earlier=read_earlier(edition.study.study, edition.period, reports, only=edition.earlier_periods),
    )
    return replace(edition, declaration=published_declaration(edition, reports))
