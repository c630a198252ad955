"""Where things are: the project's folder, its studies, its reports and its cache."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path

from linkage.errors import StudyError


def project_root() -> Path:
    """The folder that holds data/ and notebooks/: LINKAGE_HOME, else the nearest above the working
    directory, else the one this package was installed from."""
    named = os.environ.get("LINKAGE_HOME")
    if named:
        return Path(named).resolve()
    here = Path.cwd().resolve()
    for folder in (here, *here.parents):
        if (folder / "data").is_dir() and (folder / "notebooks").is_dir():
            return folder
    return Path(__file__).resolve().parent.parent


def cache_folder() -> Path:
    """Where warehouses are kept: LINKAGE_CACHE, else .linkage in the project."""
    named = os.environ.get("LINKAGE_CACHE")
    return Path(named).resolve() if named else project_root() / ".linkage"


@contextmanager
def cache_in(folder: Path) -> Iterator[None]:
    """Warehouses and answers go to this folder, for this process and those it starts, until the block ends."""
    before = os.environ.get("LINKAGE_CACHE")
    os.environ["LINKAGE_CACHE"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["LINKAGE_CACHE"]
        else:
            os.environ["LINKAGE_CACHE"] = before


def study_names() -> list[str]:
    return sorted(p.parent.name for p in (project_root() / "data").glob("*/study.yml"))


def study_folder(name: str | Path) -> Path:
    """The folder of a study, given its name under data/ or a path to it.

    Raises StudyError with the nearest name.
    """
    if not isinstance(name, (str, os.PathLike)):
        raise StudyError(f"A study is opened by its name or its folder, such as 'demo'; not by {name!r}.")
    path = Path(name)
    if os.path.isfile(path / "study.yml"):  # False too where the folder may not be looked into
        return path.resolve()
    if path.name == "study.yml" and path.is_file():
        return path.parent.resolve()
    folder = project_root() / "data" / str(name)
    if (folder / "study.yml").is_file():
        return folder
    names = study_names()
    near = get_close_matches(str(name), names, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else _what_lies_there(path)
    there = ", ".join(names) if names else "none yet"
    raise StudyError(
        f"There is no study {str(name)!r}: neither a folder with a study.yml nor a name under "
        f"{project_root() / 'data'} (there: {there}).{hint}"
    )


def _what_lies_there(path: Path) -> str:
    """What a path leads to that is no study, and how to make one of it."""
    if path.is_file():
        return f" {path} is a file: `linkage new NAME --from {path}` proposes a study of it."
    if path.is_dir() and not os.access(path, os.R_OK | os.X_OK):
        return f" The folder {path} is there, and may not be looked into by you: give yourself the right to."
    if (path / "study.yml").is_dir():
        return f" {path / 'study.yml'} is a folder: a text file is needed there."
    if path.is_dir():
        return f" The folder {path} is there, without a study.yml: `linkage new NAME --from {path}` proposes one."
    return ""
