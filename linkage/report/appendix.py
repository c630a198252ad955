"""The appendix: every finding in one table that a reader can search and sort, and the words of the report."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from linkage.checks import FAIL, NOT_ASSESSED, PASS, REVIEW
from linkage.report.standing import OTHER_WAY, counted, runs_against
from linkage.sentences import is_share, number, p_words, plural, signed

if TYPE_CHECKING:
    from linkage.report.edition import Edition

Row = dict[str, object]

NONE = "\N{EN DASH}"


def findings_page(edition: Edition) -> dict[str, object]:
    """What the template of findings.html shows: a row an estimate, with the figures to sort by."""
    counted = estimate_counts(edition.findings)
    return {"rows": [finding_shown(row, edition) for row in edition.findings], "counted": counted}


def estimate_counts(findings: Sequence[Row]) -> str:
    """How many rows there are and how many of them hold an estimate: a link that fails a check may have none."""
    known = sum(row.get("estimate") is not None for row in findings)
    lacking = len(findings) - known
    said = (
        f"{known:,} of {len(findings):,} with an estimate" if lacking else f"{known:,}, each with an estimate"
    )
    return f"{said}; of the others the verdict says why" if lacking else said


def finding_shown(row: Row, edition: Edition) -> Row:
    """One finding in a reader's words; each figure as (text, what it is sorted by)."""
    columns = edition.study.study.columns.get(str(row["grain"]), {})
    labels = {name: columns[name].label for name in (row["outcome"], row["driver"]) if name in columns}
    switched = row["driver"] not in columns or columns[str(row["driver"])].kind == "flag"
    unit, step = per(
        str(row.get("outcome_unit") or ""), "" if switched else str(row.get("driver_unit") or "")
    )
    over = ", ".join(filter(None, [str(row.get("horizon") or ""), str(row.get("basis") or "")]))
    checks = Counter(check["verdict"] for check in row["checks"])
    return {
        "page": f"{row['notebook']}.html",
        "question": row["question"],
        "link": row["link"],
        "driver": labels.get(row["driver"], str(row["driver"]).replace("_", " ")),
        "outcome": labels.get(row["outcome"], str(row["outcome"]).replace("_", " ")),
        "unit": f"{unit}, {over}" if over else unit,
        "estimate": _figure(row["estimate"], signed, step),
        "interval": _interval(row["low"], row["high"], step),
        "q": _chance(row["q_value"] if _known(row["q_value"]) else row["p_value"]),
        "n": (f"{row['n']:,}", row["n"]),
        "clusters": (f"{row['clusters']:,}", row["clusters"]) if row.get("clusters") else (NONE, ""),
        "detectable": _figure(row.get("detectable"), number, step),
        "level": row["level"],
        "verdict": counted(row),
        "against": OTHER_WAY if runs_against(row) else "",
        "checks": _checks(checks),
        "raised": checks[FAIL] * 1000 + checks[REVIEW],
        "exploratory": bool(row.get("exploratory")),
    }


def per(outcome: str, driver: str) -> tuple[str, float]:
    """The unit in which an estimate is said, and what to multiply it by; as in the sentences.

    Shares are said in percentage points, ten of them where the driver is one: a whole share would be the whole
    range. A driver that is there or not has no unit of its own.
    """
    above, times = ("percentage points", 100.0) if is_share(outcome) else (plural(outcome or "unit"), 1.0)
    if is_share(driver):
        return f"{above} per 10 percentage points", times / 10
    return (f"{above} per {driver}" if driver else above), times


def _known(value: object) -> bool:
    return value is not None and math.isfinite(float(value))


def _figure(value: object, words: Callable[[float], str], times: float) -> tuple[str, object]:
    return (words(float(value) * times), value) if _known(value) else (NONE, "")


def _interval(low: object, high: object, times: float) -> tuple[str, object]:
    """An interval may be open at an end: what has no bound says so."""
    if not _known(low) and not _known(high):
        return (NONE, "")
    ends = [signed(float(end) * times) if _known(end) else "without bound" for end in (low, high)]
    return (f"{ends[0]} to {ends[1]}", low if _known(low) else "")


def _chance(value: object) -> tuple[str, object]:
    return (p_words(float(value)), value) if _known(value) else (NONE, "")


def _checks(found: Counter) -> str:
    said = [f"{found[word]} {word.lower()}" for word in (FAIL, REVIEW, PASS, NOT_ASSESSED) if found[word]]
    return ", ".join(said) or "none"


def glossary_page(edition: Edition) -> dict[str, object]:
    """What the template of glossary.html shows: the suite's words, the study's metrics and its KPIs."""
    from linkage.dictionary import data_dictionary

    found = data_dictionary(edition.study)
    told = found.entries[found.entries["what"] == "metric"].drop_duplicates("column").set_index("column")
    metrics = [
        {
            **row,
            "meaning": told["definition"].get(row["metric"], ""),
            "trap": told["trap"].get(row["metric"], ""),
        }
        for row in found.metrics.to_dict("records")
    ]
    kpis = found.kpis[found.kpis["lacks"] == ""].to_dict("records")
    return {"words": found.glossary.to_dict("records"), "metrics": metrics, "kpis": kpis}
