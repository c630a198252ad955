"""Do the lists to work from say what the data give? Each CSV written again and compared, cell by cell."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.reviewing.lines import Line, bad, good
from linkage.scratch import scratch_folder

if TYPE_CHECKING:
    from linkage.exports.contents import Contents
    from linkage.reviewing.published import PublishedReport


def same_lists(report: PublishedReport, contents: Contents) -> Iterator[Line]:
    """Each list of the report against the sheet it is made from; and no list more."""
    from linkage.exports.sheets import write_csv

    wanted = {f"lists/{name}-{report.period}.csv": sheet for name, sheet in contents.lists.items()}
    for name, sheet in wanted.items():
        with scratch_folder() as scratch:
            again = Path(scratch, "list.csv")
            write_csv(sheet, again)
            yield _compared(name, report.folder / name, again)
    for path in sorted((report.folder / "lists").glob("*")):
        name = f"lists/{path.name}"
        if name not in wanted:
            yield bad(f"list {name}: the data give no such list", about=f"list {name}")


def _compared(name: str, published: Path, again: Path) -> Line:
    about = f"list {name}"
    if not published.is_file():
        return bad(f"{about} is gone", about=about)
    if published.read_bytes() == again.read_bytes():
        return good(f"{about} made again, the same", about=about)
    rows, made = _rows(published), _rows(again)
    for number, (one, other) in enumerate(zip_longest(rows, made), 1):
        if one is None or other is None:
            word = "is not in the report's data" if other is None else "is gone"
            return bad(f"{about}: line {number} {word}", about=about)
        for place, (cell, value) in enumerate(zip_longest(one, other)):
            if cell != value:
                column = made[0][place] if place < len(made[0]) else f"column {place + 1}"
                said = f"line {number}, {column} holds {cell!r}, the report's data give {value!r}"
                return bad(f"{about}: {said}", about=about)
    return bad(f"{about}: the cells are the same, and the file is written otherwise", about=about)


def _rows(path: Path) -> list[list[str]]:
    text = path.read_text(encoding="utf-8", errors="replace")
    return list(csv.reader(io.StringIO(text, newline="")))
