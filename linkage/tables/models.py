"""The SQL models: rendered for a study, their headers read, their order found."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from linkage.errors import WarehouseError
from linkage.kpis.needs import kpi_words
from linkage.ledger import Join, joins_of
from linkage.periods import period_sql
from linkage.study_file.declaration import ROLES
from linkage.tables.adding_up import AddingUp, is_unread

if TYPE_CHECKING:
    from linkage.study import Study

SQL_FOLDER = Path(__file__).resolve().parents[1] / "sql"


@dataclass(frozen=True)
class Model:
    """One rendered SQL model and what its header promises."""

    name: str
    sql: str
    grain: tuple[str, ...]
    reads: tuple[str, ...]
    needs: tuple[tuple[str, ...], ...]
    joins: tuple[Join, ...]


def model_names() -> list[str]:
    return sorted(_model_files())


@lru_cache(maxsize=1)
def _model_files() -> dict[str, str]:
    """Where each model is, below the folder of all."""
    return {path.stem: path.relative_to(SQL_FOLDER).as_posix() for path in SQL_FOLDER.rglob("*.sql")}


def render_model(
    study: Study,
    name: str,
    present: dict[str, list[str]] | None = None,
    unread: frozenset[str] = frozenset(),
) -> Model:
    """The SQL that really runs for a study.

    present : by role, the columns its source was found to have; None: every column the role knows.
    unread : the metrics of purchases of which some value could not be read.
    Raises WarehouseError for an unknown model or a header that lacks its grain or reads.
    """
    if name not in _model_files():
        raise WarehouseError(no_such_model(name))
    template = _environment().get_template(_model_files()[name])
    return _read_header(name, template.render(**template_variables(study, present, unread)) + "\n")


def no_such_model(name: str) -> str:
    """What to say where nothing bears this name."""
    from difflib import get_close_matches

    near = get_close_matches(name, model_names(), n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"There is no SQL model {name!r}.{hint} The models are: {', '.join(model_names())}."


@lru_cache(maxsize=1)
def _environment() -> Environment:
    """One environment, so that a template is compiled once a process."""
    return Environment(loader=FileSystemLoader(SQL_FOLDER), undefined=StrictUndefined, autoescape=False)


def template_variables(
    study: Study, present: dict[str, list[str]] | None, unread: frozenset[str] = frozenset()
) -> dict[str, object]:
    """All a model may use: the study's metrics, attributes and windows, and the few words of SQL they share."""
    sources = {role: study.source_of(role) for role in ROLES if role != "unit_periods"}
    known = present or {
        role: [c.name for c in study.staging_columns(s.name)] if s else [] for role, s in sources.items()
    }
    units = [s for s in study.sources.values() if s.role == "unit_periods"]

    def local(column: str) -> str:
        """A stored time, which is UTC, on the study's own clock: a day belongs to the period it had there."""
        zone = study.timezone
        return column if zone == "UTC" else f"timezone('{zone}', timezone('UTC', {column}))"

    return {
        **kpi_words(study, known),
        "metrics": {r: study.metrics_of(s.name) if s else [] for r, s in sources.items()},
        "attributes": {r: _attribute_columns(study, r, s.name) if s else [] for r, s in sources.items()},
        "present": {role: known.get(role, []) for role in sources},
        "unit_sources": [
            SimpleNamespace(
                name=s.name, metrics=study.metrics_of(s.name), attributes=study.attributes_of(s.name)
            )
            for s in units
        ],
        "windows": study.declared.windows,
        "rules": study.declared.rules,
        "local": local,
        "period_of": lambda column: period_sql(local(column), study.declared.period, study.fiscal_month),
        "placed": lambda table, moment: placed_on(table, f"cast({local(moment)} as date)"),
        "placed_on": placed_on,
        # A warehouse is built on one thread: only there do fsum and favg keep their last digits (see steady_sums).
        "mean": lambda column: f"favg({column})",
        "total": lambda column: f"fsum({column})",
        "purchased": AddingUp(unread),
        "is_unread": is_unread,
    }


def placed_on(table: str, day: str) -> str:
    """The condition that a stay in a unit holds on a day; its last day counts."""
    return f"{day} >= {table}.valid_from\n    and ({table}.valid_to is null or {day} <= {table}.valid_to)"


def _attribute_columns(study: Study, role: str, source: str) -> list[str]:
    """Text the role knows, and what the study declared, that a linkage table carries along."""
    known = {"customers": ["segment", "region"]}.get(role, [])
    return [*known, *study.attributes_of(source)]


def _read_header(name: str, sql: str) -> Model:
    header = "\n".join(line for line in sql.splitlines() if line.startswith("--"))
    fields = {
        key: re.findall(rf"^--\s*{key}:\s*(.+)$", header, re.MULTILINE) for key in ("grain", "reads", "needs")
    }
    for key in ("grain", "reads"):
        if len(fields[key]) != 1:
            raise WarehouseError(f"{name}.sql: the header needs exactly one line '-- {key}: ...'.")
    return Model(
        name=name,
        sql=sql,
        grain=_words(fields["grain"][0], ","),
        reads=_words(fields["reads"][0], ","),
        needs=tuple(_words(choice, "|") for line in fields["needs"] for choice in line.split(",")),
        joins=tuple(joins_of(header)),
    )


def models_behind(study: Study, name: str) -> list[str]:
    """A model and every model it reads, directly or through others."""
    known = set(model_names())
    found, waiting = [], [name]
    while waiting:
        model = waiting.pop()
        if model not in found:
            found.append(model)
            waiting += [read for read in render_model(study, model).reads if read in known]
    return found


def _words(text: str, mark: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(mark) if word.strip())


def build_waves(models: dict[str, Model]) -> list[list[Model]]:
    """Models in waves: none reads another of its own wave or of a later one.

    Raises WarehouseError where they read each other in a circle.
    """
    waves: list[list[Model]] = []
    waiting = dict(models)
    while waiting:
        ready = [m for m in waiting.values() if not any(r in waiting for r in m.reads)]
        if not ready:
            raise WarehouseError(f"These SQL models read each other in a circle: {', '.join(waiting)}.")
        waves.append([waiting.pop(model.name) for model in ready])
    return waves
