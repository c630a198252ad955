"""Several answers in one cell, and several questions in one column: what was declared of them, and what was not."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import TYPE_CHECKING

from linkage.errors import SourceError
from linkage.tables.quoting import name_sql, text_sql

if TYPE_CHECKING:
    import duckdb

    from linkage.study import Column

SHOWN = 20
LONGEST = 60


def words_sql(text: str, delimiter: str) -> str:
    """The choices in a cell as a list of trimmed words in lower case."""
    parts = f"string_split({text}, {text_sql(delimiter)})"
    return f"list_transform({parts}, lambda word: lower(trim(word)))"


def chosen_sql(column: Column, delimiter: str) -> str:
    """1 where one of a column's choices is among those of the cell, 0 where others are, NULL where none is."""
    text = name_sql(column.name)
    wanted = ", ".join(text_sql(word.strip().lower()) for word in column.metric_choices)
    return (
        f"case when {text} is null then null "
        f"when list_has_any({words_sql(text, delimiter)}, [{wanted}]) then 1.0::double else 0.0::double end"
    )


def undeclared_words(
    connection: duckdb.DuckDBPyConnection, found: str, declared: Iterable[str], raw_name: str, key: str
) -> tuple[str, ...]:
    """The words of a column that nothing declares, most frequent first, each as "column = word".

    found : a select of one column, a word a row. key : where in study.yml the words are declared.

    Raises SourceError where a declared word never occurs and one that does is nearly the same.
    """
    counted = connection.execute(
        f"select word, count(*) from ({found}) as found(word) where word <> '' group by 1 order by 2 desc, 1"
    ).fetchall()
    known = {word.strip().lower(): word for word in declared}
    there = {word.strip().lower() for word, _ in counted}
    others = [word for word, _ in counted if word.strip().lower() not in known]
    for word in known.keys() - there:
        near = get_close_matches(word, [o.strip().lower() for o in others], n=1, cutoff=0.75)
        if near:
            meant = next(o for o in others if o.strip().lower() == near[0])
            raise SourceError(
                f"no row of {raw_name!r} says {known[word]!r}, declared under {key}. Did you mean {meant!r}?"
            )
    if known and counted and not known.keys() & there:
        raise SourceError(
            f"no row of {raw_name!r} says any of {', '.join(map(repr, known.values()))}, declared under {key}. "
            f"It says: {', '.join(repr(o) for o in others[:SHOWN])}."
        )
    shown = [f"{raw_name} = {word[:LONGEST]}" for word in others[:SHOWN]]
    more = len(others) - SHOWN
    return (*shown, *([f"{raw_name} = {more:,} others"] if more > 0 else []))
