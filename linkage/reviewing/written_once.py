"""Does each JSON file of a report say each thing once? Of a name that stands twice, one reader sees the first."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.reviewing.lines import Line, bad, good

if TYPE_CHECKING:
    from linkage.reviewing.published import PublishedReport

KINDS = (".json", ".ipynb")


def said_once(report: PublishedReport) -> Iterator[Line]:
    """Each JSON file and notebook: whether any part of it names the same thing twice.

    What compares contents sees the later of the two, and another program may show the earlier.
    """
    files = [p for p in sorted(report.folder.rglob("*")) if p.suffix in KINDS and p.is_file()]
    faults = {p.relative_to(report.folder).as_posix(): named_twice(p) for p in files}
    for name, twice in faults.items():
        if twice:
            said = ", ".join(repr(part) for part in twice)
            yield bad(f"file {name} says {said} twice in one place: readers differ in which they show")
    if not any(faults.values()):
        yield good(f"{len(files)} JSON files and notebooks say each thing once")


def named_twice(path: Path) -> list[str]:
    """The names that stand twice in one object of a JSON file; empty for a file that cannot be read, told elsewhere."""
    found: dict[str, None] = {}

    def kept(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found.update(dict.fromkeys(name for name, times in Counter(n for n, _ in pairs).items() if times > 1))
        return dict(pairs)

    try:
        json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=kept)
    except (OSError, ValueError, RecursionError):
        return []
    return list(found)
