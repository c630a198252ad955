"""One row per customer and period at risk of leaving, made in SQL, never in memory."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

from linkage.errors import GrainError, LinkageWarning, PeriodError, TableError
from linkage.periods import Period, periods_between, position_sql
from linkage.rows import as_names
from linkage.tables.quoting import name_sql

if TYPE_CHECKING:
    import duckdb


def person_periods_sql(
    source: str,
    *,
    customer: str,
    start: str,
    end: str,
    first: Period,
    last: Period,
    columns: Sequence[str] = (),
) -> str:
    """The select that spreads customers over the periods in which they could have left.

    source : a table, or a select in parentheses, with one row per customer. start, end : date columns; an
        end is missing while the customer is still here.
    first, last : the periods under observation, both complete in the data. columns : carried along as they
        are.

    Grain (customer, period). `duration` counts periods since the start (0 in the period of joining),
    `is_lost` is 1 in the period of the end, the customer's last row. Who joined before `first` enters there
    with the duration already reached (late entry, not a new customer); who is still here after `last` is
    censored.
    """
    spine = periods_between(first, last)
    if not spine:
        raise PeriodError(f"The periods under observation end ({last}) before they begin ({first}).")
    days = ",\n        ".join(
        f"('{p}', {p.position}, date '{p.start.isoformat()}', date '{p.end.isoformat()}')" for p in spine
    )
    started, ended = f"customers.{name_sql(start)}", f"cast(customers.{name_sql(end)} as date)"
    joined = position_sql(started, first.kind, first.fiscal_year_starts)
    carried = "".join(f",\n    customers.{name_sql(c)}" for c in as_names(columns))
    return f"""with periods (period, position, first_day, last_day) as (
    values
        {days}
)

select
    customers.{name_sql(customer)},
    periods.period,
    periods.position - {joined} as duration,
    case when {ended} <= periods.last_day then 1 else 0 end as is_lost{carried}
from {source} as customers
inner join periods
    on cast({started} as date) <= periods.last_day
    and ({ended} is null or {ended} >= periods.first_day)
order by customers.{name_sql(customer)}, periods.position"""


def person_periods(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    *,
    customer: str,
    start: str,
    end: str,
    first: Period,
    last: Period,
    columns: Sequence[str] = (),
) -> duckdb.DuckDBPyRelation:
    """The person-period table as a relation of the connection; see `person_periods_sql`.

    Raises TableError where an end lies before its start, GrainError where a customer has two rows. Customers
    without a start cannot be placed: they are left out with a LinkageWarning that counts them.
    """
    names = {"customer": name_sql(customer), "start": name_sql(start), "end": name_sql(end)}
    _check(connection, source, **names)
    query = person_periods_sql(
        source, customer=customer, start=start, end=end, first=first, last=last, columns=columns
    )
    return connection.sql(query)


def _check(connection, source: str, *, customer: str, start: str, end: str) -> None:
    found = connection.sql(
        f"""select
            count(*),
            count(distinct {customer}),
            count(*) filter (where {start} is null),
            count(*) filter (where {end} < {start}),
            min({customer}) filter (where {end} < {start})
        from {source} as customers"""
    ).fetchall()[0]
    rows, customers, unplaced, backwards, example = found
    if rows != customers:
        raise GrainError(
            f"{source}: {rows:,} rows for {customers:,} values of {customer}; one row each is needed."
        )
    if backwards:
        raise TableError(
            f"{backwards:,} of {rows:,} customers end before they start, for example {example!r}. Mend or "
            f"reject "
            "them first."
        )
    if unplaced:
        text = f"{unplaced:,} of {rows:,} customers have no {start} and are left out: no place in time."
        warnings.warn(text, LinkageWarning, stacklevel=3)
