"""What a report is made from: a mark of everything whose change would make another report. Light to import."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.errors import PeriodError
from linkage.report.manifest import MANIFEST, code_hash, input_hashes, package_versions
from linkage.tables.ingredients import file_hash

if TYPE_CHECKING:
    from linkage.notebooks.finding import Notebook
    from linkage.study import Study

Marks = dict[str, str]
"""What it is -> its hash, its version or its place."""

SHOWN = 3
"""So many differences are named; the others are counted."""
BY_CODE_AND_DATA = ("input_hash", "code_hash")


def marks_of(study: Study, notebooks: Iterable[Notebook]) -> Marks:
    """The marks of a study's files, of the notebooks, of this package and of the libraries below it."""
    notebooks = list(notebooks)
    files = {f"input {name}": mark for name, mark in input_hashes(study).items()}
    own = {f"notebook {n.name}": file_hash(n.path) for n in notebooks}
    libraries = {f"package {name}": version for name, version in package_versions().items()}
    places = {"study folder": str(study.folder), "notebook folder": str(notebooks[0].path.parent)}
    code = {"code of linkage": code_hash([]), "python": platform.python_version()}
    return {**files, **_asked_for(study, notebooks), **own, **code, **libraries, **places}


def _asked_for(study: Study, notebooks: list[Notebook]) -> Marks:
    """Files of the study's folder that notebooks ask for, beyond its sources."""
    names = sorted({name for n in notebooks for name in n.needs_files})
    there = [name for name in names if (study.folder / name).is_file()]
    return {f"file {name}": file_hash(study.folder / name) for name in there}


def marks_before(study: Study, period: str, reports: Path) -> Marks:
    """The marks of the study's reports of earlier periods, to which a report refers.

    reports : the folder of the study's reports, one a period. Their clocks do not count.
    """
    wanted = study.period(period)
    marks = {}
    for folder in sorted(p for p in reports.glob("[!.]*") if p.is_dir()):
        try:
            earlier = study.period(folder.name) < wanted
        except PeriodError:  # no report of this calendar
            continue
        if earlier:
            marks[f"report of {folder.name}"] = _mark_of(folder)
    return marks


def _mark_of(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.json")):
        mark = _without_clocks(path) if path.name == MANIFEST else file_hash(path)
        digest.update(f"{path.name}\0{mark}\0".encode())
    return digest.hexdigest()


def _without_clocks(manifest: Path) -> str:
    try:
        content = json.loads(manifest.read_text(encoding="utf-8"))
        return " ".join(str(content[name]) for name in BY_CODE_AND_DATA)
    except (ValueError, KeyError, TypeError):
        return "not readable"


def key_marks(study: Study) -> Marks:
    """The mark of the secret behind the pseudonyms of accounts, which may be made by the report itself."""
    stated = study.declared.keys_folder
    file = (study.folder / Path(stated).expanduser()).resolve() / f"{study.name}.key" if stated else None
    return {"key of the pseudonyms": file_hash(file)[:16]} if file and file.is_file() else {}


def differences(then: Marks, now: Marks) -> str:
    """What has changed, come or gone between two makings, in words; empty where nothing has."""
    said = [f"{name} has changed" for name in sorted({*then} & {*now}) if then[name] != now[name]]
    said += [f"{name} is new" for name in sorted({*now} - {*then})]
    said += [f"{name} is gone" for name in sorted({*then} - {*now})]
    more = [f"and {len(said) - SHOWN} more"] if len(said) > SHOWN else []
    return ", ".join([*said[:SHOWN], *more])
