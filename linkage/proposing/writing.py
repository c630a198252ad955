"""A proposal -> the folder of a study: its files, its selects and a commented study.yml that has been tried."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from linkage.errors import StudyError
from linkage.proposing.files import Found, write_plain
from linkage.proposing.proposal import Proposal
from linkage.proposing.proposing import without
from linkage.proposing.sheets import write_sheet
from linkage.proposing.studyfile import study_text
from linkage.proposing.trial import Trial, try_study
from linkage.sources.json_records import json_table
from linkage.sources.progress import size_words
from linkage.tables.quoting import text_sql

MOST_TRIES = 5
"""A source that cannot be built is commented out, and the rest tried again, so many times."""


def write_study(
    name: str,
    proposal: Proposal,
    out: Path,
    *,
    link: bool = False,
    say: Callable[[str], None] = lambda text: None,
) -> Path:
    """Write a proposed study into out/name: study.yml, copies of its files, and the selects it needs.

    link : place symbolic links to the files instead of copies. say : told what was left out after trying to build it.

    The study is built once, in a place of its own; a source that cannot be read and a link nothing answers are
    commented out with the reason. Gives the study's folder. Raises StudyError where it exists already, whatever is
    in it, or the name is none; the folder is there whole or not at all.
    """
    target = new_folder(name, Path(out))
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=target.parent) as beside:
        folder = Path(beside) / name
        folder.mkdir()
        _bring_files(proposal, folder, link)
        *told, last = _settle(name, proposal, folder)
        for words in (*told, *_copied(folder, link), last):
            say(words.replace(str(folder), str(target)))
        os.replace(folder, target)
    return target


def new_folder(name: str, out: Path) -> Path:
    """Where a new study would be; StudyError where something is there already, or the name is none."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name):
        raise StudyError(
            f"{name!r} is no name for a study: small letters, digits, - and _, such as acme-2026."
        )
    target = out / name
    if target.exists() or target.is_symlink():
        raise StudyError(
            f"{target} is there already, and nothing in it is touched. Take another name, or move it away."
        )
    return target


def _copied(folder: Path, link: bool) -> list[str]:
    """How much was copied: the study no longer sees what becomes of the originals."""
    files = [p for p in folder.rglob("*") if p.is_file() and p.suffix not in (".yml", ".sql")]
    if link or not files:
        return []
    size = size_words(files)
    return [
        f"Copied into the study: {size}. Later changes of the originals are not seen (--link links to them)."
    ]


def _bring_files(proposal: Proposal, folder: Path, link: bool) -> None:
    """The files of every source that is declared or asked about; sheets and odd encodings also as plain text."""
    for source in proposal.sources:
        found = [f for part in source.parts for f in part.facts.table.read_from]
        for each in found:
            place = folder / each.shown
            if place.exists() or (each in source.copies and not source.off):
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            if link:
                place.symlink_to(each.path)
            else:
                shutil.copyfile(each.path, place)
        for each, copied in source.copies.items():
            {"workbook": write_sheet, "json": _write_json}.get(each.kind, write_plain)(each, folder / copied)
        if source.select:
            (folder / "sources").mkdir(exist_ok=True)
            (folder / "sources" / f"{source.name}.sql").write_text(source.select, encoding="utf-8")


def _write_json(found: Found, target: Path) -> None:
    """The table of a file of JSON objects as comma and UTF-8."""
    import duckdb

    target.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        _, select = json_table(connection, found.path, found.shown)
        connection.execute(f"copy ({select}) to {text_sql(str(target))} (format csv, header)")


def _settle(name: str, proposal: Proposal, folder: Path) -> list[str]:
    """Write study.yml, try it, and comment out what does not work, until the rest does; what was said about it."""
    told: list[str] = []
    for left in reversed(range(MOST_TRIES)):
        (folder / "study.yml").write_text(study_text(name, proposal), encoding="utf-8")
        trial = try_study(folder)
        if not trial.bad_sources and not trial.bad_links:
            break
        before = {link.name: link for link in proposal.links}
        proposal = without(proposal, trial.bad_sources, trial.bad_links)
        told += [f"{source} is commented out: {why}" for source, why in trial.bad_sources.items()]
        off = {link.name for link in proposal.links if link.off}
        told += [f"link {x} is commented out: {why}" for x, why in trial.bad_links.items() if x in off]
        changed = any(link != before.get(link.name) and not link.off for link in proposal.links)
        built = not trial.bad_sources and not trial.error and trial.says
        if (built and not changed) or not left:  # fewer links cannot change that
            (folder / "study.yml").write_text(study_text(name, proposal), encoding="utf-8")
            break
    return [*told, *_verdict(trial)]


def _verdict(trial: Trial) -> list[str]:
    if trial.error:
        return [f"It does not build yet: {trial.error} Edit study.yml there, then run `linkage check`."]
    return [*trial.rejects, trial.says]
