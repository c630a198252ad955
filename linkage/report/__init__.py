"""The report of one study and one period: notebooks executed, findings collected, a site published."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from linkage.report.index import write_index
    from linkage.report.making import Made, make_report
    from linkage.report.runs import Run, Wish, make_reports

_PUBLIC = {
    "Made": "linkage.report.making",
    "Run": "linkage.report.runs",
    "Wish": "linkage.report.runs",
    "make_report": "linkage.report.making",
    "make_reports": "linkage.report.runs",
    "write_index": "linkage.report.index",
}

__all__ = ["Made", "Run", "Wish", "make_report", "make_reports", "write_index"]


def __getattr__(name: str) -> object:
    # Loaded when first used: what only looks at a published report should not wait for what makes one.
    if name not in _PUBLIC:
        raise AttributeError(f"linkage.report has no {name!r}; it has: {', '.join(__all__)}")
    return getattr(import_module(_PUBLIC[name]), name)
