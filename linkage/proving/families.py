"""Many questions at once, and what could have been seen."""

from __future__ import annotations

import numpy as np
import pandas as pd

from linkage.proving.evidence import EXACT, RIGHT, Asked, Subject, evidence_row

NULLS = ("hold_music", "partner_satisfaction_on_loyalty")


def prove_false_discoveries(subject: Subject, rows: list[dict]) -> list[dict]:
    """Among all slopes with a test: how many planted nulls are called a link at a q-value below 0.05.

    rows : those of the other families.
    """
    from linkage.linking.multiplicity import adjust_p_values

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
    """How large the planted nulls would have had to be to be seen in four of five samples.

    rows : those of the other families; the first answer about each null says how sure it was.
    """
    from linkage.linking.power import detectable_effect

    table = pd.DataFrame(rows).drop_duplicates("quantity").set_index("quantity")
    answers = []
    for name in [name for name in NULLS if name in table.index]:
        row = table.loc[name]
        size = detectable_effect(row["std_error"], _degrees_of_freedom(subject, name))
        asked = Asked("Power", "noncentral t, four of five", "detectable_effect", row["n"])
        what, note = (
            f"Smallest effect that would have been seen: {name}",
            "a property of the data, not planted",
        )
        answers.append(evidence_row(asked, name, what, row["unit"], np.nan, {"estimate": size}, note=note))
    return answers


def _degrees_of_freedom(subject: Subject, name: str) -> int:
    link = subject.planted.effect(name)["link"]
    rows = subject.rows(link).dropna()
    return int(rows[subject.cluster(link)].nunique()) - 1
