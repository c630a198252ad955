"""The ledger as it is published: what was read, rejected and joined, without any person's key."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.identity.accounting import WITHHELD
from linkage.warehouse import read_rows

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
        "sources": read_rows(study.connection, "sources"),
        "rejects": _reject_counts(study),
        "identity": [_without_persons(row) for row in read_rows(study.connection, "identity")],
        "joins": [_without_keys(row, study.name) for row in ledger_rows(study)],
    }


def ledger_rows(study: OpenStudy) -> list[dict[str, object]]:
    """The joins, one row each; what was not counted is None."""
    rows = [{k: _plain(v) for k, v in row.items()} for row in read_rows(study.connection, "ledger")]
    for row in rows:  # a column with gaps comes back as fractions
        row["time_violations"] = None if row["time_violations"] is None else int(row["time_violations"])
    return rows


def _plain(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _reject_counts(study: OpenStudy) -> list[dict[str, object]]:
    rows = study.connection.execute(
        'select source, "column", reason, count(*) from rejects group by all order by 1, 2, 3'
    ).fetchall()
    return [dict(zip(("source", "column", "reason", "count"), row, strict=True)) for row in rows]


def _without_persons(row: dict[str, object]) -> dict[str, object]:
    """A rule's row without the ids, addresses and numbers it gives as examples."""
    return {name: value for name, value in row.items() if name not in WITHHELD}


def _without_keys(row: dict[str, object], study: str) -> dict[str, object]:
    """A join's row; whoever may see the keys finds them with `linkage check`."""
    examples = list(row.pop("examples") or ())
    left_key = str(row["join"]).split(" -> ")[0].rpartition(".")[2]
    if left_key in SHOWN_KEYS:
        return {**row, "examples": examples}
    withheld = len(examples)
    note = f"keys of persons are not published: `linkage check {study}` shows them" if withheld else None
    return {**row, "examples": [], "examples_withheld": withheld, "examples_note": note}


def write_json(content: object, path: Path) -> None:
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")
