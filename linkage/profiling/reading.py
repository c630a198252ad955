"""The profile's tables for people: few columns, thousands set apart, nothing where nothing is known."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from linkage.profiling.text import share, shown

SOURCE_HEADS = (
    *(
        "source",
        "rows",
        "rejected",
        "keys",
        "missing",
        "unreadable",
        "off scale",
        "odd values",
        "outside dates",
    ),
    *("wrong order", "repeated", "from", "to"),
)
COLUMN_HEADS = (
    *(
        "source",
        "column",
        "label",
        "unit",
        "type",
        "filled",
        "missing",
        "unreadable",
        "off scale",
        "different",
    ),
    "range",
)
PROBLEM_HEADS = ("source", "column", "what", "rows", "share", "severity", "advice")


def read_sources(overview: pd.DataFrame) -> pd.DataFrame:
    """One row a source. missing : share of its cells; unreadable, off scale : values; the rest are rows."""
    rows = [
        (
            row["source"], row["rows_read"], row["rows_rejected"], _keys(row), share(row["missing_share"]),
            row["unreadable"], row["off_scale"], row["odd_values"], row["outside_dates"], row["wrong_order"],
            row["repeated"], row["first_on"], row["last_on"],
        )
        for row in overview.to_dict("records")
    ]  # fmt: skip
    return _frame(SOURCE_HEADS, rows)


def _keys(row: dict[str, object]) -> str:
    return "unique" if row["keys_are_unique"] else f"{row['rows'] - row['keys']:,} doubled"


def read_columns(columns: pd.DataFrame) -> pd.DataFrame:
    """One row a source and column. filled, unreadable, off scale : rows; missing : share of rows."""
    rows = [
        (
            row["source"], row["column"], row["label"], row["unit"], row["type"], row["rows"] - row["missing"],
            share(row["missing_share"]), row["unreadable"], row["off_scale"], _different(row), range_words(row),
        )
        for row in columns.to_dict("records")
    ]  # fmt: skip
    return _frame(COLUMN_HEADS, rows)


def _different(row: dict[str, object]) -> str:
    return f"{'' if row['distinct_is_exact'] else '~'}{row['distinct']:,}"


def range_words(row: dict[str, object]) -> str:
    """From which to which value, for numbers and dates; nothing for keys and texts."""
    ends = (
        (row["first_on"], row["last_on"]) if isinstance(row["first_on"], str) else (row["low"], row["high"])
    )
    low, high = map(shown, ends)
    return f"{low} to {high}" if low != high else low


def read_problems(problems: pd.DataFrame) -> pd.DataFrame:
    """One row a problem, without the file, line and key of any row."""
    told = problems.to_dict("records")
    rows = [(r["source"], r["column"], r["what"], *_many_rows(r), r["severity"], r["advice"]) for r in told]
    return _frame(PROBLEM_HEADS, rows)


def _many_rows(problem: dict[str, object]) -> tuple[object, str]:
    """Rows and their share; nothing where a problem is not about rows."""
    return (problem["rows"], share(problem["share"])) if problem["rows"] else ("", "")


def _frame(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> pd.DataFrame:
    return pd.DataFrame([[shown(cell) for cell in row] for row in rows], columns=list(heads), dtype=object)
