"""Rows out of DuckDB as a table: what `relation.df()` gives, in a third of the time."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    import pyarrow as pa

    from linkage.opening import OpenStudy

    Fetch = Callable[[OpenStudy, str], pd.DataFrame]

WHOLE = {"TINYINT": "Int8", "SMALLINT": "Int16", "INTEGER": "Int32", "BIGINT": "Int64", "BOOLEAN": "boolean"}
WHOLE |= {"UTINYINT": "UInt8", "USMALLINT": "UInt16", "UINTEGER": "UInt32", "UBIGINT": "UInt64"}
"""Types that cannot say in themselves that a value is missing, and what pandas makes of them where one is."""

PLAIN = {*WHOLE, "DOUBLE", "FLOAT", "VARCHAR", "DATE", "TIMESTAMP"}
"""Types that Arrow hands over as `df()` would."""


class Settled(dict):
    """What a table says of itself and nobody changes: pandas copies attrs, deeply, at every step of a calculation."""

    def __deepcopy__(self, memo: dict) -> Settled:
        return self


def fetch_rows(relation: duckdb.DuckDBPyRelation) -> pd.DataFrame:
    """The rows of a relation, through Arrow: texts are not made into Python objects one by one on the way.

    The same columns, types and values as `relation.df()`; a relation that holds any other type goes that way.
    """
    types = dict(zip(relation.columns, map(str, relation.types), strict=True))
    if len(types) < len(relation.columns) or not PLAIN.issuperset(types.values()):
        return relation.df()
    table = relation.to_arrow_table()
    if table.num_rows == 0:
        return relation.df()
    frame = table.to_pandas(date_as_object=False)
    for name, kind in types.items():
        if kind == "DATE":
            frame[name] = frame[name].astype("datetime64[us]")
        elif table[name].null_count:
            frame = _with_missing(frame, name, kind, table[name])
    return frame


def fetched_once(fetch: Fetch) -> Fetch:
    """Decorates a fetch of a study's rows through a period: asked again for the same, it hands out the same rows.

    Only the last period's are held, with the opened study they came from. Whoever asks has a table of their own:
    a column added or changed there stands in no other.
    """
    name = f"{fetch.__module__}.{fetch.__qualname__}"

    @wraps(fetch)
    def held(study: OpenStudy, through: str) -> pd.DataFrame:
        asked, rows = study.held_rows.get(name, (None, None))
        if rows is None or asked != through:
            rows = fetch(study, through)
            study.held_rows[name] = (through, rows)
        return rows.copy(deep=False)

    return held


def _with_missing(frame: pd.DataFrame, name: str, kind: str, column: pa.ChunkedArray) -> pd.DataFrame:
    import pandas as pd

    if kind in WHOLE:
        dtype = pd.api.types.pandas_dtype(WHOLE[kind])
        frame[name] = column.to_pandas(types_mapper=lambda arrow: dtype)
    elif kind == "VARCHAR" and column.null_count == len(column):
        frame[name] = frame[name].astype(object)
    return frame
