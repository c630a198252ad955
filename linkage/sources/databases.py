"""Databases a select reads from: attached while it runs, read-only, and let go of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.errors import SourceError
from linkage.sources.locate import need_file
from linkage.tables.quoting import name_sql, text_sql

if TYPE_CHECKING:
    import duckdb

    from linkage.study_file.raw_rules import Attached

EXPORTS = {
    "sqlite": 'sqlite3 -header -csv {path} "select * from tickets" > tickets.csv',
    "postgres": 'psql -c "\\copy tickets to tickets.csv csv header"',
}


@contextmanager
def attached(connection: duckdb.DuckDBPyConnection, attach: Attached | None, folder: Path) -> Iterator[None]:
    """The database under its name, for as long as the block runs.

    Raises SourceError where DuckDB's extension for it is not installed, or the database cannot be opened.
    """
    import duckdb

    if attach is None:
        yield
        return
    if attach.type != "duckdb":
        _load_extension(connection, attach)
    place = str(need_file(folder, attach.path)) if attach.path else attach.dsn
    name = name_sql(attach.as_)
    try:
        connection.execute(f"attach {text_sql(place)} as {name} (type {attach.type}, read_only)")
    except duckdb.Error as error:
        # The place may hold a password, and the error repeats it.
        said = str(error).splitlines()[0].replace(place, attach.path or "the dsn")
        raise SourceError(f"attach: {attach.path or attach.type} cannot be opened: {said}") from None
    try:
        yield
    finally:
        connection.execute(f"detach {name}")


def _load_extension(connection: duckdb.DuckDBPyConnection, attach: Attached) -> None:
    import duckdb

    try:
        connection.execute(f"load {attach.type}")
    except duckdb.Error:
        export = EXPORTS[attach.type].format(path=attach.path)
        raise SourceError(
            f"attach: DuckDB {duckdb.__version__} has no extension {attach.type!r} installed, and none is fetched "
            "unasked. Install it once where there is a network: "
            f"python -c \"import duckdb; duckdb.sql('install {attach.type}')\". "
            f"Or export what the select needs, for example: {export}; then name the file under 'from'."
        ) from None
