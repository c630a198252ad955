"""One entry for each column of each linkage table, with what is in it now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from linkage.catalogue import LinkageColumn
from linkage.dictionary.glossary import glossary
from linkage.dictionary.meaning import meaning_of, recorded_metric, source_of
from linkage.dictionary.traps import trap_of
from linkage.errors import TableError
from linkage.kpis.definitions import KPIS, Kpi
from linkage.memory import kept
from linkage.results import Result

if TYPE_CHECKING:
    from linkage.opening import OpenStudy
    from linkage.study import Study
    from linkage.study_file.declaration import SourceSpec

COLUMNS = (
    *("table", "column", "label", "what", "source", "files", "raw_column", "unit", "scale", "better"),
    *("definition", "trap", "rows", "filled", "low", "high"),
)


@dataclass(frozen=True, eq=False, repr=False)
class Dictionary(Result):
    """What the figures of a study are made of.

    entries : one row a column of a linkage table: table, column, label, what (metric, made, attribute, key or
        time), source, files and raw_column (where it came from, as study.yml says; empty for what was made),
        unit, scale, better, definition, trap; rows of the table, filled (rows with a value), and the range low
        to high of numbers (missing where fewer than the study's minimum_group are filled).
    metrics : one row a declared metric. kpis : what each business KPI is. glossary : word and meaning.
    """

    main_table = "entries"

    study: str
    entries: pd.DataFrame
    metrics: pd.DataFrame
    kpis: pd.DataFrame
    glossary: pd.DataFrame

    def summary(self) -> str:
        tables = self.entries["table"].nunique()
        return (
            f"{self.study}: {len(self.entries):,} columns in {tables} linkage tables, {len(self.metrics)} declared "
            f"metrics and {len(self.kpis)} business KPIs, with definitions; {len(self.glossary)} words explained."
        )

    @property
    def filled(self) -> pd.DataFrame:
        """The columns that hold a value, for reading: one row a table and column."""
        rows = self.entries[self.entries["filled"] > 0]
        shown = ["table", "column", "label", "what", "unit", "definition", "trap", "filled", "low", "high"]
        return rows[shown].round({"low": 3, "high": 3}).set_index(["table", "column"])

    def of(self, table: str) -> pd.DataFrame:
        """The same for one linkage table. Raises TableError where the study has no such table."""
        if table not in set(self.entries["table"]):
            there = ", ".join(self.entries["table"].unique()) or "none"
            raise TableError(f"{self.study} has no {table}. Its linkage tables: {there}.")
        return self.filled.loc[table]


@kept
def data_dictionary(opened: OpenStudy) -> Dictionary:
    """What does each figure mean, and where does it come from?

    Every column of every linkage table the study has, with how many of its rows are filled, and its range.
    """
    filled = _filled_columns(opened)
    entries = [entry for table in opened.tables for entry in _entries(opened, table, filled)]
    return Dictionary(
        study=opened.title,
        entries=pd.DataFrame(entries, columns=COLUMNS),
        metrics=_metrics(opened.study),
        kpis=_kpis(opened),
        glossary=glossary(),
    )


def _filled_columns(opened: OpenStudy) -> dict[str, set[str]]:
    """By source, the staged columns that hold a value."""
    found = {}
    for source in opened.study.sources.values():
        table = f"stg_{source.name if source.role == 'unit_periods' else source.role}"
        names = opened.connection.table(table).columns
        counted = ", ".join(f'count("{name}")' for name in names)
        counts = opened.connection.execute(f"select {counted} from {table}").fetchall()[0]
        found[source.name] = {name for name, count in zip(names, counts, strict=True) if count}
    return found


def _entries(opened: OpenStudy, table: str, filled: dict[str, set[str]]) -> list[dict[str, object]]:
    grain = table.removeprefix("link_")
    types = dict(
        zip(*(getattr(opened.connection.table(table), part) for part in ("columns", "types")), strict=True)
    )
    known = opened.study.columns[grain]
    columns = [known.get(name) or _unlisted(name, str(kind)) for name, kind in types.items()]
    contents = _contents(opened, table, columns)
    return [
        {
            "table": table,
            **_entry(opened.study, grain, column, source_of(opened.study, grain, column, filled)),
            **contents[column.name],
        }
        for column in columns
    ]


def _unlisted(name: str, kind: str) -> LinkageColumn:
    """A column a table carries along although no link can use it, such as a comment or a time of writing down."""
    label = name.replace("_", " ").capitalize()
    return LinkageColumn(name, label, kind="time" if kind.startswith(("DATE", "TIMESTAMP")) else "category")


def _entry(study: Study, grain: str, column: LinkageColumn, source: SourceSpec | None) -> dict[str, object]:
    metric = study.metrics[column.metric] if column.metric else None
    return {
        "column": column.name,
        "label": column.label,
        "what": _what(column, source),
        **_origin(study, source, column),
        "unit": column.unit,
        "scale": _scale(metric) if metric and column.name == metric.name else "",
        "better": column.better if metric or column.name == "is_lost" else "",
        "definition": f"{meaning_of(study, grain, column, source)} {column.note}".strip(),
        "trap": trap_of(study, column, source),
    }


def _what(column: LinkageColumn, source: SourceSpec | None) -> str:
    if column.metric:
        return "metric" if column.name == column.metric else "made"
    if column.kind in ("key", "time"):
        return column.kind
    return "attribute" if source else "made"


def _origin(study: Study, source: SourceSpec | None, column: LinkageColumn) -> dict[str, str]:
    """Where a column came from: source, files and the name it has there."""
    if source is None:
        return dict.fromkeys(("source", "files", "raw_column"), "")
    recorded = recorded_metric(study, column)
    ours = recorded.recorded if recorded else column.name
    ours = study.metrics[column.metric].column if column.metric else ours
    staged = {c.name: c.found_in for c in study.staging_columns(source.name)}
    files = source.sql or ", ".join(source.files)
    return {"source": source.name, "files": files, "raw_column": staged.get(ours, ours)}


def _scale(metric: object) -> str:
    return f"{metric.scale[0]:g} to {metric.scale[1]:g}" if metric.scale else ""


def _contents(opened: OpenStudy, table: str, columns: list[LinkageColumn]) -> dict[str, dict[str, object]]:
    """Rows, filled rows and range of every column, in one pass over the table."""
    counted = [c for c in columns if c.kind in ("number", "flag")]
    parts = ["count(*)", *(f'count("{c.name}")' for c in columns)]
    parts += [f'{word}(cast("{c.name}" as double))' for c in counted for word in ("min", "max")]
    found = opened.connection.execute(f"select {', '.join(parts)} from {table}").fetchall()[0]
    rows, filled, limits = found[0], found[1 : 1 + len(columns)], found[1 + len(columns) :]
    ranges = {c.name: limits[2 * i : 2 * i + 2] for i, c in enumerate(counted)}
    shown = {}
    for column, count in zip(columns, filled, strict=True):
        few = count < opened.study.declared.minimum_group
        low, high = (None, None) if few else ranges.get(column.name, (None, None))
        shown[column.name] = {"rows": rows, "filled": count, "low": low, "high": high}
    return shown


def _metrics(study: Study) -> pd.DataFrame:
    """One row a declared metric: label, where it came from, unit, scale, which way is better."""
    rows = []
    for metric in study.metrics.values():
        column = LinkageColumn(metric.name, metric.label, metric.unit, metric=metric.name)
        origin = _origin(study, study.sources[metric.of], column)
        row = {"metric": metric.name, "label": metric.label, **origin, "unit": metric.unit}
        rows.append(
            row | {"scale": _scale(metric), "better": metric.better, "figure": metric.score.replace("_", " ")}
        )
    columns = ["metric", "label", "source", "files", "raw_column", "unit", "scale", "better", "figure"]
    return pd.DataFrame(rows, columns=columns)


def _kpis(opened: OpenStudy) -> pd.DataFrame:
    """One row a business KPI: label, unit, better, definition, trap, and what the study would need for it."""
    from linkage.kpis.counting import texts_of
    from linkage.kpis.provenance import defined

    texts = texts_of(opened)
    rows = [
        {
            "kpi": kpi.name,
            "label": kpi.label.format(**texts),
            "unit": kpi.unit,
            "better": kpi.better,
            "definition": defined(kpi, texts),
            "trap": kpi.trap,
            "lacks": _lacks(opened, kpi),
        }
        for kpi in KPIS
    ]
    return pd.DataFrame(rows)


def _lacks(opened: OpenStudy, kpi: Kpi) -> str:
    """What the study would need for a KPI; empty where its tables hold it."""
    if kpi.model in opened.skipped_models:
        return kpi.lacks or opened.skipped_models[kpi.model]
    if kpi.where is None:
        return ""
    column, value = kpi.where
    found = opened.connection.execute(f"select count(*) from {kpi.model} where {column} = ?", [value])
    return "" if found.fetchall()[0][0] else kpi.lacks
