"""Answers given in words: which number each word of a scale stands for, from the worst answer to the best."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from linkage.proposing.answerwords import ASIDE, SCALES, SETTLED, UNSETTLED
from linkage.proposing.names import fold

LABELLED = (
    re.compile(r"(?P<number>\d{1,2})\s*[-\u2013\u2014=:.)]\s*[^\d\s][^\d]{2,}"),
    re.compile(r"[^\d]{2,}[^\d\s](?:\s+[-\u2013\u2014=:]\s*|\s*\()(?P<number>\d{1,2})\)?"),
    re.compile(r"(?P<number>\d{1,2})\s*\([^\d()]+\)"),
)
"""A number with its meaning beside it: "5 - Very satisfied", "Very satisfied (5)"."""

OUT_OF = re.compile(
    r"(?P<number>\d{1,2})\s*(?:(?:/|out of|of|von|de|sur|su|van)\s*(?P<top>\d{1,2})\s*)?"
    r"(?:stars?|sterne?n?|estrellas?|estrelas?|étoiles?|stelle|sterren|punkte?|points?|\u2605)?",
    re.IGNORECASE,
)
STARS = re.compile("(?P<full>[\u2605\u2b50]\ufe0f?)+(?P<empty>\u2606*)")


@dataclass(frozen=True)
class Worded:
    """Answers in words. words : each as it stands in the data, with its number. low, high : the ends of the scale.

    why : the evidence. aside : words that are no answer.
    """

    words: tuple[tuple[str, float], ...]
    low: float
    high: float
    why: str
    aside: tuple[str, ...] = ()


def worded_scale(values: Sequence[str]) -> Worded | None:
    """The scale on which distinct values are answers, most frequent first; None where they are on none."""
    if not 2 <= len(values) <= 14 or max(map(len, values)) > 60:
        return None
    return _numbered(values) or _on_scale(values)


def settled_words(values: Sequence[str]) -> dict[str, float] | None:
    """Words that say whether something is settled, as 1 and 0; None where other words are among them."""
    said = {v: float(_bare(v) in SETTLED) for v in values if _bare(v) in SETTLED | UNSETTLED}
    return said if len(said) == len(values) and len(set(said.values())) == 2 else None


def _bare(text: str) -> str:
    return re.sub(r"\s+", " ", fold(text).strip(" .!")).replace("\u2019", "'")


def _numbered(values: Sequence[str]) -> Worded | None:
    """Numbers, some or all with words or stars beside them."""
    read = {v: n for v in values if (n := _number_in(v)) is not None}
    bare = [v for v in values if v.isdigit()]
    if len(read) < len(values) or len(bare) == len(values) or len(set(read.values())) < len(values):
        return None
    tops = [int(m["top"]) for v in values if (m := OUT_OF.fullmatch(v)) and m["top"]]
    low, high = min(read.values()), max([*read.values(), *tops])
    if low < 0 or high > 10 or high < 2:
        return None
    top = next(h for h in (5, 7, 10) if high <= h)
    words = tuple(sorted(((v, n) for v, n in read.items() if v not in bare), key=lambda w: w[1]))
    return Worded(
        words, min(low, 1.0) if low < 1 else 1.0, float(top), f"the number stands in {words[0][0]!r}"
    )


def _number_in(text: str) -> float | None:
    plain = text.strip()
    if plain.isdigit():
        return float(plain)
    if found := STARS.fullmatch(plain):
        return float(len(plain.replace("\ufe0f", "")) - len(found["empty"]))
    for pattern in (OUT_OF, *LABELLED):
        if found := pattern.fullmatch(plain):
            return float(found["number"])
    return None


def _on_scale(values: Sequence[str]) -> Worded | None:
    said = [v for v in values if _bare(v) not in ASIDE]
    aside = tuple(v for v in values if _bare(v) in ASIDE)
    for levels in _scales():
        places = _places([_bare(v) for v in said], levels)
        if places:
            low = 0 if len(levels) == 2 else 1
            words = sorted(zip(said, (float(p + low) for p in places), strict=True), key=lambda w: w[1])
            top = float(len(levels) - 1 + low)
            return Worded(
                tuple(words), float(low), top, f"answers in {len(levels)} words, worst to best", aside
            )
    return None


def _places(said: list[str], levels: tuple[tuple[str, ...], ...]) -> list[int] | None:
    """The level of each word, each level taken once; a word of two levels goes where the others leave room."""
    options = [[i for i, level in enumerate(levels) if word in level] for word in said]
    if not all(options) or len(said) < min(3, len(levels)):
        return None
    chosen: dict[int, int] = {}
    for place in sorted(range(len(said)), key=lambda p: len(options[p])):
        free = [o for o in options[place] if o not in chosen.values()]
        if not free:
            return None
        chosen[place] = free[0]
    return [chosen[p] for p in range(len(said))]


@cache
def _scales() -> tuple[tuple[tuple[str, ...], ...], ...]:
    whole = re.sub(r"\n +", " ", SCALES.strip())
    return tuple(
        tuple(tuple(_bare(word) for word in level.split(";")) for level in scale.splitlines())
        for scale in whole.split("\n\n")
    )
