"""What is asked of a notebook's run, and what came of it: both travel between processes as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

OK, FAILED, SKIPPED = "ok", "failed", "skipped"
DONE = "\n"
"""The line with which a process that runs notebooks says that a plan has no more outcomes."""


@dataclass(frozen=True)
class Job:
    """One notebook to be executed.

    source, output : the notebook to run and the file its run is written to. parameters : None leaves the
    notebook as it is. folder : the working directory. cell_seconds, start_seconds : when to give up.
    """

    name: str
    source: str
    output: str
    folder: str
    parameters: dict[str, object] | None = None
    cell_seconds: int = 300
    start_seconds: int = 60


@dataclass(frozen=True)
class Outcome:
    """What came of a job.

    status : ok or failed. reason : in one line, the cell named. error : name, value and traceback, if a cell
    raised one. seconds : total, kernel (its start), imports (cells that import) and work (the other cells).
    kernel : forked or started.
    """

    name: str
    status: str
    reason: str = ""
    error: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    kernel: str = ""

    def to_row(self) -> dict[str, object]:
        return asdict(self)
