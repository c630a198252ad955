"""Which scale an answer was given on: from what the header says, else from the values."""

from __future__ import annotations

from dataclasses import dataclass

from linkage.proposing.columns import Look
from linkage.proposing.measures import Measure
from linkage.proposing.names import fold, scale_in, words_of

CODES = (
    -99.0,
    -98.0,
    -9.0,
    -8.0,
    -7.0,
    -2.0,
    -1.0,
    88.0,
    96.0,
    97.0,
    98.0,
    99.0,
    888.0,
    997.0,
    998.0,
    999.0,
    9999.0,
)
"""Numbers that surveys write for "no answer"."""

STRAY_SHARE = 0.01
"""Answers beyond ten are slips where no more than this share of them is."""

ENOUGH_ANSWERS = 50
"""Answers among which the upper half of a scale would have been used."""

HIGHEST = (3.0, 4.0, 5.0, 6.0, 7.0, 10.0, 100.0)


@dataclass(frozen=True)
class Scale:
    """The ends of a scale. why : the evidence. sure : whether the header says it. codes : values beyond it, counted."""

    low: float
    high: float
    why: str
    sure: bool = False
    codes: tuple[tuple[float, int], ...] = ()


def guess_scale(look: Look, measure: Measure | None) -> Scale | None:
    """The scale of a column of answers; None where its values fit none."""
    if look.kind == "worded" and look.ends:
        return Scale(*look.ends, look.why, True)
    if look.kind == "percent":
        inside = look.low >= 0 and look.high <= 100
        return Scale(0, 1, f"percent, {look.low:g} to {look.high:g}") if inside else None
    if look.kind not in ("whole", "number"):
        return None
    values = _without_codes(look)
    if not values:
        return None
    codes = tuple(sorted(set(look.numbers) - set(values)))
    low, high = min(x for x, _ in values), max(x for x, _ in values)
    told = scale_in(look.name)
    if told and told[0] <= low and high <= told[1]:
        return Scale(*told, "its name says so", True, codes)
    guess = _from_values(low, high, look, measure)
    if guess is None:
        return None
    shown = f"values {low:g} to {high:g}" + (", with fractions" if look.kind == "number" else "")
    return Scale(*guess, shown, False, codes)


def _without_codes(look: Look) -> list[tuple[float, int]]:
    """The answers without codes, and without the few numbers beyond ten where nearly all lie within."""
    values = [(x, n) for x, n in look.numbers if x not in CODES or _belongs(x, look)]
    inside = [(x, n) for x, n in values if 0 <= x <= 10]
    strays = sum(n for _, n in values) - sum(n for _, n in inside)
    return inside if strays <= STRAY_SHARE * look.filled and inside else values


def _belongs(code: float, look: Look) -> bool:
    """Whether a number that could be a code lies among the others: 99 does where 95 stands too."""
    others = [x for x, _ in look.numbers if x not in CODES]
    return bool(others) and min(others) - 3 <= code <= max(others) + 3 and max(others) > 11


def _from_values(low: float, high: float, look: Look, measure: Measure | None) -> tuple[float, float] | None:
    is_nps = measure is not None and measure.name == "nps"
    is_net = is_nps and not fold(look.name).startswith(("recommend", "weiterempf", "likelihood"))
    if is_net and low >= -100 and high <= 100 and (low < 0 or high > 10):
        return -100.0, 100.0
    if is_nps and low >= 1 and high <= 5 and look.filled >= ENOUGH_ANSWERS:
        return 1.0, 5.0  # of so many who are asked from 0 to 10 some say more
    if is_nps and low >= 0 and high <= 10:
        return 0.0, 10.0
    if low < 0 or high > 100 or high <= 1:
        return None
    top = next(h for h in HIGHEST if high <= h)
    if top == 100 and not {"index", "score", "punkte", "points", "percent", "prozent"}.intersection(
        words_of(look.name)
    ):
        return None if measure is None else (0.0, 100.0)
    if top == 3 and look.kind == "number":
        top = 5.0
    if top in (4.0, 6.0) and measure is not None and look.distinct < top:
        top = {4.0: 5.0, 6.0: 7.0}[top]
    return (0.0 if low < 1 or top == 100 else 1.0), top


def looks_answered(look: Look) -> bool:
    """Whether a column without a telling name holds answers on a scale: whole, few, small numbers."""
    if look.kind == "worded":
        return True
    if look.kind != "whole" or look.distinct < 3:
        return False
    values = [(x, n) for x, n in look.numbers if x not in CODES]
    return bool(values) and min(x for x, _ in values) >= 0 and 3 <= max(x for x, _ in values) <= 10
