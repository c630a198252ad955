"""One rule of identity: which ids its shared values bring together, which they leave in doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.identity.clusters import find_clusters

if TYPE_CHECKING:
    import duckdb

    from linkage.identity.declared import Identity

# Roots, not ids: what a more trusted rule made one person counts once.
_SHARED = """
create or replace temp table identity_shared as
select
    held.value,
    count(distinct people.root) as root_count
from identity_value as held
inner join identity_person as people on people.id = held.id
where held.rule = ?
group by held.value
having count(distinct people.root) > 1
"""

_HELD = """
create or replace temp table identity_held as
with roots as (
    select
        root,
        bool_or(is_register) as is_register,
        bool_or(in_doubt) as in_doubt
    from identity_person
    group by root
)

select distinct
    roots.root,
    held.value,
    roots.is_register and not $merge as is_customer,
    roots.in_doubt,
    roots.in_doubt or (roots.is_register and not $merge) as is_end
from identity_value as held
inner join identity_person as people on people.id = held.id
inner join roots on roots.root = people.root
inner join identity_shared as shared on shared.value = held.value
where held.rule = $rule and shared.root_count <= $at_most
"""

# Whom each root leads to: through its cluster, or, where it is in doubt, by its own values only.
_REACHED = """
create or replace temp table identity_reached as
with customers as (
    select root as customer, value from identity_held where is_customer
),

clustered as (
    select distinct
        cluster.label,
        customers.customer
    from identity_cluster as cluster
    inner join identity_held as held on held.root = cluster.root
    inner join customers on customers.value = held.value
)

select
    cluster.root,
    false as in_doubt,
    clustered.customer
from identity_cluster as cluster
inner join clustered on clustered.label = cluster.label
union
select
    held.root,
    true as in_doubt,
    customers.customer
from identity_held as held
inner join customers on customers.value = held.value
where held.in_doubt and not held.is_customer
"""

# A doubt is settled only in favour of somebody it was about: anyone else is a contradiction.
_TARGET = """
create or replace temp table identity_target as
with counted as (
    select
        reached.root,
        min(reached.customer) as customer,
        bool_or(reached.in_doubt) as in_doubt,
        bool_or(doubts.root is not null) as was_candidate
    from identity_reached as reached
    left join identity_doubt as doubts
        on doubts.root = reached.root
        and doubts.customer = reached.customer
    group by reached.root
    having count(distinct reached.customer) = 1
)

select
    root,
    customer as target
from counted
where was_candidate or not in_doubt
union all
select
    cluster.root,
    cluster.label as target
from identity_cluster as cluster
where cluster.root not in (select root from identity_reached)
"""

_NEW_DOUBTS = """
insert into identity_doubt
select
    root,
    customer
from identity_reached
where not in_doubt and root not in (select root from identity_target)
"""

_MOVED = """
insert into identity_moved
select
    ? as rule,
    people.id
from identity_person as people
inner join identity_target as target on target.root = people.root
where target.target <> target.root
"""

_MOVE = """
update identity_person
set root = target.target, in_doubt = false
from identity_target as target
where target.root = identity_person.root and target.target <> identity_person.root
"""

_DOUBTED = """
insert into identity_doubted
select
    ? as rule,
    people.id
from identity_person as people
inner join (select distinct root from identity_doubt) as doubts on doubts.root = people.root
where not people.in_doubt
"""

_MARK = """
update identity_person
set in_doubt = true
where root in (
    select root from identity_doubt where root not in (select root from identity_target)
)
"""

_IGNORED = """
insert into identity_ignored
select
    ? as rule,
    value,
    root_count
from identity_shared
where root_count > ?
"""

_CONTESTED = """
insert into identity_contested
select
    ? as rule,
    value,
    count(*) as customer_count
from identity_held
where is_customer
group by value
having count(*) > 1
"""

_MEMORY = {
    "identity_doubt": "root varchar, customer varchar",
    "identity_moved": "rule varchar, id varchar",
    "identity_doubted": "rule varchar, id varchar",
    "identity_ignored": "rule varchar, value varchar, root_count bigint",
    "identity_contested": "rule varchar, value varchar, customer_count bigint",
}


def prepare_rules(connection: duckdb.DuckDBPyConnection) -> None:
    """What rules leave for the next rule and for the ledger, empty."""
    for table, columns in _MEMORY.items():
        connection.execute(f"create or replace temp table {table} ({columns})")


def apply_rule(connection: duckdb.DuckDBPyConnection, identity: Identity, column: str) -> None:
    """Bring together who shares a value of one column, after the rules more trusted than this.

    Ids that the register does not know are connected through each other. Where they lead to one customer of the
    register, they become that customer; to none, one another; to two or more, they are in doubt, which a less
    trusted rule may settle. Customers of the register only become one where merge_register allows it.
    """
    connection.execute(_SHARED, [column])
    connection.execute(_IGNORED, [column, identity.shared_by_at_most])
    connection.execute(
        _HELD,
        {"rule": column, "merge": identity.merge_register, "at_most": identity.shared_by_at_most},
    )
    find_clusters(connection)
    connection.execute(_REACHED)
    connection.execute(_TARGET)
    connection.execute(_NEW_DOUBTS)
    connection.execute(_DOUBTED, [column])
    connection.execute(_MARK)
    connection.execute(_MOVED, [column])
    connection.execute(_MOVE)
    connection.execute(_CONTESTED, [column])
