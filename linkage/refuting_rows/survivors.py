"""A money link's rows with those who left before its outcome closed, and that they left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.catalogue import MONEY
from linkage.fetching import fetch_rows
from linkage.linking.link_rows import link_rows_sql
from linkage.study_file.declaration import LinkSpec

if TYPE_CHECKING:
    import pandas as pd

    from linkage.opening import OpenStudy


def survivors_rows(study: OpenStudy, spec: LinkSpec, through: str) -> pd.DataFrame | None:
    """The link's rows, and `is_gone`: the customer left between the drivers and the end of the outcome's window.

    None where the outcome is no money of customers in a later window; an empty table, without `is_gone`, where nobody's
    departure is dated (`left_on`).
    """
    known = study.study.columns[spec.grain].get(spec.outcome)
    if known is None or known.origin != MONEY or known.kind != "number" or spec.change is not None:
        return None
    if spec.grain == "survey" and known.moment == "after":
        query = _after_answers
    elif spec.grain == "customer_period" and spec.lag:
        query = _later_periods
    else:
        return None
    import pandas as pd

    if (
        not study.study.source_of("customers")
        or "left_on" not in study.connection.table("stg_customers").columns
    ):
        return pd.DataFrame()
    return fetch_rows(study.connection.sql(query(study, spec, through)))


def _after_answers(study: OpenStudy, spec: LinkSpec, through: str) -> str:
    days = study.study.declared.windows.after
    return f"""
with linked as ({link_rows_sql(study, spec, through)}
)

select
    linked.*,
    coalesce(
        customers.left_on >= cast(answers.answered_at as date)
        and customers.left_on <= cast(answers.answered_at as date) + interval {days} days, false
    ) as is_gone
from linked
inner join event_answer as answers on answers.response_id = linked.response_id
left join stg_customers as customers on customers.customer_id = answers.customer_id
order by linked.response_id"""


def _later_periods(study: OpenStudy, spec: LinkSpec, through: str) -> str:
    return f"""
with linked as ({link_rows_sql(study, spec, through)}
)

select
    linked.*,
    coalesce(
        customers.left_on >= own.start_on and customers.left_on <= later.end_on, false
    ) as is_gone
from linked
inner join periods as own on own.period = linked.period
inner join periods as later on later.position = own.position + {spec.lag}
left join stg_customers as customers on customers.customer_id = linked.customer_id
order by linked.customer_id, own.position"""
