"""Customers period by period, with the loyalty band they were known to be in before it, and their money."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from linkage.errors import LinkError, TableError
from linkage.fetching import fetch_rows, fetched_once
from linkage.tables.adding_up import unread_metrics
from linkage.tables.steady_sums import steady_sum
from linkage.worth.declared import BANDS, ValueRules

if TYPE_CHECKING:
    from linkage.opening import OpenStudy
    from linkage.study_file.declaration import Metric

PERIODS_A_YEAR = {"month": 12, "quarter": 4, "half": 2, "year": 1}
SILENT = "silent"
THIRDS = ("low", "middle", "high")
TABLE = "link_customer_period"


@dataclass(frozen=True)
class Money:
    """The study's money of customers. revenue, margin : metrics of transactions, None where there is none.

    share : assumed (low, value, high) share of revenue that is margin, None where margin is a metric.
    """

    revenue: str | None
    margin: str | None
    share: tuple[float, float, float] | None = None

    @property
    def column(self) -> str | None:
        """The metric to count: margin where it is known, else revenue."""
        return self.margin or self.revenue

    @property
    def is_assumed(self) -> bool:
        return self.margin is None

    def margin_of(self, rows: pd.DataFrame) -> pd.Series:
        """Margin of rows that hold the counted metric; revenue in full where nothing says what margin is."""
        return rows[self.column] * (1.0 if self.margin or not self.share else self.share[1])

    def words(self) -> str:
        if self.margin:
            return "margin"
        return f"margin at an assumed {self.share[1]:.0%} of revenue" if self.share else "revenue, not margin"


def rules_of(study: OpenStudy) -> ValueRules:
    return study.study.declared.value


def periods_a_year(study: OpenStudy) -> int:
    return PERIODS_A_YEAR[study.study.declared.period]


def money_of(study: OpenStudy) -> Money:
    """Which metrics of transactions are revenue and margin.

    Revenue is the first in the study's currency, else the first that is a sum. Raises LinkError for a declared
    margin that is no metric of transactions.
    """
    source, rules = study.study.source_of("transactions"), rules_of(study)
    metrics = study.study.metrics_of(source.name) if source else []
    names = {m.name for m in metrics}
    if rules.margin and rules.margin not in names:
        raise LinkError(
            f"value.margin names {rules.margin!r}, which is no metric of transactions. "
            f"There are: {', '.join(sorted(names)) or 'none'}."
        )
    margin = rules.margin or ("margin" if "margin" in names else None)
    rest = [m for m in metrics if m.name != margin and m.type == "number" and m.aggregate == "sum"]
    in_currency = [m for m in rest if m.unit == study.study.declared.currency]
    revenue = next((m.name for m in in_currency or rest), None)
    return Money(revenue, margin, None if margin else rules.margin_share)


def loyalty_metric(study: OpenStudy) -> Metric | None:
    """The answer that makes the bands: as declared, else the likelihood to recommend; None without one.

    Raises LinkError for a declared metric that is no answer with a scale.
    """
    source, chosen = study.study.source_of("feedback"), rules_of(study).loyalty
    metrics = study.study.metrics_of(source.name) if source else []
    if chosen is None:
        return next((m for m in metrics if m.score == "nps"), None)
    found = next((m for m in metrics if m.name == chosen and m.scale), None)
    if found is None:
        raise LinkError(f"value.loyalty names {chosen!r}, which is no metric of feedback with a scale.")
    return found


def band_names(metric: Metric) -> tuple[str, ...]:
    return BANDS if metric.scale == (0, 10) else THIRDS


def band_of(scores: pd.Series, metric: Metric) -> pd.Series:
    """Detractor (0 to 6), passive (7, 8) or promoter (9, 10); on another scale its lower, middle, upper third."""
    low, high = metric.scale
    edges = (6.5, 8.5) if metric.scale == (0, 10) else (low + (high - low) / 3, high - (high - low) / 3)
    codes = (scores > edges[0]).astype(int) + (scores > edges[1]).astype(int)
    return pd.Series(
        pd.Categorical.from_codes(
            codes.where(scores.notna(), -1).to_numpy(), categories=list(band_names(metric)), ordered=True
        ),
        index=scores.index,
        name="band",
    )


@fetched_once
def customer_periods(study: OpenStudy, through: str) -> pd.DataFrame:
    """link_customer_period up to a period, with `position` of the period and `band` known before it.

    A sum that is not known, because a purchase of it could not be read, is that of the others: money at stake adds up
    what there is.

    band : from the latest answer of the year before the period; who gave none is "silent". Where there is a register
    of customers, only those it knows.
    Raises TableError where the study has no such table.
    """
    if TABLE not in study.tables:
        raise TableError(f"{study.name} has no {TABLE}: values need customers with purchases or answers.")
    metric = loyalty_metric(study)
    last = study.study.period(through).position
    score = (
        f"last_value({metric.name} ignore nulls) over (partition by customer_id order by calendar.position "
        f"range between {periods_a_year(study)} preceding and 1 preceding)"
        if metric
        else "null::double"
    )
    rows = fetch_rows(
        study.connection.sql(
            f"select {_money_read(study)}, calendar.position, {score} as band_score from {TABLE} as customers "
            "inner join periods as calendar on calendar.period = customers.period "
            f"where calendar.position <= {last} {_registered(study)}order by customer_id, calendar.position"
        )
    )
    rows["is_lost"] = rows["is_lost"].astype(float)
    names = [*(band_names(metric) if metric else ()), SILENT]
    known = (
        band_of(rows["band_score"], metric).astype(object)
        if metric
        else pd.Series(None, rows.index, dtype=object)
    )
    rows["band"] = pd.Categorical(known.where(known.notna(), SILENT), categories=names, ordered=True)
    return rows


def _money_read(study: OpenStudy) -> str:
    """The columns of link_customer_period, its unknown sums replaced by the sums of what could be read.

    Only unknown sums are asked for again: a sum adds up in order of size, which takes a while for every customer.
    """
    unread = sorted(
        unread_metrics(study.connection, study.study) & set(study.study.columns["customer_period"])
    )
    read = ", ".join(
        f"coalesce({name}, (select {steady_sum(f'bought.{name}')} from event_purchase as bought where "
        f"bought.customer_id = customers.customer_id and bought.period = customers.period "
        f"and customers.{name} is null), 0) as {name}"
        for name in unread
    )
    return f"customers.* replace ({read})" if read else "customers.*"


def _registered(study: OpenStudy) -> str:
    """A number that only a ticket system knows is no customer, as far as money goes."""
    if not study.study.source_of("customers"):
        return ""
    return "and customer_id in (select customer_id from stg_customers) "


def last_year(rows: pd.DataFrame, study: OpenStudy, through: str) -> pd.DataFrame:
    """Of rows with `position`, those of the year that ends with a period."""
    last = study.study.period(through).position
    return rows[(rows["position"] > last - periods_a_year(study)) & (rows["position"] <= last)]


def present_now(rows: pd.DataFrame, study: OpenStudy, through: str) -> pd.DataFrame:
    """One row a customer who is there in a period and has not left in it."""
    now = rows[(rows["position"] == study.study.period(through).position) & (rows["is_lost"] == 0)]
    return now.reset_index(drop=True)


def matching(rows: pd.DataFrame, where: dict[str, object]) -> pd.DataFrame:
    """Rows whose columns have the values of `where`. Raises LinkError for a column there is not, or no row."""
    kept = rows
    for column, value in where.items():
        if column not in rows:
            raise LinkError(f"where names {column!r}, which is no column of {TABLE}.")
        kept = (
            kept[kept[column].astype(str) == str(value)]
            if isinstance(value, str)
            else kept[kept[column] == value]
        )
    if kept.empty and len(rows):
        met = " and ".join(f"{column} is {value}" for column, value in where.items())
        raise LinkError(f"There is no customer where {met}.")
    return kept


def latest_bands(study: OpenStudy, through: str) -> pd.Series:
    """Each customer's band by the latest answer of the year that ends with a period; index the customer.

    Empty where the study has no loyalty answer, or no customers to it.
    """
    metric = loyalty_metric(study)
    if metric is None or TABLE not in study.tables:
        return pd.Series([], dtype=object, name="band")
    last = study.study.period(through).position
    rows = fetch_rows(
        study.connection.sql(
            f"select customer_id, arg_max({metric.name}, calendar.position) as score from {TABLE} as customers "
            "inner join periods as calendar on calendar.period = customers.period "
            f"where {metric.name} is not null and calendar.position <= {last} "
            f"and calendar.position > {last - periods_a_year(study)} group by customer_id order by customer_id"
        )
    )
    return band_of(rows.set_index("customer_id")["score"], metric)
