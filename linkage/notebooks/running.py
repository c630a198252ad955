"""One notebook executed through papermill, and what went wrong in the reader's words."""

from __future__ import annotations

import ast
import os
import re
import secrets
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from linkage.notebooks.jobs import FAILED, OK, Job, Outcome
from linkage.notebooks.normalising import ADDED_BY_A_RUN, normalise, write_notebook
from linkage.notebooks.quick import load_nbformat

if TYPE_CHECKING:
    from nbformat import NotebookNode

LONGEST_RUNTIME = 80
"""Of the folder for sockets: the name of a socket in it may have about a hundred characters."""

COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def run_job(job: Job, manager: type | None = None) -> Outcome:
    """Execute a notebook and write it, normalised, whether its cells ran or not.

    manager : the class that starts its kernel; None for an ordinary kernel.
    """
    for starter in (manager, None):
        notebook = load_nbformat().read(job.source, as_version=4)
        kept, problem = _execute(job, notebook, starter)
        if problem is None or (kept is not None and _begun(kept)):
            break  # otherwise its kernel never came up: an ordinary one gets a second chance
    kept = notebook if kept is None else kept
    kept.cells = [c for c in kept.cells if ADDED_BY_A_RUN not in c.metadata.get("tags", ())]
    seconds = _seconds(kept)
    reason, error = _explain(kept, problem)
    write_notebook(normalise(kept), Path(job.output))
    return Outcome(job.name, FAILED if reason else OK, reason, error, seconds)


def _execute(
    job: Job, notebook: NotebookNode, manager: type | None
) -> tuple[NotebookNode | None, Exception | None]:
    """The notebook as far as it ran, and what stopped it."""
    from papermill import execute_notebook
    from papermill.engines import NBClientEngine, papermill_engines
    from traitlets.config import Config

    ran: list[NotebookNode] = []

    class Keeping(NBClientEngine):
        """Papermill lets go of a notebook whose kernel died; its finished cells are evidence."""

        @classmethod
        def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **kwargs: Any) -> Any:
            ran.append(nb_man.nb)
            return super().execute_managed_notebook(nb_man, kernel_name, **kwargs)

    papermill_engines.register("linkage", Keeping)
    try:
        execute_notebook(
            notebook,
            None,
            parameters=job.parameters,
            engine_name="linkage",
            kernel_name="python3",
            request_save_on_cell_execute=False,
            progress_bar=False,
            start_timeout=job.start_seconds,
            execution_timeout=job.cell_seconds,
            coalesce_streams=True,
            config=Config({"KernelManager": _connection()}),
            **({"kernel_manager_class": manager, "shutdown_kernel": "immediate"} if manager else {}),
        )
    except Exception as error:
        return (ran[-1] if ran else None), error
    return ran[-1], None


def _connection() -> dict[str, str]:
    """How kernel and client talk: through files of their own where that can be, since two kernels that start at
    once may be given the same free port; never in plain text over the network."""
    runtime = os.environ.get("JUPYTER_RUNTIME_DIR", "")
    if os.name != "posix" or not 0 < len(runtime) <= LONGEST_RUNTIME:
        return {"transport_encryption": "auto"}
    Path(runtime).mkdir(parents=True, exist_ok=True)
    sockets = Path(runtime, secrets.token_hex(8))  # Jupyter's own choice is one name in the working directory
    return {"transport": "ipc", "ip": str(sockets), "transport_encryption": "auto"}


def _begun(notebook: NotebookNode) -> list[int]:
    """The places of the cells that were started."""
    return [i for i, c in enumerate(notebook.cells) if c.metadata.get("papermill", {}).get("start_time")]


def _explain(notebook: NotebookNode, problem: Exception | None) -> tuple[str, dict[str, str]]:
    """Why the run is not good, in one line, and the cell's own error; ("", {}) if it is."""
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    failed = _failed_cell(notebook)
    if failed is not None:
        place, output = failed
        value = COLOURS.sub("", output.evalue)
        error = {
            "name": output.ename,
            "value": value,
            "traceback": COLOURS.sub("", "\n".join(output.traceback)),
        }
        return f"{cell_name(notebook, place)} failed: {output.ename}: {_first_line(value)}", error
    if isinstance(problem, DeadKernelError):
        return f"the kernel died in {_stopped_cell(notebook)}. Ran out of memory?", {}
    if isinstance(problem, CellTimeoutError):
        return f"{_stopped_cell(notebook)} took longer than allowed and was stopped.", {}
    if problem is not None:
        return f"{type(problem).__name__}: {_first_line(str(problem))}", {}
    missed = [i for i, c in enumerate(notebook.cells) if _must_run(c) and c.execution_count is None]
    if missed:
        return f"{cell_name(notebook, missed[0])} never ran: did a cell before it end the program?", {}
    return "", {}


def _stopped_cell(notebook: NotebookNode) -> str:
    """The name of the cell that did not end. What it left behind depends on the moment, so it is cleared."""
    begun = _begun(notebook)
    if not begun:
        return "its start"
    cell = notebook.cells[begun[-1]]
    cell.execution_count, cell.outputs = None, []
    return cell_name(notebook, begun[-1])


def _failed_cell(notebook: NotebookNode) -> tuple[int, NotebookNode] | None:
    for place, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", ()):
            if output.output_type == "error" and output.ename != "SystemExit":
                return place, output
    return None


def _must_run(cell: NotebookNode) -> bool:
    return cell.cell_type == "code" and bool(cell.source.strip())


def cell_name(notebook: NotebookNode, place: int) -> str:
    """A cell as a person finds it: its number among the code cells and the heading it stands under."""
    number = sum(c.cell_type == "code" for c in notebook.cells[: place + 1])
    headings = [
        line.lstrip("# ")
        for cell in notebook.cells[:place]
        if cell.cell_type == "markdown"
        for line in cell.source.splitlines()
        if line.startswith("#")
    ]
    return f"code cell {number}" + (f" (under {headings[-1]!r})" if headings else "")


def _first_line(text: str) -> str:
    return (text.strip().splitlines() or ["no message"])[0]


def _seconds(notebook: NotebookNode) -> dict[str, float]:
    """Where the time went, by papermill's clocks."""
    whole = notebook.metadata.get("papermill", {})
    clocks = [(c, c.metadata.get("papermill", {})) for c in notebook.cells]
    started = [clock["start_time"] for _, clock in clocks if clock.get("start_time")]
    imports = work = 0.0
    for cell, clock in clocks:
        spent = clock.get("duration") or 0.0
        if cell.cell_type == "code" and _imports(cell.source):
            imports += spent
        else:
            work += spent
    start = _moment(whole.get("start_time"))
    kernel = (_moment(started[0]) - start).total_seconds() if start and started else 0.0
    return {
        "total": round(whole.get("duration") or kernel + imports + work, 3),
        "kernel": round(kernel, 3),
        "imports": round(imports, 3),
        "work": round(work, 3),
    }


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _imports(source: str) -> bool:
    try:
        return any(isinstance(n, ast.Import | ast.ImportFrom) for n in ast.walk(ast.parse(source)))
    except SyntaxError:
        return False
