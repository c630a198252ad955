"""Which reports are made, in which order, and what came of each: one study or all, one period or a run of them."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.errors import LinkageError, OptionError, PeriodError, ReportError, WarehouseError
from linkage.notebooks.crew import start_ahead
from linkage.notebooks.finding import find_notebooks
from linkage.periods import periods_between
from linkage.project import project_root, study_folder, study_names
from linkage.report.index import write_index
from linkage.report.runs_calendar import Calendar, recall_calendar, remember_calendar
from linkage.report.runs_disk import told_clearly
from linkage.report.runs_marks import Marks, key_marks, marks_before, marks_of
from linkage.report.runs_turns import turn
from linkage.report.runs_unchanged import read_manifest, why_make
from linkage.study import load_study

if TYPE_CHECKING:
    from linkage.study import Study

MADE, UNCHANGED, FAILED = "made", "unchanged", "failed"
FAILED_IN_THE_DOING = (WarehouseError, ReportError)


@dataclass(frozen=True)
class Wish:
    """What is asked of every report of a run; see make_report for what is not said here.

    since : every complete period from this one on. out : the folder of all reports. resume : take over what an
    unfinished run has left. force : make it although nothing changed.
    """

    period: str | None = None
    since: str | None = None
    out: Path | None = None
    formats: str = "html"
    only: str | None = None
    workers: int = 2
    resume: bool = False
    force: bool = False
    notebooks: Path | None = None

    @property
    def reports(self) -> Path:
        return Path(self.out or project_root() / "reports").resolve()

    @property
    def chosen_formats(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(f.strip().lower() for f in self.formats.split(",") if f.strip()))


@dataclass(frozen=True)
class Run:
    """What came of one report: made, unchanged or failed, why, how long it took; folder where there is one.

    code : 0 good, 1 something failed, 2 wrong use or a broken data contract.
    """

    study: str
    period: str
    status: str
    seconds: float
    folder: Path | None = None
    reason: str = ""
    code: int = 0

    def line(self) -> str:
        named = " ".join(filter(None, (self.study, self.period)))
        return f"{self.status:<9} {named}, {self.seconds:.1f} s" + (f": {self.reason}" if self.reason else "")


Say = Callable[[str], None]


def make_reports(
    studies: Iterable[str | Path] | None, wish: Wish, *, say: Say = lambda text: None
) -> Iterator[Run]:
    """Make the reports that are asked for, oldest period first, and tell of each as it comes.

    studies : None for every study under data/. Of several reports one that cannot be made is told as failed and the
    rest go on; a single one raises what make_report raises. Raises OptionError for wishes that contradict each other.
    """
    if wish.force and wish.resume:
        raise OptionError("--force makes every page anew and --resume keeps the finished ones: choose one.")
    for study in study_names() if studies is None else studies:
        name, began = Path(study).name, time.monotonic()
        try:
            periods = _periods(study, wish)
        except Exception as error:
            if studies is not None:
                raise
            yield _failure(name, wish.since or "", error, began, say)
            continue
        for period in periods:
            alone = studies is not None and wish.since is None
            yield _one(study, period, wish, say) if alone else _one_of_several(study, period, wish, say)


def _periods(study: str | Path, wish: Wish) -> list[str | None]:
    """The periods to report on, oldest first, so that each finds the one before; None is the last complete one."""
    if wish.since is None:
        return [wish.period]
    declared = load_study(study_folder(study).resolve())
    first = declared.period(wish.since)
    calendar = _calendar(declared, _marks(declared, wish), wish)
    last = declared.period(wish.period or calendar.last_complete)
    wanted = [str(p) for p in periods_between(first, last) if str(p) in calendar.periods]
    if not wanted:
        raise PeriodError(
            f"{declared.name} has no complete period from {first} to {last}: its data run from "
            f"{calendar.periods[0]} to {calendar.periods[-1]}, and the last complete one is {calendar.last_complete}."
        )
    return wanted


def _calendar(study: Study, marks: Marks, wish: Wish) -> Calendar:
    """The study's periods. Raises PeriodError where none is complete and none is named."""
    known = recall_calendar(study, marks)
    if known is not None and (known.last_complete or wish.period):
        return known
    from linkage.opening import open_study

    opened = open_study(study.folder)
    if wish.period is None:
        opened.last_complete_period  # noqa: B018 - raises where there is none
    return remember_calendar(opened, marks)


