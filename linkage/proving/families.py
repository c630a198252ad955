"""Many questions at once, and what could have been seen."""

from __future__ import annotations

import numpy as np
import pandas as pd

from linkage.proving.evidence import EXACT, RIGHT, Asked, Subject, evidence_row
from linkage.proving.regressions import LEAST_SQUARES

NULLS = ("hold_music", "partner_satisfaction_on_loyalty")


def prove_false_discoveries(subject: Subject, rows: list[dict]) -> list[dict]:
    """Among all slopes with a test: how many planted nulls are called a link at a q-value below 0.05.

    rows : those of the other families.
    """
    from linkage.multiplicity import adjust_p_values

    table = pd.DataFrame(rows)
    slopes = table["quantity"].isin(subject.planted.effects) & (table["reading"] == RIGHT)
    asked = table[slopes & table["truth"].notna() & table["p_value"].notna()]
    found = adjust_p_values(asked["p_value"], "bh") < 1 - subject.confidence
    null = asked["truth"] == 0
    label = Asked("Many questions", "Benjamini-Hochberg", "adjust_p_values", len(asked))
    told, missed = int((found & null).sum()), int((~found & ~null).sum())
    note = f"{null.sum()} answers to nothing among {len(asked)}; of the others {missed} stay below notice"
    what = "Answers to nothing that are called a link"
    row = {"estimate": told, "low": told, "high": told}
    return [evidence_row(label, "false_discoveries", what, "answers", 0.0, row, reading=EXACT, note=note)]


def prove_power(subject: Subject, rows: list[dict]) -> list[dict]:
    """How large the two planted nulls would have had to be to be seen in four of five samples."""
    from linkage.power import detectable_effect

    degrees = {"hold_music": np.inf, "partner_satisfaction_on_loyalty": _partners(subject) - 1}
    families, answers = (LEAST_SQUARES, "Few clusters"), []
    for name in NULLS:
        row = next(r for r in rows if r["quantity"] == name and r["family"] in families)
        size = detectable_effect(row["std_error"], degrees[name])
        asked = Asked("Power", "noncentral t, four of five", "detectable_effect", row["n"])
        what, note = (
            f"Smallest effect that would have been seen: {name}",
            "a property of the data, not planted",
        )
        answers.append(evidence_row(asked, name, what, row["unit"], np.nan, {"estimate": size}, note=note))
    return answers


def _partners(subject: Subject) -> int:
    rows = subject.rows("partner_satisfaction_and_loyalty").dropna()
    return int(rows["unit_id"].nunique())
