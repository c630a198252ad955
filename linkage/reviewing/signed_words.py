"""Is each word of a sign-off one that signing writes? Whoever can write the folder can also make its seal."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from linkage.checks import FAIL, NOT_ASSESSED, PASS, REVIEW
from linkage.reviewing.unseen_letters import unseen_in

if TYPE_CHECKING:
    from collections.abc import Mapping

PARTS = (
    *(
        "study",
        "period",
        "name",
        "date",
        "report_hash",
        "content_hash",
        "passed",
        "open_points",
        "checks",
        "seal",
    ),
)
"""What a sign-off says."""
VERDICTS = (FAIL, REVIEW, NOT_ASSESSED, PASS)


def fault_of(content: Mapping[str, object]) -> str:
    """What of a sign-off signing would not have written: the first such part, in words; empty where all of it is so."""
    names, points = set(content), content.get("open_points")
    if names != set(PARTS):
        more, less = sorted(names - set(PARTS)), sorted(set(PARTS) - names)
        return f"no sign-off says {', '.join(more)}" if more else f"it says no {', '.join(less)}"
    for part in ("name", "date"):
        if not _is_line(content[part]):
            return f"{part} is {content[part]!r}, and must be a text in one line, of letters that are seen"
    if not _is_day(str(content["date"])):
        return f"date is {content['date']!r}, and no day such as 2026-11-22"
    if not isinstance(points, list) or not all(map(_is_line, points)):
        return "open_points must be texts in one line each, none of them empty, of letters that are seen"
    return _odd_result(content["passed"], points) or _odd_counts(content["checks"])


def _odd_result(passed: object, points: list[str]) -> str:
    if not isinstance(passed, bool):
        return f"passed is {passed!r}, and must be true or false"
    if not passed and not points:
        return "passed is false, and open_points names nothing that was left open"
    return ""


def _odd_counts(checks: object) -> str:
    """What is wrong with how many checks came out how; empty where the review could not judge any."""
    if not isinstance(checks, dict) or set(checks) - set(VERDICTS):
        return f"checks is {checks!r}, and counts {', '.join(VERDICTS)}"
    for verdict, count in checks.items():
        if not isinstance(count, int) or isinstance(count, bool) or count < 0:
            return f"checks: {verdict} is {count!r}, and no count"
    return ""


def _is_line(text: object) -> bool:
    return (
        isinstance(text, str) and bool(text.strip()) and len(text.splitlines()) == 1 and not unseen_in(text)
    )


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
