"""An estimate as a reader is told it: for which step of the driver, in which unit of the outcome."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from linkage.cards.card import label_of
from linkage.ladder import OPEN
from linkage.report.caveats import caveat
from linkage.report.standing import OTHER_WAY, runs_against
from linkage.sentences import MISSED, capital, is_share, one_more, over_time, plural, signed

if TYPE_CHECKING:
    from linkage.report.edition import Edition

Row = dict[str, object]


@dataclass(frozen=True)
class Effect:
    """A finding as it is said: the step of the driver, and what the outcome does, in `unit`; None if not estimated.

    has_unit : False for an outcome without one, such as a ratio: `unit` is then its label alone.
    """

    step: str
    unit: str
    estimate: float | None
    low: float | None
    high: float | None
    has_unit: bool = True

    def size(self, text: str) -> str:
        """A size with what it is of; a label alone is no unit, so that it is a size in it."""
        return f"{text} {self.unit}" if self.has_unit else f"{text} in {self.unit}"


def effect_of(row: Row, edition: Edition) -> Effect:
    """The step and units in which a reader is told a finding: shares in percentage points, a driver's share by ten."""
    study = edition.study.study
    columns = study.columns[str(row["grain"])]
    driver, outcome = columns.get(str(row["driver"])), columns.get(str(row["outcome"]))
    label = label_of(driver, False) if driver else str(row["driver"]).replace("_", " ")
    is_flag, link = bool(driver and driver.kind == "flag"), study.links.get(str(row["link"]))
    category = None if driver else ""
    step, size = one_more(
        label, str(row["driver_unit"] or ""), is_flag, category, switches=bool(link and link.change)
    )
    step = label if category is not None else step
    unit = str(row["outcome_unit"] or "")
    scale = size * (100.0 if is_share(unit) else 1.0)
    shown = [_scaled(row[name], scale) for name in ("estimate", "low", "high")]
    named = label_of(outcome, False) if outcome else str(row["outcome"]).replace("_", " ")
    named = over_time(named, outcome.horizon) if outcome else named
    words = "percentage points" if is_share(unit) else plural(unit)
    has_unit = bool(words) and words != "ratio"
    return Effect(step, f"{words} of {named}" if has_unit else named, *shown, has_unit)


def _scaled(value: object, scale: float) -> float | None:
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value * scale:.10g}")


def in_brief(row: Row, edition: Edition) -> str:
    """The step, what goes with it, the interval and n: a finding in the space of a table's cell."""
    return capital(within_sentence(row, edition))


def within_sentence(row: Row, edition: Edition) -> str:
    """The same where it stands after a colon: the step as it is written, without a capital of its own."""
    effect = effect_of(row, edition)
    n = f"n = {row['n']:,}" + (f"; {row['basis']}" if row.get("basis") else "")
    if row.get("shape"):
        return _with_caveat(f"{row['shape']}; {n}", row, edition)
    if effect.estimate is None:
        return ""
    later = f" at the same time; its level rests on {_earned(row, effect)}" if row.get("earned") else ""
    size = effect.size(signed(effect.estimate))
    return _with_caveat(f"{effect.step}: {size} ({_ends(effect)}; {n}){later}", row, edition)


def _earned(row: Row, effect: Effect) -> str:
    """The comparison that earned a level, in the units in which the estimate is told."""
    rung, times = row["earned"], effect.estimate / float(row["estimate"])
    value, low, high = (signed(times * rung[part]) for part in ("estimate", "low", "high"))
    return f"{rung['what']}: {value} ({low} to {high}; n = {rung['n']:,})"


def _with_caveat(said: str, row: Row, edition: Edition) -> str:
    """With what the reader must hear beside it: that it runs the other way round, and what its checks warn of."""
    against = f"{capital(OTHER_WAY)}: {row['expected']} was expected" if runs_against(row) else ""
    return ". ".join(filter(None, [said, against, caveat_of(row, edition)]))


def caveat_of(row: Row, edition: Edition) -> str:
    """What the checks of a linked estimate tell a reader who would act on it; "" where they tell nothing."""
    told = effect_of(row, edition).estimate if row.get("itself") else None
    return "" if told is None else caveat(row, told / float(row["estimate"]))


def named_first(row: Row, edition: Edition) -> str:
    """The same with the driver in front, for a question that asks which: the driver, its size, for which step."""
    columns = edition.study.study.columns[str(row["grain"])]
    driver = columns.get(str(row["driver"]))
    label = label_of(driver, False) if driver else str(row["driver"]).replace("_", " ")
    effect, said = effect_of(row, edition), in_brief(row, edition)
    named = capital(label)
    if row.get("shape"):
        return f"{named}: {within_sentence(row, edition)}"
    step = effect.step.removesuffix(f" of {label}")
    if step == effect.step or effect.estimate is None:  # a category or a flag is named in its step already
        return said
    size = said.partition(": ")[2]
    return f"{named}: {size.replace(' (', f' for {step} (', 1)}"


def seen_from(row: Row, edition: Edition) -> str:
    """The size that would have been seen where no link is shown, in the units of the answer; "" where none can be."""
    effect = effect_of(row, edition)
    if row.get("detectable") is None or not row["estimate"] or effect.estimate is None:
        return ""
    size = abs(float(row["detectable"]) * effect.estimate / float(row["estimate"]))
    if not math.isfinite(size):
        return ""
    said = effect.size(signed(size).lstrip("+"))
    return said if effect.has_unit else f"A link of {said}"


def unseen_words(word: str, size: str) -> str:
    """What would have been seen, of an estimate that counts as "no link", or as "not shown": less was to be seen."""
    if word == OPEN:
        return f"Only {size[:1].lower()}{size[1:]} would have been seen: {MISSED}."
    return f"{capital(size)} would have been seen."


def _ends(effect: Effect) -> str:
    """An interval may be open at an end: what has no bound says so."""
    ends = [signed(end) if end is not None else "without bound" for end in (effect.low, effect.high)]
    return f"{ends[0]} to {ends[1]}"
