"""How often, how lately, for how long: each customer's purchases as three numbers, and what came after.

Purchases of one customer on one day (of UTC, where times have a zone) are one purchase; time is counted in whole
days and given in the `time_unit`. The first purchase opens a history, so only those after it count as repeats.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from linkage.errors import LinkError, PeriodError, TableError, TooFewRowsError
from linkage.results import Result
from linkage.rows import as_numbers, require_columns
from linkage.sentences import plural
from linkage.tables.quoting import name_sql
from linkage.tables.steady_sums import steady_sum

if TYPE_CHECKING:
    import duckdb

DAYS_IN = {"day": 1.0, "week": 7.0, "month": 365.25 / 12, "quarter": 365.25 / 4, "year": 365.25}


@dataclass(frozen=True, eq=False, repr=False)
class PurchaseHistories(Result):
    """What each customer had bought by the end of the calibration, and bought after it.

    customers : index customer; first_on (date of the first purchase), repeat_count (x: days with a purchase
        after the first), recency (t_x: first to last purchase), age (T: first purchase to the end of the
        calibration), mean_amount (of the repeats; 0 without any), holdout_count, holdout_amount (its sum).
        recency and age in `time_unit`s.
    by_period : one row per whole time unit since `first_day`: repeat_count of these customers, is_holdout
        (it ends after the calibration).
    n_rows, n_dropped : rows given; rows without customer, time or amount, or bought after `observed_until`.
    n_late : customers whose first purchase came after the calibration; they are no part of it.
    """

    main_table = "by_period"  # a notebook shows the main table, and customers must not be shown
    customers: pd.DataFrame
    by_period: pd.DataFrame
    time_unit: str
    first_day: date
    calibration_until: date
    observed_until: date
    n_rows: int
    n_dropped: int
    n_late: int

    @property
    def holdout(self) -> float:
        """Length of the hold-out in time units."""
        return (self.observed_until - self.calibration_until).days / DAYS_IN[self.time_unit]

    def summary(self) -> str:
        repeats = self.customers["repeat_count"]
        after = (
            f" Hold-out of {self.holdout:.4g} {plural(self.time_unit, self.holdout)}, to {self.observed_until}, "
            f"with {int(self.customers['holdout_count'].sum()):,} purchases."
            if self.holdout
            else ""
        )
        return (
            f"{len(self.customers):,} customers from {self.first_day} to {self.calibration_until}; "
            f"{(repeats > 0).mean():.0%} bought again, {int(repeats.sum()):,} repeat purchases (a day is one "
            f"purchase).{after} ({self.n_rows:,} rows; {self.n_dropped:,} incomplete or later; {self.n_late:,} "
            "customers came after the calibration.)"
        )


def summarise_purchases(
    purchases: pd.DataFrame | duckdb.DuckDBPyRelation,
    *,
    customer: str = "customer_id",
    time: str = "purchased_at",
    amount: str = "amount",
    time_unit: str = "week",
    calibration_until: date | str | None = None,
    observed_until: date | str | None = None,
) -> PurchaseHistories:
    """How often, how lately and for how long had each customer bought, and what did they buy after?

    purchases : one row a purchase; a table, or a DuckDB relation (only customers come into memory).
    amount : money of the purchase; take the margin where it is known. calibration_until : last day the models
        see; without it there is no hold-out. observed_until : last day the data are complete.

    TableError for a missing column, a time that is none, a negative amount; PeriodError for days in the wrong
    order; TooFewRowsError without a customer.
    """
    if time_unit not in DAYS_IN:
        raise LinkError(f"time_unit={time_unit!r} is unknown. Choose one of: {', '.join(DAYS_IN)}.")
    relation = _relation_of(purchases, [customer, time, amount])
    is_zoned = _check_types(relation, time, amount)
    source = _clean(customer, time, amount, is_zoned)
    last, rows, kept = _span(relation, source, observed_until, amount, customer)
    cut = last if calibration_until is None else _day(calibration_until, "calibration_until")
    if cut > last:
        raise PeriodError(f"The calibration ends on {cut}, after the last day observed, {last}.")
    found = relation.query("purchases", _histories_sql(source, cut, last)).df()
    customers = found[found["first_on"] <= pd.Timestamp(cut)]
    if customers.empty:
        raise TooFewRowsError(f"None of {len(found):,} customers had bought by {cut}, the calibration's end.")
    first_day = customers["first_on"].min().date()
    by_day = relation.query("purchases", _by_day_sql(source, cut, last, first_day)).df()
    return PurchaseHistories(
        customers=_shaped(customers, customer, cut, DAYS_IN[time_unit]),
        by_period=_by_period(by_day, (cut - first_day).days + 1, (last - first_day).days + 1, time_unit),
        time_unit=time_unit,
        first_day=first_day,
        calibration_until=cut,
        observed_until=last,
        n_rows=rows,
        n_dropped=rows - kept,
        n_late=len(found) - len(customers),
    )


def _relation_of(purchases: pd.DataFrame | duckdb.DuckDBPyRelation, columns: list[str]):
    if not isinstance(purchases, pd.DataFrame):
        require_columns(pd.DataFrame(columns=list(purchases.columns)), columns)
        return purchases
    import duckdb

    require_columns(purchases, columns)
    return duckdb.connect().from_df(_plain(purchases, *columns))


def _plain(purchases: pd.DataFrame, customer: str, time: str, amount: str) -> pd.DataFrame:
    """The three columns as DuckDB reads them: no nullable or categorical types."""
    who = purchases[customer]
    if isinstance(who.dtype, pd.CategoricalDtype):
        who = who.astype(who.cat.categories.dtype)
    elif pd.api.types.is_extension_array_dtype(who.dtype) and str(who.dtype) != "str":
        who = who.astype(object)
    when = purchases[time]
    if isinstance(when.dtype, pd.DatetimeTZDtype):
        when = when.dt.tz_convert("UTC").dt.tz_localize(None)
    return pd.DataFrame({customer: who, time: when, amount: as_numbers(purchases[amount])})


def _check_types(relation, time: str, amount: str) -> bool:
    """Refuse columns that are no times or no money; says whether the times have a zone."""
    types = dict(zip(relation.columns, map(str, relation.types), strict=True))
    if not types[time].startswith(("DATE", "TIMESTAMP")):
        raise TableError(f"Column {time!r} holds {types[time].lower()}, not times: turn it into dates first.")
    if types[amount].startswith(("VARCHAR", "DATE", "TIMESTAMP", "ENUM", "BLOB")):
        raise TableError(f"Column {amount!r} holds {types[amount].lower()} where money is needed.")
    return types[time] == "TIMESTAMP WITH TIME ZONE"


def _clean(customer: str, time: str, amount: str, is_zoned: bool) -> str:
    """Select of the complete purchases: customer, day, amount."""
    # a time with a zone would fall on the day of whoever asks
    who, when, much = (name_sql(name) for name in (customer, time, amount))
    clock = f"{when} at time zone 'UTC'" if is_zoned else when
    return f"""select {who} as customer, cast({clock} as date) as day, cast({much} as double) as amount
        from purchases
        where {who} is not null and {when} is not null and isfinite(cast({much} as double))"""


def _span(
    relation, source: str, observed_until: date | str | None, amount: str, customer: str
) -> tuple[date, int, int]:
    """Last day observed, rows given, rows used; refuses negative amounts and a table without purchases."""
    until = "null" if observed_until is None else f"date '{_day(observed_until, 'observed_until')}'"
    found = relation.query(
        "purchases",
        f"""select
            (select count(*) from purchases),
            count(*) filter (where day <= coalesce({until}, day)),
            coalesce({until}, max(day)),
            count(*) filter (where amount < 0),
            min(amount)
        from ({source}) as clean""",
    ).fetchall()[0]
    rows, kept, last, negative, lowest = found
    if not kept:
        raise TooFewRowsError(
            f"None of {rows:,} rows has a {customer}, a time up to {last} and a number as {amount}."
        )
    if negative:
        raise TableError(
            f"{negative:,} of {rows:,} values of {amount!r} are negative, for example {lowest:g}. Take refunds "
            "off the purchase they belong to before asking."
        )
    return last, rows, kept


def _histories_sql(source: str, cut: date, last: date) -> str:
    amount = steady_sum("amount")
    return f"""with days as (
    select customer, day, {amount} as amount from ({source}) as clean
    where day <= date '{last}' group by customer, day
), dated as (
    select customer, day, amount, min(day) over (partition by customer) as first_on,
        day <= date '{cut}' as is_seen
    from days
)
select customer, first_on,
    count(*) filter (where is_seen and day > first_on) as repeat_count,
    coalesce(max(day) filter (where is_seen) - first_on, 0) as recency,
    {amount} filter (where is_seen and day > first_on) as amount,
    count(*) filter (where not is_seen) as holdout_count,
    {amount} filter (where not is_seen) as holdout_amount
