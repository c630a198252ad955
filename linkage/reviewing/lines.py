"""What a review says: a line an item, each proved, not proved, or only told."""

from __future__ import annotations

from dataclasses import dataclass

GOOD, BAD, TOLD = "ok", "FAIL", "note"


@dataclass(frozen=True)
class Line:
    """One line of a review. word : ok (proved), FAIL (not as published), note (told, no proof of anything)."""

    word: str
    text: str

    @property
    def passed(self) -> bool:
        return self.word != BAD

    def __str__(self) -> str:
        return f"{self.word:<4} {self.text}"


def good(text: str) -> Line:
    return Line(GOOD, text)


def bad(text: str) -> Line:
    return Line(BAD, text)


def told(text: str) -> Line:
    return Line(TOLD, text)
