"""Is each word of the manifest one that a report writes? What no data can tell again, the report hash alone binds."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING

from linkage.exports.making import FAILED, LEFT_OUT, MADE
from linkage.notebooks.jobs import OK, SKIPPED
from linkage.report.earlier import READ
from linkage.report.manifest import package_versions, seconds_by_part
from linkage.reviewing.lines import Line, bad, good, told
from linkage.reviewing.made_from import odd_marks
from linkage.reviewing.sign_off import report_hash

if TYPE_CHECKING:
    from linkage.reviewing.published import PublishedReport

HASH = re.compile(r"[0-9a-f]{64}")
VERSION = re.compile(r"[\w.+!-]+")
SYSTEM = re.compile(r"\S+")
PARTS = {"total", "kernel", "imports", "work"}
"""Of a notebook's seconds."""
KERNELS = ("", "forked", "started")
BY_HASH_ALONE = (
    *("made_at", "seconds", "seconds_by_part", "study_folder", "notebook_folder", "python", "platform"),
    *("packages", "made_from", "earlier"),
)
"""What nobody can work out again once the report is made: clocks, places, versions, and what lay there then."""


def stated_as_written(report: PublishedReport) -> Iterator[Line]:
    """Clocks, places, versions and marks of the manifest: each of the kind a report writes, and of one mind.

    Whether they are true nobody can work out again: it is said which, and that the report hash binds them.
    """
    faults = [*_odd_values(report), *_odd_rows(report.manifest), *odd_marks(report)]
    yield from (bad(f"manifest: {said}", about="manifest, values") for said in faults)
    if not faults:
        yield good("manifest: clocks, places, versions and marks are of the kind a report writes")
    yield told(
        f"manifest: {', '.join(BY_HASH_ALONE)} cannot be worked out again: only the report hash, "
        f"{report_hash(report.folder)}, binds them, and a sign-off keeps it"
    )


def _odd_values(report: PublishedReport) -> Iterator[str]:
    manifest = report.manifest
    kinds: dict[str, tuple[Callable[[object], bool], str]] = {
        "made_at": (_is_moment, "a second in UTC, such as 2026-11-22T09:30:00+00:00"),
        "seconds": (_is_duration, "a number of seconds"),
        "study_folder": (lambda v: _last_part(v) == report.study.name, "a path to the study's folder"),
        "notebook_folder": (lambda v: bool(_last_part(v)), "a whole path"),
        "python": (lambda v: _fits(VERSION, v), "a version"),
        "platform": (lambda v: _fits(SYSTEM, v), "the name of a system, without blanks"),
        "code_hash": (lambda v: _fits(HASH, v), "a hash"),
        "earlier": (_are_marks, f"hashes of {', '.join(READ)}, period by period"),
    }
    for name, (fits, kind) in kinds.items():
        if not fits(manifest.get(name)):
            yield f"{name} is {manifest.get(name)!r}, and a report writes {kind}"
    yield from _odd_packages(report)


def _odd_packages(report: PublishedReport) -> Iterator[str]:
    for name, version in report.manifest["packages"].items():
        if not _fits(VERSION, version):
            yield f"packages: {name} is {version!r}, and a report writes a version"
    if report.same_code:  # other code may look at other packages
        more = sorted(set(report.manifest["packages"]) ^ set(package_versions()))
        if more:
            yield f"packages: the code that made it does not write just these: {', '.join(more)}"


def _odd_rows(manifest: dict) -> Iterator[str]:
    """Values of the rows of notebooks and formats that no report writes, and a sum of seconds that is none."""
    rows = manifest["notebooks"]
    faults = [fault for row in rows for fault in _odd_notebook(row)]
    yield from faults
    if not faults and manifest.get("seconds_by_part") != seconds_by_part(rows):
        said = f"{manifest.get('seconds_by_part')!r}, and the notebooks' add up to {seconds_by_part(rows)!r}"
        yield f"seconds_by_part is {said}"
    for row in manifest.get("exports", ()):
        yield from _odd_format(row)


def _odd_notebook(row: dict) -> Iterator[str]:
    name, status, seconds = row["name"], row.get("status"), row.get("seconds")
    if status not in (OK, FAILED, SKIPPED):
        yield f"the status of {name} is {status!r}"
    if status == OK and row.get("reason"):
        yield f"the reason of {name} is {row['reason']!r}, and it ended well"
    if row.get("kernel") not in KERNELS:
        yield f"the kernel of {name} is {row.get('kernel')!r}"
    if not isinstance(seconds, dict) or set(seconds) - PARTS or not all(map(_is_duration, seconds.values())):
        yield f"the seconds of {name} are {seconds!r}"


def _odd_format(row: dict) -> Iterator[str]:
    name, status = f"the format {row.get('format')}", row.get("status")
    if status not in (MADE, LEFT_OUT, FAILED):
        yield f"the status of {name} is {status!r}"
    if status == MADE and row.get("reason"):
        yield f"the reason of {name} is {row['reason']!r}, and it was made"
    if not _is_duration(row.get("seconds")):
        yield f"the seconds of {name} are {row.get('seconds')!r}"


def _is_moment(value: object) -> bool:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return False
    return moment.tzinfo == UTC and moment.isoformat(timespec="seconds") == value


def _is_duration(value: object) -> bool:
    return (
        isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0
    )


def _last_part(value: object) -> str:
    """The last name of a whole path, of this system or another; empty for what is none."""
    for kind in (PurePosixPath, PureWindowsPath):
        if isinstance(value, str) and kind(value).is_absolute():
            return kind(value).name
    return ""


def _fits(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _are_marks(value: object) -> bool:
    """Whether it is a hash by file, by period."""
    return isinstance(value, dict) and all(
        isinstance(files, dict)
        and set(files) <= set(READ)
        and all(_fits(HASH, mark) for mark in files.values())
        for files in value.values()
    )
