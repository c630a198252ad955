"""A study's tables in one DuckDB file: built whole or not at all where something changed, and opened for reading."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.errors import WarehouseError
from linkage.project import cache_folder
from linkage.tables.building import build_warehouse
from linkage.tables.ingredients import content_hash
from linkage.tables.ingredients import file_hash as file_hash
from linkage.tables.ingredients import source_files as source_files
from linkage.tables.kept_rows import read_rows as read_rows

if TYPE_CHECKING:
    import duckdb

    from linkage.study import Study


@dataclass(frozen=True)
class Warehouse:
    """A built warehouse: where its file is, whether this call built it, and what keeps its engine running.

    held : the connection with which the file was looked at; while it is open, a further one costs next to nothing.
    """

    study: Study
    path: Path
    built: bool
    held: duckdb.DuckDBPyConnection | None = field(default=None, repr=False, compare=False)

    def connect(self) -> duckdb.DuckDBPyConnection:
        """A read-only connection; many may be open at once, in many processes."""
        import duckdb

        try:
            return duckdb.connect(str(self.path), read_only=True, config=_settings())
        except duckdb.Error as error:
            raise WarehouseError(
                f"{self.path} cannot be opened: {str(error).strip().splitlines()[0]} Close the tool that holds it "
                f"open for writing. If none does, the file is damaged: `{_anew(self.study.name)}` makes it anew."
            ) from None


def _anew(name: str) -> str:
    return f"linkage build {name} --force"


DAMAGED = re.compile("not a valid DuckDB|Corrupt|checksum|Could not read enough bytes")
"""How the engine says that a file is not what it wrote."""


def hold_whole(warehouse: Warehouse) -> Warehouse | None:
    """The warehouse with its engine running; None where its file is no database, or shorter than it says it is.

    A full disk or a copy broken off leaves such a file. One that another process writes to is whole, though not held.
    """
    import duckdb

    try:
        held = duckdb.connect(str(warehouse.path), read_only=True, config=_settings())
        size, count = held.execute("select block_size, total_blocks from pragma_database_size()").fetchone()
    except duckdb.Error as error:
        return None if DAMAGED.search(str(error)) else warehouse
    if warehouse.path.stat().st_size < size * count:
        held.close()
        return None
    return replace(warehouse, held=held)


def explain_damage(error: Exception) -> str:
    """What to do about kept tables that turn out damaged while they are read; "" where an error is another."""
    said = str(error).strip().splitlines()[:1]
    of_the_engine = type(error).__module__.lstrip("_").startswith("duckdb")
    if not of_the_engine or not said or not DAMAGED.search(said[0]):
        return ""
    return f"the kept tables are damaged ({said[0]}): `{_anew('STUDY')}` makes them anew."


def _settings() -> dict[str, str]:
    """DuckDB's settings: nothing is fetched unasked, and LINKAGE_MEMORY_LIMIT, where set, is kept to."""
    limit = os.environ.get("LINKAGE_MEMORY_LIMIT")
    if limit and not re.fullmatch(r"\s*\d+(\.\d+)?\s*([KMGT]i?B)\s*", limit, re.IGNORECASE):
        raise WarehouseError(f"LINKAGE_MEMORY_LIMIT is {limit!r}, which is no size such as 4GB.")
    kept_to = {"memory_limit": limit} if limit else {}
    return {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false", **kept_to}


def warehouse_path(study: Study) -> Path:
    """Where the study's warehouse is or would be: its name holds the hash of everything it is made from."""
    return cache_folder() / f"{study.name}-{_folder_mark(study)}-{content_hash(study)[:16]}.duckdb"


def open_warehouse(
    study: Study, *, force: bool = False, say: Callable[[str], None] = lambda text: None
) -> Warehouse:
    """The study's warehouse, built first where its content has changed since the last build.

    One that is cut off is built again. say : told one line a step while building.
    """
    path = warehouse_path(study)
    folder = path.parent
    if path.is_file() and not force:
        if whole := hold_whole(Warehouse(study, path, built=False)):
            return whole
        say(f"{path} is damaged: made anew")
    folder.mkdir(parents=True, exist_ok=True)
    remove_abandoned(folder)
    temporary = folder / f".{path.stem}-{os.getpid()}.building"
    try:
        build_warehouse(study, temporary, _settings(), say)
        os.replace(temporary, path)
    finally:
        for left in folder.glob(f"{temporary.name}*"):
            left.unlink(missing_ok=True)
    _remove_older(folder, study, path)
    return Warehouse(study, path, built=True)


def remove_abandoned(folder: Path) -> None:
    """Remove what killed processes had begun to build. Where nobody can be asked whether one lives, all stays."""
    for left in folder.glob(".*.building*"):
        number = re.search(r"-(\d+)\.building", left.name)
        if number and os.name == "posix" and _is_gone(int(number[1])):
            shutil.rmtree(left) if left.is_dir() else left.unlink(missing_ok=True)


def _is_gone(process: int) -> bool:
    try:
        os.kill(process, 0)  # no signal: only asks
    except ProcessLookupError:
        return True
    except PermissionError:  # somebody else's
        return False
    return False


def _folder_mark(study: Study) -> str:
    """Two studies of one name in different folders keep different warehouses."""
    return hashlib.sha256(str(study.folder).encode()).hexdigest()[:8]


def _remove_older(folder: Path, study: Study, keep: Path) -> None:
    for old in folder.glob(f"{study.name}-{_folder_mark(study)}-*"):
        if not old.name.startswith(keep.stem):
            try:
                old.unlink()
            except PermissionError:  # another process reads it, where the system forbids removing open files
                continue
