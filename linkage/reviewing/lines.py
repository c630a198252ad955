"""What a review says: a line an item, proved, not proved, to be looked at, or only told; and what lies at the root."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from linkage.reviewing.unseen_letters import visible

GOOD, BAD, LOOK, TOLD = "ok", "FAIL", "REVIEW", "note"


@dataclass(frozen=True)
class Line:
    """One line of a review.

    word : ok (proved), FAIL (not as published), REVIEW (a person looks), note (told, no proof of anything). about : the
    item it speaks of, the same whichever way it came out. follows : the item at whose root a fault lies, "" for a fault
    of its own.
    """

    word: str
    text: str
    about: str = ""
    follows: str = ""

    @property
    def passed(self) -> bool:
        return self.word != BAD

    def __str__(self) -> str:
        end = f" (repeats {self.follows})" if self.follows else ""
        return visible(f"{self.word:<4} {self.text}{end}")  # a terminal would obey what a forged file may say


def good(text: str, about: str = "") -> Line:
    return Line(GOOD, text, about)


def bad(text: str, about: str = "", follows: str = "") -> Line:
    return Line(BAD, text, about, follows)


def look(text: str) -> Line:
    return Line(LOOK, text)


def told(text: str) -> Line:
    return Line(TOLD, text)


def of_same_root(lines: Iterable[Line], forged: Iterable[Line], root: str) -> Iterator[Line]:
    """Each fault that is none where the forged items are believed is no fault of its own: it follows from them.

    lines : held against what is true. forged : the same held against what lies there. root : the forged items' names.
    """
    believed = {line.about for line in forged if line.passed and line.about}
    for line in lines:
        if line.passed or line.about not in believed:
            yield line
        else:
            own = [name for name in root.split(", ") if line.about == f"page {name}.html"]
            yield replace(line, follows=own[0] if own else root)  # a notebook's page is made from it alone


def roots_of(lines: Iterable[Line], tell: Callable[[str], None]) -> None:
    """Tell each fault of its own again, and under it what only repeats it; nothing where nothing follows."""
    faults = [line for line in lines if not line.passed]
    if not any(line.follows for line in faults):
        return
    tell("At the root:")
    for root in (line for line in faults if not line.follows):
        tell(f"  {root.text.splitlines()[0]}")
        repeated = [line for line in faults if line.follows and root.about in line.follows.split(", ")]
        for line in repeated if root.about else ():
            tell(f"     repeated in {line.about or line.text.splitlines()[0]}")
