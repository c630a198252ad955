"""What a warehouse is made from: the study's files, the SQL models and the code that builds; and a hash of it all."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.errors import SourceError
from linkage.sources.folders import data_folder, name_in_study
from linkage.tables.models import SQL_FOLDER

if TYPE_CHECKING:
    from linkage.study import Study


def content_hash(study: Study) -> str:
    """A hash of everything the warehouse is made from: study.yml, source files, SQL models, this package's builders."""
    digest = hashlib.sha256()
    for label, path in _ingredients(study):
        digest.update(f"{label}\0{file_hash(path)}\0".encode())
    return digest.hexdigest()


def files_of(study: Study, source: str) -> list[Path]:
    """The files of one source as staging finds them; none where one is not there, which staging explains."""
    from linkage.sources.staging import paths_of

    try:
        return paths_of(study, source)
    except SourceError:
        return []


def source_files(study: Study) -> list[Path]:
    """Every file a study reads, in a fixed order; what is not there is left for staging to complain of."""
    files: set[Path] = {study.path}
    for spec in study.sources.values():
        files.update(files_of(study, spec.name))
    if any(spec.sql for spec in study.sources.values()):
        # A select may read any file of the study.
        passed_over = _passed_over(study)
        files.update(
            p
            for folder in (study.folder, data_folder(study))
            for p in folder.rglob("*")
            if p.is_file() and p.suffix not in passed_over
        )
    return sorted(f for f in files if f.is_file())


def _passed_over(study: Study) -> list[str]:
    """Kinds of files that are no data, unless a select speaks of one."""
    places = [study.folder / spec.sql for spec in study.sources.values() if spec.sql]
    selects = " ".join(p.read_text(encoding="utf-8", errors="replace") for p in places if p.is_file())
    return [kind for kind in (".py", ".md", ".pyc") if kind not in selects]


def _ingredients(study: Study) -> list[tuple[str, Path]]:
    package = Path(__file__).resolve().parents[1]
    places = [package / name for name in _BUILDERS]
    builders = [p for place in places for p in (place.rglob("*.py") if place.is_dir() else (place,))]
    ours = sorted([*SQL_FOLDER.rglob("*.sql"), *builders])
    return [(name_in_study(study, p), p) for p in source_files(study)] + [
        (p.relative_to(package).as_posix(), p) for p in ours
    ]


_BUILDERS = {
    "identity",
    "sources",
    "tables",
    "warehouse.py",
    "ledger.py",
    "periods.py",
    "study_file/declaration.py",
    "study_file/raw_rules.py",
    "study_file/roles.py",
    "study.py",
    "kpis/declared.py",
    "kpis/needs.py",
}


def file_hash(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
