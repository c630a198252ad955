"""The committed notebooks executed again in place, when a change of their figures is meant."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.errors import LinkageError
from linkage.notebooks.finding import find_notebooks
from linkage.notebooks.jobs import OK, Job

if TYPE_CHECKING:
    from linkage.notebooks.crew import Crew
    from linkage.notebooks.finding import Notebook


def refresh_notebooks(
    only: str | None = None, say: Callable[[str], None] = lambda text: None, *, folder: Path | None = None
) -> list[str]:
    """Execute the notebooks with their own parameters and store their outputs; the names of those that failed.

    A notebook that fails stays as it was. Two refreshes of the same code and data leave the same bytes.
    """
    from linkage.notebooks.crew import Crew

    notebooks = {n.name: n for n in find_notebooks(folder, only=only)}
    failed = []
    with Crew() as crew:
        jobs = [
            Job(n.name, str(n.path), str(crew.scratch / n.path.name), str(n.path.parent))
            for n in notebooks.values()
        ]
        _answer_once(crew, notebooks.values())
        for outcome in crew.run(jobs):
            path = notebooks[outcome.name].path
            if outcome.status == OK:
                _replace(crew.scratch / path.name, path)
                say(f"{outcome.name}: refreshed in {outcome.seconds['total']:.1f} s")
            else:
                failed.append(outcome.name)
                say(f"{outcome.name}: FAILED and left as it was: {outcome.reason}")
    return sorted(failed)


def _answer_once(crew: Crew, notebooks: Iterable[Notebook]) -> None:
    """Build the tables and answer the links before several notebooks that start at once would each do it."""
    from linkage.opening import open_study

    asked = {tuple(n.parameters.get(name) for name in ("study", "period")) for n in notebooks}
    for study, period in asked:
        if study and period:
            with suppress(LinkageError):  # the notebook that asks for it says what is wrong
                opened = open_study(str(study))
                crew.answer(opened.study.folder, opened.check_period(period), len(opened.study.links))


def _replace(new: Path, old: Path) -> None:
    """In one step, so that a run that is stopped leaves a whole notebook."""
    beside = old.with_name(f".{old.name}.{os.getpid()}")
    shutil.copyfile(new, beside)
    os.replace(beside, old)
