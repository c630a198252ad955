"""Finished notebooks, kept while their report is not published: what a killed or failed run leaves for the next."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.locks import lock_folder, new_locked_folder, unlock_folder
from linkage.notebooks.jobs import OK, Outcome
from linkage.project import cache_folder
from linkage.report.runs_marks import Marks, differences
from linkage.tables.ingredients import file_hash

if TYPE_CHECKING:
    from linkage.study import Study

UNFINISHED = "unfinished"
MARKS = "marks.json"

Say = Callable[[str], None]


@dataclass
class KeptNotebooks:
    """The finished notebooks of one run, in a folder of its own, and those of earlier runs made from the same.

    folder : None where nothing can be kept. earlier : folders whose notebooks may be taken over.
    """

    folder: Path | None
    earlier: list[Path]
    say: Say
    published: bool = False
    whole: bool = False

    def recall(self, name: str, place: Path) -> Outcome | None:
        """The outcome of a finished notebook of an earlier run, its file copied to `place`; else None."""
        for folder in self.earlier:
            try:
                row = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
                shutil.copyfile(folder / f"{name}.ipynb", place)
            except (FileNotFoundError, ValueError):  # not finished there, or taken away meanwhile
                continue
            if row.pop("sha256") == file_hash(place):
                return Outcome(**row)
            place.unlink()
        return None

    def keep(self, outcome: Outcome, file: Path) -> None:
        """Keep a good notebook, its outcome last, so that what is found is whole. A full disk ends the keeping only."""
        if outcome.status != OK or self.folder is None:
            return
        try:
            shutil.copyfile(file, self.folder / file.name)
            row = {**outcome.to_row(), "sha256": file_hash(file)}
            _write(self.folder / f"{outcome.name}.json", row)
        except OSError as error:
            self.folder = None
            self.say(f"finished notebooks are not kept for --resume: {error.strerror}")

    def done(self, *, whole: bool) -> None:
        """The report is about to be published. whole : nothing failed, so that there is nothing left to resume."""
        self.published, self.whole = True, whole


@contextmanager
def kept_notebooks(
    study: Study, period: str, marks: Marks, *, resume: bool, say: Say
) -> Iterator[KeptNotebooks]:
    """Keep finished notebooks while the block runs; they stay when it fails, and go when all is published.

    resume : take over those of earlier runs with the same marks; where there are others only, it says what changed.
    Two runs at once keep theirs apart.
    """
    base = unfinished_folder(study, period)
    others = sorted(p for p in base.glob("*") if p.is_dir()) if base.is_dir() else []
    folder, lock = _own_folder(base, marks, say)
    kept = KeptNotebooks(folder, _same(others, marks, say) if resume else [], say)
    try:
        yield kept
    except BaseException:
        kept.published = kept.whole = False
        raise
    finally:
        if kept.published:
            _remove_free(base)  # of others: this run's own is locked
        if folder is not None and (kept.whole or not any(folder.glob("*.ipynb"))):
            shutil.rmtree(folder, ignore_errors=True)
        unlock_folder(lock)
        _remove_empty(base)


def unfinished_folder(study: Study, period: str) -> Path:
    """Where the unfinished runs of a study and period are kept; studies of one name in two folders lie apart."""
    apart = hashlib.sha256(str(study.folder).encode()).hexdigest()[:8]
    return cache_folder() / UNFINISHED / f"{study.name}-{apart}" / period


def _own_folder(base: Path, marks: Marks, say: Say) -> tuple[Path | None, int | None]:
    try:
        folder, lock = new_locked_folder(lambda: base / secrets.token_hex(4))
        _write(folder / MARKS, marks)
    except OSError as error:
        say(f"finished notebooks are not kept for --resume: {error.strerror}")
        return None, None
    return folder, lock


def _same(folders: list[Path], marks: Marks, say: Say) -> list[Path]:
    """The folders of runs made from the same; where there is none, what has changed since the last is said."""
    found = {folder: then for folder in folders if (then := _marks_in(folder)) is not None}
    same = [folder for folder, then in found.items() if then == marks]
    if not found:
        say("there is no unfinished run to resume: every notebook runs")
    elif not same:
        said = sorted(differences(then, marks) for then in found.values())
        say(f"nothing of the unfinished run is used: {said[0]}")
    return same


def _marks_in(folder: Path) -> Marks | None:
    try:
        return json.loads((folder / MARKS).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # being made or removed just now
        return None


def _write(path: Path, content: dict) -> None:
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    os.replace(beside, path)


def _remove_free(base: Path) -> None:
    """Remove what no running report holds."""
    for folder in base.glob("*"):
        lock = lock_folder(folder)
        if lock is not None:
            shutil.rmtree(folder, ignore_errors=True)
        unlock_folder(lock)


def _remove_empty(base: Path) -> None:
    for folder in (base, base.parent, base.parent.parent):
        try:
            folder.rmdir()
        except OSError:  # another run's or another period's, or never made
            return