def _one_of_several(study: str | Path, period: str | None, wish: Wish, say: Say) -> Run:
    began, name = time.monotonic(), Path(study).name
    say(f"report of {' '.join(filter(None, (name, period)))}")
    try:
        return _one(study, period, wish, say)
    except Exception as error:
        return _failure(name, period or "", error, began, say)


def _failure(study: str, period: str, error: Exception, began: float, say: Say) -> Run:
    """What came of a report that could not be made; the rest go on, and of a fault in the code all is shown."""
    known = isinstance(error, LinkageError)
    if not known:
        say("".join(traceback.format_exception(error)).rstrip())
    reason = str(error) if known else f"{type(error).__name__}: {error}"
    code = 2 if known and not isinstance(error, FAILED_IN_THE_DOING) else 1
    return Run(study, period, FAILED, time.monotonic() - began, reason=reason, code=code)


def _one(study: str | Path, period: str | None, wish: Wish, say: Say) -> Run:
    began, declared = time.monotonic(), load_study(study_folder(study).resolve())
    marks = _marks(declared, wish)
    period = _settled(declared, period, marks, wish, say)
    place = wish.reports / declared.name / period
    with turn(place, doing=f"makes {declared.name} {period}", say=say) as waited:
        marks = _marks(declared, wish) if waited else marks
        there = None if wish.force else _unchanged(declared, period, marks, wish, say)
        if there is None:
            return _made(declared, period, wish, began, say)
        write_index(wish.reports)
    reason = f"nothing changed since {(read_manifest(there) or {}).get('made_at')}"
    return Run(declared.name, there.name, UNCHANGED, time.monotonic() - began, there, reason)


def _settled(study: Study, period: str | None, marks: Marks, wish: Wish, say: Say) -> str:
    """The period in full; for None the last complete one, which asks for the tables where no run has found it yet."""
    if period is not None:
        return str(study.period(period))
    with turn(wish.reports / study.name, doing=f"builds the tables of {study.name}", say=say):
        known = recall_calendar(study, marks)
        if known is not None and known.last_complete:
            return known.last_complete
        start_ahead()
        with told_clearly(wish.reports):
            return str(_calendar(study, marks, wish).last_complete)


def _marks(study: Study, wish: Wish) -> Marks:
    return marks_of(study, find_notebooks(wish.notebooks))


def _made(study: Study, period: str, wish: Wish, began: float, say: Say) -> Run:
    start_ahead()
    from linkage.report.making import make_report

    made = make_report(
        study.folder,
        period=period,
        out=wish.out,
        formats=wish.formats,
        only=wish.only,
        workers=wish.workers,
        say=say,
        notebooks=wish.notebooks,
        resume=wish.resume,
    )
    seconds, name = time.monotonic() - began, made.folder.name
    if made.failed:
        reason = f"{', '.join(made.failed)} failed; `--resume` runs what failed again and keeps the rest"
        return Run(study.name, name, FAILED, seconds, made.folder, reason, code=1)
    return Run(study.name, name, MADE, seconds, made.folder)


def _unchanged(study: Study, period: str, marks: Marks, wish: Wish, say: Say) -> Path | None:
    """The folder of the published report where it is what would be made now; else None, and why is said."""
    place = wish.reports / study.name / period
    marks = marks | marks_before(study, period, place.parent) | key_marks(study)
    paths = [n.path for n in find_notebooks(wish.notebooks)]
    why = why_make(place, marks=marks, formats=wish.chosen_formats, only=wish.only, notebooks=paths)
    if why and place.is_dir():
        say(f"made again: {why}")
    return None if why else place
