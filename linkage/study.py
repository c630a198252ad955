"""What a study declares: study.yml read, checked and explained where it is wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from linkage.catalogue import Columns, linkage_columns
from linkage.errors import StudyError
from linkage.periods import Period, parse_period
from linkage.study_file.declaration import ROLES, LinkSpec, Metric, SourceSpec, StudyFile
from linkage.study_file.explaining import explain
from linkage.study_file.raw_checks import is_share
from linkage.study_file.raw_rules import REOPENED
from linkage.study_file.references import check_references


@dataclass(frozen=True)
class Column:
    """One column that staging makes: our name, theirs, its kind and what it must satisfy.

    also : other raw columns that may hold it. items : of a long export, the questions whose answer it is.
    or_else : our other columns any of which will do where this one is required: an open contact has no end yet.
    metric : the metric it is declared as, which may say how its values are made.
    """

    name: str
    raw_name: str
    kind: str
    required: bool = False
    key: bool = False
    low: float | None = None
    high: float | None = None
    optional_in_file: bool = False
    also: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    metric: Metric | None = None
    or_else: tuple[str, ...] = ()

    @property
    def raw_names(self) -> tuple[str, ...]:
        return (self.raw_name, *self.also)

    @property
    def metric_choices(self) -> tuple[str, ...]:
        """The choices of a cell with several that this column is a flag for."""
        return next(iter(self.metric.choice.values()), ()) if self.metric else ()

    @property
    def found_in(self) -> str:
        """Where in the files it stands, in words; empty where it is computed."""
        if self.items:
            return f"{self.raw_name} to {' or '.join(self.items)}"
        return " or ".join(self.raw_names)

    @property
    def is_computed(self) -> bool:
        """Whether it comes from other columns or rows, and from none of the file."""
        return bool(self.metric and self.metric.is_span) or not self.raw_name


@dataclass(frozen=True, eq=False)
class Study:
    """A declared study: its folder and everything study.yml says, validated."""

    name: str
    folder: Path
    declared: StudyFile

    @property
    def path(self) -> Path:
        return self.folder / "study.yml"

    @property
    def timezone(self) -> str:
        return self.declared.timezone

    @property
    def sources(self) -> dict[str, SourceSpec]:
        return self.declared.sources

    @property
    def metrics(self) -> dict[str, Metric]:
        return self.declared.metrics

    @property
    def links(self) -> dict[str, LinkSpec]:
        return self.declared.links

    @property
    def fiscal_month(self) -> int:
        from linkage.study_file.declaration import MONTHS

        return MONTHS.index(self.declared.fiscal_year_starts) + 1

    def period(self, text: object) -> Period:
        """The period a text names on this study's calendar; PeriodError with a suggestion otherwise."""
        return parse_period(text, kind=self.declared.period, fiscal_year_starts=self.fiscal_month)

    def source_of(self, role: str) -> SourceSpec | None:
        """The source that plays a role, or None."""
        return next((s for s in self.sources.values() if s.role == role), None)

    def metrics_of(self, source: str) -> list[Metric]:
        return [m for m in self.metrics.values() if m.of == source]

    def grain_of(self, source: str) -> tuple[str, ...]:
        return ROLES[self.sources[source].role].grain

    def attributes_of(self, source: str) -> list[str]:
        """Columns a study declares beyond those the role knows and the metrics use."""
        spec, known = self.sources[source], ROLES[self.sources[source].role].columns
        metrics = self.metrics_of(source)
        used = {m.column for m in metrics} | {m.recorded for m in metrics} | set(spec.split)
        used |= set(self.matching_columns_of(source))
        items = spec.long.items if spec.long else ()
        return [c for c in dict.fromkeys((*spec.columns, *items)) if c not in known and c not in used]

    def matching_columns_of(self, source: str) -> list[str]:
        """Columns that only tell who somebody is (`identity: match`): they go no further than staging."""
        identity = self.declared.identity
        return [c for c in identity.match if c in self.sources[source].columns] if identity else []

    def staging_columns(self, source: str) -> list[Column]:
        """Every column staging makes of a source, in a fixed order: known, attributes, times, metrics."""
        spec, role = self.sources[source], ROLES[self.sources[source].role]
        columns = {name: self._known_column(spec, name) for name in role.columns}
        for name in (*self.attributes_of(source), *self.matching_columns_of(source)):
            columns[name] = _column(spec, name, spec.types.get(name, "text"))
        metrics = {m.column: m for m in self.metrics_of(source)}
        for metric in metrics.values():
            for time in (metric.recorded, metric.from_, metric.until):
                if time and time not in columns:
                    columns[time] = _column(spec, time, "time")
        for name, metric in metrics.items():
            columns.pop(name, None)
            columns[name] = _metric_column(spec, metric)
        return list(columns.values())

    def _known_column(self, spec: SourceSpec, name: str) -> Column:
        role = ROLES[spec.role]
        times = [t for t in role.time if t in spec.columns] or list(role.time)
        required = name in role.grain or name == (times[0] if times else None)
        if spec.role == "unit_periods" and name in ("period", "period_on"):
            required = name in spec.columns or (name == "period" and "period_on" not in spec.columns)
        return replace(
            _column(spec, name, spec.types.get(name, role.columns[name])),
            required=required,
            key=role.columns[name] == "key",
            or_else=tuple(t for t in role.time if t != name) if self._is_time_of(spec, name) else (),
            optional_in_file=name not in spec.columns
            and not (spec.long and name in spec.long.items)
            and not required,
        )

    def _is_time_of(self, spec: SourceSpec, name: str) -> bool:
        """Whether it is a time that another of the role's times can stand in for."""
        return spec.role != "unit_periods" and name in ROLES[spec.role].time

    @cached_property
    def columns(self) -> dict[str, Columns]:
        """The columns each linkage table can have, by grain, as far as study.yml tells."""
        return linkage_columns(self)


