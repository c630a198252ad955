"""Does each sentence say its own numbers? Published sentences made again from the rows they stand in."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from linkage.cards.card import NUMBERS, driver_name
from linkage.checks import Check
from linkage.errors import LinkageError
from linkage.linking.judging import sentence_of
from linkage.reviewing.lines import Line, bad, good

if TYPE_CHECKING:
    from linkage.cards.card import LinkCard
    from linkage.cards.card_set import CardSet
    from linkage.reviewing.published import PublishedReport

Row = dict[str, object]


def bound_sentences(report: PublishedReport, cards: CardSet) -> Iterator[Line]:
    """Each published sentence of a declared link against the words its own row gives.

    cards : the family as the data answer it now, for what no row holds: labels, a shape's words, a reason.
    """
    try:
        rows = [row for row in report.read("findings.json") if row.get("link") in report.study.links]
        made = {id(row): rebound_sentence(row, cards[str(row["link"])]) for row in rows}
    except (LinkageError, KeyError, TypeError, ValueError) as error:
        yield bad(
            f"sentences: a row of findings.json cannot be put in words ({type(error).__name__}: {error})"
        )
        return
    wrong = [row for row in rows if row["sentence"] != made[id(row)]]
    for row in wrong:
        said, gives = apart(str(row["sentence"]), made[id(row)])
        name = f"sentence of {row['link']}, {row['driver']}"
        yield bad(f"{name}: it says {said}, its numbers give {gives}", about=name)
    if not wrong:
        yield good(f"sentences: {len(rows)}, each what its own numbers give")


def rebound_sentence(row: Row, card: LinkCard) -> str:
    """The sentence that a published row's own numbers give.

    Raises LinkageError for a driver the card does not have.
    """
    told = replace(
        card,
        n_used=row["n"],
        clusters=row["clusters"],
        span=row["span"],
        evidence=replace(card.evidence, level=row["level"]),
        clock=replace(card.clock, words=row["window"]),
        battery=tuple(Check(**check) for check in row["checks"]),
    )
    own = next(
        (
            e
            for e in card.estimates.to_dict("records")
            if driver_name(e["driver"], e["category"]) == row["driver"]
        ),
        None,
    )
    if own is None:
        raise LinkageError(f"{row['link']} has no driver {row['driver']!r}")
    numbers = {
        name: math.nan if row[name] is None else row[name] for name in (*NUMBERS, "q_value") if name in row
    }
    return sentence_of(told, {**own, **numbers}, str(row["verdict"]))


def apart(one: str, other: str, around: int = 30) -> tuple[str, str]:
    """The place where two texts part, with a few words before and after it, in quotation marks."""
    at = next(
        (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    start = max(0, at - around)
    return tuple(
        f"“{'...' if start else ''}{text[start : at + around]}{'...' if at + around < len(text) else ''}”"
        for text in (one, other)
    )
