"""A notebook file that is the same bytes whenever its results are the same."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from linkage.notebooks.quick import load_nbformat

if TYPE_CHECKING:
    from nbformat import NotebookNode

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
CLOCKS = ("papermill", "execution", "ExecuteTime")
ADDED_BY_A_RUN = "papermill-error-cell-tag"


def normalise(notebook: NotebookNode) -> NotebookNode:
    """Without clocks, paths and versions of the run; outputs, counts and known cell ids are kept."""
    notebook.cells = [c for c in notebook.cells if ADDED_BY_A_RUN not in c.metadata.get("tags", ())]
    notebook.metadata.pop("papermill", None)
    notebook.metadata.pop("widgets", None)
    notebook.metadata["kernelspec"] = dict(KERNEL)
    notebook.metadata.get("language_info", {}).pop("version", None)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for place, cell in enumerate(notebook.cells):
        _normalise_cell(cell, place)
    return notebook


def _normalise_cell(cell: NotebookNode, place: int) -> None:
    for key in CLOCKS:
        cell.metadata.pop(key, None)
    if not cell.metadata.get("tags", ("kept",)):
        cell.metadata.pop("tags")  # papermill leaves an empty list in every cell
    if "injected-parameters" in cell.metadata.get("tags", ()):
        cell["id"] = "injected-parameters"
    cell.setdefault("id", f"cell-{place + 1:02d}")
    cell.source = cell.source.replace("\r\n", "\n").replace("\r", "\n")
    for output in cell.get("outputs", ()):
        if output.get("output_type") == "execute_result":
            output["execution_count"] = cell.execution_count
        output.pop("transient", None)


def to_text(notebook: NotebookNode) -> str:
    """The file's text: keys sorted, one space deep, unix newlines."""
    nbformat = load_nbformat()
    return nbformat.writes(notebook, version=nbformat.NO_CONVERT).rstrip("\n") + "\n"


def write_notebook(notebook: NotebookNode, path: Path) -> None:
    path.write_text(to_text(notebook), encoding="utf-8", newline="\n")
