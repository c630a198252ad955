"""Which notebooks there are, what each asks of a study, and whether a study can answer."""

from __future__ import annotations

import ast
import json
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.catalogue import missing_roles
from linkage.errors import OptionError, ReportError
from linkage.project import project_root

if TYPE_CHECKING:
    from linkage.opening import OpenStudy

GRAINS = ("interaction", "survey", "customer_period", "employee_period", "unit_period")


@dataclass(frozen=True)
class Notebook:
    """A notebook file and what it declares of itself.

    title : its short name for the navigation. needs : linkage tables it cannot do without.
    any_of : linkage tables of which it needs at least one. needs_files : files of the study's folder it cannot
    do without, such as truth.yml. is_long : it takes longest, so that a report starts it first. parameters : their
    names and default values.
    """

    path: Path
    title: str
    question: str
    needs: tuple[str, ...]
    any_of: tuple[str, ...]
    parameters: dict[str, object]
    needs_files: tuple[str, ...] = ()
    is_long: bool = False

    @property
    def name(self) -> str:
        return self.path.stem


def notebook_folder() -> Path:
    return project_root() / "notebooks"


def find_notebooks(folder: Path | None = None, *, only: str | None = None) -> list[Notebook]:
    """Every numbered notebook of a folder (default: notebooks/), in order; `only` those whose name begins so.

    Raises ReportError where there is none, OptionError where none begins so, naming those there are.
    """
    folder = (folder or notebook_folder()).resolve()
    paths = sorted(p for p in folder.glob("*.ipynb") if p.stem[:1].isdigit())
    if not paths:
        raise ReportError(
            f"There is no notebook in {folder}: their names begin with a number, as 01_topic.ipynb."
        )
    chosen = [p for p in paths if p.stem.startswith(only or "")]
    if not chosen:
        raise OptionError(f"No notebook begins with {only!r}. There are: {', '.join(p.stem for p in paths)}.")
    return [read_notebook(p) for p in chosen]


def read_notebook(path: Path) -> Notebook:
    """What one notebook declares. Raises ReportError where the file is no notebook."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        cells, metadata = content["cells"], content.get("metadata", {})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReportError(f"{path.name} is not a readable notebook: {error}.") from None
    own = metadata.get("linkage", {})
    question = _first_heading(cells)
    topic = path.stem.partition("_")[2].replace("_", " ").capitalize()
    return Notebook(
        path=path,
        title=str(own.get("title") or topic or path.stem),
        question=question or topic or path.stem,
        needs=tuple(own.get("needs", ())),
        any_of=tuple(own.get("any_of", ())),
        parameters=_parameters(path, cells),
        needs_files=tuple(own.get("needs_files", ())),
        is_long=bool(own.get("long", False)),
    )


def source_of(cell: dict) -> str:
    """A cell's text: a notebook file may keep it as one string or as lines."""
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)


def has_tag(cell: dict, tag: str) -> bool:
    return tag in cell.get("metadata", {}).get("tags", ())


def _first_heading(cells: list[dict]) -> str:
    for cell in cells:
        if cell.get("cell_type") == "markdown":
            for line in source_of(cell).splitlines():
                if line.startswith("# "):
                    return line[2:].strip()
    return ""


def _parameters(path: Path, cells: list[dict]) -> dict[str, object]:
    """The literals of the cell tagged parameters. Raises ReportError for anything that is not `name = literal`."""
    found: dict[str, object] = {}
    for cell in cells:
        if cell.get("cell_type") != "code" or not has_tag(cell, "parameters"):
            continue
        for line in ast.parse(source_of(cell)).body:
            try:
                (target,) = line.targets
                found[target.id] = ast.literal_eval(line.value)
            except (AttributeError, ValueError):
                raise ReportError(
                    f"{path.name}, parameters: {ast.unparse(line)!r} is not a name and a literal. What is derived "
                    "from a parameter belongs in a later cell: it would keep the default's value."
                ) from None
    return found


def reason_to_skip(notebook: Notebook, study: OpenStudy) -> str | None:
    """Why a study cannot answer a notebook, or None."""
    lacking = [t for t in notebook.needs if t not in study.tables]
    if lacking:
        return "this study has " + "; ".join(_no_table(t, study) for t in lacking)
    if notebook.any_of and not any(t in study.tables for t in notebook.any_of):
        return "this study has " + "; ".join(_no_table(t, study) for t in notebook.any_of)
    absent = [name for name in notebook.needs_files if not (study.study.folder / name).is_file()]
    return f"this study has no file {' and no file '.join(absent)} beside its study.yml" if absent else None


def _no_table(table: str, study: OpenStudy) -> str:
    grain = table.removeprefix("link_")
    if grain not in GRAINS:
        return f"no {table}"
    roles = missing_roles(study.study, grain)
    needed = f": it needs a source of {' and of '.join(roles)}" if roles else ""
    return f"no {table}{needed}"


def check_parameters(notebook: Notebook, given: dict[str, object]) -> None:
    """Refuse values a notebook would not take: papermill would pass over them and report the default.

    Raises ReportError with the nearest name.
    """
    for name, value in given.items():
        if name not in notebook.parameters:
            near = get_close_matches(name, list(notebook.parameters), n=1)
            hint = f" It has {near[0]!r}: did it mean {name!r}?" if near else ""
            there = ", ".join(notebook.parameters) or "none"
            raise ReportError(
                f"{notebook.path.name} has no parameter {name!r} (parameters: {there}).{hint} Without it the notebook "
                "would answer for its default."
            )
        default = notebook.parameters[name]
        if type(value) is not type(default):
            raise ReportError(
                f"{notebook.path.name}: the parameter {name!r} is {type(default).__name__} ({default!r}), and "
                f"{value!r} is {type(value).__name__}."
            )
