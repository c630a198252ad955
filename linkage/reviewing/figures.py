"""Are a report's figures what they claim to be? Checks of intervals, of the family of questions, and of money."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from linkage.checks import FAIL, NOT_ASSESSED, PASS, REVIEW, Check
from linkage.ladder import UNSAFE
from linkage.limits.reviewing import SAME_DIGITS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from linkage.reviewing.declaration_change import DeclarationChange

Row = dict[str, object]


def interval_check(findings: list[Row]) -> Check:
    """Has every estimate an error and an interval around it?"""
    name = "intervals"
    made = [row for row in findings if row.get("estimate") is not None]
    if not made:
        return Check(name, NOT_ASSESSED, None, None, "There is no estimate here.")
    wrong = [row for row in made if not _holds(row) or not (row.get("std_error") or 0) > 0]
    if wrong:
        return Check(
            name, FAIL, len(wrong), 0, f"{_named(wrong[0])} lacks an error, or lies outside its interval."
        )
    return Check(name, PASS, 0, 0, f"All {len(made)} estimates have an error and lie in their interval.")


def _holds(row: Row) -> bool:
    """Whether an estimate lies in its interval; an end without bound, which few clusters leave, holds anything."""
    low, high = row.get("low"), row.get("high")
    return (low is None or low <= row["estimate"]) and (high is None or row["estimate"] <= high)


def _named(row: Row) -> str:
    return f"{row['link']}, {row['driver']}:"


def family_checks(
    findings: list[Row], declared: Sequence[str], change: DeclarationChange | None
) -> list[Check]:
    """Were all the questions counted, and only once declared?

    declared : the names of the declared links. change : against the declaration before; None where unknown.
    """
    return [
        _answered(findings, declared),
        _q_values(findings, declared),
        _apart(findings),
        _declaration(change),
    ]


def _answered(findings: list[Row], declared: Sequence[str]) -> Check:
    """Has every declared link its answer, whatever it is?"""
    name = "all declared answered"
    if not declared:
        return Check(name, NOT_ASSESSED, None, None, "No link is declared.")
    there = {row["link"] for row in findings}
    lacking = [link for link in declared if link not in there]
    if lacking:
        return Check(
            name, REVIEW, len(declared) - len(lacking), len(declared),
            f"Without an answer here: {', '.join(lacking)}. What is asked and not shown flatters the rest.",
        )  # fmt: skip
    return Check(name, PASS, len(declared), len(declared), "Every declared link has its answer.")


def _q_values(findings: list[Row], declared: Sequence[str]) -> Check:
    """Do the q-values follow from the p-values of the whole family (Benjamini and Hochberg 1995)?"""
    import numpy as np

    from linkage.linking.multiplicity import adjust_p_values

    name, own = "q-values", [row for row in findings if row["link"] in set(declared)]
    asked = [row for row in own if row.get("p_value") is not None]
    if {row["link"] for row in own} != set(declared) or not asked:
        return Check(
            name, NOT_ASSESSED, None, None, "Not every declared link stands here: the family is not whole."
        )
    unsafe = {row["link"] for row in own if row["verdict"] == UNSAFE}
    p_values = [1.0 if row["link"] in unsafe else float(row["p_value"]) for row in asked]
    for row, q in zip(asked, adjust_p_values(np.array(p_values)), strict=True):
        if row["link"] not in unsafe and not _same(row.get("q_value"), float(q)):
            return Check(
                name, FAIL, row.get("q_value"), float(q),
                f"{_named(row)} its q-value does not follow from the p-values of the {len(asked)} estimates.",
            )  # fmt: skip
    return Check(
        name, PASS, len(asked), len(asked), f"They follow from the p-values of {len(asked)} estimates."
    )


def _same(given: object, made: float) -> bool:
    return given is not None and math.isclose(float(given), made, rel_tol=SAME_DIGITS, abs_tol=1e-300)


def _apart(findings: list[Row]) -> Check:
    """Are questions asked after the data were seen kept out of the family?"""
    later = [row for row in findings if row.get("exploratory")]
    mixed = [row for row in later if row.get("q_value") is not None]
    if mixed:
        return Check(
            "exploratory apart", FAIL, len(mixed), 0, f"{_named(mixed[0])} exploratory, with a q-value."
        )
    said = f"{len(later)} exploratory, none counted." if later else "No exploratory estimate is published."
    return Check("exploratory apart", PASS, len(later), None, said)


def _declaration(change: DeclarationChange | None) -> Check:
    """Are the questions those of the report before?"""
    name = "declaration"
    if change is None or not change.before:
        return Check(
            name, NOT_ASSESSED, None, "as before", "There is no earlier declaration to compare with."
        )
    moved = len(change.moved()) + len(change.rules) + len(change.scenarios)
    if moved:
        return Check(
            name,
            REVIEW,
            moved,
            "as before",
            f"{change.summary()} Was it decided before the figures were seen?",
        )
    return Check(name, PASS, 0, "as before", change.summary())


def money_checks(money: list[Row] | None) -> list[Check]:
    """Has every figure in money what it must never be without?"""
    if not money:
        why = (
            "No figure in money is published." if money is not None else "The figures in money are not here."
        )
        return [
            Check(name, NOT_ASSESSED, None, None, why) for name in ("money marked", "estimated or assumed")
        ]
    return [_marked(money), _basis(money)]


def _marked(money: list[Row]) -> Check:
    needed = ("currency", "horizon", "level", "basis", "low", "high", "estimate")
    lacking = [(row, name) for row in money for name in needed if row.get(name) in (None, "")]
    if lacking:
        row, name = lacking[0]
        said = f"“{row.get('what') or row.get('figure')}” has no {name}."
        return Check("money marked", FAIL, len(lacking), 0, said)
    outside = [row for row in money if not row["low"] <= row["estimate"] <= row["high"]]
    if outside:
        said = f"“{outside[0]['what']}” lies outside its interval."
        return Check("money marked", REVIEW, len(outside), 0, f"{said} Is its middle not its best guess?")
    return Check(
        "money marked", PASS, len(money), len(money), "Currency, horizon, level and interval everywhere."
    )


def _basis(money: list[Row]) -> Check:
    """Is assumed money called so, and is there any that was estimated?"""
    name, assumed = "estimated or assumed", [row for row in money if row["basis"] == "assumed"]
    wrong = [row for row in money if (row["basis"] == "assumed") != (row["level"] == "L0")]
    if wrong:
        row = wrong[0]
        return Check(
            name, FAIL, len(wrong), 0, f"“{row['what']}” is called {row['basis']} at level {row['level']}."
        )
    said = f"{len(assumed)} of {len(money)} figures rest on an assumption, and say so."
    verdict = REVIEW if len(assumed) == len(money) else PASS
    return Check(name, verdict, len(assumed), len(money), said)
