"""How do the purchases of a customer or unit become one figure: added up, averaged, or not known?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.tables.quoting import text_sql

if TYPE_CHECKING:
    import duckdb

    from linkage.study import Study
    from linkage.study_file.declaration import Metric

UNREAD = "unread_values"
"""The table of values that were there and could not be read: source, column, and the key of their row."""


def unread_metrics(connection: duckdb.DuckDBPyConnection, study: Study) -> frozenset[str]:
    """The metrics of purchases of which some value could not be read."""
    source = study.source_of("transactions")
    if source is None:
        return frozenset()
    found = connection.execute(f'select distinct "column" from {UNREAD} where source = ?', [source.name])
    columns = {column for (column,) in found.fetchall()}
    return frozenset(m.name for m in study.metrics_of(source.name) if m.column in columns)


def is_unread(metric: str) -> str:
    """The column of event_purchase that says of a purchase that this metric's value could not be read."""
    return f"is_unread_{metric}"


class AddingUp:
    """The words by which SQL models make one figure of many purchases.

    unread : the metrics of which some value could not be read. Left out of a sum such a value would count as zero,
    and seldom is it any value: it is the largest that are written otherwise. A sum with one is not known.
    """

    def __init__(self, unread: frozenset[str]) -> None:
        self.unread = unread

    def is_open(self, metric: Metric) -> bool:
        """Whether some sum of it is not known."""
        return metric.aggregate == "sum" and metric.name in self.unread

    def unread_sql(self, metric: Metric, source: str) -> str:
        """Whether the value of a staged purchase could not be read."""
        asked = f'source = {text_sql(source)} and "column" = {text_sql(metric.column)}'
        return f"transactions.transaction_id in (select key from {UNREAD} where {asked})"

    def together(self, metric: Metric, of: str = "", *, when: str = "", partial: bool = False) -> str:
        """The aggregate of a metric over purchases; null where one of those summed could not be read, unless partial.

        of : the table before its column. when : a condition for the purchases meant. partial : whether a sum without
        the few that could not be read will do, as for a unit with hundreds.
        """
        column, only = f"{of}{metric.name}", f" filter (where {when})" if when else ""
        made = f"{'fsum' if metric.aggregate == 'sum' else 'favg'}({column}){only}"
        if partial or not self.is_open(metric):
            return made
        lost = f"coalesce(bool_or({of}{is_unread(metric.name)}){only}, false)"
        return f"case when not {lost} then coalesce({made}, 0) end"

    def settled(self, metric: Metric, column: str, *, none_where: str) -> str:
        """What `together` gave, beside rows without a purchase: their sum is 0, their mean is null.

        none_where : the condition that there was no purchase, needed where a sum may be null for another reason.
        """
        if metric.aggregate != "sum":
            return column
        if not self.is_open(metric):
            return f"coalesce({column}, 0)"
        return f"case when {none_where} then 0 else {column} end"
