"""One row a source: what was read, what is wrong with it, and from when to when it speaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from linkage.profiling.coverage import Coverage
from linkage.profiling.repeats import REPEATED
from linkage.profiling.scanning import Scan
from linkage.profiling.timing_problems import AFTER, ASKED_LATER, BEFORE, FUTURE, STRAY, TURNED
from linkage.profiling.value_problems import CODE, FAR_AWAY, NO_DATE

OUTSIDE_DATES = (STRAY, FUTURE, BEFORE, AFTER)
WRONG_ORDER = (TURNED, ASKED_LATER, "answer before contact")

COLUMNS = (
    *(
        "source",
        "role",
        "rows_read",
        "rows_rejected",
        "rows",
        "keys",
        "keys_are_unique",
        "columns",
        "missing_share",
    ),
    *(
        "unreadable",
        "off_scale",
        "odd_values",
        "outside_dates",
        "wrong_order",
        "repeated",
        "first_on",
        "last_on",
    ),
)


def overview_table(
    sources: pd.DataFrame,
    scans: Sequence[Scan],
    columns: pd.DataFrame,
    problems: pd.DataFrame,
    coverages: Mapping[str, Coverage],
) -> pd.DataFrame:
    """One row a source.

    rows : of the staging table, after merging. keys : different ones. missing_share : of the cells of its columns.
    unreadable, off_scale : values that were there and became missing. odd_values : rows with a code for no value or
    a value far away. outside_dates, wrong_order : rows (of each column the worst kind is counted once).
    repeated : rows equal to another but for the key. first_on, last_on : when its rows happened, strays left out.
    """
    tallies = {row["source"]: row for row in sources.to_dict("records")}
    rows = [
        _row(tallies.get(scan.staged.source, {}), scan, columns, problems, coverages.get(scan.staged.source))
        for scan in scans
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _row(
    tally: dict, scan: Scan, columns: pd.DataFrame, problems: pd.DataFrame, coverage: Coverage | None
) -> dict[str, object]:
    source = scan.staged.source
    own = columns[columns["source"] == source]
    found = problems[problems["source"] == source]

    def rows_of(*kinds: str) -> int:
        return int(found[found["what"].isin(kinds)]["rows"].sum())

    cells = int(own["rows"].sum())
    return {
        "source": source,
        "role": scan.staged.role,
        "rows_read": int(tally.get("rows_read", scan.rows)),
        "rows_rejected": int(tally.get("rows_rejected", 0)),
        "rows": scan.rows,
        "keys": scan.keys,
        "keys_are_unique": scan.keys == scan.rows,
        "columns": len(own),
        "missing_share": float(own["missing"].sum() / cells) if cells else 0.0,
        "unreadable": int(own["unreadable"].sum()),
        "off_scale": int(own["off_scale"].sum()),
        "odd_values": rows_of(CODE, FAR_AWAY, NO_DATE),
        "outside_dates": rows_of(*OUTSIDE_DATES),
        "wrong_order": rows_of(*WRONG_ORDER),
        "repeated": rows_of(REPEATED),
        "first_on": coverage.first_on.isoformat() if coverage and coverage.first_on else None,
        "last_on": coverage.last_on.isoformat() if coverage and coverage.last_on else None,
    }
