"""Files of JSON objects, one a line or in one list, as tables of text."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.errors import SourceError
from linkage.sources.queries import TypedTable
from linkage.tables.quoting import name_sql, text_sql

if TYPE_CHECKING:
    import duckdb

    from linkage.study_file.declaration import SourceSpec

DEEPEST = 3
"""So far down objects are taken apart; what lies deeper stays text."""


def open_json(connection: duckdb.DuckDBPyConnection, path: Path, shown: str, spec: SourceSpec) -> TypedTable:
    """A file of JSON objects, one a record: a record's line is its place among them.

    Raises SourceError where the file is no JSON, or holds no objects.
    """
    header, select = json_table(connection, path, shown)
    return TypedTable(shown, f"({select})", "", header, ("VARCHAR",) * len(header), spec.decimal)


def json_table(connection: duckdb.DuckDBPyConnection, path: Path, shown: str) -> tuple[tuple[str, ...], str]:
    """The columns of a file of JSON objects, and the select that gives them as text.

    A field of an object in an object is called by both names, such as agent.id; a list stays the text it is.
    Raises SourceError where the file is no JSON, or holds no objects.
    """
    import duckdb

    place = text_sql(re.sub(r"([\[*?])", r"[\1]", str(path)))
    records = f"read_json_objects({place}, format = 'auto')"
    try:
        paths = _fields(connection, records)
    except duckdb.Error as error:
        said = str(error).splitlines()[0].replace(str(path), shown)
        raise SourceError(
            f"{shown}: this cannot be read as JSON: {said} Export it again, or as CSV."
        ) from error
    if not paths:
        raise SourceError(f"{shown}: no objects with names and values are in it. Export it again, or as CSV.")
    listed = ", ".join(f"json ->> {text_sql(where)} as {name_sql(name)}" for name, where in paths.items())
    return tuple(paths), f"select {listed} from {records}"


def _fields(
    connection: duckdb.DuckDBPyConnection, records: str, within: str = "", where: str = "", depth: int = 1
) -> dict[str, str]:
    """By its name where each field is, in the order of their first coming."""
    inside = f"json_extract(json, {text_sql(where)})" if where else "json"
    found = connection.execute(
        f"with held as (select row_number() over () as place, {inside} as held from {records}), "
        "named as (select place, held, unnest(json_keys(held)) as name, "
        "generate_subscripts(json_keys(held), 1) as turn from held where json_type(held) = 'OBJECT'), "
        "typed as (select name, place, turn, "
        "json_type(held, '/' || replace(replace(name, '~', '~0'), '/', '~1')) as kind from named) "
        "select name, bool_or(kind = 'OBJECT'), bool_or(kind not in ('OBJECT', 'NULL')) from typed "
        "group by name order by min((place, turn))"
    ).fetchall()
    paths: dict[str, str] = {}
    for name, has_objects, has_values in found:
        called, place = f"{within}{name}", f"{where}/{name.replace('~', '~0').replace('/', '~1')}"
        if has_values or not has_objects or depth == DEEPEST:
            paths[called] = place
        if has_objects and depth < DEEPEST:
            paths |= _fields(connection, records, f"{called}.", place, depth + 1)
    return paths
