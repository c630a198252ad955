"""The list of all published reports: which studies and periods there are, what they say, who signed them."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from urllib.parse import quote

import linkage
from linkage.errors import ReportError
from linkage.ladder import COUNTED
from linkage.locks import has_locks
from linkage.report.folders import MAKING
from linkage.report.index_reading import COUNT_RULE, BrokenFolder, PublishedReport, read_reports
from linkage.report.shell import shell, templates

INDEX = "index.html"


def write_index(reports: Path) -> Path:
    """Write index.html over the reports in a folder, from what is in it now; the same reports give the same bytes.

    A folder that holds no readable report is named on the page. Two processes at once write one after the other, so
    that the last one has seen all. Raises ReportError where the folder cannot be read or written.
    """
    place = reports / INDEX
    try:
        with _alone(reports):
            page = index_page(*read_reports(reports)).encode()
            if not (place.is_file() and place.read_bytes() == page):
                _replace(place, page)
    except OSError as error:
        raise ReportError(
            f"The reports are as they were made, but their list could not be written: {error.strerror} ({place})."
        ) from None
    return place


def index_page(found: list[PublishedReport], broken: list[BrokenFolder]) -> str:
    """The page, its links relative to the folder of all reports."""
    studies = [_study(name, list(rows)) for name, rows in groupby(found, key=lambda report: report.study)]
    template = templates().get_template("reports.html.j2")
    lead = _lead(found, studies, broken)
    values = {"studies": studies, "broken": broken, "counted": COUNTED, "lead": lead, "rule": COUNT_RULE}
    html = template.render(**shell(), **values, version=linkage.__version__)
    return html.rstrip() + "\n"


def _study(name: str, reports: list[PublishedReport]) -> dict[str, object]:
    return {"id": f"study-{quote(name)}", "title": reports[0].title, "rows": [_row(r) for r in reports]}


def _row(report: PublishedReport) -> dict[str, object]:
    folder = quote(report.folder)
    return {
        "period": report.period,
        "link": f"{folder}/index.html",
        "counts": [report.counts[word] for word in COUNTED],
        "failed": [(title, page and f"{folder}/{quote(page)}") for title, page in report.failed],
        "only": report.only,
        "sign_off": report.sign_off,
        "input_hash": report.input_hash,
        "version": report.version,
    }


def _lead(found: list[PublishedReport], studies: list, broken: list[BrokenFolder]) -> str:
    if not found and not broken:
        return "There is no report here yet: `linkage report` makes one."
    failed = sum(bool(report.failed) for report in found)
    said = f"{_counted(len(found), 'report')} of {_counted(len(studies), 'study', 'studies')}"
    said += f"; {failed} with failed pages" if failed else ", none with a failed page" if found else ""
    return f"{said}." + (f" {_counted(len(broken), 'folder')} could not be read." if broken else "")


def _counted(n: int, one: str, many: str = "") -> str:
    return f"{n} {one if n == 1 else many or one + 's'}"


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait until no other process writes in this way here; where there are no locks, the last one wins."""
    if not has_locks():
        yield
        return
    import fcntl

    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _replace(place: Path, content: bytes) -> None:
    beside = place.with_name(f".{place.name}.{secrets.token_hex(4)}.{MAKING}")
    for left in place.parent.glob(f".{place.name}.*.{MAKING}"):  # of a process that was killed: we are alone
        left.unlink()
    try:
        beside.write_bytes(content)
        os.replace(beside, place)
    finally:
        beside.unlink(missing_ok=True)
