"""The customers behind a headline KPI: what each adds to its numerator and to its base, period by period."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.errors import TableError, WarehouseError
from linkage.tables.steady_sums import steady_sum

if TYPE_CHECKING:
    import pandas as pd

    from linkage.opening import OpenStudy

WHO, AMOUNT, BASE, COUNT = "customer", "amount", "base", "counted"
"""Columns of the rows: whose they are, what they add to the KPI, which is the sum of amounts over that of bases, and
how many of what it counts they are: one customer, or some contacts."""

COUNTED_KEY = {
    "retention_rate": "customer_id",
    "contact_rate": "interaction_id",
    "revenue_retention_net": "customer_id",
    "first_contact_resolution": "interaction_id",
    "first_response_rate": "interaction_id",
}
"""By KPI, the key of what its n counts."""

PRESENT = """
select 'customer ' || customer_id as customer, cast(customer_id as varchar) as customer_id, period, null as channel,
    cast(is_at_end as double) as amount, 1.0 as base, 1 as counted
from kpi_presence
where is_at_start and is_at_end is not null
"""

CONTACTED = """
select 'customer ' || presence.customer_id as customer, cast(presence.customer_id as varchar) as customer_id,
    presence.period, null as channel, cast(count(contacts.interaction_id) as double) as amount, 1.0 as base,
    count(contacts.interaction_id) as counted
from kpi_presence as presence
left join event_contact as contacts
    on contacts.customer_id = presence.customer_id
    and contacts.period = presence.period
group by presence.customer_id, presence.period
"""

# The models of shares of contacts count each customer and channel on the way (their step `customer`).
COUNTED = """
select customer, case when starts_with(customer, 'customer ') then substr(customer, 10) end as customer_id,
    period, channel, cast({count} as double) as amount, cast(contact_count as double) as base,
    contact_count as counted
from customer
where channel is not null and contact_count > 0
"""

SPENT = """
with spent as (
    select customer_id, period, {total} as revenue
    from event_purchase
    where customer_id is not null
    group by customer_id, period
)

select 'customer ' || earlier.customer_id as customer, cast(earlier.customer_id as varchar) as customer_id,
    periods.period, null as channel, cast(coalesce(spent.revenue, 0) as double) as amount,
    cast(earlier.revenue as double) as base, 1 as counted
from spent as earlier
inner join periods as periods_before on periods_before.period = earlier.period
inner join periods on periods.position = periods_before.position + 1
left join spent
    on spent.customer_id = earlier.customer_id
    and spent.period = periods.period
where earlier.revenue > 0
"""


def kpi_rows(study: OpenStudy, kpi: str) -> pd.DataFrame:
    """The rows behind a KPI: customer, period, the study's segments, amount, base, counted.

    kpi : retention_rate, contact_rate, revenue_retention_net, first_contact_resolution or first_response_rate.
    Raises TableError for any other, and WarehouseError where the study did not count it.
    """
    inside = _rows_sql(study, kpi)
    register = study.connection.table("stg_customers").columns if _has_register(study) else []
    segments = [s for s in study.study.declared.segments if s in register]
    named = "".join(f", register.{s}" for s in segments)
    channel = ", counted.channel" if "channel" in study.study.declared.segments else ""
    joined = (
        "left join stg_customers as register on cast(register.customer_id as varchar) = counted.customer_id"
        if segments
        else ""
    )
    return study.connection.sql(
        f"select counted.customer, counted.period{channel}{named}, counted.amount, counted.base, counted.counted "
        f"from ({inside}) as counted {joined} order by counted.period, counted.customer, counted.channel"
    ).df()


def _has_register(study: OpenStudy) -> bool:
    return study.study.source_of("customers") is not None


def _rows_sql(study: OpenStudy, kpi: str) -> str:
    from linkage.kpis.needs import revenue_metric

    steps = {
        "first_contact_resolution": ("kpi_contact_resolution", "settled_count"),
        "first_response_rate": ("kpi_first_response", "in_time_count"),
    }
    if kpi in steps:
        model, count = steps[kpi]
        return _steps_of(study, model) + COUNTED.format(count=count)
    if kpi == "revenue_retention_net":
        money = revenue_metric(study.study)
        if money is None:
            raise WarehouseError(f"{study.name} has no metric of money: revenue retention has no rows.")
        return SPENT.format(total=steady_sum(money))
    known = {"retention_rate": PRESENT, "contact_rate": CONTACTED}
    if kpi not in known:
        raise TableError(f"The rows behind {kpi} are not kept: its change is told as a whole.")
    study.model_sql("kpi_presence")  # refused where it was not counted
    return known[kpi]


def _steps_of(study: OpenStudy, model: str) -> str:
    """A model as it ran, without its last select."""
    head, mark, _ = study.model_sql(model).rpartition("\n)\n\nselect\n")
    if not mark:
        raise WarehouseError(
            f"{model} no longer counts customer by customer in steps; its rows are not known."
        )
    return f"{head}\n)\n"
