"""The rules of identity, applied to staged sources: every id's one customer, and what the rules did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.identity.accounting import IdentityRow, account_for
from linkage.identity.people import EVENTS, collect_people, collect_values, give_aliases
from linkage.identity.rule import apply_rule, prepare_rules

if TYPE_CHECKING:
    import duckdb

    from linkage.study import Study

# The register's id, else the one a crosswalk leads to, else a source's own before a row's alias, else the smallest.
_CANONICAL = """
create or replace temp table identity_canonical as
select
    people.id,
    people.in_doubt,
    people.is_register,
    first_value(people.id) over (
        partition by people.root
        order by
            people.is_register desc,
            coalesce(people.id in (select customer_id from stg_identities), false) desc,
            people.id in (select id from identity_alias),
            people.id
    ) as customer_id
from identity_person as people
"""

# A row's alias serves to find its customer: in doubt, or without a value that is its own, it names nobody.
_NAMELESS = """
update stg_{role}
set customer_id = null
where customer_id in (select id from identity_alias)
    and customer_id not in (
        select held.id
        from identity_value as held
        inner join identity_person as people on people.id = held.id
        where not people.in_doubt
            and not exists (
                select 1
                from identity_ignored as ignored
                where ignored.rule = held.rule and ignored.value = held.value
            )
    )
"""

_TEMPORARY = (
    *("alias", "person", "value", "shared", "held", "cluster", "reached", "target"),
    *("doubt", "doubted", "moved", "ignored", "contested", "canonical"),
)


def resolve_identities(
    connection: duckdb.DuckDBPyConnection, study: Study, present: dict[str, list[str]]
) -> list[IdentityRow]:
    """Bring every id of the staged sources to one customer, by the crosswalk and the rules of study.yml.

    Adds to stg_identities, from where the models take each id's customer; gives rows without an id an alias that
    can be matched; with merge_register, leaves one row of a customer who stood in the register twice.
    The same files give the same customers: of ids that are one, the register's is kept, else the smallest.

    Returns what each rule did; nothing is changed where the study declares no `identity`.
    Raises GrainError where the crosswalk leads in a circle.
    """
    identity = study.declared.identity
    if identity is None:
        return []
    give_aliases(connection, study)
    collect_people(connection)
    collect_values(connection, study)
    prepare_rules(connection)
    for column in identity.match:
        apply_rule(connection, identity, column)
    connection.execute(_CANONICAL)
    for role in EVENTS:
        connection.execute(_NAMELESS.format(role=role))
    rows = account_for(connection, study)
    _write_down(connection, merge=identity.merge_register)
    for name in _TEMPORARY:
        connection.execute(f"drop table if exists identity_{name}")
    _tell_present(present)
    return rows


def _write_down(connection: duckdb.DuckDBPyConnection, *, merge: bool) -> None:
    """The customers found, as the crosswalk the models read."""
    connection.execute(
        "update stg_identities set customer_id = found.customer_id from identity_canonical as found "
        "where found.id = stg_identities.alias_id"
    )
    connection.execute(
        "insert into stg_identities (alias_id, customer_id) select id, customer_id from identity_canonical "
        "where id <> customer_id and not in_doubt and id not in (select alias_id from stg_identities) order by id"
    )
    if merge:
        connection.execute(
            "delete from stg_customers where customer_id in "
            "(select id from identity_canonical where is_register and id <> customer_id)"
        )


def _tell_present(present: dict[str, list[str]]) -> None:
    """The sources now have what the rules gave them: a crosswalk, and a customer for every event."""
    present.setdefault("identities", ["alias_id", "customer_id"])
    for role in EVENTS:
        if role in present and "customer_id" not in present[role]:
            present[role].append("customer_id")
