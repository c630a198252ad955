"""What the answers rest on, in a reader's words: sources with their rejects, and joins with what they lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.report.ledger import ledger_rows

if TYPE_CHECKING:
    from linkage.opening import OpenStudy

Row = dict[str, object]

BY = {"customer_id": "customer", "unit_id": "unit", "employee_id": "employee", "response_id": "answer"}
BY |= {"interaction_id": "contact", "transaction_id": "purchase", "alias_id": "number in another system"}
TABLES = {"event_contact": "contacts", "event_answer": "answers", "event_purchase": "purchases"}
TABLES |= {"stg_feedback": "answers", "stg_interactions": "contacts", "stg_transactions": "purchases"}

UNMATCHED = {
    "no_key": ("names nobody", "name nobody"),
    "look_alike": ("nearly matches", "nearly match"),
    "absent": ("is not on the other side", "are not on the other side"),
}
"""Why one row, or several, found no partner."""


def sources_shown(study: OpenStudy) -> list[Row]:
    reasons: dict[str, list[str]] = {}
    counted = study.connection.execute(
        'select source, "column", reason, count(*) from rejects group by all order by 4 desc, 1, 2, 3'
    ).fetchall()
    for source, column, reason, count in counted:
        where = f"{column}: " if column else ""
        reasons.setdefault(source, []).append(f"{count:,} \N{MULTIPLICATION SIGN} {where}{reason}")
    return [
        {
            "source": row["source"],
            "read": f"{row['rows_read']:,}",
            "accepted": f"{row['rows_accepted']:,}",
            "rejected": f"{row['rows_rejected']:,}",
            "merged": f"{row['rows_merged']:,}",
            "unread": f"{row['values_rejected']:,}",
            "why": "; ".join(reasons.get(row["source"], ["nothing was rejected"])),
        }
        for row in study.sources.to_dict("records")
    ]


def joins_shown(study: OpenStudy) -> tuple[list[Row], list[Row]]:
    """The joins that lost rows or time's order, worst first, and all others; `is_astray` as the front page counts."""
    rows = [row for row in ledger_rows(study) if row["left_rows"]]
    telling = [r for r in rows if r["verb"] != "collect" and (r["unmatched"] or r["time_violations"])]
    telling.sort(key=lambda r: (r["matched"] / r["left_rows"], r["join"]))
    return [join_shown(r) for r in telling], [join_shown(r) for r in rows if r not in telling]


def is_astray(row: Row) -> bool:
    """Whether a look-up, in which each row with a key should meet one, lost rows whose key leads nowhere.

    A row without a key, such as an invitation not answered, or with nothing in its window is no such row.
    """
    return row["verb"] not in ("collect", "window") and astray(row) > 0


def astray(row: Row) -> int:
    """Rows of a join whose key leads nowhere."""
    return int(row["look_alike"] or 0) + int(row["absent"] or 0)


def join_shown(row: Row) -> Row:
    """One join of the ledger in a reader's words."""
    left, _, right = str(row["join"]).partition(" -> ")
    (left_table, _, left_key), (right_table, _, _) = left.partition("."), right.partition(".")
    share = row["revenue_share"]
    return {
        "name": f"{_words(left_table)} \N{RIGHTWARDS ARROW} {_words(right_table)}",
        "by": f"by {BY.get(left_key, left_key)}" + (", in its window" if row["verb"] == "window" else ""),
        "rows": f"{row['left_rows']:,}",
        "matched": f"{row['matched']:,} ({_share(row)})",
        "why": _why(row),
        "revenue": "\N{EN DASH}" if share is None else f"{share:.1%}",
        "is_astray": is_astray(row),
    }


def _share(row: Row) -> str:
    """Of rows matched; a row that was lost is never rounded away."""
    text = f"{row['matched'] / row['left_rows']:.1%}"
    return "> 99.9%" if row["unmatched"] and text == "100.0%" else text


def _words(table: str) -> str:
    return TABLES.get(table) or table.removeprefix("stg_").replace("_", " ")


def _why(row: Row) -> str:
    """Why rows found no partner. A window that holds nothing is no defect of a key."""
    if row["verb"] == "window":
        return f"{row['unmatched']:,} with nothing in the window" if row["unmatched"] else ""
    said = [f"{row[name]:,} {words[row[name] > 1]}" for name, words in UNMATCHED.items() if row[name]]
    late = row["time_violations"]
    said += [f"{late:,} pairs in the wrong order of time"] if late else []
    return "; ".join(said)
