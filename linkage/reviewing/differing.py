"""In what does an output differ from the stored one? Said in one place: the line, and both values."""

from __future__ import annotations

import json
from collections.abc import Iterator

from linkage.reviewing.sentences import apart

DIFFER = "Cell outputs differ"
KINDS = {
    "stdout": "what it prints",
    "stderr": "what it warns of",
    "text/plain": "its table as text",
    "text/html": "its table or drawing",
}
LONGEST = 110
"""Longer lines are shown around the place where they part."""


def first_difference(cell: dict) -> str:
    """Where a cell run again parts from what is stored, in words. cell : as pytest_notebooks.py told how it ended."""
    if cell["said"] != DIFFER:
        return f"does not run as it did: {cell['said'].splitlines()[0]}"
    stored, came = _by_kind(cell["stored"]), _by_kind(cell["came"])
    for kind in dict.fromkeys([*stored, *came]):
        if kind not in came:
            return f"holds {_named(kind)}, and run again it has none"
        if kind not in stored:
            return f"gives {_named(kind)} now, and none is stored"
        if stored[kind] != came[kind]:
            return f"gives another output now: {_apart(kind, stored[kind], came[kind])}"
    return "gives its outputs in another order, or parted otherwise, now"


def _by_kind(pairs: list[list]) -> dict[str, list]:
    found: dict[str, list] = {}
    for kind, content in pairs:
        found.setdefault(kind, []).append(content)
    return found


def _named(kind: str) -> str:
    return KINDS.get(kind, f"rows ({kind})" if kind.endswith("json") else kind)


def _apart(kind: str, stored: list, came: list) -> str:
    """The first line that differs: its number in the output, what is stored, and what came."""
    pairs = enumerate(_both(list(_lines(stored)), list(_lines(came))), 1)
    number, one, other = next((n, a, b) for n, (a, b) in pairs if a != b)
    if one is None or other is None:
        word = "not stored" if one is None else "gone"
        return f"line {number} of {_named(kind)} is {word}: {_quoted(other if one is None else one)}"
    if max(len(one), len(other)) > LONGEST:
        said, gives = apart(one, other)
    else:
        said, gives = _quoted(one), _quoted(other)
    return f"line {number} of {_named(kind)} is {said} as stored, {gives} as run again"


def _both(one: list[str], other: list[str]) -> Iterator[tuple[str | None, str | None]]:
    for place in range(max(len(one), len(other))):
        yield tuple(side[place] if place < len(side) else None for side in (one, other))


def _lines(contents: list) -> Iterator[str]:
    for content in contents:
        text = content if isinstance(content, str) else _text(content)
        yield from text.splitlines()


def _text(content: object) -> str:
    """Rows as text, a line a value, in an order of their own: a file keeps its keys sorted, a kernel does not."""
    return json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True)


def _quoted(text: str) -> str:
    return f"“{text.strip()[:LONGEST]}”"
