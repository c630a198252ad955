"""What the answers rest on: each join with what it lost, and each source with what was not read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.exports.sheets import Share, Sheet, sheet_rows
from linkage.report.ledger import published_ledger

if TYPE_CHECKING:
    from linkage.opening import OpenStudy

NAMES = {
    "no_key": "names nobody",
    "look_alike": "nearly matches",
    "absent": "not on the other side",
    "fan_out": "most partners of a row",
    "time_violations": "pairs in the wrong order of time",
}
"""What the ledger's columns are called where a person reads them, as on the page of the joins."""
JOIN_HEADERS = (
    *("join", "verb", "rows", "matched", "match rate", "unmatched", *NAMES.values()),
    *("revenue share", "model"),
)
SOURCE_HEADERS = ("source", "reason", "column", "rows read", "rows accepted", "rows rejected", "rejects")


def ledger_sheets(study: OpenStudy) -> tuple[Sheet, Sheet]:
    """The join ledger and the sources, without a person's key, as in ledger.json."""
    ledger = published_ledger(study)
    return _joins(ledger["joins"]), _sources(ledger)


def _joins(joins: list[dict[str, object]]) -> Sheet:
    rows = [
        {
            **{NAMES.get(name, name.replace("_", " ")): value for name, value in row.items()},
            "rows": row["left_rows"],
            "match rate": _share(row.get("match_rate")),
            "revenue share": _share(row.get("revenue_share")),
        }
        for row in joins
    ]
    return Sheet(
        "Ledger",
        "The join ledger",
        "One row a join: how many rows went in, how many found a partner, and why the others did not.",
        JOIN_HEADERS,
        sheet_rows(rows, JOIN_HEADERS),
        widths={"join": 60},
    )


def _share(value: object) -> Share | None:
    return None if value is None else Share(value)


def _sources(ledger: dict[str, object]) -> Sheet:
    rows = []
    for source in ledger["sources"]:
        counted = {name: source[name.replace(" ", "_")] for name in SOURCE_HEADERS[3:6]}
        rows.append({"source": source["source"], "reason": "rows of the whole source", **counted})
        rows += [
            {"source": r["source"], "column": r["column"], "reason": r["reason"], "rejects": r["count"]}
            for r in ledger["rejects"]
            if r["source"] == source["source"]
        ]
    return Sheet(
        "Sources",
        "Sources, and what could not be read of them",
        "One row a source with its rows, then one row a reason why rows or values were not taken.",
        SOURCE_HEADERS,
        sheet_rows(rows, SOURCE_HEADERS),
        widths={"reason": 60},
    )
