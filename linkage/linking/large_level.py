"""The level at which a link's errors are clustered, for rows that stay where they lie: asked of the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from linkage.grains import cluster_of
from linkage.linking.cluster_level import keys_among
from linkage.study_file.declaration import LinkSpec

if TYPE_CHECKING:
    import duckdb


class _Seen(NamedTuple):
    """Of the rows that hold outcome and drivers, by one key: how many name none, its groups, their pairs with the
    link's own clusters, the rows that have company in their cell, and whether each driver is the same there."""

    rows: int
    unknown: int
    groups: int
    pairs: int
    several: int
    same: tuple[bool, ...]


def at_level_above(
    relation: duckdb.DuckDBPyRelation, spec: LinkSpec
) -> tuple[duckdb.DuckDBPyRelation, LinkSpec, str]:
    """The relation and the link with its errors where a driver varies, and why in words; unchanged where they are.

    As `level_above` in memory where a driver is the same for all rows of a unit, any key, or a period; what goes
    together within units besides is not looked for.
    """
    named = " and ".join(f'"{c}" is not null' for c in (spec.outcome, *spec.drivers))
    rows, own = relation.filter(named), cluster_of(spec)
    own = own if own in relation.columns else None
    clusters = _count(rows, f'count(distinct "{own}")' if own else "count(*)")
    found: dict[str, tuple[_Seen, str]] = {}
    for key in keys_among(relation.columns, own):
        seen = _look(rows, spec, key, own)
        whole = seen.several >= 0.5 * (seen.rows - seen.unknown) and seen.unknown < 0.5 * seen.rows
        if whole and any(seen.same) and seen.groups < clusters and seen.pairs > seen.groups:
            found[key] = (seen, spec.drivers[seen.same.index(True)])
    if not found:
        return relation, spec, ""
    key = min(found, key=lambda name: found[name][0].groups)
    seen, driver = found[key]
    why = f"{driver} is the same for all rows of a {key}: errors are clustered there, not by {spec.cluster or 'row'}."
    if seen.unknown:
        relation = relation.project(
            f'* exclude ("{key}"), coalesce(cast("{key}" as varchar), \'\') as "{key}"'
        )
        why += " Rows without one are one group more."
    return relation, spec.model_copy(update={"cluster": key}), why


def _look(rows: duckdb.DuckDBPyRelation, spec: LinkSpec, key: str, own: str | None) -> _Seen:
    cells = [key, *(["period"] if "period" in rows.columns and key != "period" else [])]
    by = ", ".join(f'"{c}"' for c in cells)
    same = ", ".join(f"{_is_same(rows, d)} as same_{i}" for i, d in enumerate(spec.drivers))
    told = ", ".join(f"bool_and(same_{i}) filter (n > 1)" for i in range(len(spec.drivers)))
    known = rows.filter(f'"{key}" is not null')
    parts = known.aggregate(f'"{key}" as key, count(*) as n, {same}', by)
    groups, several, *alike = parts.aggregate(
        f"count(distinct key), coalesce(sum(n) filter (n > 1), 0), {told}"
    ).fetchall()[0]
    pairs = _count(known, f'count(distinct ("{key}", "{own}"))' if own else "count(*)")
    whole = _count(rows, "count(*)")
    unknown = whole - _count(known, "count(*)")
    return _Seen(whole, unknown, groups, pairs, int(several), tuple(bool(a) for a in alike))


def _is_same(rows: duckdb.DuckDBPyRelation, driver: str) -> str:
    """Whether a driver takes one value in a cell; means may differ in their last digits."""
    low, high = f'min("{driver}")', f'max("{driver}")'
    kind = str(rows.types[rows.columns.index(driver)])
    if kind not in ("FLOAT", "DOUBLE"):
        return f"{low} = {high}"
    return f"{high} - {low} <= 1e-9 * greatest(abs({low}), abs({high}))"


def _count(rows: duckdb.DuckDBPyRelation, what: str) -> int:
    return int(rows.aggregate(what).fetchall()[0][0])
