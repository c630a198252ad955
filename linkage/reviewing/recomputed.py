"""Do the findings follow from the data? Held against the notebooks that carry them, and answered anew without them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.errors import LinkageError, ReportError
from linkage.limits.reviewing import SAME_DIGITS
from linkage.publishing import plain
from linkage.report.findings import collect_findings
from linkage.reviewing.lines import Line, bad, good, told
from linkage.reviewing.sentences import apart

if TYPE_CHECKING:
    from linkage.cards.card_set import CardSet
    from linkage.reviewing.published import PublishedReport

Row = dict[str, object]
LONG = 60
"""A longer text is told by the place where it differs."""


def carried_findings(report: PublishedReport, folder: Path | None = None) -> Iterator[Line]:
    """The published findings are those that the executed notebooks carry, row by row.

    folder : one that holds the notebooks; default the report's own.
    """
    places = {name: (folder or report.folder) / "notebooks" / path.name for name, path in report.good.items()}
    try:
        published = report.read("findings.json")
        carried = collect_findings(places, report.study, report.period)
    except (LinkageError, ValueError, KeyError) as error:
        yield bad(f"findings: {error}")
        return
    if carried == published:
        yield good(f"findings: {len(published)} rows, as the notebooks carry them", about="findings.json")
        return
    for then, now in zip(published, carried, strict=False):
        fault = difference(then, now, exactly=True)
        if fault:
            name, is_now, was = fault
            yield bad(
                f"findings: {_named(then)}: {name} is {is_now}, the notebook says {was}",
                about="findings.json",
            )
            return
    said = f"findings: {len(published)} rows are published, the notebooks carry {len(carried)}"
    yield bad(said, about="findings.json")


def believed_findings(report: PublishedReport) -> Iterator[Line]:
    """For each published row that the notebooks carry so: no fault of its own where the notebooks are believed."""
    try:
        published = report.read("findings.json")
        carried = collect_findings(report.good, report.study, report.period)
    except (LinkageError, ValueError, KeyError):
        return  # told by carried_findings
    for row in published:
        if row in carried:
            yield good("", about=_named_finding(row))
            yield good("", about=f"sentence of {_named(row)}")


def recomputed_findings(report: PublishedReport, cards: CardSet) -> Iterator[Line]:
    """Each published finding of a declared link, answered again from the data without any notebook.

    cards : the family as the data answer it now. Figures are the same within the digits that are published.
    """
    try:
        published = report.read("findings.json")
    except ReportError as error:
        yield bad(f"findings: {error}")
        return
    anew = {(row["link"], row["driver"]): plain(row) for row in cards.findings()}
    own = [row for row in published if row.get("link") in report.study.links]
    faults = 0
    for row in own:
        made = anew.get((row["link"], row.get("driver")))
        if made is None:
            faults += 1
            yield bad(f"data: {_named(row)}: the data give no such finding", about=_named_finding(row))
            continue
        fault = difference(row, {**row, **made}, exactly=False)
        if fault:
            faults += 1
            name, said, gives = fault
            said = f"data: {_named(row)}: {name} is published as {said}, the data give {gives}"
            yield bad(said, about=_named_finding(row))
    there = {(row["link"], row.get("driver")) for row in own}
    asked = {link for link, _ in there}
    for link, driver in anew:
        if link in asked and (link, driver) not in there:
            faults += 1
            yield bad(f"data: {link}, {driver}: the data give a finding, and none is published")
    if not faults:
        yield good(f"data: {len(own)} findings answered anew from the sources, the same")
    if len(own) < len(published):
        yield told(
            f"{len(published) - len(own)} findings are of no declared link: the notebooks alone prove them"
        )


def difference(then: Row, now: Row, *, exactly: bool) -> tuple[str, str, str] | None:
    """The first part in which two rows differ, and what each says of it; None where they are the same."""
    same = (lambda a, b: a == b) if exactly else alike
    for name in dict.fromkeys([*then, *now]):
        if not same(then.get(name), now.get(name)):
            return _told(name, then.get(name), now.get(name), exactly)
    return None


def _told(name: str, one: object, other: object, exactly: bool) -> tuple[str, str, str]:
    """A difference in words: of lists of checks the check that differs, of texts the place where they part."""
    if isinstance(one, list) and isinstance(other, list):
        for first, second in zip(one, other, strict=False):
            inner = difference(first, second, exactly=exactly) if isinstance(first, dict) else None
            if inner:
                return f"{name}, {first.get('name')}: {inner[0]}", inner[1], inner[2]
        return f"the number of {name}", str(len(one)), str(len(other))
    if isinstance(one, str) and isinstance(other, str) and max(len(one), len(other)) > LONG:
        return name, *apart(one, other)
    return name, repr(one), repr(other)


def alike(one: object, other: object) -> bool:
    """Whether two published values are the same, figures within the last digits printed."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(one[k], other[k]) for k in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, float) and isinstance(other, float | int):
        return math.isclose(one, other, rel_tol=SAME_DIGITS, abs_tol=1e-12)
    return one == other


def _named_finding(row: Row) -> str:
    return f"finding {_named(row)}"


def _named(row: Row) -> str:
    return f"{row.get('link')}, {row.get('driver')}"
