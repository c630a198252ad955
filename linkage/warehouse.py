"""Builds a study's linkage tables into one DuckDB file, whole or not at all, and opens it for reading."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.declaration import ROLES
from linkage.errors import GrainError, StudyError, WarehouseError
from linkage.identity.resolving import resolve_identities
from linkage.ingredients import content_hash
from linkage.ingredients import file_hash as file_hash
from linkage.ingredients import source_files as source_files
from linkage.kpis.needs import unmet_needs
from linkage.ledger import LedgerRow, ledger_frame, measure
from linkage.models import Model, build_order, model_names, render_model
from linkage.periods import parse_period, period_of, periods_between
from linkage.project import cache_folder

if TYPE_CHECKING:
    import duckdb

    from linkage.study import Study

MAX_PERIODS = 600
ROLE_TABLES = {"event_contact": "interactions", "event_answer": "feedback", "event_purchase": "transactions"}
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


@dataclass(frozen=True)
class Warehouse:
    """A built warehouse: where its file is and whether this call built it."""

    study: Study
    path: Path
    built: bool

    def connect(self) -> duckdb.DuckDBPyConnection:
        """A read-only connection; many may be open at once, in many processes."""
        import duckdb

        try:
            return duckdb.connect(str(self.path), read_only=True, config=_settings())
        except duckdb.IOException as error:
            raise WarehouseError(
                f"{self.path} cannot be opened: {_first_line(error)} Close the tool that holds it open for "
                "writing, or run `linkage build --force`."
            ) from None


def _settings(**more: str) -> dict[str, str]:
    """DuckDB's settings: nothing is fetched unasked, and LINKAGE_MEMORY_LIMIT, where set, is kept to."""
    limit = os.environ.get("LINKAGE_MEMORY_LIMIT")
    if limit and not re.fullmatch(r"\s*\d+(\.\d+)?\s*([KMGT]i?B)\s*", limit, re.IGNORECASE):
        raise WarehouseError(f"LINKAGE_MEMORY_LIMIT is {limit!r}, which is no size such as 4GB.")
    more = {"memory_limit": limit, **more} if limit else more
    return {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false", **more}


def open_warehouse(
    study: Study, *, force: bool = False, say: Callable[[str], None] = lambda text: None
) -> Warehouse:
    """The study's warehouse, built first where its content has changed since the last build.

    say : told one line a step while building.
    """
    folder = cache_folder()
    path = folder / f"{study.name}-{_folder_mark(study)}-{content_hash(study)[:16]}.duckdb"
    if path.is_file() and not force:
        return Warehouse(study, path, built=False)
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f".{path.stem}-{os.getpid()}.building"
    try:
        _build(study, temporary, say)
        os.replace(temporary, path)
    finally:
        for left in folder.glob(f"{temporary.name}*"):
            left.unlink(missing_ok=True)
    _remove_older(folder, study, path)
    return Warehouse(study, path, built=True)


def _folder_mark(study: Study) -> str:
    """Two studies of one name in different folders keep different warehouses."""
    return hashlib.sha256(str(study.folder).encode()).hexdigest()[:8]


def _remove_older(folder: Path, study: Study, keep: Path) -> None:
    for old in folder.glob(f"{study.name}-{_folder_mark(study)}-*"):
        if not old.name.startswith(keep.stem):
            try:
                old.unlink()
            except PermissionError:  # another process reads it, where the system forbids removing open files
                continue


def _build(study: Study, path: Path, say: Callable[[str], None]) -> None:
    import duckdb

    path.unlink(missing_ok=True)
    connection = duckdb.connect(str(path), config=_settings(temp_directory=f"{path}.tmp"))
    try:
        present = _stage_all(connection, study, say)
        _save_rows(
            connection, "identity", [asdict(r) for r in resolve_identities(connection, study, present)]
        )
        # Sums over doubles on several threads change their last digits from run to run, fsum's too.
        connection.execute("set threads = 1")
        models = {name: render_model(study, name, present) for name in model_names()}
        models = _without_unmet(connection, study, models, present)
        rows: list[LedgerRow] = []
        order = build_order(models)
        events = [m for m in order if m.name.startswith("event_")]
        for model in events:
            _run_model(connection, model)
        _make_periods(connection, study)
        for model in order:
            if model not in events:
                say(f"building {model.name}")
                _run_model(connection, model)
        for model in order:
            rows += _measure_joins(connection, study, model, present)
        _save_ledger(connection, rows)
        _save_rows(connection, "models", [{"name": model.name, "sql": model.sql} for model in order])
        _drop_unavailable(connection, study, order)
        connection.execute("checkpoint")
    except duckdb.Error as error:
        raise WarehouseError(
            f"{study.name}: the warehouse could not be built. {_first_line(error)}"
        ) from error
    finally:
        connection.close()


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]


