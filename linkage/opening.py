"""An opened study: its tables, its ledger and its links, in one handle for the analyst."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from linkage.catalogue import missing_roles
from linkage.errors import LinkError, PeriodError, TableError, WarehouseError
from linkage.fetching import Settled, fetch_rows
from linkage.project import study_folder
from linkage.rows import as_names
from linkage.study import Study, load_study
from linkage.tables.quoting import name_sql
from linkage.warehouse import Warehouse, open_warehouse, read_rows

if TYPE_CHECKING:
    import duckdb

    from linkage.cards.card import LinkCard
    from linkage.cards.card_set import CardSet
    from linkage.days_held import Span


_JOIN_COLUMNS = (
    *("join", "verb", "left_rows", "matched", "match_rate", "left_keys", "matched_keys"),
    *("no_key", "look_alike", "absent", "fan_out", "time_violations", "revenue_share"),
)


_LINK_COLUMNS = ("link", "question", "grain", "outcome", "drivers", "controls", "lag", "expect")


class OpenStudy:
    """A study whose linkage tables are built; opened read-only, many at once.

    study : what study.yml declares. warehouse : the built file. connection : DuckDB, for questions in SQL.
    """

    def __init__(self, study: Study, warehouse: Warehouse):
        self.study = study
        self.warehouse = warehouse
        self.connection: duckdb.DuckDBPyConnection = warehouse.connect()

    def __repr__(self) -> str:
        return f"OpenStudy({self.study.name!r}: {', '.join(self.tables) or 'no linkage table'})"

    @property
    def name(self) -> str:
        return self.study.name

    @property
    def title(self) -> str:
        return self.study.declared.study

    @cached_property
    def tables(self) -> list[str]:
        """The linkage tables this study has, in the order of their grains."""
        there = {n for (n,) in self.connection.execute("select table_name from duckdb_tables()").fetchall()}
        return [f"link_{g}" for g in self.study.columns if f"link_{g}" in there]

    @cached_property
    def periods(self) -> list[str]:
        """Every period of the data, in order."""
        return [
            p for (p,) in self.connection.execute("select period from periods order by position").fetchall()
        ]

    @cached_property
    def spans(self) -> dict[str, Span]:
        """By role the days its source holds, of the sources of answers, contacts and purchases."""
        from linkage.days_held import source_spans

        return source_spans(self)

    @cached_property
    def last_complete_period(self) -> str:
        """The last period whose days the sources hold, and all of whose outcome windows have closed."""
        from linkage.days_held import last_complete_period

        return last_complete_period(self)

    def check_period(self, period: object) -> str:
        """The name of a period this study has data for; PeriodError with the nearest otherwise."""
        name = str(self.study.period(period))
        if name not in self.periods:
            span = f"{self.periods[0]} to {self.periods[-1]}" if self.periods else "no period at all"
            raise PeriodError(f"{self.name} has no data for {name}. It holds {span}.")
        return name

    def relation(
        self, table: str, *, period: object = None, through: object = None, columns: list[str] | None = None
    ) -> duckdb.DuckDBPyRelation:
        """A linkage (or staging) table as a DuckDB relation, ordered by its grain.

        period : only rows of this period. through : rows of this period and all before it. Raises TableError for a
        column that is not there, PeriodError for a period without data, or that comes after `through`.
        """
        self._require_table(table)
        relation = self.connection.table(table)
        if (period is not None or through is not None) and "period" not in relation.columns:
            raise TableError(f"{table} has no periods: ask for it without one, or for a linkage table.")
        if period is not None:
            relation = relation.filter(f"period = '{self.check_period(period)}'")
        if through is not None:
            position = self.study.period(self.check_period(through)).position
            if period is not None and self.study.period(period).position > position:
                raise PeriodError(
                    f"No row of {period} lies up to {through}: give period= or through=, not both."
                )
            relation = relation.filter(f"period in (select period from periods where position <= {position})")
        if not columns:
            return relation
        columns = as_names(columns)
        for column in columns:
            if column not in relation.columns:
                raise TableError(f"{table} has no column {column!r}. It has: {', '.join(relation.columns)}.")
        return relation.select(", ".join(map(name_sql, columns)))

    def table(
        self, table: str, *, period: object = None, through: object = None, columns: list[str] | None = None
    ) -> pd.DataFrame:
        """A linkage table as a DataFrame: see relation(). Its attrs tell lk.link the labels and units."""
        frame = fetch_rows(self.relation(table, period=period, through=through, columns=columns))
        grain = table.removeprefix("link_")
        if grain in self.study.columns:
            frame.attrs = {"grain": grain, "columns": Settled(self.study.columns[grain])}
        return frame

    def _require_table(self, table: str) -> None:
        there = {n for (n,) in self.connection.execute("select table_name from duckdb_tables()").fetchall()}
        if table in there:
            return
        grain = table.removeprefix("link_")
        if grain in self.study.columns:
            lacking = " and ".join(missing_roles(self.study, grain))
            raise TableError(f"{self.name} has no {table}: it needs a source of {lacking}.")
        if table in self.skipped_models:
            raise TableError(f"{self.name} has no {table}: it needs {self.skipped_models[table]}.")
        from difflib import get_close_matches

        near = get_close_matches(table, sorted(there), n=1)
        hint = f" Did you mean {near[0]!r}?" if near else f" There are: {', '.join(self.tables)}."
        raise TableError(f"{self.name} has no table {table!r}.{hint}")

    @cached_property
    def skipped_models(self) -> dict[str, str]:
        """The SQL models of KPIs that were not built, and what each would need."""
        return {row["model"]: row["lacks"] for row in read_rows(self.connection, "skipped_models")}

    @property
    def ledger(self) -> pd.DataFrame:
        """The join ledger: one row a join, with what met, what did not, and why."""
        return pd.DataFrame(read_rows(self.connection, "ledger"))

    @property
    def identity(self) -> pd.DataFrame:
        """The match ledger: one row a rule by which customers were recognised; empty where none is declared."""
        return pd.DataFrame(read_rows(self.connection, "identity"))

    def joins(self, table: str | None = None) -> pd.DataFrame:
        """The ledger for reading: the joins behind one linkage table (default: all), without example keys.

        rows, matched, keys, matched_keys : on the left side. no_key, look_alike, absent : why the rest found none.
        """
        from linkage.tables.models import model_names, models_behind

        wanted = models_behind(self.study, table) if table else model_names()
        frame = self.ledger
        frame = frame[frame["model"].isin(wanted)] if len(frame) else pd.DataFrame(columns=_JOIN_COLUMNS)
        shown = [c for c in _JOIN_COLUMNS if c in frame]
        frame = frame[shown].rename(columns={"left_rows": "rows", "left_keys": "keys"}).reset_index(drop=True)
        if "time_violations" in frame:
            frame["time_violations"] = frame["time_violations"].astype("Int64")
        return frame

    @property
    def contents(self) -> pd.DataFrame:
        """One row a linkage table: rows, first and last period."""
        rows = [
            (
                table,
                *self.connection.execute(
                    f"select count(*), min(period), max(period) from {table}"
                ).fetchall()[0],
            )
            for table in self.tables
        ]
        return pd.DataFrame(rows, columns=["table", "rows", "first_period", "last_period"])

    @property
    def declared_links(self) -> pd.DataFrame:
        """One row a declared link: question, grain, outcome, drivers, controls, lag and expected sign."""
        rows = [
            {
                "link": link.name,
                "question": link.question,
                "grain": link.grain,
                "outcome": link.outcome,
                "drivers": ", ".join(link.drivers),
                "controls": ", ".join(link.controls),
                "lag": link.lag,
                "expect": link.expect,
            }
            for link in self.study.links.values()
        ]
        return pd.DataFrame(rows, columns=list(_LINK_COLUMNS))

    def model_sql(self, name: str) -> str:
        """The SQL that made a table of this study, as it really ran.

        Raises WarehouseError for a model there is none of, or that this study could not fill.
        """
        from linkage.tables.models import model_names, no_such_model

        ran = {row["name"]: row["sql"] for row in read_rows(self.connection, "models")}
        if name in ran:
            return ran[name]
        if name not in model_names():
            raise WarehouseError(no_such_model(name))
        raise WarehouseError(f"{self.name} did not run {name}: it lacks what the model needs.")

    @property
    def reject_counts(self) -> pd.DataFrame:
        """How many values or rows could not be read, by source, column and reason."""
        return fetch_rows(
            self.connection.sql(
                'select source, "column", reason, row_kept, count(*) as rejects from rejects group by all order by all'
            )
        )

    @property
    def sources(self) -> pd.DataFrame:
        """One row a source: files, rows read, accepted and rejected."""
        return pd.DataFrame(read_rows(self.connection, "sources"))

    @property
    def rejects(self) -> pd.DataFrame:
        """What could not be read: source, file, line, column, value and reason."""
        return fetch_rows(self.connection.sql('select * from rejects order by source, file, line, "column"'))

    def link(self, name: str, *, period: object = None) -> LinkCard:
        """The card of one declared link, judged within the declared family."""
        if name not in self.study.links:
            from difflib import get_close_matches

            near = get_close_matches(name, list(self.study.links), n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise LinkError(
                f"{self.study.path} declares no link {name!r}.{hint} "
                f"It declares: {', '.join(self.study.links) or 'none'}."
            )
        return self.links(period=period)[name]

    def links(self, topic: str | None = None, *, period: object = None) -> CardSet:
        """The cards of the declared links, through a period (default: the last complete one).

        topic : operations, money, units or people; None gives the whole family. The false discoveries are
        always controlled over the whole family.
        """
        if period is None and not self.periods:
            return self._answered("").about(topic)
        through = self.check_period(period) if period is not None else self.last_complete_period
        if through not in self._families:
            self._families[through] = self._answered(through)
        return self._families[through].about(topic)

    def _answered(self, through: str) -> CardSet:
        """The family's cards: as an earlier process kept them, or answered now and kept."""
        from linkage.links import answer_family
        from linkage.memory import keep_cards, recall_cards

        cards = recall_cards(self.warehouse, through)
        if cards is None:
            cards = answer_family(self, through)
            keep_cards(self.warehouse, through, cards)
        return cards

    @cached_property
    def _families(self) -> dict[str, CardSet]:
        return {}

    @cached_property
    def held_rows(self) -> dict[str, tuple[str, pd.DataFrame]]:
        """Rows that several questions need, by what fetches them: the period they reach through, and the rows."""
        return {}


def open_study(name: str | Path = "demo", *, force: bool = False) -> OpenStudy:
    """Open a study by its name under data/ or by its folder, building its linkage tables if they changed.

    Raises StudyError, SourceError, GrainError or WarehouseError, each naming file, key and remedy.
    """
    study = load_study(study_folder(name))
    return OpenStudy(study, open_warehouse(study, force=force))