def _column(spec: SourceSpec, name: str, kind: str) -> Column:
    """A column where the source says it is: under another name, under several, or as an item of a long export."""
    if spec.long and name in spec.long.items:
        return Column(name, spec.long.value, kind, items=spec.long.items[name])
    first, *also = spec.raw_names(name)
    return Column(name, first, kind, also=tuple(also))


def _metric_column(spec: SourceSpec, metric: Metric) -> Column:
    low, high = metric.scale or (None, None)
    bounds = {"low": low, "high": high, "metric": metric}
    if metric.choice:
        return replace(_column(spec, next(iter(metric.choice)), "flag"), name=metric.column, **bounds)
    kind = spec.types.get(metric.column, metric.type)
    counted = metric.column == REOPENED and spec.doubled != "refuse" and REOPENED not in spec.columns
    if metric.is_span or counted:
        return Column(metric.column, "", kind, **bounds)
    return replace(_column(spec, metric.column, kind), **bounds)


def load_study(folder: Path) -> Study:
    """Read and check the study.yml of a folder.

    Raises StudyError naming the file, the line, the key and the remedy.
    """
    path = Path(folder) / "study.yml"
    if not path.is_file():
        raise StudyError(
            f"{path}: there is no study.yml. A study is a folder with study.yml and its sources."
        )
    content, lines = _read_yaml(path, _read_text(path))
    try:
        declared = StudyFile.model_validate(_with_names(content))
    except ValidationError as error:
        raise StudyError(explain(path, error, lines)) from None
    study = Study(Path(folder).name, Path(folder).resolve(), declared)
    check_references(study, lines)
    return study


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise StudyError(
            f"{path}, line {line}: this is not UTF-8 text. Save the file with the encoding UTF-8."
        ) from None
    except PermissionError:
        raise StudyError(f"{path} may not be read by you. Give yourself the right to read it.") from None


