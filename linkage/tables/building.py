"""Builds a study's tables into one DuckDB file: staging, events, calendar, linkage tables, KPIs, join ledger."""

from __future__ import annotations

from dataclasses import asdict
from itertools import chain
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from linkage.closed_places import lack_of_room
from linkage.errors import StudyError, WarehouseError
from linkage.identity.resolving import resolve_identities
from linkage.kpis.needs import unmet_needs
from linkage.ledger import LedgerRow, ledger_frame, measure
from linkage.periods import parse_period, periods_between
from linkage.sentences import plural
from linkage.sources.progress import Say, told
from linkage.tables.adding_up import unread_metrics
from linkage.tables.kept_rows import save_rows
from linkage.tables.models import Model, build_waves, model_names, render_model
from linkage.tables.side_by_side import side_by_side
from linkage.tables.staged_tables import bytes_of, give_back, refuse_doubled, stage_all

if TYPE_CHECKING:
    import duckdb

    from linkage.study import Study

MAX_PERIODS = 600
MODEL_SETTINGS = ("set threads = 1", "set disabled_optimizers = 'build_side_probe_side'")
"""Sums over doubles on several threads change their last digits from run to run, fsum's too. And a join holds its
right side in memory, as it is written: left to guess, DuckDB can be led astray by the empty stand-ins, takes
what is joined to them for empty too, and holds the millions instead of the look-up."""
ROLE_TABLES = {"event_contact": "interactions", "event_answer": "feedback", "event_purchase": "transactions"}


def build_warehouse(study: Study, path: Path, settings: dict[str, str], say: Say) -> None:
    """Make the file of a study's warehouse anew.

    settings : DuckDB's. say : told one line a step and, where much was read, how far a step got.

    Raises WarehouseError where DuckDB could not do it, and what reading the sources raises.
    """
    import duckdb

    path.unlink(missing_ok=True)
    connection = duckdb.connect(str(path), config={"temp_directory": f"{path}.tmp", **settings})
    try:
        _make_tables(connection, study, say)
    except duckdb.OutOfMemoryException as error:
        raise WarehouseError(
            f"{study.name}: the warehouse needs more memory than it may use. {_first_line(error)} Set "
            "LINKAGE_MEMORY_LIMIT higher, such as 4GB, or close other programs."
        ) from error
    except duckdb.Error as error:
        said, remedy = _first_line(error).rstrip("."), ""
        if lack_of_room(str(error)) is not None:  # DuckDB passes on what the system says
            remedy = f" Make room where {path.parent} is, or set LINKAGE_CACHE to another folder."
        raise WarehouseError(f"{study.name}: the warehouse could not be built. {said}.{remedy}") from error
    finally:
        connection.close()


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]


def _make_tables(connection: duckdb.DuckDBPyConnection, study: Study, say: Say) -> None:
    present = stage_all(connection, study, say)
    save_rows(connection, "identity", [asdict(r) for r in resolve_identities(connection, study, present)])
    for command in MODEL_SETTINGS:
        connection.execute(command)
    unread = unread_metrics(connection, study)
    models = {name: render_model(study, name, present, unread) for name in model_names()}
    waves = build_waves(_without_unmet(connection, study, models, present))
    events = [[m for m in wave if m.name.startswith("event_")] for wave in waves]
    later = [[m for m in wave if not m.name.startswith("event_")] for wave in waves]
    size = sum(bytes_of(study, name) for name in study.sources)
    _run_models(connection, events, size, say)
    _make_periods(connection, study)
    _run_models(connection, later, size, say)
    order = list(chain(*waves))
    say("counting what the joins matched")
    joined = [*chain(*events), *sorted(chain(*later), key=lambda m: m.name)]
    measured = side_by_side(
        connection, lambda cursor, model: _measure_joins(cursor, study, model, present), joined, size=size
    )
    save_rows(connection, "ledger", ledger_frame(list(chain(*measured))).to_dict("records"))
    save_rows(connection, "models", [{"name": model.name, "sql": model.sql} for model in order])
    _drop_unavailable(connection, study, order)
    connection.execute("checkpoint")


def _run_models(connection: duckdb.DuckDBPyConnection, waves: list[list[Model]], size: int, say: Say) -> None:
    """Make the tables of one wave after another; their lines are said one at a time, whichever runs."""
    speaking = Lock()

    def say_alone(line: str) -> None:
        with speaking:
            say(line)

    for wave in waves:
        side_by_side(
            connection, lambda cursor, model: _run_model(cursor, model, size, say_alone), wave, size=size
        )


def _run_model(connection: duckdb.DuckDBPyConnection, model: Model, size: int, say: Say) -> None:
    """Make a model's table. size : bytes that were read; of little nobody asks how far it got."""
    import duckdb

    say(f"building {model.name}")
    try:
        with told(connection, say, f"building {model.name}", size):
            connection.execute(f"create table {model.name} as {model.sql}")
            refuse_doubled(connection, model.name, model.grain)
            give_back(connection, size)
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        raise WarehouseError(f"{model.name}.sql does not run: {str(error).strip()}") from error


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
    calendar = periods_between(min(found), max(found)) if found else []
    if len(calendar) > MAX_PERIODS:
        ends = [
            f"{end} ({_rows_in(connection, study, tables, str(end))})" for end in (calendar[0], calendar[-1])
        ]
        raise StudyError(
            f"{study.path}: the dates run from {ends[0]} to {ends[1]}, {len(calendar):,} {kind}s, and at most "
            f"{MAX_PERIODS} can be meant. Correct those in the file, or list what stands for no date under the "
            "source's `missing`."
        )
    connection.execute(
        "create table periods as select unnest($1::varchar[]) as period, unnest($2::bigint[]) as position, "
        "unnest($3::date[]) as start_on, unnest($4::date[]) as end_on",
        [
            [str(p) for p in calendar],
            [p.position for p in calendar],
            [p.start for p in calendar],
            [p.end for p in calendar],
        ],
    )


def _rows_in(connection: duckdb.DuckDBPyConnection, study: Study, tables: list[str], period: str) -> str:
    """Which sources hold rows of a period, and how many: there somebody has to look."""
    found = []
    for table in tables:
        role = ROLE_TABLES.get(table)
        name = study.source_of(role).name if role else table.removeprefix("stg_")
        sql = f"select count(*) from {table} where period = ?"
        count = connection.execute(sql, [period]).fetchall()[0][0]
        found += [f"{count:,} {plural('row', count)} of {name}"] if count else []
    return ", ".join(found)


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
    save_rows(
        connection, "skipped_models", [{"model": n, "lacks": " and ".join(w)} for n, w in skipped.items()]
    )
    return {name: model for name, model in models.items() if name not in skipped}
