"""What is proposed for a folder: sources, metrics, links, and everything that a person should look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from linkage.proposing.columns import Look
from linkage.proposing.files import Found, LeftOut
from linkage.proposing.measured import MetricGuess
from linkage.proposing.parts import Mapped, Part
from linkage.results import Result


@dataclass
class SourceProposal:
    """A source as it would be declared.

    parts : the tables it is made of. select : the SQL that makes it, "" where a mapping does. kind : the kind of
    period its rows are brought to, for unit_periods. only_answered : rows without an answer are none.
    grouped : several rows are brought together: those of a unit and period, or those alike in the column `by`.
    siblings : the names of all files of the study. one_day : its rows are one day's, and nothing follows on them.
    totals : words of lines that add others up. currency : the column that says it, where there are several.
    doubled : which of two rows with one key is kept, first or last.
    copies : tables written out as text for the select, and the files' names. off : why it is commented out.
    """

    name: str
    role: str
    parts: list[Part]
    why: tuple[str, ...] = ()
    about: str = ""
    kind: str = ""
    only_answered: bool = False
    columns: list[Mapped] = field(default_factory=list)
    metrics: list[MetricGuess] = field(default_factory=list)
    doubled: str = ""
    pad: dict[str, int] = field(default_factory=dict)
    select: str = ""
    copies: dict[Found, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    grouped: bool = False
    by: str = ""
    one_day: bool = False
    totals: list[str] = field(default_factory=list)
    currency: str = ""
    siblings: frozenset[str] = frozenset()
    doubts: list[str] = field(default_factory=list)
    off: str = ""

    @property
    def shown(self) -> str:
        return "; ".join(part.facts.table.shown for part in self.parts)

    @property
    def mapped(self) -> dict[str, Mapped]:
        return {m.ours: m for m in self.columns}

    @property
    def mapped_first(self) -> dict[str, Mapped]:
        """Our columns in the first table."""
        return self.parts[0].mapped

    def look_of(self, ours: str) -> Look | None:
        found = self.mapped.get(ours)
        return self.parts[0].facts.columns.get(found.theirs) if found else None


@dataclass(frozen=True)
class LinkProposal:
    """A question the sources could answer. off : why it is commented out, if it is."""

    name: str
    question: str
    grain: str
    outcome: str
    drivers: tuple[str, ...]
    controls: tuple[str, ...] = ()
    lag: int = 0
    expect: str = "either"
    off: str = ""


@dataclass(frozen=True, eq=False, repr=False)
class Proposal(Result):
    """A study proposed for a folder of files; nothing of it is written yet.

    sources, links : as they would be declared. left_out : files and sheets that are not used, and why.
    doubts : what concerns several files. folder : where the files are. identity : what speaks for knowing customers by
    their addresses, "" where that is not needed. gap_days : after so many days without a purchase a customer counts as
    gone, 0 where the suite's own rule fits.
    """

    main_table = "columns"

    folder: Path
    period: str
    currency: str
    window: int
    sources: tuple[SourceProposal, ...]
    links: tuple[LinkProposal, ...]
    left_out: tuple[LeftOut, ...]
    doubts: tuple[str, ...]
    evidence: tuple[str, ...] = ()
    identity: str = ""
    gap_days: int = 0

    @property
    def columns(self) -> pd.DataFrame:
        """One row a column of the files: the file, its source, what it becomes, and why."""
        rows: list[tuple] = []
        for source in self.sources:
            for part in source.parts:
                shown = part.facts.table.shown
                rows += [(shown, source.name, m.theirs, m.ours, m.why) for m in part.columns]
                rows += [
                    (shown, source.name, m.theirs, f"metric {m.name}", m.why) for m in part.metrics if m.sure
                ]
                rows += [(shown, source.name, name, "", why) for name, why in part.left]
                rows += [(shown, source.name, m.theirs, "", "a metric?") for m in part.metrics if not m.sure]
        return pd.DataFrame(rows, columns=["file", "source", "column", "becomes", "why"])

    @property
    def declared(self) -> tuple[SourceProposal, ...]:
        """The sources that are not commented out."""
        return tuple(s for s in self.sources if not s.off)

    def summary(self) -> str:
        """What was found, by source: columns mapped, columns not understood, doubts; then files not used."""
        parts = [_describe(source) for source in self.sources]
        parts += [f"Customers are recognised by their address: {self.identity}"] if self.identity else []
        if self.doubts:
            parts.append("Look at\n" + "\n".join(f"  ? {d}" for d in self.doubts))
        if self.left_out:
            parts.append("Not used\n" + "\n".join(f"  {out.shown}: {out.reason}" for out in self.left_out))
        live = [link.name for link in self.links if not link.off]
        parts.append(f"Links proposed: {', '.join(live) or 'none'}")
        return "\n\n".join(parts)


def _describe(source: SourceProposal) -> str:
    head = f"{source.name}{'' if source.name == source.role else f' ({source.role})'}: {source.shown}"
    lines = [head, f"  because of {'; '.join(source.why)}"] if source.why else [head]
    if source.off:
        lines.append(f"  commented out: {source.off}")
    for part in source.parts:
        mapped = [f"{m.theirs} -> {m.ours}" for m in part.columns if m.theirs]
        lines.append(f"  columns: {', '.join(mapped)}")
    metrics = [f"{m.theirs or ' to '.join(m.span or ())} -> {m.name}" for m in source.metrics if m.sure]
    lines += [f"  metrics: {', '.join(metrics)}"] if metrics else []
    unclear = [name for part in source.parts for name, _ in part.left]
    unclear += [m.theirs for m in source.metrics if not m.sure]
    lines += [f"  not understood or not used: {', '.join(dict.fromkeys(unclear))}"] if unclear else []
    lines += [f"  {note}" for note in source.notes]
    doubts = [*source.doubts, *(f"{m.name}: {m.doubt}" for m in source.metrics if m.sure and m.doubt)]
    return "\n".join([*lines, *(f"  ? {doubt}" for doubt in doubts)])
