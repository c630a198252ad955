"""The method page: how an answer came about, in plain words, and then in exact ones read from the code."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from linkage.checks import FAIL, NOT_ASSESSED, PASS, REVIEW
from linkage.ladder import ALPHA, LINKED, MEANING, NO_LINK, NOT_JUDGED, NOT_SHOWN, OPEN, UNSAFE, VERBS
from linkage.limits.foreseen import POWER
from linkage.report.rules import chapters, check_rules
from linkage.report.standing import counted
from linkage.sentences import NOUNS, number

if TYPE_CHECKING:
    from linkage.report.edition import Edition

Row = dict[str, object]

EITHER = VERBS["L5"].format(raises="raises or lowers")


def method_page(edition: Edition) -> dict[str, object]:
    """Everything the template of method.html shows."""
    rows = edition.findings
    words = list(map(counted, rows))
    return {
        "alpha": f"{ALPHA:g}",
        "power": f"{POWER:.0%}",
        "before": edition.study.study.declared.windows.before,
        "after": edition.study.study.declared.windows.after,
        "declared": len(edition.study.study.links),
        "verdicts": [(word, meaning, words.count(word)) for word, meaning in verdicts()],
        "ladder": levels(rows),
        "checks": check_counts(rows),
        "links": link_specifications(edition),
        "chapters": chapters(),
    }


def verdicts() -> list[tuple[str, str]]:
    """Each verdict and what it takes."""
    return [
        (LINKED, f"No check failed, and the q-value is at most {ALPHA:g}."),
        (NO_LINK, "No check failed, no link is shown, and one of the usual size would have been seen."),
        (
            OPEN,
            "No check failed and no link is shown, but one of the usual size might have been missed; or it would count "
            "as a link if it alone had been asked. The answer says which size would have been seen.",
        ),
        (UNSAFE, "A check failed. The figure must not be used, whatever its size."),
        (NOT_JUDGED, "There is no estimate: too few rows, nothing that varies, or a source that is missing."),
    ]


def levels(rows: list[Row]) -> list[Row]:
    """The ladder of evidence: the verb each level may use, what it means, what it leaves open."""
    return [
        {
            "level": level,
            "verb": EITHER if "{" in verb else verb,
            "meaning": MEANING[level],
            "open": NOT_SHOWN[level],
            "count": _count(rows, "level", level),
        }
        for level, verb in VERBS.items()
    ]


def _count(rows: list[Row], column: str, word: str) -> int:
    return sum(row.get(column) == word for row in rows)


def plain_name(check: str) -> str:
    """A check's name without the driver or the column it speaks of."""
    return check.partition(" (")[0]


def check_counts(rows: list[Row]) -> list[Row]:
    """The checks made in this report, in the order they are read: the rule, and how often which verdict fell.

    A check of a link counts once, however many drivers the link has.
    """
    judged = {(str(row["link"]), str(c["name"])): c["verdict"] for row in rows for c in row["checks"]}
    found: dict[str, list[object]] = {}
    for (_, name), verdict in judged.items():
        found.setdefault(plain_name(name), []).append(verdict)
    order = (PASS, REVIEW, FAIL, NOT_ASSESSED)
    rules = check_rules()
    return [
        {"name": name, "rule": rules.get(name, ""), "counts": [given.count(word) for word in order]}
        for name, given in found.items()
    ]


def link_specifications(edition: Edition) -> list[Row]:
    """Each answered link as it was put to the data."""
    grouped = groupby(edition.findings, key=lambda row: row["link"])
    return [_specification(str(link), list(rows)) for link, rows in grouped]


def _specification(link: str, rows: list[Row]) -> Row:
    first = rows[0]
    clusters = first.get("clusters")
    return {
        "link": link,
        "grain": NOUNS.get(str(first["grain"]), str(first["grain"])),
        "outcome": first["outcome"],
        "drivers": ", ".join(dict.fromkeys(str(row["driver"]) for row in rows)),
        "controls": ", ".join(map(str, first.get("controls") or ())) or "none",
        "window": first.get("window") or "",
        "method": first.get("method") or "",
        "n": f"{first['n']:,}",
        "clusters": f"{clusters:,}" if clusters else "\N{EN DASH}",
        "expected": first.get("expected") or "either",
        "detectable": _detectable(rows),
    }


def _detectable(rows: list[Row]) -> str:
    known = [row["detectable"] for row in rows if row.get("detectable") is not None]
    return ", ".join(number(float(value)) for value in known) or "\N{EN DASH}"