from dated group by customer, first_on order by customer"""


def _by_day_sql(source: str, cut: date, last: date, first_day: date) -> str:
    """Repeat purchases of the customers of the calibration, by days since its first."""
    return f"""with days as (
    select distinct customer, day from ({source}) as clean where day <= date '{last}'
), dated as (
    select customer, day, min(day) over (partition by customer) as first_on from days
)
select day - date '{first_day}' as day, count(*) as repeats
from dated where day > first_on and first_on <= date '{cut}' group by day order by day"""


def _shaped(found: pd.DataFrame, customer: str, cut: date, unit_days: float) -> pd.DataFrame:
    """The histories in time units, one row a customer."""
    repeats = found["repeat_count"].to_numpy(dtype="int64")
    amount = found["amount"].fillna(0.0).to_numpy(dtype="float64")
    return pd.DataFrame(
        {
            "first_on": found["first_on"].to_numpy(),
            "repeat_count": repeats,
            "recency": found["recency"].to_numpy(dtype="float64") / unit_days,
            "age": (pd.Timestamp(cut) - found["first_on"]).dt.days.to_numpy() / unit_days,
            "mean_amount": np.where(repeats > 0, amount / np.maximum(repeats, 1), 0.0),
            "holdout_count": found["holdout_count"].to_numpy(dtype="int64"),
            "holdout_amount": found["holdout_amount"].fillna(0.0).to_numpy(dtype="float64"),
        },
        index=pd.Index(found["customer"], name=customer),
    )


def _by_period(by_day: pd.DataFrame, seen_days: int, days: int, time_unit: str) -> pd.DataFrame:
    """Repeat purchases per whole time unit; what follows the last whole unit is left out."""
    unit = DAYS_IN[time_unit]
    ends = unit * np.arange(1, int(np.floor(days / unit + 1e-9)) + 1)
    until = np.searchsorted(by_day["day"].to_numpy(dtype="float64"), ends - 1e-9)
    total = np.concatenate([[0], by_day["repeats"].to_numpy(dtype="int64").cumsum()])
    counts = np.diff(total[until], prepend=0)
    columns = {"repeat_count": counts, "is_holdout": ends > seen_days + 1e-9}
    return pd.DataFrame(columns, index=pd.RangeIndex(1, len(ends) + 1, name=time_unit))


def _day(given: date | str, name: str) -> date:
    try:
        return pd.Timestamp(given).date()
    except ValueError as problem:
        raise PeriodError(f"{name}={given!r} is not a day such as 2026-09-30.") from problem
