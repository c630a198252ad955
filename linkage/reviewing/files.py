"""Are the files and the inputs of a report those its manifest names, byte for byte?"""

from __future__ import annotations

from collections.abc import Iterator
from platform import python_version
from typing import TYPE_CHECKING

from linkage.report.manifest import MANIFEST, REVIEW, input_hashes, package_versions, published_files
from linkage.reviewing.lines import Line, bad, good, look

if TYPE_CHECKING:
    from linkage.reviewing.published import PublishedReport


def same_files(report: PublishedReport) -> Iterator[Line]:
    """Every published file against its hash: named where it changed, is gone, or was added.

    Manifest and sign-off have no hash there: they must be files of their own, no link to what lies elsewhere.
    """
    for name in (MANIFEST, REVIEW):
        if (report.folder / name).is_symlink():
            yield bad(
                f"file {name} is a link: what it leads to is no part of the report", about=f"file {name}"
            )
    yield from _compare(report.manifest["files"], published_files(report.folder), "file")


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
            yield bad(f"{what} {name} has changed since the report was made", about=f"{what} {name}")
        else:
            yield good(f"{what} {name}")


def other_surroundings(report: PublishedReport) -> Iterator[Line]:
    """Another Python, other packages or other code: no fault, since the same figures from them are the stronger proof.

    Said for a person to look at: a difference may come from there.
    """
    then, now = _surroundings_then(report.manifest), {"python": python_version(), **package_versions()}
    for name in dict.fromkeys([*then, *now]):
        if then.get(name) != now.get(name):
            was, has = then.get(name, "absent"), now.get(name, "absent")
            yield look(f"{name} was {was} when the report was made, and is {has} here")
    if not report.same_code:
        yield look(
            "the code or the notebooks are not those that made the report: a difference may come from there"
        )


def _surroundings_then(manifest: dict) -> dict[str, str]:
    return {"python": str(manifest.get("python", "unknown")), **manifest["packages"]}


def changed_inputs(report: PublishedReport) -> tuple[str, ...]:
    """The names of the inputs that came, went or changed since the report was made."""
    then, now = report.manifest["inputs"], input_hashes(report.study)
    return tuple(name for name in sorted({*then, *now}) if then.get(name) != now.get(name))
