"""Who was asked, whether they answered, and what everybody did: the rows behind the attack on non-response."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.fetching import fetch_rows
from linkage.limits.answering import AFTER_CONTACTS
from linkage.study_file.declaration import LinkSpec

if TYPE_CHECKING:
    import pandas as pd

    from linkage.opening import OpenStudy


def nonresponse_rows(study: OpenStudy, spec: LinkSpec, through: str) -> pd.DataFrame | None:
    """One row a chance to answer: an invitation; without invitations a contact, or a customer and period.

    Columns: answered; the answer's keys, period and value; and behaviours: the period's money, orders, contacts,
    tenure, whether they left in the days after, and what is known of the customer. `attrs["metric"]` names the
    question: links on the same one have the same rows; `attrs["invited"]` says whether a row is an invitation.
    None where no driver or outcome is a customer's answer.
    """
    metric = asked_metric(study, spec)
    tables = set(study.connection.table("link_customer_period").columns) if _has_customers(study) else set()
    if metric is None or metric not in tables:
        return None
    position = study.study.period(through).position
    invited = bool(study.study.source_of("invitations")) and _name_answers(study)
    if invited:
        chances = _invitations(study, metric, position)
    elif study.study.source_of("interactions") and _is_tied(study, metric):
        chances = _contacts(metric, position)
    else:
        chances = _presence(metric, position)
    frame = fetch_rows(study.connection.sql(_with_behaviour(study, metric, chances)))
    frame.attrs["metric"] = metric
    frame.attrs["invited"] = invited
    return frame


def _has_customers(study: OpenStudy) -> bool:
    return "link_customer_period" in study.tables


def asked_metric(study: OpenStudy, spec: LinkSpec) -> str | None:
    """The outcome, else the first driver, that is an answer of customers."""
    for column in (spec.outcome, *spec.drivers):
        known = study.study.columns[spec.grain].get(column)
        metric = study.study.metrics.get(known.metric) if known and known.metric else None
        if metric and study.study.sources[metric.of].role == "feedback":
            return metric.name
    return None


def _name_answers(study: OpenStudy) -> bool:
    """Whether invitations say which answer they brought."""
    asked = study.connection.execute("select count(response_id) from stg_invitations").fetchall()
    return bool(asked[0][0])


def _is_tied(study: OpenStudy, metric: str) -> bool:
    share = study.connection.execute(
        f"select avg((interaction_id is not null)::double) from event_answer where {metric} is not null"
    ).fetchall()[0][0]
    return (share or 0.0) >= AFTER_CONTACTS


def _invitations(study: OpenStudy, metric: str, position: int) -> str:
    """Invitations to the surveys that hold the question, each with the answer it brought."""
    invited = study.connection.table("stg_invitations").columns
    of_survey = ""
    if "survey" in invited and _has_surveys(study):
        of_survey = (
            "\n    where invitations.survey in "
            f"(select survey from event_answer where {metric} is not null and survey is not null)"
        )
    return f"""
    select
        coalesce(identities.customer_id, invitations.customer_id) as customer_id,
        cast(invitations.invited_at as date) as asked_on,
        answers.response_id,
        answers.interaction_id,
        (answers.{metric} is not null)::double as answered
    from stg_invitations as invitations
    left join stg_identities as identities on identities.alias_id = invitations.customer_id
    left join event_answer as answers on answers.response_id = invitations.response_id{of_survey}
    {"and" if of_survey else "where"} cast(invitations.invited_at as date)
        <= (select end_on from periods where position = {position})"""


def _has_surveys(study: OpenStudy) -> bool:
    return bool(study.connection.execute("select count(survey) from event_answer").fetchall()[0][0])


def _contacts(metric: str, position: int) -> str:
    return f"""
    select
        contacts.customer_id,
        cast(coalesce(contacts.ended_at, contacts.started_at) as date) as asked_on,
        contacts.response_id,
        contacts.interaction_id,
        (contacts.{metric} is not null)::double as answered
    from link_interaction as contacts
    inner join periods on periods.period = contacts.period and periods.position <= {position}"""


def _presence(metric: str, position: int) -> str:
    """Every customer in every period they were followed; the last of several answers stands for the period."""
    return f"""
    select
        present.customer_id,
        periods.start_on as asked_on,
        latest.response_id,
        latest.interaction_id,
        (present.{metric} is not null)::double as answered
    from link_customer_period as present
    inner join periods on periods.period = present.period and periods.position <= {position}
    left join (
        select * from event_answer
        where {metric} is not null
        qualify row_number() over (partition by customer_id, period order by answered_at desc, response_id) = 1
    ) as latest on latest.customer_id = present.customer_id and latest.period = present.period"""


def _with_behaviour(study: OpenStudy, metric: str, chances: str) -> str:
    """The chances to answer with the customer's period around them."""
    parts = _behaviours(study)
    customers = "left join stg_customers as customers on customers.customer_id = chances.customer_id"
    return f"""
with chances as ({chances}
)

select
    chances.answered,
    chances.customer_id,
    chances.response_id,
    chances.interaction_id,
    answers.employee_id,
    answers.unit_id,
    answers.period as answer_period,
    cast(answers.{metric} as double) as value,
    {", ".join(parts)}
from chances
left join event_answer as answers on answers.response_id = chances.response_id
inner join periods on chances.asked_on >= periods.start_on and chances.asked_on <= periods.end_on
inner join link_customer_period as around
    on around.customer_id = chances.customer_id and around.period = periods.period
{customers if study.study.source_of("customers") else ""}
order by chances.customer_id, chances.asked_on, chances.response_id nulls last, chances.interaction_id"""


def _behaviours(study: OpenStudy) -> list[str]:
    """What the customer's period, and their departure, say of everybody."""
    columns = study.connection.table("link_customer_period").columns
    bought = study.study.source_of("transactions")
    money = [m.name for m in study.study.metrics_of(bought.name)] if bought else []
    numbers = [*money, "order_count", "contact_count", "tenure_months"]
    about = study.study.columns["customer_period"]
    labels = [c for c in columns if c in about and about[c].kind == "category" and c != "period"]
    parts = [f"cast(around.{c} as double) as {c}" for c in numbers if c in columns]
    parts += [f"around.{c}" for c in labels]
    if study.study.source_of("customers") and "left_on" in study.connection.table("stg_customers").columns:
        parts.append(
            "coalesce(customers.left_on >= chances.asked_on and customers.left_on "
            f"<= chances.asked_on + interval {study.study.declared.windows.after} days, false)::double as left_after"
        )
    return parts
