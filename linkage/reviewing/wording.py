"""Does a report say no more than it knows? Checks of every sentence against the row it speaks of."""

from __future__ import annotations

import re

from linkage.checks import FAIL, NOT_ASSESSED, PASS, Check
from linkage.ladder import LINKED, NO_LINK, VERBS

Row = dict[str, object]

CAUSAL = ("L4", "L5")
CAUSAL_VERBS = re.compile(r"\b(raises|lowers|increases|decreases|improves|reduces) ", re.IGNORECASE)
NEVER = re.compile(
    r"\b(causes?|caused by|because of|leads to|results in|is due to|significant(ly)?|proves?|proven)\b",
    re.IGNORECASE,
)
"""Words that claim more than any answer here can hold, or that mean two things."""


def wording_checks(findings: list[Row]) -> list[Check]:
    """Of the sentences: the verb their level allows, no word that claims more, and what they rest on."""
    # What may not be used, or was not assessed, quotes the check that says why.
    said = [row for row in findings if row.get("sentence") and row["verdict"] in (LINKED, NO_LINK)]
    names = {"verbs": _verb_fault, "claims": _claim_fault, "what it rests on": _basis_fault}
    if not said:
        return [Check(name, NOT_ASSESSED, None, None, "There is no sentence here.") for name in names]
    return [_judged(name, said, find) for name, find in names.items()]


def _judged(name: str, said: list[Row], find) -> Check:
    faults = [(row, fault) for row in said if (fault := find(row))]
    if faults:
        row, fault = faults[0]
        return Check(name, FAIL, len(faults), 0, f"{row['link']}, {row['driver']}: {fault}")
    return Check(name, PASS, len(said), len(said), f"All {len(said)} sentences keep to it.")


def _body(row: Row) -> str:
    """The sentence without its last part, which says what is not shown and may name what it does not claim."""
    return str(row["sentence"]).partition(" Not shown:")[0]


def _verb_fault(row: Row) -> str:
    """A verb above the level of the answer."""
    body, level = _body(row), str(row["level"])
    causal = CAUSAL_VERBS.search(body)
    if causal and level not in CAUSAL:
        return f"“{causal[1]}” is said at {level}; allowed is “{VERBS[level]}”."
    followed = VERBS["L3"]
    if followed in body and level in ("L0", "L1", "L2"):
        return f"“{followed}” is said at {level}; allowed is “{VERBS[level]}”."
    return ""


def _claim_fault(row: Row) -> str:
    """A word no answer may use."""
    found = NEVER.search(_body(row))
    return f"its sentence says “{found[0]}”." if found else ""


def _basis_fault(row: Row) -> str:
    """n, level and interval are said with every estimate."""
    needed = {"its n": f"n = {row['n']:,} ", "its level": f"; {row['level']}[,)]", "its interval": "interval"}
    lacking = [what for what, text in needed.items() if not re.search(text, str(row["sentence"]))]
    return f"its sentence does not say {' or '.join(lacking)}." if lacking else ""
