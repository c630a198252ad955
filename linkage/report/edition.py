"""Everything one report says, gathered before any page is written."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from linkage.report.earlier import EarlierReports

if TYPE_CHECKING:
    from linkage.changing import WhyChanged
    from linkage.notebooks.finding import Notebook
    from linkage.notebooks.jobs import Outcome
    from linkage.opening import OpenStudy

Row = dict[str, object]


@dataclass(frozen=True, eq=False)
class Edition:
    """One study, one period, and what the notebooks found.

    notebooks : all of them, in order. inputs : SHA-256 by file, relative to the study's folder.
    not_made : formats asked for that could not be made.
    outcomes : by notebook. findings, metrics, money, forecasts : the rows they published.
    promises : what the report before forecast, and what came, in sentences. earlier : the reports published for
    the periods before; earlier_periods : which of them to read, where a report is made again (None reads all).
    declaration : the declared links and rules, beside those of the report before (see reviewing/declared.py).
    """

    study: OpenStudy
    period: str
    notebooks: tuple[Notebook, ...]
    inputs: dict[str, str]
    formats: tuple[str, ...] = ("html",)
    only: str | None = None
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    findings: list[Row] = field(default_factory=list)
    metrics: list[Row] = field(default_factory=list)
    money: list[Row] = field(default_factory=list)
    forecasts: list[Row] = field(default_factory=list)
    promises: tuple[str, ...] = ()
    declaration: dict[str, object] = field(default_factory=dict)
    earlier: EarlierReports = field(default_factory=EarlierReports)
    earlier_periods: tuple[str, ...] | None = None
    not_made: tuple[str, ...] = ()

    @property
    def parameters(self) -> dict[str, object]:
        """What every notebook is given."""
        return {"study": self.study.name, "period": self.period}

    @cached_property
    def why_changed(self) -> WhyChanged:
        """What is otherwise than in the report before, taken apart; worked out once for all pages."""
        from linkage.report.changes import changes_of

        return changes_of(self)

    @cached_property
    def input_hash(self) -> str:
        """One hash of all inputs: another file, name or byte gives another."""
        lines = "".join(f"{name}\0{mark}\0" for name, mark in sorted(self.inputs.items()))
        return hashlib.sha256(lines.encode()).hexdigest()
