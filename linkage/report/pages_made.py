"""Which notebooks' pages does a report have?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.notebooks.jobs import OK

if TYPE_CHECKING:
    from linkage.report.edition import Edition


def is_made(notebook: str, edition: Edition) -> bool:
    """Whether this report has a notebook's page."""
    made = edition.outcomes.get(notebook)
    return bool(made) and made.status == OK


def page_of(notebook: str, edition: Edition) -> str | None:
    """A notebook's page, where this report has it."""
    return f"{notebook}.html" if is_made(notebook, edition) else None
