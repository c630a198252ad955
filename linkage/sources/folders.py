"""Where a study's files are: its own folder, or the first of those it names that holds any."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.errors import SourceError

if TYPE_CHECKING:
    from linkage.study import Study


def data_folder(study: Study) -> Path:
    """The folder that `from` and selects are relative to.

    The study's own; or, with `data_folders` in study.yml, the first of these that holds a file. Each is relative
    to the study's folder and may name environment variables; one whose variable is not set is passed over.

    Raises SourceError where none holds a file: where was looked, and where the files are to be had.
    """
    named = study.declared.data_folders
    if not named:
        return study.folder
    places = [place for place in (_place(study, text) for text in named) if place is not None]
    for place in places:
        if place.is_dir() and any(p.is_file() and not p.name.startswith(".") for p in place.rglob("*")):
            return place
    origin = f" {study.declared.data_origin.strip()}" if study.declared.data_origin else ""
    raise SourceError(
        f"{study.folder.name}/study.yml, data_folders: none of these folders holds a file: "
        f"{', '.join(map(str, places)) or ', '.join(named)}.{origin}"
    )


def _place(study: Study, text: str) -> Path | None:
    """A folder as it is named; None where a variable in it is not set."""
    expanded = os.path.expandvars(os.path.expanduser(text))
    return None if "$" in expanded else Path(os.path.normpath(study.folder / expanded))


def name_in_study(study: Study, path: Path) -> str:
    """A file as a reader of the study knows it, the same wherever `data_folders` found it."""
    if study.declared.data_folders:
        folder = data_folder(study)
        if path.is_relative_to(folder):
            return f"data_folders/{path.relative_to(folder).as_posix()}"
    return Path(os.path.relpath(path, study.folder)).as_posix()
