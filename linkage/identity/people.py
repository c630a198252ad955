"""Everybody the sources speak of: ids, the ids a crosswalk declares the same, and rows that carry no id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.errors import GrainError
from linkage.identity.declared import WITH_CUSTOMERS
from linkage.identity.values import plain_sql
from linkage.study_file.declaration import ROLES

if TYPE_CHECKING:
    import duckdb

    from linkage.study import Study

EVENTS = ("interactions", "feedback", "transactions")
"""Roles whose rows may lack an id; contacts come first, because an answer may name one."""

LONGEST_CROSSWALK = 40
"""Steps of doubling: a crosswalk that has not ended by then leads in a circle."""


def matching_roles(study: Study, column: str) -> list[str]:
    """The roles, of those that speak of customers, whose source has a matching column."""
    sources = {role: study.source_of(role) for role in WITH_CUSTOMERS}
    return [
        role
        for role, source in sources.items()
        if source and column in study.matching_columns_of(source.name)
    ]


def give_aliases(connection: duckdb.DuckDBPyConnection, study: Study) -> None:
    """Give rows without a customer, but with a value to match, an alias of their own, such as feedback:R7.

    An answer that names a contact with a customer needs none. The aliases stand in identity_alias.
    Raises GrainError where a source already uses such a name.
    """
    connection.execute("create or replace temp table identity_alias (id varchar)")
    for role in EVENTS:
        columns = [c for c in study.declared.identity.match if role in matching_roles(study, c)]
        if not columns:
            continue
        (key,) = ROLES[role].grain
        known = " or ".join(f"{_plain(study, c)} is not null" for c in columns)
        named = (
            " and not exists (select 1 from stg_interactions as contacts where contacts.interaction_id = "
            "stg_feedback.interaction_id and contacts.customer_id is not null)"
        )
        without = f"where customer_id is null and ({known}){named if role == 'feedback' else ''}"
        connection.execute(f"insert into identity_alias select '{role}:' || {key} from stg_{role} {without}")
        connection.execute(f"update stg_{role} set customer_id = '{role}:' || {key} {without}")
    _refuse_taken(connection)


def _refuse_taken(connection: duckdb.DuckDBPyConnection) -> None:
    ids = " union all ".join(f"select customer_id as id from stg_{role}" for role in WITH_CUSTOMERS)
    (count, example) = connection.execute(
        f"select count(*), min(id) from (select id from ({ids}) where id in (select id from identity_alias) "
        "group by id having count(*) > 1)"
    ).fetchone()
    if count:
        raise GrainError(
            f"identity: {count:,} customer ids are spelt as the suite names rows without one, for example "
            f"{example}. Rename these ids in a sql source."
        )


def collect_people(connection: duckdb.DuckDBPyConnection) -> None:
    """Make identity_person: one row an id, with its root, whether the register knows it, whether it is in doubt.

    At first the root is what the crosswalk says, followed to its end.
    Raises GrainError where the crosswalk leads in a circle.
    """
    ids = " union ".join(
        f"select customer_id as id from stg_{role} where customer_id is not null" for role in WITH_CUSTOMERS
    )
    connection.execute(
        f"""
        create or replace temp table identity_person as
        with ids as (
            {ids} union select alias_id from stg_identities union select customer_id from stg_identities
        )
        select
            ids.id,
            coalesce(crosswalk.customer_id, ids.id) as root,
            customers.customer_id is not null as is_register,
            false as in_doubt
        from ids
        left join stg_identities as crosswalk on crosswalk.alias_id = ids.id
        left join stg_customers as customers on customers.customer_id = ids.id
        where ids.id is not null
        """
    )
    _follow_crosswalk(connection)


def _follow_crosswalk(connection: duckdb.DuckDBPyConnection) -> None:
    further = (
        "from identity_person as one inner join identity_person as next on next.id = one.root "
        "where next.root <> one.root"
    )
    for _ in range(LONGEST_CROSSWALK):
        waiting = connection.execute(f"select count(*), min(one.id) {further}").fetchone()
        if not waiting[0]:
            return
        connection.execute(
            "update identity_person set root = next.root from identity_person as next "
            "where next.id = identity_person.root and next.root <> identity_person.root"
        )
    raise GrainError(
        f"identities: {waiting[0]:,} aliases lead in a circle, for example {waiting[1]}. An alias leads to the one "
        "customer id in use, and that leads nowhere further."
    )


def collect_values(connection: duckdb.DuckDBPyConnection, study: Study) -> None:
    """Make identity_value: each id's values of each matching column, in their one spelling."""
    selects = [
        f"select '{column}' as rule, customer_id as id, {_plain(study, column)} as value from stg_{role}"
        for column in study.declared.identity.match
        for role in matching_roles(study, column)
    ]
    connection.execute(
        "create or replace temp table identity_value as select distinct rule, id, value from "
        f"({' union all '.join(selects)}) where id is not null and value is not null"
    )


def _plain(study: Study, column: str) -> str:
    return plain_sql(column, study.declared.identity.country_code)
