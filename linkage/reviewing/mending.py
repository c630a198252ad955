"""What would a report's notebooks hold if each output were what it gives when run again?"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.scratch import scratch_folder

if TYPE_CHECKING:
    from linkage.reviewing.outputs import Rerun
    from linkage.reviewing.published import PublishedReport


@contextmanager
def mended(report: PublishedReport, wrong: Sequence[Rerun]) -> Iterator[Path]:
    """A folder that holds the report's notebooks, each wrong output replaced by the one that came.

    What a forged notebook feeds can then be told from what was forged by itself.
    """
    with scratch_folder() as folder:
        shutil.copytree(report.folder / "notebooks", folder / "notebooks")
        for rerun in wrong:
            _mend(folder / "notebooks" / rerun.path.name, rerun)
        yield folder


def _mend(path: Path, rerun: Rerun) -> None:
    from linkage.notebooks.normalising import normalise, write_notebook
    from linkage.notebooks.quick import load_nbformat

    notebook = load_nbformat().read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for fault in rerun.faults:
        outputs = json.dumps(fault.get("outputs", []))
        code[fault["place"]]["outputs"] = load_nbformat().from_dict(json.loads(outputs))
    write_notebook(normalise(notebook), path)
