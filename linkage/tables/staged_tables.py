"""Every staging table of a study: read from its sources, or empty where it has none."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from linkage.errors import GrainError, PeriodError, StudyError
from linkage.periods import period_of, period_sql
from linkage.sources.progress import LARGE, Say
from linkage.sources.staging import paths_of
from linkage.study_file.declaration import ROLES
from linkage.tables.kept_rows import save_rows

if TYPE_CHECKING:
    import duckdb

    from linkage.study import Study

SPELLED = date(2026, 7, 1)
"""Only an example of how a period is spelled; never the real day."""

SQL_TYPES = {
    "text": "varchar",
    "key": "varchar",
    "number": "double",
    "percent": "double",
    "flag": "double",
    "whole": "bigint",
    "date": "date",
    "time": "timestamp",
}


def stage_all(connection: duckdb.DuckDBPyConnection, study: Study, say: Say) -> dict[str, list[str]]:
    """Make every stg_ table; a role without a source, and a known column a file lacks, are there but empty."""
    from linkage.sources import stage_source

    present: dict[str, list[str]] = {}
    tallies = []
    for name, spec in study.sources.items():
        tally = stage_source(connection, study, name, say=say)
        tallies.append(tally.to_row())
        give_back(connection, bytes_of(study, name))
        table = name if spec.role == "unit_periods" else spec.role
        if table != name:
            connection.execute(f"alter table stg_{name} rename to stg_{table}")
        found = [c for (c, *_) in connection.execute(f"describe stg_{table}").fetchall()]
        present[table] = found
        known = {c.name: SQL_TYPES["key" if c.key else c.kind] for c in study.staging_columns(name)}
        for column, sql_type in known.items():
            if column not in found:
                connection.execute(f"alter table stg_{table} add column {column} {sql_type}")
        if spec.role == "unit_periods":
            _settle_periods(connection, study, table)
    for role in ("customer_units", "employee_units"):
        if role in present:
            _refuse_overlaps(connection, role)
    for role, known in ROLES.items():
        if role != "unit_periods" and role not in present:
            columns = ", ".join(f"{c} {SQL_TYPES[kind]}" for c, kind in known.columns.items())
            connection.execute(f"create table stg_{role} ({columns})")
    save_rows(connection, "sources", tallies)
    return present


def bytes_of(study: Study, source: str) -> int:
    """How much the files of a source hold."""
    return sum(path.stat().st_size for path in paths_of(study, source))


def give_back(connection: duckdb.DuckDBPyConnection, size: int) -> None:
    """Give back the memory that what was just read or written still holds, and that the next step needs.

    size : bytes that were read; below LARGE there is nothing worth the time.
    """
    if size >= LARGE:
        connection.execute("checkpoint")


def _refuse_overlaps(connection: duckdb.DuckDBPyConnection, role: str) -> None:
    """Nobody may stand in two units on one day: a join on the day would multiply rows."""
    key = ROLES[role].grain[0]
    found = connection.execute(
        f"select count(*) over (), one.{key}, one.valid_from, other.valid_from from stg_{role} as one "
        f"inner join stg_{role} as other on other.{key} = one.{key} and other.valid_from > one.valid_from "
        f"and (one.valid_to is null or other.valid_from <= one.valid_to) order by 2, 3, 4 limit 1"
    ).fetchall()
    if found:
        count, who, first, second = found[0]
        raise GrainError(
            f"{role}: {count:,} stays overlap, for example {key} {who}: the one from {first} has not ended when the "
            f"one from {second} begins. Give it a valid_to before that day (the last day of the stay counts)."
        )


def _settle_periods(connection: duckdb.DuckDBPyConnection, study: Study, table: str) -> None:
    """Give each row of a unit_periods source its period's one name, from period_on where that is what it has."""
    expression = period_sql("period_on", study.declared.period, study.fiscal_month)
    connection.execute(f"update stg_{table} set period = {expression} where period is null")
    texts = [
        p for (p,) in connection.execute(f"select distinct period from stg_{table} order by 1").fetchall()
    ]
    bad = []
    for text in texts:
        try:
            study.period(text)
        except PeriodError:
            bad.append(text)
    if bad:
        raise StudyError(
            f"{study.path}, sources.{table}: {len(bad)} of {len(texts)} periods are not a {study.declared.period} "
            f"such as {period_of(SPELLED, study.declared.period, study.fiscal_month)}: "
            f"{', '.join(map(repr, bad[:5]))}. Map a date to 'period_on', or rewrite them in a sql source."
        )
    refuse_doubled(connection, f"stg_{table}", ("unit_id", "period"))


def refuse_doubled(connection: duckdb.DuckDBPyConnection, table: str, grain: tuple[str, ...]) -> None:
    """GrainError where rows share the values of a table's grain."""
    keys = ", ".join(grain)
    doubled = connection.execute(
        f"select count(*) over (), {keys}, count(*) as copies from {table} group by {keys} "
        f"having count(*) > 1 order by copies desc, {keys} limit 1"
    ).fetchall()
    if doubled:
        groups, *example, copies = doubled[0]
        raise GrainError(
            f"{table}: {groups:,} values of its grain ({keys}) stand in more than one row, for example "
            f"({', '.join(map(str, example))}) in {copies}. Aggregate the finer table before joining it."
        )
