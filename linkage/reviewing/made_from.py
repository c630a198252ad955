"""Do the marks of what a report was made from fit the rest of its manifest, the code and the study?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from linkage.report.manifest import code_hash
from linkage.report.runs_marks import Marks
from linkage.tables.ingredients import file_hash

if TYPE_CHECKING:
    from linkage.reviewing.published import PublishedReport

MADE_FROM = "made_from"
HASHED = re.compile(r"[0-9a-f]{64}|[0-9a-f]{16}")
KEY = "key of the pseudonyms"


def odd_marks(report: PublishedReport) -> Iterator[str]:
    """Each mark that is not what it marks, or that no report keeps; in words.

    Those of earlier reports and of files a notebook asks for are only held to be hashes: both may have changed since.
    """
    marks = report.manifest.get(MADE_FROM)
    if not isinstance(marks, dict):
        yield f"{MADE_FROM} is {marks!r}, and a report writes marks by name"
        return
    known = _known(report) if marks else {}
    for name, mark in marks.items():
        if name in known:
            if mark != known[name]:
                yield f"{MADE_FROM}: {name} is {mark!r}, and it is {known[name]!r}"
        elif not name.startswith(_unknown_now(report)):
            yield f"{MADE_FROM}: no report writes {name}"
        elif not (isinstance(mark, str) and HASHED.fullmatch(mark)):
            yield f"{MADE_FROM}: {name} is {mark!r}, and a report writes a hash"
    lacking = sorted(set(known) - set(marks))
    if lacking:
        yield f"{MADE_FROM} says nothing of {', '.join(lacking[:3])}"


def _known(report: PublishedReport) -> Marks:
    """The marks that stand elsewhere in the manifest too, or follow from the code where it is the same."""
    manifest = report.manifest
    known = {f"input {name}": mark for name, mark in manifest["inputs"].items()}
    known |= {f"package {name}": version for name, version in manifest["packages"].items()}
    known |= {"python": manifest.get("python"), "study folder": manifest.get("study_folder")}
    known |= {"notebook folder": manifest.get("notebook_folder")}
    if report.same_code:
        known |= {f"notebook {n.name}": file_hash(n.path) for n in report.sources}
        known |= {"code of linkage": code_hash([])}
    return known


def _unknown_now(report: PublishedReport) -> tuple[str, ...]:
    """How the names of marks begin that may be others now."""
    other_code = () if report.same_code else ("notebook ", "code of linkage")
    key = (KEY,) if report.study.declared.keys_folder else ()
    return ("report of ", "file ", *other_code, *key)
