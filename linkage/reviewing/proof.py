"""Proves a published report, or the committed notebooks, all over again: one line an item."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from linkage.errors import LinkageError
from linkage.project import cache_folder, cache_in, study_folder
from linkage.reviewing.battery import ReviewBattery, judge_report
from linkage.reviewing.lines import Line, bad, good, told
from linkage.reviewing.published import PublishedReport, open_report
from linkage.study import load_study

Say = Callable[[str], None]
PROVED = "Everything repeats."
NOT_PROVED = "This report is not proved: see the lines that say FAIL."


@dataclass(frozen=True, eq=False)
class Proof:
    """What a review found. folder : the report's; None for the committed notebooks. battery : None where not judged."""

    lines: tuple[Line, ...]
    folder: Path | None = None
    battery: ReviewBattery | None = None

    @property
    def passed(self) -> bool:
        return all(line.passed for line in self.lines)

    @property
    def failed(self) -> tuple[str, ...]:
        """What is not as published, each in one line."""
        return tuple(line.text.splitlines()[0] for line in self.lines if not line.passed)


def review_notebooks(say: Say = lambda text: None, *, folder: Path | None = None) -> Proof:
    """Run every committed notebook again and compare each stored output. folder : default notebooks/."""
    from linkage.reviewing.outputs import committed_outputs

    return Proof(_said(committed_outputs(folder), say))


def review_report(
    study: str | Path,
    period: str | None = None,
    out: Path | None = None,
    say: Say = lambda text: None,
    *,
    cache: Path | None = None,
) -> Proof:
    """Prove a published report from its sources: nothing it left, and nothing kept from earlier runs, is trusted.

    period : default the report made last. out : the folder of all reports. say : told one line an item. cache : a
    folder of built tables that is trusted; without one everything is built from the sources in a folder of its own.

    Raises StudyError, and ReportError where there is no such report. A study whose sources can no longer be read is
    a line that says FAIL.
    """
    declared = load_study(study_folder(study).resolve())
    report = open_report(declared, period, out)
    say(f"Reviewing {report.folder}, made {report.manifest['made_at']}")
    with _tables_in(cache):
        lines = _said(_all_lines(report), say)
    battery = battery_of(report)
    proof = Proof(lines, report.folder, battery)
    say(battery.summary() if battery else "The battery could not be read from what was published.")
    say(PROVED if proof.passed else NOT_PROVED)
    return proof


def _said(lines: Iterator[Line], say: Say) -> tuple[Line, ...]:
    kept = []
    for line in lines:
        say(str(line))
        kept.append(line)
    return tuple(kept)


@contextmanager
def _tables_in(cache: Path | None) -> Iterator[None]:
    """A cache for this process and the kernels it starts; one of its own goes when the block ends."""
    if cache is not None:
        with cache_in(cache):
            yield
        return
    cache_folder().mkdir(parents=True, exist_ok=True)
    own = Path(tempfile.mkdtemp(prefix="review-", dir=cache_folder()))
    try:
        with cache_in(own):
            yield
    finally:
        shutil.rmtree(own, ignore_errors=True)


def _all_lines(report: PublishedReport) -> Iterator[Line]:
    """Files and inputs first, then what follows from the data, then the notebooks, which take longest."""
    from linkage.reviewing.cells import own_evidence
    from linkage.reviewing.files import other_surroundings, same_files, same_inputs
    from linkage.reviewing.outputs import published_outputs
    from linkage.reviewing.pages import same_declaration
    from linkage.reviewing.recomputed import carried_findings
    from linkage.reviewing.totals import ledger_totals

    yield from _sign_off(report)
    yield from other_surroundings(report)
    yield from same_files(report)
    yield from same_inputs(report)
    yield from same_declaration(report)
    yield from ledger_totals(report)
    yield from own_evidence(report)
    yield from carried_findings(report)
    yield from _from_the_data(report)
    yield from published_outputs(report)


def _from_the_data(report: PublishedReport) -> Iterator[Line]:
    """What follows from the sources alone: findings, sentences, pages and the workbook."""
    from linkage.opening import open_study
    from linkage.reviewing.cells import rightly_skipped
    from linkage.reviewing.pages import edition_of, same_contents
    from linkage.reviewing.recomputed import recomputed_findings
    from linkage.reviewing.sentences import bound_sentences
    from linkage.reviewing.workbook import same_workbook

    try:
        opened = open_study(report.study.folder)
        cards = opened.links(period=report.period)
    except LinkageError as error:
        yield bad(f"data: the sources cannot be answered from: {error}")
        return
    yield from rightly_skipped(report, opened)
    yield from recomputed_findings(report, cards)
    yield from bound_sentences(report, cards)
    try:
        edition = edition_of(report, opened)
    except LinkageError as error:
        yield bad(f"pages: {error}")
        return
    yield from same_contents(report, edition)
    yield from same_workbook(report, edition)


def _sign_off(report: PublishedReport) -> Iterator[Line]:
    """Who signed it: a sign-off that no longer fits is not proved; none at all is only told."""
    from linkage.reviewing.sign_off import VOID, sign_off_of

    found = sign_off_of(report.folder)
    line = bad if found.state == VOID else good if found.holds else told
    yield line(f"sign-off: {found.sentence()}")


def battery_of(report: PublishedReport) -> ReviewBattery | None:
    """The battery over what was published; None where its files cannot be read, which the lines have told."""
    from linkage.reviewing.declaration_change import compare_declarations
    from linkage.reviewing.declared import DECLARATION

    try:
        kept = report.read(DECLARATION)
        return judge_report(
            report.read("findings.json"),
            ledger=report.read("ledger.json"),
            money=report.read("money.json"),
            declared=tuple(kept["links"]),
            change=compare_declarations(kept, kept["before"]),
        )
    except (LinkageError, KeyError, TypeError, ValueError, json.JSONDecodeError):
        return None
