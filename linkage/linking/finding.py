"""The row a link's driver leaves in the findings of a report, and the notebook it belongs to."""

from __future__ import annotations

import math
from collections.abc import Mapping

from linkage.cards.card import NUMBERS, LinkCard, column_of, driver_name
from linkage.catalogue import FEEDBACK, OPERATIONS, PEOPLE, LinkageColumn
from linkage.ladder import LINKED
from linkage.linking.judging import earned_by, earned_later, shape_words
from linkage.rungs.verdicts import doubt_of
from linkage.study_file.declaration import LinkSpec

TOPICS = ("operations", "money", "units", "people")


def topic_of(spec: LinkSpec, columns: dict[str, LinkageColumn]) -> str:
    """Which notebook a link belongs to: operations, money, units or people."""
    if spec.grain == "unit_period":
        return "units"
    if spec.grain == "employee_period":
        return "people"
    outcome = columns.get(spec.outcome)
    return "operations" if outcome and outcome.origin in (FEEDBACK, OPERATIONS, PEOPLE) else "money"


def money_marks(outcome: LinkageColumn) -> dict[str, str]:
    """What a figure in money never stands without, beside its level and interval; empty where it is no amount."""
    if not outcome.horizon:
        return {"currency": "", "horizon": "", "basis": ""}
    return {"currency": outcome.unit, "horizon": outcome.horizon, "basis": "estimated"}


def finding_row(card: LinkCard, row: dict) -> dict[str, object]:
    """One row of findings: the names are a contract."""
    spec, driver, outcome = card.spec, column_of(card, row["driver"]), column_of(card, card.spec.outcome)
    category = row.get("category")
    # No number stands for what has no bound: JSON has none.
    number = {c: float(row[c]) if math.isfinite(row[c]) else None for c in (*NUMBERS, "q_value")}
    return {
        "link": spec.name,
        "question": spec.question,
        "grain": spec.grain,
        "outcome": spec.outcome,
        "driver": driver_name(row["driver"], category),
        "outcome_unit": outcome.unit,
        "driver_unit": driver.unit,
        **{c: number[c] for c in ("estimate", "std_error", "low", "high", "p_value", "q_value")},
        "n": card.n_used,
        "clusters": card.clusters,
        "n_dropped": card.n_dropped,
        "level": card.level,
        "verdict": row["verdict"],
        "expected": spec.expect,
        "method": f"{card.method}; {card.errors}" if card.n_used else "none",
        "controls": list(spec.controls),
        "window": card.clock.words,
        "detectable": number["detectable"],
        "sentence": row["sentence"],
        "checks": [c.to_row() for c in card.battery],
        "raw_estimate": number["raw_estimate"],
        "quartile_low": number["quartile_low"],
        "quartile_high": number["quartile_high"],
        **told_beside(card, row),
        "exploratory": card.exploratory,
        "span": card.span,
        "unnamed": card.unnamed,
        **money_marks(outcome),
    }


def told_beside(card: LinkCard, row: dict) -> dict[str, object]:
    """What a reader must hear with a linked estimate, each None where there is none of it.

    shape : the words for a course that no slope tells. earned : the comparison that earned the level, where it is
    another. itself : what is found where each is compared with itself, and how that speaks against the estimate (kind).
    Comparisons are what, estimate, low and high, in the units of the row, and are of a link's first driver.
    """
    linked, ladder = row["verdict"] == LINKED, card.parts.ladder if card.parts else None
    earned = earned_by(card, row) if linked and earned_later(card) else None
    is_first = row["driver"] == card.spec.drivers[0] and not isinstance(row.get("category"), str)
    doubt = doubt_of(ladder) if linked and is_first and ladder else None
    return {
        "shape": shape_words(card, row).rstrip(".") or None if linked else None,
        "earned": None if earned is None else {**_compared(earned), "n": int(earned["n"])},
        "itself": None if doubt is None else {**_compared(doubt.itself), "kind": doubt.kind},
    }


def _compared(rung: Mapping[str, object]) -> dict[str, object]:
    ends = {part: float(rung[part]) for part in ("estimate", "low", "high")}
    return {
        "what": rung["what"],
        **{part: value if math.isfinite(value) else None for part, value in ends.items()},
    }
