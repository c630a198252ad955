"""The row a link's driver leaves in the findings of a report, and the notebook it belongs to."""

from __future__ import annotations

import math

from linkage.cards.card import NUMBERS, LinkCard, column_of, driver_name
from linkage.catalogue import FEEDBACK, OPERATIONS, PEOPLE, LinkageColumn
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
        "exploratory": card.exploratory,
        "span": card.span,
        "unnamed": card.unnamed,
        **money_marks(outcome),
    }
