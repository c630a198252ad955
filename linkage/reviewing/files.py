"""Are the files and the inputs of a report those its manifest names, byte for byte?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from linkage.report.manifest import input_hashes, package_versions, published_files
from linkage.reviewing.lines import Line, bad, good, told

if TYPE_CHECKING:
    from linkage.reviewing.published import PublishedReport


def same_files(report: PublishedReport) -> Iterator[Line]:
    """Every published file against its hash: named where it changed, is gone, or was added."""
    return _compare(report.manifest["files"], published_files(report.folder), "file")


def same_inputs(report: PublishedReport) -> Iterator[Line]:
    """study.yml and every source file against their hashes."""
    return _compare(report.manifest["inputs"], input_hashes(report.study), "input")


def _compare(then: dict[str, str], now: dict[str, str], what: str) -> Iterator[Line]:
    for name in sorted({*then, *now}):
        if name not in now:
            yield bad(f"{what} {name} is gone")
        elif name not in then:
            yield bad(f"{what} {name} was not there when the report was made")
        elif then[name] != now[name]:
            yield bad(f"{what} {name} has changed since the report was made")
        else:
            yield good(f"{what} {name}")


def other_surroundings(report: PublishedReport) -> Iterator[Line]:
    """Other versions are no fault: the same figures from them are the stronger proof."""
    for name, now in package_versions().items():
        then = report.manifest["packages"].get(name)
        if then != now:
            yield told(f"{name} was {then} and is {now}")
    if not report.same_code:
        yield told(
            "the code or the notebooks are not those that made the report: a difference may come from there"
        )
