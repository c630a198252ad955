"""Proves a published report, or the committed notebooks, all over again: one line an item."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.errors import LinkageError
from linkage.notebooks.crew import Crew, start_ahead
from linkage.project import cache_folder, cache_in, study_folder
from linkage.reviewing.battery import ReviewBattery, judge_report
from linkage.reviewing.lines import LOOK, Line, bad, good, look, of_same_root, roots_of, told
from linkage.reviewing.published import PublishedReport, open_report
from linkage.reviewing.unseen_letters import visible
from linkage.scratch import scratch_folder
from linkage.study import load_study

if TYPE_CHECKING:
    from linkage.cards.card_set import CardSet
    from linkage.opening import OpenStudy
    from linkage.reviewing.outputs import Rerun
    from linkage.reviewing.sign_off import SignOff

Say = Callable[[str], None]
PROVED = "Everything repeats."
PROVED_BUT = "Everything that was compared repeats; the lines that say REVIEW are a person's to judge."
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

    @property
    def looks(self) -> tuple[str, ...]:
        """What a person must judge, each in one line."""
        return tuple(line.text.splitlines()[0] for line in self.lines if line.word == LOOK)


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
    to_sign: bool = False,
    notebooks: Path | None = None,
) -> Proof:
    """Prove a published report from its sources: nothing it left, and nothing kept from earlier runs, is trusted.

    period : default the report made last. out : the folder of all reports. say : told one line an item. cache : a
    folder of built tables that is trusted; without one everything is built from the sources in a folder of its own.
    to_sign : whether the sign-off there is about to be replaced: it is then told, and proves or refutes nothing.
    notebooks : the folder of those the report must have been made from; default the project's. A notebook with other
    cells is not run: whoever changed a report could run anything on the computer of who proves it.

    Raises StudyError, and ReportError where there is no such report. A study whose sources can no longer be read is
    a line that says FAIL.
    """
    declared = load_study(study_folder(study).resolve())
    report = open_report(declared, period, out, notebooks)
    say(visible(f"Reviewing {report.folder}, made {report.manifest['made_at']}"))
    start_ahead()
    with _tables_in(cache):
        lines = _said(_all_lines(report, to_sign), say)
    roots_of(lines, say)
    battery = battery_of(report)
    proof = Proof(lines, report.folder, battery)
    say(visible(battery.summary()) if battery else "The battery could not be read from what was published.")
    say((PROVED_BUT if proof.looks else PROVED) if proof.passed else NOT_PROVED)
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
    with scratch_folder(cache_folder()) as own, cache_in(own):
        yield


def _all_lines(report: PublishedReport, to_sign: bool = False) -> Iterator[Line]:
    """Files and inputs first, then what needs the data."""
    from linkage.reviewing.beside import told_beside
    from linkage.reviewing.cells import own_evidence
    from linkage.reviewing.files import other_surroundings, same_files, same_inputs
    from linkage.reviewing.listed import same_list
    from linkage.reviewing.outputs import failed_before
    from linkage.reviewing.pages import same_declaration
    from linkage.reviewing.stated import stated_as_written
    from linkage.reviewing.totals import ledger_totals
    from linkage.reviewing.written_once import said_once

    yield from _sign_off(report, to_sign)
    yield from other_surroundings(report)
    yield from same_files(report)
    yield from said_once(report)
    yield from stated_as_written(report)
    yield from same_list(report)
    yield from told_beside(report)
    yield from same_inputs(report)
    yield from same_declaration(report)
    yield from ledger_totals(report)
    others = yield from own_evidence(report)
    yield from failed_before(report)
    yield from _from_the_data(report, others)


def _from_the_data(report: PublishedReport, others: frozenset[str]) -> Iterator[Line]:
    """What follows from the sources alone. The notebooks run again while the rest is held against the data.

    others : names of notebooks that are not the project's own, and are not run.
    """
    from linkage.opening import open_study
    from linkage.reviewing.cells import rightly_skipped
    from linkage.reviewing.outputs import published_again

    try:
        opened = open_study(report.study.folder)
        with Crew() as crew:
            crew.answer(opened.study.folder, report.period, len(opened.study.links))
        cards = opened.links(period=report.period)
    except LinkageError as error:
        yield bad(f"data: the sources cannot be answered from: {error}")
        return
    with published_again(report, leave_out=others) as running:
        yield from rightly_skipped(report, opened)
        reruns = list(running)
    yield from (rerun.line() for rerun in reruns)
    wrong = [rerun for rerun in reruns if not rerun.repeats]
    yield from _followed(report, opened, cards, wrong)


def _followed(
    report: PublishedReport, opened: OpenStudy, cards: CardSet, wrong: list[Rerun]
) -> Iterator[Line]:
    """Everything made from the notebooks, held against what they give when run again.

    A fault that is none where the notebooks are believed as they lie there is told as theirs.
    """
    from linkage.reviewing.mending import mended
    from linkage.reviewing.recomputed import believed_findings

    if not wrong:
        yield from _made_from(report, opened, cards, report.folder)
        return
    roots = ", ".join(rerun.path.stem for rerun in wrong)
    with mended(report, wrong) as folder:
        true = list(_made_from(report, opened, cards, folder))
    believed = [*believed_findings(report), *_made_from(report, opened, None, report.folder)]
    yield from of_same_root(true, believed, roots)


def _made_from(
    report: PublishedReport, opened: OpenStudy, cards: CardSet | None, folder: Path
) -> Iterator[Line]:
    """Findings, sentences, pages and exports against the notebooks in a folder. cards : None believes the notebooks."""
    from linkage.reviewing.exported import same_exports
    from linkage.reviewing.pages import edition_of, same_contents, same_manifest
    from linkage.reviewing.recomputed import carried_findings, recomputed_findings
    from linkage.reviewing.sentences import bound_sentences

    yield from carried_findings(report, folder)
    if cards is not None:
        yield from recomputed_findings(report, cards)
        yield from bound_sentences(report, cards)
    try:
        edition = edition_of(report, opened, folder)
    except LinkageError as error:
        yield bad(f"pages: {error}")
        return
    if cards is not None:
        yield from same_manifest(report, edition)
    yield from same_contents(report, edition, folder, tell=cards is not None)
    yield from same_exports(report, edition)


def _sign_off(report: PublishedReport, to_sign: bool = False) -> Iterator[Line]:
    """Who signed it: a sign-off that no longer fits, or over data that have changed, is not proved; none is told."""
    from linkage.reviewing.files import changed_inputs
    from linkage.reviewing.sign_off import VOID, sign_off_of

    found = sign_off_of(report.folder)
    changed = changed_inputs(report) if found.holds else ()
    said = f"sign-off: {found.sentence()}"
    if changed:
        said += f" The data it was signed over have changed since: {', '.join(changed)}."
    if to_sign or not (found.holds or found.state == VOID):
        yield told(said)
        return
    yield bad(said) if changed or found.state == VOID else good(said)
    yield from _counted_otherwise(report, found)


def _counted_otherwise(report: PublishedReport, found: SignOff) -> Iterator[Line]:
    """Where a sign-off that holds counts the checks otherwise than the battery does. Other code may judge otherwise."""
    battery = battery_of(report) if found.holds else None
    if battery is not None and found.counts != battery.counts:
        then, now = (_in_words(counts) for counts in (found.counts or {}, battery.counts))
        tell = bad if report.same_code else look
        yield tell(f"sign-off: review.json says of the checks: {then}; the report gives {now}")


def _in_words(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {verdict}" for verdict, count in counts.items()) or "nothing"


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
