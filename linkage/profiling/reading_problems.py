"""What went wrong in reading: rows and values rejected, doubled keys, columns nobody asked for."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from linkage.profiling.column_profile import OFF_SCALE
from linkage.profiling.odd_values import CODES
from linkage.profiling.problem import FINE, LOOK, Problem, share_of
from linkage.sentences import capital

REJECTED_ROWS, UNREADABLE, OUTSIDE = "rejected rows", "unreadable values", "outside the scale"
MERGED, UNDECLARED = "doubled keys, merged", "undeclared columns"


def reading_problems(sources: pd.DataFrame, rejects: pd.DataFrame) -> Iterator[Problem]:
    """Problems of reading. sources : the tally of each source. rejects : what was not read, by file and line."""
    read = dict(zip(sources["source"], sources["rows_read"], strict=True)) if len(sources) else {}
    columns = ["source", "column", "reason", "row_kept"]
    for (source, column, reason, kept), part in rejects.groupby(columns, dropna=False, sort=False):
        yield _of_rejects(source, column, reason, bool(kept), part, int(read.get(source, 0)))
    for row in sources.to_dict("records"):
        if row.get("rows_merged"):
            yield Problem(
                row["source"], "", MERGED, row["rows_merged"], share_of(row["rows_merged"], row["rows_read"]), FINE,
                "Rows of one key became one, as 'doubled' or 'long' of the source says.",
            )  # fmt: skip
        if row["undeclared"]:
            yield Problem(
                row["source"], "", UNDECLARED, 0, 0.0, FINE,
                f"The files also hold {row['undeclared']}. List under 'columns' what is to be carried along.",
            )  # fmt: skip


def _of_rejects(source, column, reason, kept: bool, part: pd.DataFrame, read: int) -> Problem:
    first = part.iloc[0]
    off = kept and str(reason).startswith(OFF_SCALE)
    what = OUTSIDE if off else UNREADABLE if kept else REJECTED_ROWS
    fate = "Each became missing; its row stayed" if kept else "Each was left out whole"
    advice = f"{capital(str(reason))}. {fate}: correct it where the file is made."
    if off:
        advice = f"{capital(str(reason))}. {_about_scale(part)}"
    return Problem(
        source, "" if pd.isna(column) else str(column), what, len(part), share_of(len(part), read), LOOK, advice,
        file=None if pd.isna(first["file"]) else str(first["file"]),
        line=None if pd.isna(first["line"]) else int(first["line"]),
    )  # fmt: skip


def _about_scale(part: pd.DataFrame) -> str:
    """What to do with values beyond a scale: one that is a code stands for no answer."""
    values = pd.to_numeric(part["value"], errors="coerce")
    common = values.mode()
    code = common.iloc[0] if len(common) else None
    if code in CODES and (values == code).mean() >= 0.5 and len(part) > 1:
        return (
            f"Most of them are {code:g}: if that stands for no answer, list it under 'missing' of the source."
        )
    return "Each became missing; its row stayed: correct it where the file is made, or the metric's 'scale'."
