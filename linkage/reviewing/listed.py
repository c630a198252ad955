"""Does the list of all reports, which most readers open first, say what the reports beside it give?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from linkage.reviewing.lines import Line, good, look

if TYPE_CHECKING:
    from linkage.reviewing.published import PublishedReport


def same_list(report: PublishedReport) -> Iterator[Line]:
    """The list over all reports written again. It is no part of one report, and other reports come and go: so a
    difference is for a person to look at. Nothing where there is no list."""
    from linkage.report.index import INDEX, index_page
    from linkage.report.index_reading import read_reports

    place = report.folder.parent.parent / INDEX
    if not place.is_file():
        return
    if place.read_bytes() == index_page(*read_reports(place.parent)).encode():
        yield good(f"list of reports: {INDEX} made again, the same")
    else:
        yield look(
            f"the list of reports, {INDEX} above the report's folder, is not what the reports there give: the next "
            "`linkage report` writes it again"
        )
