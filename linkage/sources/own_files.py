"""Which files may a select read? Those whose change is noticed: of the study's folders, or declared in study.yml."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.errors import SourceError
from linkage.sources.databases import attached
from linkage.tables.quoting import text_sql

if TYPE_CHECKING:
    import duckdb

    from linkage.study_file.raw_rules import Attached

REFUSED = re.compile(r'Cannot access (?:file|directory) "(.+)" - file system operations are disabled')
UNKNOWN = re.compile(r"Table with name (\S+) does not exist")
QUOTED = re.compile(r"'([^'\n]+)'")


def refuse_foreign_files(
    text: str, shown: str, folder: Path, allowed: Sequence[Path], attach: Attached | None
) -> None:
    """Raise SourceError where a select reads a file that no hash of the study's inputs would hold.

    text : a select that runs. folder : where its files are looked for. allowed : folders and files it may read.
    DuckDB itself is asked, in a database of its own that may open nothing else: it knows what a name stands for,
    however the name is put together.
    """
    import duckdb

    names = {name for name in QUOTED.findall(text) if _is_there(folder, name)}
    while True:
        with duckdb.connect() as closed:
            try:
                with attached(closed, attach, folder):
                    _close(closed, folder, [*names, *map(str, allowed)])
                    closed.execute(f"explain select * from (\n{text}\n)")
                    return
            except duckdb.Error as error:
                refused, unknown = REFUSED.search(str(error)), UNKNOWN.search(str(error))
        if refused is None and unknown is None:
            return  # such as an extension that a closed database cannot load
        name = refused[1] if refused else unknown[1]
        if unknown or name in names or not _is_there(folder, name):
            what = f"{name}, which is no file" if refused else f"the table {name}, which is nothing"
            raise SourceError(
                f"{shown}: the select reads {what} of the study: nobody would notice that it changed. Copy the file "
                "into the study's folder, and name it by its place there."
            )
        names.add(name)


def _close(connection: duckdb.DuckDBPyConnection, folder: Path, allowed: Sequence[str]) -> None:
    """Let the database open nothing but these."""
    places = [p for p in allowed if Path(p).is_absolute()]
    folders = [str(folder), *(p for p in places if Path(p).is_dir())]
    connection.execute(f"set file_search_path = {text_sql(str(folder))}")
    connection.execute(f"set allowed_directories = [{', '.join(map(text_sql, folders))}]")
    connection.execute(f"set allowed_paths = [{', '.join(text_sql(p) for p in allowed if p not in folders)}]")
    connection.execute("set enable_external_access = false")


def _is_there(folder: Path, name: str) -> bool:
    """Whether a relative name, or a pattern of names, stands for a file of the folder."""
    if Path(name).is_absolute() or "://" in name:
        return False
    try:
        return any(folder.glob(name))
    except (ValueError, NotImplementedError, OSError):
        return False
