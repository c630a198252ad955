"""The manifest: from what, with what and how a report was made, and a hash of each of its files."""

from __future__ import annotations

import hashlib
import inspect
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import linkage
from linkage.sources.folders import name_in_study
from linkage.tables.ingredients import file_hash, source_files

if TYPE_CHECKING:
    from linkage.exports.making import Export
    from linkage.report.edition import Edition
    from linkage.study import Study

MANIFEST = "manifest.json"
REVIEW = "review.json"
"""The sign-off (see reviewing/sign_off.py): written after the report, so no part of what is signed."""
PACKAGES = (
    *("duckdb", "pandas", "numpy", "scipy", "statsmodels", "pyfixest", "formulaic", "pyarrow", "matplotlib"),
    *("pydantic", "papermill", "nbclient", "nbconvert", "nbformat", "nbval", "ipykernel", "jupyter_client"),
    *("xlsxwriter", "python-pptx", "pypdf"),
)


def input_hashes(study: Study) -> dict[str, str]:
    """SHA-256 of study.yml and of every source file, by its path in the study's folder."""
    return {name_in_study(study, p): file_hash(p) for p in source_files(study)}


def published_files(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of a report but the manifest and the sign-off; what is no file stands as what it is."""
    beside = (MANIFEST, REVIEW)
    entries = {p.relative_to(folder).as_posix(): p for p in sorted(folder.rglob("*"))}
    return {name: _mark(p) for name, p in entries.items() if name not in beside and not _is_folder(p)}


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _mark(path: Path) -> str:
    """A file's hash. A link leads out of the report, where nobody signed: no report holds one."""
    if path.is_symlink():
        return f"a link to {path.readlink()}"
    return file_hash(path) if path.is_file() else "no file"


def code_hash(notebooks: list[Path]) -> str:
    """One hash of the package's code, SQL models and site, and of the notebooks before they ran."""
    package = Path(linkage.__file__).parent
    ours = [p for p in package.rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    digest = hashlib.sha256()
    for label, path in sorted([(p.relative_to(package).as_posix(), p) for p in ours]):
        digest.update(f"{label}\0{file_hash(path)}\0".encode())
    for path in sorted(notebooks):
        digest.update(f"{path.name}\0{file_hash(path)}\0".encode())
    return digest.hexdigest()


def package_versions() -> dict[str, str]:
    found = {"linkage": linkage.__version__}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    return found


def seed_of(edition: Edition) -> object:
    """The seed of everything random: a notebook's own parameter, else the analyses' default."""
    from linkage.shapes import driver_rankings

    own = {n.parameters["seed"] for n in edition.notebooks if "seed" in n.parameters}
    default = inspect.signature(driver_rankings).parameters["seed"].default
    return sorted(own, key=str)[0] if len(own) == 1 else default


KEYS = (
    *("study", "title", "period", "parameters", "seed", "formats", "exports", "only", "made_at", "seconds"),
    *("seconds_by_part", "study_folder", "notebook_folder", "input_hash", "inputs", "earlier", "code_hash"),
    *("python", "platform", "packages", "made_from", "notebooks", "review", "files"),
)
"""What a manifest says; a review refuses what else stands in one."""
NOTEBOOK_ROW = ("name", "title", "status", "reason", "parameters", "kernel", "seconds")
"""What it says of each notebook."""


def write_manifest(
    edition: Edition,
    folder: Path,
    *,
    seconds: float,
    exports: tuple[Export, ...] = (),
    made_from: dict[str, str] | None = None,
) -> None:
    """manifest.json, last of all files: it alone holds clocks and paths. made_from : see runs_marks.py."""
    from linkage.report.ledger import write_json

    rows = [
        {
            "name": n.name,
            "title": n.title,
            "status": edition.outcomes[n.name].status,
            "reason": edition.outcomes[n.name].reason,
            "parameters": {**n.parameters, **edition.parameters},
            "kernel": edition.outcomes[n.name].kernel,
            "seconds": edition.outcomes[n.name].seconds,
        }
        for n in edition.notebooks
    ]
    content = {
        "study": edition.study.name,
        "title": edition.study.title,
        "period": edition.period,
        "parameters": edition.parameters,
        "seed": seed_of(edition),
        "formats": list(edition.formats),
        "exports": [export.to_row() for export in exports],
        "only": edition.only,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(seconds, 3),
        "seconds_by_part": seconds_by_part(rows),
        "study_folder": str(edition.study.study.folder),
        "notebook_folder": str(edition.notebooks[0].path.parent),
        "input_hash": edition.input_hash,
        "inputs": edition.inputs,
        "earlier": edition.earlier.marks,
        "code_hash": code_hash([n.path for n in edition.notebooks]),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": package_versions(),
        "made_from": made_from or {},
        "notebooks": rows,
        "review": None,
        "files": published_files(folder),
    }
    write_json(content, folder / MANIFEST)


def seconds_by_part(rows: list[dict]) -> dict[str, float]:
    """Over all notebooks' rows: seconds of starting kernels and importing, against the work itself."""
    parts = ("kernel", "imports", "work")
    return {p: round(sum(row["seconds"].get(p, 0.0) for row in rows), 3) for p in parts}
