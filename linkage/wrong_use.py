"""What a command or a question called wrongly is told: the thing that is wrong, and a call that would be right."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from linkage.errors import StudyError

EXAMPLES = {
    "report": "linkage report demo --period 2026Q3 --formats html,xlsx --workers 2",
    "review": "linkage review demo 2026Q3",
    "sign": "linkage sign demo 2026Q3 --name 'Ada Byron'",
    "new": "linkage new acme --from ~/exports",
    "check": "linkage check acme",
    "build": "linkage build acme",
    "sql": "linkage sql link_survey acme",
    "lab": "linkage lab",
    "refresh": "linkage refresh 04",
}
"""For each command a call as a person types it."""


def explain_wrong_use(error: Exception, typed: Sequence[str]) -> str:
    """Two lines on a call that the command line could not read.

    error : a usage error of the library that reads it. typed : what stood after `linkage`.
    """
    command = typed[0] if typed else ""
    if command in EXAMPLES:
        return f"linkage {command}: {_plain(error)}\nFor example: {EXAMPLES[command]} (more: linkage {command} --help)"
    near = get_close_matches(command, EXAMPLES, n=1)
    known = not near or "Did you mean" in error.format_message()
    hint = "" if known else f" Did you mean {near[0]!r}?"
    return f"{_plain(error)}{hint}\nThe commands: {', '.join(EXAMPLES)}. For example: {EXAMPLES['report']}"


def _plain(error: Exception) -> str:
    text = " ".join(error.format_message().split())
    return text if text.endswith((".", "?")) else f"{text}."


def require_open(study: object, question: str) -> None:
    """Refuse the name or folder of a study where the opened study is asked. question : the function's name."""
    if isinstance(study, (str, Path)):
        raise StudyError(f"{question} asks an opened study, not its name: write open_study({str(study)!r}).")