def _stage_all(
    connection: duckdb.DuckDBPyConnection, study: Study, say: Callable[[str], None]
) -> dict[str, list[str]]:
    """Make every stg_ table; a role without a source, and a known column a file lacks, are there but empty."""
    from linkage.sources import stage_source

    present: dict[str, list[str]] = {}
    tallies = []
    for name, spec in study.sources.items():
        tally = stage_source(connection, study, name, say=say)
        tallies.append(tally.to_row())
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
    _save_rows(connection, "sources", tallies)
    return present


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
    from linkage.periods import period_sql

    expression = period_sql("period_on", study.declared.period, study.fiscal_month)
    connection.execute(f"update stg_{table} set period = {expression} where period is null")
    texts = [
        p for (p,) in connection.execute(f"select distinct period from stg_{table} order by 1").fetchall()
    ]
    bad = []
    for text in texts:
        try:
            study.period(text)
        except Exception:
            bad.append(text)
    if bad:
        raise StudyError(
            f"{study.path}, sources.{table}: {len(bad)} of {len(texts)} periods are not a {study.declared.period} "
            f"such as {period_of(_today_like(), study.declared.period, study.fiscal_month)}: "
            f"{', '.join(map(repr, bad[:5]))}. Map a date to 'period_on', or rewrite them in a sql source."
        )
    _refuse_doubled(connection, f"stg_{table}", ("unit_id", "period"))


def _today_like():
    from datetime import date

    return date(2026, 7, 1)  # only an example of the spelling; never the real day


def _run_model(connection: duckdb.DuckDBPyConnection, model: Model) -> None:
    import duckdb

    try:
        connection.execute(f"create table {model.name} as {model.sql}")
    except duckdb.Error as error:
        raise WarehouseError(f"{model.name}.sql does not run: {str(error).strip()}") from error
    _refuse_doubled(connection, model.name, model.grain)


def _refuse_doubled(connection: duckdb.DuckDBPyConnection, table: str, grain: tuple[str, ...]) -> None:
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


def _make_periods(connection: duckdb.DuckDBPyConnection, study: Study) -> None:
    """The calendar of the study: every period from the first event to the last, without a gap."""
    tables = [*ROLE_TABLES, *(f"stg_{s.name}" for s in study.sources.values() if s.role == "unit_periods")]
    names = {
        p
        for table in tables
        for (p,) in connection.execute(
            f"select distinct period from {table} where period is not null"
        ).fetchall()
    }
    kind, month = study.declared.period, study.fiscal_month
    found = [parse_period(n, kind=kind, fiscal_year_starts=month) for n in names]
    connection.execute("create table periods (period varchar, position bigint, start_on date, end_on date)")
    if not found:
        return
    calendar = periods_between(min(found), max(found))
    if len(calendar) > MAX_PERIODS:
        raise StudyError(
            f"{study.path}: the dates run from {calendar[0]} to {calendar[-1]}, {len(calendar):,} {kind}s. Some dates "
            "must be wrong: look at the earliest and latest with `linkage check`, and reject or correct them."
        )
    connection.executemany(
        "insert into periods values (?, ?, ?, ?)", [(str(p), p.position, p.start, p.end) for p in calendar]
    )


def _measure_joins(
    connection: duckdb.DuckDBPyConnection, study: Study, model: Model, present: dict[str, list[str]]
) -> list[LedgerRow]:
    """The ledger rows of the joins whose both sides this study has."""
    source = study.source_of("transactions")
    sums = [m.name for m in study.metrics_of(source.name) if m.aggregate == "sum"] if source else []

    def has(table: str, key: str) -> bool:
        name = ROLE_TABLES.get(table) or table.removeprefix("stg_")
        return name in present and (table in ROLE_TABLES or key in present[name])

    rows = [
        measure(connection, model.name, join, sums[0] if sums else None)
        for join in model.joins
        if has(join.left_table, join.left_key) and has(join.right_table, join.right_key)
    ]
    # A source that speaks of customers by the number we use ourselves needs no translation: no join took place.
    return [row for row in rows if row.matched or not row.join.endswith("stg_identities.alias_id")]


def _drop_unavailable(connection: duckdb.DuckDBPyConnection, study: Study, models: list[Model]) -> None:
    """Linkage tables whose sources the study lacks were needed as empty stand-ins; nobody may open them."""
    for model in models:
        lacking = [c for c in model.needs if not any(study.source_of(role) for role in c)]
        if model.name.startswith("link_") and lacking:
            connection.execute(f"drop table {model.name}")


def _without_unmet(
    connection: duckdb.DuckDBPyConnection,
    study: Study,
    models: dict[str, Model],
    present: dict[str, list[str]],
) -> dict[str, Model]:
    """The models without the KPIs whose needs the study does not meet; which and why is kept in a table."""
    lacking = {n: unmet_needs(study, m.needs, present) for n, m in models.items() if n.startswith("kpi_")}
    skipped = {name: words for name, words in lacking.items() if words}
    _save_rows(
        connection, "skipped_models", [{"model": n, "lacks": " and ".join(w)} for n, w in skipped.items()]
    )
    return {name: model for name, model in models.items() if name not in skipped}


def _save_ledger(connection: duckdb.DuckDBPyConnection, rows: list[LedgerRow]) -> None:
    _save_rows(connection, "ledger", ledger_frame(rows).to_dict("records"))


def _save_rows(connection: duckdb.DuckDBPyConnection, table: str, rows: list[dict]) -> None:
    """Small records kept as JSON lines, so that lists and missing values come back as they were."""
    connection.execute(f"create table {table} (place bigint, record varchar)")
    if rows:
        lines = [(place, json.dumps(row, default=str)) for place, row in enumerate(rows)]
        connection.executemany(f"insert into {table} values (?, ?)", lines)


def read_rows(connection: duckdb.DuckDBPyConnection, table: str) -> list[dict]:
    """What _save_rows kept, in order."""
    lines = connection.execute(f"select record from {table} order by place").fetchall()
    return [json.loads(line) for (line,) in lines]
