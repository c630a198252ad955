"""Which page was made, and yet could give no answer, and why not?"""

from __future__ import annotations

import json
from pathlib import Path

ANSWER = "## Answer"
NO_ANSWER = (
    "This study declares no such link.",
    "No feedback metric has an answer yet.",
    "No operational metric could be asked.",
    "No pair of feedback and figures could be asked",
    "No race could be run",
    "Customers cannot be valued here.",
    "Bands and points are not set side by side.",
    "No ledger of keeping and losing.",
    "No declared link ends in money of customers.",
    "No point was valued",
    "No link that ends in money is shown",
)
"""How an analysis begins to say that it has no answer; a test holds each of them to what is said."""


def why_unanswered(file: Path) -> str:
    """The first reason of an executed notebook all of whose answers say that there is none; "" of any other.

    file : where it should be; one that is not there says nothing.
    """
    lines = _answers(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else []
    return lines[0] if lines and all(line.startswith(NO_ANSWER) for line in lines) else ""


def _answers(notebook: dict[str, object]) -> list[str]:
    """The lines that the code under the heading of the answer printed."""
    lines: list[str] = []
    is_answer = False
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            headings = [line for line in "".join(cell["source"]).splitlines() if line.startswith("## ")]
            is_answer = headings[-1].startswith(ANSWER) if headings else is_answer
        elif is_answer:
            printed = [o for o in cell.get("outputs", ()) if o.get("name") == "stdout"]
            lines += [line for o in printed for line in "".join(o["text"]).splitlines() if line.strip()]
    return lines
