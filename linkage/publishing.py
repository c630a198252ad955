"""What a notebook leaves to the report: rows carried along as data beside the table a reader sees."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from linkage.sentences import PUBLISHED_DIGITS

FINDINGS_MIME = "application/vnd.linkage.findings+json"
METRICS_MIME = "application/vnd.linkage.metrics+json"


@dataclass(frozen=True, eq=False)
class Published:
    """Rows for the report, with the table a reader sees. what : findings or figures, for the plain text."""

    mime: str
    rows: tuple[dict[str, object], ...]
    frame: pd.DataFrame
    what: str = "findings"

    def __repr__(self) -> str:
        return f"{len(self.rows)} {self.what}"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        return {
            self.mime: [plain(row) for row in self.rows],
            "text/html": self.frame.to_html(border=0, index=False),
            "text/plain": self.frame.to_string(index=False),
        }


def plain(row: dict[str, object]) -> dict[str, object]:
    """A row fit for JSON: figures at their published digits; what is not finite becomes null, in lists and rows
    inside it too."""
    return {key: _plain(value) for key, value in row.items()}


def _plain(value: object) -> object:
    if isinstance(value, float):
        return float(f"{value:.{PUBLISHED_DIGITS}g}") if math.isfinite(value) else None
    if isinstance(value, dict):
        return plain(value)
    return [_plain(part) for part in value] if isinstance(value, (list, tuple)) else value
