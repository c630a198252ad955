"""What lies beside a report and is none of it? The review and the sign-off of one report cover that report alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from linkage.report.earlier import READ
from linkage.report.manifest import MANIFEST
from linkage.reviewing.lines import Line, told

if TYPE_CHECKING:
    from linkage.reviewing.published import PublishedReport


def told_beside(report: PublishedReport) -> Iterator[Line]:
    """The neighbours of a report in its study's folder, by name, and what of them is proved here; none: no line."""
    there = sorted(p for p in report.folder.parent.glob("[!.]*") if p.name != report.folder.name)
    reports = [p.name for p in there if (p / MANIFEST).is_file()]
    others = [p.name for p in there if p.name not in reports]
    if reports:
        yield told(
            f"beside it lie the reports of {', '.join(reports)}: neither this review nor a sign-off of this report "
            f"covers them; `linkage review {report.study.name} {reports[0]}` proves {_one(reports)}"
        )
    read = sorted(report.manifest.get("earlier", {}))
    if read:
        yield told(
            f"of {', '.join(read)} it read {', '.join(READ[:-1])} and {READ[-1]}, and of the newest the "
            "declaration: that they are still what was read is looked at here, that they are right is not"
        )
    if others:
        yield told(f"beside it lie {', '.join(others)}, no part of any report: nothing here looks into them")


def _one(names: list[str]) -> str:
    return "it" if len(names) == 1 else "one of them"
