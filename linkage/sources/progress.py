"""What is said while a source is read: how much there is, and how far it got."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

Say = Callable[[str], None]

LARGE = 50_000_000
"""Bytes; below it nobody waits long enough to ask."""

EVERY = 5.0
"""Seconds between two lines."""


def size_words(paths: Iterable[Path]) -> str:
    """How much there is to read, such as "1.2 GB in 3 files"."""
    sizes = [path.stat().st_size for path in paths]
    total, unit = float(sum(sizes)), "bytes"
    for larger in ("KB", "MB", "GB", "TB"):
        if total < 1000:
            break
        total, unit = total / 1000, larger
    shown = f"{total:.0f}" if unit == "bytes" or total >= 100 else f"{total:.1f}"
    return f"{shown} {unit}" + (f" in {len(sizes):,} files" if len(sizes) > 1 else "")


@contextmanager
def told(connection: duckdb.DuckDBPyConnection, say: Say, what: str, size: int) -> Iterator[None]:
    """Say every few seconds how much of what runs in the block is done, as far as DuckDB can tell.

    size : bytes to be read; little is done before anybody asks.
    """
    if size < LARGE:
        yield
        return
    over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(connection, say, what, over), daemon=True)
    connection.execute("set enable_progress_bar = true")
    connection.execute("set enable_progress_bar_print = false")
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def _watch(connection: duckdb.DuckDBPyConnection, say: Say, what: str, over: threading.Event) -> None:
    before = -1
    while not over.wait(EVERY):
        done = int(connection.query_progress())
        if done > before or 0 <= done < before:  # a new query begins anew
            say(f"{what}: {done}%")
        before = done
