"""Which words of a text column are one word written in several ways: Plus and plus, Old Town and old-town?

Each spelling is a group of its own in every table, so that a unit or segment falls apart and nobody sees it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from linkage.profiling.problem import LOOK, Problem, share_of
from linkage.profiling.scanning import Scan
from linkage.tables.quoting import name_sql, text_sql

if TYPE_CHECKING:
    import duckdb

ALIKE = "one word, several spellings"
MOST_WORDS = 1000
"""A column of more different texts holds no groups."""
UNIT = "unit_id"
NO_GROUPS = ("comment",)


def alike_problems(connection: duckdb.DuckDBPyConnection, scans: Sequence[Scan]) -> Iterator[Problem]:
    """One problem a text column, and one a source whose units another of its rows or sources writes otherwise."""
    for scan in scans:
        for name, counted in scan.columns.items():
            is_text = counted.column.kind == "text" and name not in (*NO_GROUPS, UNIT)
            if is_text and 1 < counted.distinct <= MOST_WORDS:
                found = [(word, n, name) for word, n in _counts(connection, scan, name)]
                yield from _of_column(scan, name, _alike(connection, found))
    yield from _of_units(connection, scans)


def _of_units(connection: duckdb.DuckDBPyConnection, scans: Sequence[Scan]) -> Iterator[Problem]:
    """Units are compared over all sources. What a register of units lacks, the join to it tells."""
    holding = {s.staged.source: s for s in scans if UNIT in s.columns}
    found = [(w, n, source) for source, scan in holding.items() for w, n in _counts(connection, scan, UNIT)]
    register = {w for w, _, source in found if holding[source].staged.role == "units"}
    known = [row for row in found if not register or row[0] in register]
    if len({w for w, *_ in known}) <= MOST_WORDS:
        alike = _alike(connection, known)
        for source, scan in holding.items():
            yield from _of_column(scan, UNIT, [row for row in alike if row[3] == source])


def _of_column(scan: Scan, name: str, rare: list[tuple[str, str, int, str]]) -> Iterator[Problem]:
    if not rare:
        return
    word, usual, *_ = rare[0]
    rows, spellings = sum(n for _, _, n, _ in rare), len({w for w, *_ in rare})
    many = f"{spellings:,} {'spelling differs' if spellings == 1 else 'spellings differ'}"
    advice = (
        f"{many} from a more frequent one only in case, punctuation or spaces. Each counts as a group of its own: "
        "write them one way where the file is made, or in a select under 'sql:' of the source."
    )
    example = f"{word!r} beside {usual!r}"
    share = share_of(rows, scan.rows)
    yield Problem(scan.staged.source, name, ALIKE, rows, share, LOOK, advice, example=example)


def _counts(connection: duckdb.DuckDBPyConnection, scan: Scan, name: str) -> list[tuple[str, int]]:
    column = name_sql(name)
    return connection.execute(
        f"select {column}, count(*) from {scan.staged.table} where {column} is not null group by 1 order by 1"
    ).fetchall()


def _alike(
    connection: duckdb.DuckDBPyConnection, found: list[tuple[str, int, str]]
) -> list[tuple[str, str, int, str]]:
    """The rarer spellings: (word, the most frequent of its kind, rows, where), in the order of the words."""
    if not found:
        return []
    words, counts, places = (list(part) for part in zip(*found, strict=True))
    return connection.execute(
        f"""
        with word as (
            select word, {same_word_sql("word")} as folded, many, place
            from (select unnest($1::varchar[]) as word, unnest($2::bigint[]) as many, unnest($3::varchar[]) as place)
        ),
        spelling as (
            select folded, word, sum(many) as many from word group by folded, word
        ),
        usual as (
            select folded, first(word order by many desc, word) as word
            from spelling
            group by folded
            having count(*) > 1
        )
        select word.word, usual.word, word.many, word.place
        from word
        inner join usual on usual.folded = word.folded
        where word.word <> usual.word
        order by 1, 4
        """,
        [words, counts, places],
    ).fetchall()


def same_word_sql(text: str) -> str:
    """A text in small letters, without the blanks and marks beside letters: A+ stays another than A, 1.5 than 15."""
    marks = text_sql("[\\s\u00a0_./,'\u2019-]+")[1:-1]
    folded = f"rtrim(lower({text}), ' .')"
    folded = f"regexp_replace({folded}, '(\\pL){marks}([\\pL\\pN])', '\\1\\2', 'g')"
    return f"regexp_replace({folded}, '(\\pN){marks}(\\pL)', '\\1\\2', 'g')"
