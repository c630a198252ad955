"""Ids that share a value, directly or through others: connected components, found in SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

_FIRST = """
create or replace temp table identity_cluster as
select distinct
    root,
    root as label
from identity_held
where not is_end
"""

# The smallest label around each value, then the label of that label: chains shrink to half their length.
_NEXT = """
create or replace temp table identity_next as
with lowest as (
    select
        held.value,
        min(cluster.label) as label
    from identity_held as held
    inner join identity_cluster as cluster on cluster.root = held.root
    group by held.value
),

reached as (
    select
        cluster.root,
        min(lowest.label) as label
    from identity_cluster as cluster
    inner join identity_held as held on held.root = cluster.root
    inner join lowest on lowest.value = held.value
    group by cluster.root
)

select
    reached.root,
    least(reached.label, further.label) as label
from reached
inner join reached as further on further.root = reached.label
"""


def find_clusters(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill identity_cluster: each root of identity_held that is no end, with the smallest root it is connected to.

    identity_held : root, value, is_end. A path leads through values and roots, and stops at a root that is an end.
    """
    connection.execute(_FIRST)
    while True:
        connection.execute(_NEXT)
        (moved,) = connection.execute(
            "select count(*) from identity_next inner join identity_cluster using (root) "
            "where identity_next.label <> identity_cluster.label"
        ).fetchone()
        connection.execute("create or replace temp table identity_cluster as from identity_next")
        if not moved:
            connection.execute("drop table identity_next")
            return
