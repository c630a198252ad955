"""The ledger as it is published: what was read, rejected and joined, without any person's key."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from linkage.opening import OpenStudy

SHOWN_KEYS = ("unit_id",)
"""Keys that name no person: a branch, a region, a hospital."""


def published_ledger(study: OpenStudy) -> dict[str, object]:
    """Sources, rejects by source, column and reason, and joins.

    Example keys are shown for units only; of the others it says how many are withheld. Rejected values never.
    """
    return {
        "study": study.name,
        "title": study.title,
        "sources": [_plain(row) for row in study.sources.to_dict("records")],
        "rejects": _reject_counts(study),
        "joins": [_without_keys(_plain(row), study.name) for row in study.ledger.to_dict("records")],
    }


def _reject_counts(study: OpenStudy) -> list[dict[str, object]]:
    rows = study.connection.execute(
        'select source, "column", reason, count(*) from rejects group by all order by 1, 2, 3'
    ).fetchall()
    return [dict(zip(("source", "column", "reason", "count"), row, strict=True)) for row in rows]


def _plain(row: dict) -> dict[str, object]:
    return {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in row.items()}


def _without_keys(row: dict[str, object], study: str) -> dict[str, object]:
    """A join's row; whoever may see the keys finds them with `linkage check`."""
    row["time_violations"] = None if row["time_violations"] is None else int(row["time_violations"])
    examples = list(row.pop("examples") or ())
    left_key = str(row["join"]).split(" -> ")[0].rpartition(".")[2]
    if left_key in SHOWN_KEYS:
        return {**row, "examples": examples}
    withheld = len(examples)
    note = f"keys of persons are not published: `linkage check {study}` shows them" if withheld else None
    return {**row, "examples": [], "examples_withheld": withheld, "examples_note": note}


def write_json(content: object, path: Path) -> None:
    text = json.dumps(content, indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")
