"""A study's answers with other windows: the same sources, the days before and after an answer counted anew."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from linkage.errors import LinkError

if TYPE_CHECKING:
    import pandas as pd

    from linkage.catalogue import Columns
    from linkage.opening import OpenStudy
    from linkage.study_file.declaration import LinkSpec

TABLE = "link_survey"
"""The linkage table whose rows look back and ahead by days."""
TABLE_GRAIN = "survey"
LONGEST = 3650


def with_windows(study: OpenStudy, spec: LinkSpec, window: int | tuple[int, int]) -> tuple[OpenStudy, str]:
    """The study with other windows around each answer, on a connection of its own, and what was changed, in words.

    window : days before and after, one number for both or a pair. What is written down stays as it is. Raises
    LinkError for a link that is not of answers, for days that are none, and where the windows are the declared ones.
    """
    from linkage.opening import OpenStudy
    from linkage.tables.adding_up import unread_metrics
    from linkage.tables.models import render_model

    if spec.grain != TABLE_GRAIN:
        other = (
            "its lag says when the outcome is taken"
            if spec.grain.endswith("period")
            else "a contact has no window"
        )
        raise LinkError(
            f"{spec.name} is a link of grain {spec.grain}: {other}, so there is no window to change."
        )
    before, after = _days(window)
    own = study.study.declared.windows
    if (before, after) == (own.before, own.after):
        raise LinkError(
            f"The windows are {own.before} days before and {own.after} after already: nothing is changed."
        )
    declared = study.study.declared.model_copy(
        update={"windows": own.model_copy(update={"before": before, "after": after})}
    )
    other = OpenStudy(replace(study.study, declared=declared), study.warehouse)
    # A table of this connection alone stands before the built one of the same name.
    unread = unread_metrics(other.connection, other.study)
    sql = render_model(other.study, TABLE, unread=unread).sql
    other.connection.execute(f"create temp table {TABLE} as {sql}")
    return other, f"{before} days before and {after} after the answer instead of {own.before} and {own.after}"


def at_declared_length(
    rows: pd.DataFrame, declared: OpenStudy, other: OpenStudy, spec: LinkSpec
) -> tuple[pd.DataFrame, Columns, str]:
    """Rows counted over other windows, with their sums brought to the days of the declared ones.

    A sum over 20 days is no figure to set beside one over 60: it is taken three times, as if the days went on alike.
    Means and answers stay as they are. Gives the rows, the columns that say so, and the same in words.
    """
    was, now = declared.study.declared.windows, other.study.declared.windows
    columns, said = dict(other.study.columns[TABLE_GRAIN]), []
    for name in dict.fromkeys([spec.outcome, *spec.drivers, *spec.controls]):
        moment = _summed(declared, name)
        days, wanted = (getattr(now, moment), getattr(was, moment)) if moment else (0, 0)
        if days == wanted or name not in rows:
            continue
        rows = rows.assign(**{name: rows[name] * (wanted / days)})
        column = columns[name]
        horizon = f"{wanted} days" if column.horizon else ""
        columns[name] = replace(column, label=f"{column.label}, brought to {wanted} days", horizon=horizon)
        said.append(f"{name} of {days} days brought to {wanted}")
    return rows, columns, ", ".join(said)


def _summed(study: OpenStudy, column: str) -> str:
    """Over which window a column of the table is a sum, before or after; empty where it is none."""
    if column == "contact_count":
        return "before"
    source = study.study.source_of("transactions")
    metric, _, moment = column.rpartition("_")
    metrics = study.study.metrics_of(source.name) if source else []
    names = {m.name for m in metrics if m.aggregate == "sum"}
    return moment if metric in names and moment in ("before", "after") else ""


def _days(window: int | tuple[int, int]) -> tuple[int, int]:
    days = (window, window) if isinstance(window, int) else tuple(window)
    if len(days) != 2 or not all(isinstance(d, int) and 0 < d <= LONGEST for d in days):
        raise LinkError(
            f"window={window!r} is no number of days, nor a pair of them: days before and days after."
        )
    return days
