"""What an amount of money is counted over: a quarter, a contact, or the days of a window."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from linkage.catalogue import LinkageColumn
    from linkage.study import Study


def with_horizons(study: Study, grain: str, columns: dict[str, LinkageColumn]) -> dict[str, LinkageColumn]:
    """Amounts of money with what they are counted over: an amount without it says nothing."""
    windows = study.declared.windows
    over = {"interaction": "a contact", "survey": "an answer"}.get(grain, f"a {study.declared.period}")
    spans = (
        {"before": f"{windows.before} days", "after": f"{windows.after} days"} if grain == "survey" else {}
    )
    return {
        name: replace(column, horizon=spans.get(column.moment, over))
        if column.unit == study.declared.currency
        else column
        for name, column in columns.items()
    }
