"""Makes the exports that were asked for, one by one: what cannot be made is left out with the reason."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.errors import LinkageError

if TYPE_CHECKING:
    from linkage.report.edition import Edition

MADE, LEFT_OUT, FAILED = "made", "left out", "failed"
Say = Callable[[str], None]


@dataclass(frozen=True)
class Export:
    """One format: made, left out (nothing is wrong with the report), or failed; why; its files; how long it took."""

    format: str
    status: str
    reason: str = ""
    files: tuple[str, ...] = ()
    seconds: float = 0.0

    def to_row(self) -> dict[str, object]:
        return {**asdict(self), "files": list(self.files)}


def write_exports(
    edition: Edition, folder: Path, *, reports: Path, say: Say = lambda text: None
) -> tuple[Export, ...]:
    """Write the formats of the edition beside its pages, into `folder`. reports : the folder of all reports.

    A format that cannot be made here leaves the others as they are.
    """
    makers = {"xlsx": _workbook, "pptx": _slides, "pdf": _pdf}
    made = []
    for name in (f for f in edition.formats if f in makers):
        made.append(_tried(name, makers[name], edition, folder, reports))
        said = "ok" if made[-1].status == MADE else f"{made[-1].status}: {made[-1].reason}"
        say(f"{name}: {made[-1].seconds:.1f} s, {said}")
    return tuple(made)


def _tried(name: str, make: Callable, edition: Edition, folder: Path, reports: Path) -> Export:
    began = time.monotonic()
    try:
        files, reason = make(edition, folder, reports)
        status = MADE if files else LEFT_OUT
    except LinkageError as error:
        files, status, reason = (), LEFT_OUT, str(error)
    except Exception as error:  # the report stands without it, and says so
        files, status, reason = (), FAILED, f"{type(error).__name__}: {error}"
    names = tuple(file.relative_to(folder).as_posix() for file in files)
    return Export(name, status, reason, names, round(time.monotonic() - began, 3))


def _workbook(edition: Edition, folder: Path, reports: Path) -> tuple[list[Path], str]:
    """The workbook, and its lists to work from as CSV."""
    from linkage.exports.contents import gather
    from linkage.exports.sheets import write_csv
    from linkage.exports.workbook import write_workbook

    contents = gather(edition, reports)
    path = folder / f"linkage-{edition.period}.xlsx"
    title = f"{edition.study.title}, {edition.period}"
    write_workbook(path, contents.sheets, title=title, on=last_day(edition))
    files = [path]
    for name, sheet in contents.lists.items():
        files.append(folder / "lists" / f"{name}-{edition.period}.csv")
        write_csv(sheet, files[-1])
    if contents.file and contents.keys:
        contents.file.keep(contents.keys, edition.period)
    return files, ""


def _slides(edition: Edition, folder: Path, reports: Path) -> tuple[list[Path], str]:
    from linkage.exports.slides import write_slides

    path = folder / f"linkage-{edition.period}.pptx"
    write_slides(path, edition, on=last_day(edition))
    return [path], ""


def _pdf(edition: Edition, folder: Path, reports: Path) -> tuple[list[Path], str]:
    from linkage.exports.pdf import write_pdfs

    return write_pdfs(edition, folder, on=last_day(edition))


def last_day(edition: Edition):
    """The day a file is dated: the last of the period, so that its bytes do not depend on the clock."""
    return edition.study.study.period(edition.period).end