def _read_yaml(path: Path, text: str) -> tuple[dict[str, Any], dict[tuple, int]]:
    try:
        node, content = _parse(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}" if mark else ""
        said = getattr(error, "problem", None) or error
        raise StudyError(
            f"{path}{place}: this is not readable YAML: {said}. Look at the indentation (spaces, no tabs), the "
            "colons and the brackets of this line and the one before it."
        ) from None
    if not isinstance(content, dict):
        found = "is empty" if not text.strip() else "holds no keys"
        raise StudyError(
            f"{path} {found}: keys such as study, sources, metrics and links are needed. "
            "`linkage new NAME --from FOLDER` writes them from your files."
        )
    lines: dict[tuple, int] = {}
    _note_lines(path, node, (), lines)
    return content, lines


def _parse(text: str) -> tuple[yaml.Node, Any]:
    """By libyaml where it is there, ten times as fast; what it refuses, Python's own parser refuses in its words."""
    fast = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return yaml.compose(text, Loader=fast), yaml.load(text, Loader=fast)
    except yaml.YAMLError:
        return yaml.compose(text, Loader=yaml.SafeLoader), yaml.safe_load(text)


def _note_lines(path: Path, node: yaml.Node, key: tuple, lines: dict[tuple, int]) -> None:
    """The line of every key, and a stop at a key written twice: YAML would keep the last in silence."""
    if not isinstance(node, yaml.MappingNode):
        return
    for name, value in node.value:
        here = (*key, name.value)
        line = name.start_mark.line + 1
        if here in lines:
            raise StudyError(
                f"{path}, line {line}: {'.'.join(map(str, here))} is given twice (first in line {lines[here]}). "
                "Keep one."
            )
        lines[here] = line
        _note_lines(path, value, here, lines)


def _with_names(content: dict[str, Any]) -> dict[str, Any]:
    """Fill in what study.yml leaves to its defaults: names from keys, a source's role, a metric's column."""
    # A heading with nothing under it means "none", not "nothing of the right kind".
    content = {k: v for k, v in content.items() if v is not None}
    for part in ("sources", "metrics", "links"):
        section = content.get(part)
        if isinstance(section, dict):
            content[part] = {
                key: {**value, "name": key} if isinstance(value, dict) else value
                for key, value in section.items()
            }
    for key, spec in (
        (content.get("sources") or {}).items() if isinstance(content.get("sources"), dict) else ()
    ):
        if isinstance(spec, dict):
            spec.setdefault("role", key)
    roles = {k: v.get("role") for k, v in (content.get("sources") or {}).items() if isinstance(v, dict)}
    for key, metric in (
        (content.get("metrics") or {}).items() if isinstance(content.get("metrics"), dict) else ()
    ):
        if isinstance(metric, dict):
            metric.setdefault("column", key)
            metric.setdefault("type", "flag" if metric.get("choice") else "number")
            metric.setdefault("label", str(key).replace("_", " ").capitalize())
            metric.setdefault("score", "nps" if _asks_to_recommend(key, metric) else "mean")
            _know_times(metric, content.get("sources"))
            adds_up = roles.get(metric.get("of")) == "transactions" and not is_share(metric)
            metric.setdefault("aggregate", "sum" if adds_up else "mean")
    return content


def _know_times(metric: dict[str, Any], sources: object) -> None:
    """Columns between which a metric is counted are times, unless the study says what else they are."""
    spec = sources.get(metric.get("of")) if isinstance(sources, dict) else None
    known = ROLES[spec["role"]].columns if isinstance(spec, dict) and spec.get("role") in ROLES else {}
    named = [
        metric[e] for e in ("from", "until") if isinstance(metric.get(e), str) and metric[e] not in known
    ]
    if named and isinstance(spec, dict) and isinstance(spec.get("types", {}), dict):
        spec["types"] = {**dict.fromkeys(named, "time"), **spec.get("types", {})}


def _asks_to_recommend(name: object, metric: dict[str, Any]) -> bool:
    """The one question whose standard figure is a net score: 0 to 10, likelihood to recommend."""
    words = f"{name} {metric.get('label', '')}".lower()
    return metric.get("scale") == [0, 10] and (
        str(name).startswith("nps") or "likelihood to recommend" in words
    )
