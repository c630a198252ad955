"""What a study declares: study.yml read, checked and explained where it is wrong."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from linkage.catalogue import Columns, linkage_columns
from linkage.clock import refuse_wrong_order
from linkage.declaration import ROLES, LinkSpec, Metric, SourceSpec, StudyFile
from linkage.errors import LinkageError, StudyError
from linkage.periods import Period, parse_period


@dataclass(frozen=True)
class Column:
    """One column that staging makes: our name, theirs, its kind and what it must satisfy."""

    name: str
    raw_name: str
    kind: str
    required: bool = False
    key: bool = False
    low: float | None = None
    high: float | None = None
    optional_in_file: bool = False


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
        from linkage.declaration import MONTHS

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
        used = {m.column for m in self.metrics_of(source)} | {m.recorded for m in self.metrics_of(source)}
        return [c for c in spec.columns if c not in known and c not in used]

    def staging_columns(self, source: str) -> list[Column]:
        """Every column staging makes of a source, in a fixed order: known, attributes, metrics."""
        spec, role = self.sources[source], ROLES[self.sources[source].role]
        columns = [self._known_column(spec, name) for name in role.columns]
        for name in self.attributes_of(source):
            columns.append(Column(name, spec.columns[name], spec.types.get(name, "text")))
        for recorded in {m.recorded: None for m in self.metrics_of(source) if m.recorded}:
            if recorded not in {c.name for c in columns}:
                columns.append(Column(recorded, spec.columns.get(recorded, recorded), "time"))
        for metric in {m.column: m for m in self.metrics_of(source)}.values():
            low, high = metric.scale or (None, None)
            raw = spec.columns.get(metric.column, metric.column)
            kind = spec.types.get(metric.column, metric.type)
            columns = [c for c in columns if c.name != metric.column]
            columns.append(Column(metric.column, raw, kind, low=low, high=high))
        return columns

    def _known_column(self, spec: SourceSpec, name: str) -> Column:
        role = ROLES[spec.role]
        times = [t for t in role.time if t in spec.columns] or list(role.time)
        required = name in role.grain or name == (times[0] if times else None)
        if spec.role == "unit_periods" and name in ("period", "period_on"):
            required = name in spec.columns or (name == "period" and "period_on" not in spec.columns)
        return Column(
            name,
            spec.columns.get(name, name),
            spec.types.get(name, role.columns[name]),
            required=required,
            key=role.columns[name] == "key",
            optional_in_file=name not in spec.columns and not required,
        )

    @cached_property
    def columns(self) -> dict[str, Columns]:
        """The columns each linkage table can have, by grain, as far as study.yml tells."""
        return linkage_columns(self)


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
        raise StudyError(_explain(path, error, lines)) from None
    study = Study(Path(folder).name, Path(folder).resolve(), declared)
    _check_references(study, lines)
    return study


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise StudyError(
            f"{path}, line {line}: this is not UTF-8 text. Save the file with the encoding UTF-8."
        ) from None


def _read_yaml(path: Path, text: str) -> tuple[dict[str, Any], dict[tuple, int]]:
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}" if mark else ""
        said = getattr(error, "problem", None) or error
        raise StudyError(
            f"{path}{place}: this is not readable YAML: {said}. Look at the indentation (spaces, no tabs), the "
            "colons and the brackets of this line and the one before it."
        ) from None
    if not isinstance(content, dict):
        raise StudyError(
            f"{path}: expected keys such as study, sources, metrics and links; found nothing of it."
        )
    lines: dict[tuple, int] = {}
    _note_lines(path, node, (), lines)
    return content, lines


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
            metric.setdefault("label", str(key).replace("_", " ").capitalize())
            metric.setdefault("score", "nps" if _asks_to_recommend(key, metric) else "mean")
            metric.setdefault("aggregate", "sum" if roles.get(metric.get("of")) == "transactions" else "mean")
    return content


def _asks_to_recommend(name: object, metric: dict[str, Any]) -> bool:
    """The one question whose standard figure is a net score: 0 to 10, likelihood to recommend."""
    words = f"{name} {metric.get('label', '')}".lower()
    return metric.get("scale") == [0, 10] and (
        str(name).startswith("nps") or "likelihood to recommend" in words
    )


_CHOICES = ("int", "float", "str", "bool", "constrained-int", "ChangeBetween")
"""What pydantic adds to a place where a value could be of several kinds."""


def _explain(path: Path, error: ValidationError, lines: dict[tuple, int]) -> str:
    found: dict[tuple, str] = {}
    for item in error.errors():
        key = tuple(str(k) for k in item["loc"] if "[" not in str(k))
        if key[0] == "links" and len(key) > 3 and key[2] in _EITHER:
            found[key[:3]] = f"{_EITHER[key[2]]}{_shown(item['input'])}"
            continue
        key = tuple(k for k in key if k not in _CHOICES or key in lines)
        said = _say(item, key)
        # A name or column that comes from the key itself: the key has been complained of already.
        if key in lines or found.get(key[:-1]) != said:
            found[key] = said
    return "\n".join(f"{_place(path, key, lines)}: {said}" for key, said in found.items())


_EITHER = {
    "change": "expected a number of periods, or {drivers: [first, last], outcome: [first, last]}.",
    "where": "expected {column: value}, the value a text in quotes, a number, true or false.",
}


def _place(path: Path, key: tuple, lines: dict[tuple, int]) -> str:
    known = key
    while known and known not in lines:
        known = known[:-1]
    line = f", line {lines[known]}" if known else ""
    return f"{path}{line}, {'.'.join(key)}"


def _say(item: dict[str, Any], key: tuple) -> str:
    if item["type"] == "extra_forbidden":
        return f"unknown key.{_suggest(key[-1], _allowed(key[:-1]))}"
    if item["type"] == "missing":
        return "this key is needed and not there."
    message = _PLAIN.get(item["type"], item["msg"]).removeprefix("Value error, ").removesuffix(".")
    message = message.replace("Input should be", "it should be")
    return f"{message}.{_shown(item.get('input'))}"


_PLAIN = {
    "dict_type": "expected keys below it, each with its value",
    "model_type": "expected keys below it, each with its value",
    "string_type": "expected a text; put it in quotes",
    "int_parsing": "expected a whole number",
    "int_type": "expected a whole number",
    "float_parsing": "expected a number",
    "tuple_type": "expected a list such as [a, b]",
    "too_short": "at least one is needed",
}


def _shown(given: object) -> str:
    shown = given.isoformat() if isinstance(given, date) else repr(given)
    return "" if isinstance(given, (dict, list, tuple)) else f" It says {shown}."


def _allowed(key: tuple) -> list[str]:
    models = {"sources": SourceSpec, "metrics": Metric, "links": LinkSpec}
    if not key:
        model: Any = StudyFile
    elif key[0] in models and len(key) == 2:
        model = models[key[0]]
    elif key[0] == "windows":
        return ["before", "after"]
    else:
        return []
    return [f.alias or name for name, f in model.model_fields.items() if name != "name"]


def _suggest(word: str, allowed: list[str]) -> str:
    near = get_close_matches(word, allowed, n=1, cutoff=0.6)
    if near:
        return f" Did you mean {near[0]!r}?"
    return f" Allowed here: {', '.join(allowed)}." if allowed else ""


def _check_references(study: Study, lines: dict[tuple, int]) -> None:
    """Every name must lead somewhere: roles, metrics' sources, links' columns and clocks."""

    def stop(key: tuple, text: str) -> None:
        raise StudyError(f"{_place(study.path, key, lines)}: {text}")

    roles: dict[str, str] = {}
    for name, spec in study.sources.items():
        if spec.role not in ROLES:
            stop(
                ("sources", name, "role"),
                f"no source can be {spec.role!r}.{_suggest(spec.role, list(ROLES))} "
                f"The roles are: {', '.join(ROLES)}. Give the source a 'role:' if its name is your own.",
            )
        if spec.role != "unit_periods" and roles.setdefault(spec.role, name) != name:
            stop(
                ("sources", name),
                f"{roles[spec.role]} already is the source of {spec.role}; only one can be.",
            )
    for name, metric in study.metrics.items():
        if metric.of not in study.sources:
            stop(
                ("metrics", name, "of"),
                f"there is no source {metric.of!r}.{_suggest(metric.of, list(study.sources))}",
            )
        if metric.recorded and study.sources[metric.of].role != "customers":
            stop(
                ("metrics", name, "recorded"),
                "only a metric of customers can say when it was written down: answers, contacts and purchases "
                "carry a time of their own. Leave 'recorded' out.",
            )
    for name, link in study.links.items():
        _check_link(study, link, lambda key, text, name=name: stop(("links", name, key), text))


def _check_link(study: Study, link: LinkSpec, stop: Any) -> None:
    columns = study.columns[link.grain]
    named = [("outcome", link.outcome), *(("drivers", d) for d in link.drivers)]
    named += [("controls", c) for c in link.controls] + [("where", c) for c in link.where]
    named += [("cluster", link.cluster)] if link.cluster else []
    for key, column in named:
        if key == "controls" and column == f"{link.outcome}_now":
            if not link.lag and link.change is None:
                stop(
                    key,
                    f"{column} is the outcome itself unless the outcome comes later: give a 'lag' or a 'change', "
                    "or leave it out.",
                )
        elif column not in columns:
            stop(
                key,
                f"link_{link.grain} has no {column!r}.{_suggest(column, list(columns))} A metric must be "
                f"declared under 'metrics', and its source must reach this grain. "
                f"Usable here: {', '.join(columns)}.",
            )
        elif reason := _unusable(columns[column].kind, key, link):
            stop(key, f"{column} is a {columns[column].kind}, {reason}")
    try:
        refuse_wrong_order(study, link)
    except LinkageError as error:
        stop("outcome", str(error))


def _unusable(kind: str, place: str, link: LinkSpec) -> str:
    """Why a column of this kind cannot stand in this place of a link; empty where it can."""
    if place == "outcome" and kind not in ("number", "flag"):
        return "not something that can be high or low."
    if place == "drivers" and kind in ("key", "time"):
        return "not something that can be high or low."
    if place == "drivers" and kind == "category" and link.change is not None:
        return "and a change is a difference of numbers. Leave out 'change', or declare it as a number or flag."
    if place in ("controls", "where") and kind == "time":
        return "which cannot be held fixed or compared. Control for 'period' instead."
    texts = [c for c, value in link.where.items() if isinstance(value, str)]
    flags = [c for c, value in link.where.items() if isinstance(value, bool)]
    if place == "where" and kind == "number" and (texts or flags):
        return ""
    return ""
