"""Does the PDF say what the pages say?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from linkage.reviewing.lines import Line, told

if TYPE_CHECKING:
    from linkage.report.edition import Edition
    from linkage.reviewing.published import PublishedReport


def same_print(report: PublishedReport, edition: Edition) -> Iterator[Line]:
    """The PDF of the pages: not compared, and said so."""
    yield told("PDF: proved by its hash alone")
