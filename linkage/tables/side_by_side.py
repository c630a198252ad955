"""Several questions to one database at once: each on a cursor and one thread of its own, so no sum depends on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from linkage.sources.progress import LARGE

if TYPE_CHECKING:
    import duckdb

    Cursor = duckdb.DuckDBPyConnection

Thing, Answer = TypeVar("Thing"), TypeVar("Answer")

AT_ONCE = 2


def side_by_side(
    connection: Cursor, work: Callable[[Cursor, Thing], Answer], things: Iterable[Thing], *, size: int
) -> list[Answer]:
    """What `work` answers for each thing, in the things' order, two at a time.

    size : bytes that were read. From LARGE on one comes after another: two at once would want twice the memory.
    Where several fail, the first of them in the things' order is raised, when those that run have ended.
    """
    if size >= LARGE:
        return [work(connection, thing) for thing in things]

    def alone(thing: Thing) -> Answer:
        cursor = connection.cursor()
        try:
            return work(cursor, thing)
        finally:
            cursor.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(alone, things))
