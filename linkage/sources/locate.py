"""Which files a source means: paths and patterns of study.yml, found or explained."""

from __future__ import annotations

import glob
import os
from difflib import get_close_matches
from pathlib import Path

from linkage.errors import SourceError

TEXT_ENDINGS = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")
JSON_ENDINGS = (".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz", ".ndjson.gz")
ENDINGS = (*TEXT_ENDINGS, *JSON_ENDINGS, ".parquet", ".xlsx")


def find_files(folder: Path, patterns: tuple[str, ...]) -> list[Path]:
    """The files that paths and patterns name, each once, patterns in the order of their names.

    Raises SourceError where one names nothing, a folder, or a file that cannot or may not be read.
    """
    found = [path for pattern in patterns for path in _matches(folder, pattern)]
    for path in found:
        if not path.name.lower().endswith(ENDINGS):
            raise SourceError(
                f"{shown_path(folder, path)}: this kind of file cannot be read. "
                f"Readable are {', '.join(ENDINGS)}; for anything else write a select and name it under 'sql:'."
            )
        if not os.access(path, os.R_OK):
            raise SourceError(
                f"{shown_path(folder, path)} may not be read by you. Give yourself the right to read it, "
                "or name another."
            )
    return list(dict.fromkeys(found))


def shown_path(folder: Path, path: Path) -> str:
    """A path as a reader of study.yml knows it: relative to the study folder, with forward slashes."""
    return Path(os.path.relpath(path, folder)).as_posix()


def place_words(file: str, line: int | None, *, between: str = " ") -> str:
    """Where a record stands: line of a file, row of one without lines, or row of what a select gives.

    Which line of its file a row of a select came from cannot be told: it may join, sort, filter and count.
    """
    if line is None:
        return file
    if file.lower().endswith(".sql"):
        return f"row {line} of what {file} gives"
    kind = "row" if file.lower().endswith((".parquet", *JSON_ENDINGS)) else "line"
    return f"{file}{between}{kind} {line}"


def need_file(folder: Path, name: str) -> Path:
    """One file of a study; SourceError with the nearest existing name where it is not there."""
    path = folder / name
    if path.is_dir():
        raise SourceError(f"{name} is a folder. Name its files, for example {name.rstrip('/')}/*.csv.")
    if path.is_symlink() and not path.exists():
        raise SourceError(
            f"{name} is a link that leads to no file. Put the file in its place, or name another."
        )
    if path.exists() and not path.is_file():
        raise SourceError(
            f"{name} is no ordinary file, and cannot be read twice. Put a copy of its rows in its place."
        )
    if not path.is_file():
        raise SourceError(f"there is no file {name}.{_nearest(folder, path)}")
    return path


def _matches(folder: Path, pattern: str) -> list[Path]:
    if (folder / pattern).is_file() or not glob.has_magic(pattern):
        return [need_file(folder, pattern)]
    names = glob.glob(str(Path(glob.escape(str(folder))) / pattern), recursive=True)
    paths = sorted(Path(name) for name in names if Path(name).is_file())
    if not paths:
        raise SourceError(f"no file matches {pattern}.{_nearest(folder, folder / pattern)}")
    return paths


def _nearest(folder: Path, path: Path) -> str:
    near_by = path.parent if path.parent.is_dir() else folder
    names = sorted(
        shown_path(folder, p) for p in near_by.iterdir() if p.name.lower().endswith((*ENDINGS, ".sql"))
    )
    near = get_close_matches(shown_path(folder, path), names, n=1, cutoff=0.5)
    if near:
        return f" Did you mean {near[0]}?"
    place = "The study folder" if near_by == folder else f"{shown_path(folder, near_by)}/"
    return f" {place} has: {', '.join(names[:12])}." if names else f" {place} has no source files."
