"""Whether every name in study.yml leads somewhere: roles, metrics' sources, links' columns and clocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from linkage.catalogue import can_group, doubled_column
from linkage.errors import LinkageError, StudyError
from linkage.identity.declared import WITH_CUSTOMERS
from linkage.linking.clock import refuse_wrong_order
from linkage.study_file.declaration import ROLES, LinkSpec
from linkage.study_file.explaining import place, suggest
from linkage.study_file.raw_checks import check_raw_rules
from linkage.study_file.stated_names import check_stated_names

if TYPE_CHECKING:
    from linkage.study import Study


TAKEN = frozenset(
    {"answers", "contacts", "staff", "purchases", "grid", "earlier", "units", "periods", *ROLES}
)
"""Names in link_unit_period, and of the tables it reads, that a source of unit figures cannot have."""


def check_references(study: Study, lines: dict[tuple, int]) -> None:
    """Every name must lead somewhere: roles, metrics' sources, links' columns and clocks."""

    def stop(key: tuple, text: str) -> None:
        raise StudyError(f"{place(study.path, key, lines)}: {text}")

    roles: dict[str, str] = {}
    for name, spec in study.sources.items():
        if spec.role not in ROLES:
            stop(
                ("sources", name, "role"),
                f"no source can be {spec.role!r}.{suggest(spec.role, list(ROLES))} "
                f"The roles are: {', '.join(ROLES)}. Give the source a 'role:' if its name is your own.",
            )
        if spec.role == "unit_periods" and name in TAKEN:
            stop(("sources", name), f"{name!r} is a name the SQL models use themselves. Choose another.")
        if spec.role != "unit_periods" and roles.setdefault(spec.role, name) != name:
            stop(
                ("sources", name),
                f"{roles[spec.role]} already is the source of {spec.role}; only one can be.",
            )
    for name, metric in study.metrics.items():
        if metric.of not in study.sources:
            stop(
                ("metrics", name, "of"),
                f"there is no source {metric.of!r}.{suggest(metric.of, list(study.sources))}",
            )
        if metric.recorded and study.sources[metric.of].role != "customers":
            stop(
                ("metrics", name, "recorded"),
                "only a metric of customers can say when it was written down: answers, contacts and purchases "
                "carry a time of their own. Leave 'recorded' out.",
            )
    check_raw_rules(study, stop)
    _check_identity(study, lambda text: stop(("identity", "match"), text))
    doubled = doubled_column(study)
    if doubled:
        grain, name = doubled
        key = ("metrics", name) if name in study.metrics else _declaring(study, name)
        key = ("interventions", name) if name in study.declared.interventions else key
        stop(
            key, f"link_{grain} would hold two columns called {name}. Give this one another name of your own."
        )
    for name in study.declared.interventions:
        _check_intervention(
            study, name, lambda key, text, name=name: stop(("interventions", name, key), text)
        )
    known = {c for columns in study.columns.values() for c in columns}
    for segment in study.declared.segments:
        if segment not in known:
            stop(("segments",), f"no linkage table has {segment!r}.{suggest(segment, sorted(known))}")
    for name, link in study.links.items():
        _check_link(study, link, lambda key, text, name=name: stop(("links", name, key), text))
    check_stated_names(study, stop)


def _check_identity(study: Study, stop: Any) -> None:
    """Customers are recognised by attribute columns, of text, that two sources or more have."""
    declared = study.declared.identity
    for column in declared.match if declared else ():
        having = [s for s in study.sources.values() if s.role in WITH_CUSTOMERS and column in s.columns]
        if len(having) < 2:
            found = f"only {having[0].name} has" if having else "no source of customers has"
            stop(
                f"{found} {column!r} under its 'columns', and a rule compares two sources or more. "
                f"Sources that speak of customers are: {', '.join(WITH_CUSTOMERS)}."
            )
        for source in having:
            measured = {m.column for m in study.metrics_of(source.name)}
            if column in ROLES[source.role].columns or column in measured:
                stop(
                    f"{column} of {source.name} is a column of the suite or a metric. Give the number or address a "
                    "name of its own under 'columns'; two of our columns may come from one of theirs."
                )
            if source.types.get(column, "text") != "text":
                stop(f"{column} of {source.name} is declared as {source.types[column]}, and must be text.")


def _declaring(study: Study, column: str) -> tuple[str, ...]:
    """Where in study.yml a column of this name is declared as an attribute."""
    sources = [s for s in study.sources.values() if column in study.attributes_of(s.name)]
    return ("sources", sources[-1].name, "columns", column) if sources else ("sources",)


def _check_intervention(study: Study, name: str, stop: Any) -> None:
    """Its group must be told by columns that stand side by side in a linkage table, and compared in their kind."""
    group = study.declared.interventions[name].where
    reached = [columns for columns in study.columns.values() if name in columns]
    if not reached:
        usable = {c for columns in study.columns.values() for c in columns if can_group(columns[c])}
        unknown = [c for c in group if c not in usable]
        about = f"no linkage table has {unknown[0]!r} as something that tells rows apart beforehand" if unknown else (
            f"no linkage table has {' and '.join(group)} side by side"
        )  # fmt: skip
        hint = suggest(unknown[0], sorted(usable - set(study.declared.interventions))) if unknown else ""
        stop("where", f"{about}.{hint} The group is named by columns such as region or unit_id.")
    for column, values in group.items():
        kind = reached[0][column].kind
        for value in values:
            if reason := _unlike(kind, value):
                stop("where", f"{column} is a {kind}, {reason}")


def _check_link(study: Study, link: LinkSpec, stop: Any) -> None:
    columns = study.columns[link.grain]
    named = [("outcome", link.outcome), *(("drivers", d) for d in link.drivers)]
    named += [("controls", c) for c in link.controls] + [("where", c) for c in link.where]
    named += [(key, column) for key in ("cluster", "weights", "marker") if (column := getattr(link, key))]
    named += [("segments", s) for s in link.segments]
    named += [
        ("negative_control", c) for c in (link.negative_control.outcome, link.negative_control.driver) if c
    ]
    named += [("alternatives", c) for c in link.alternatives.outcomes]
    named += [("alternatives", c) for chosen in link.alternatives.controls for c in chosen]
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
                f"link_{link.grain} has no {column!r}.{suggest(column, list(columns))} A metric must be "
                f"declared under 'metrics', and its source must reach this grain. "
                f"Usable here: {', '.join(columns)}.",
            )
        elif reason := _unusable(column, columns[column].kind, key, link):
            stop(key, f"{column} is a {columns[column].kind}, {reason}")
        elif key in _NOT_MADE and column in study.declared.interventions:
            stop(
                key,
                f"{column} is an intervention: it can be a driver, a control or under 'where', not {key}.",
            )
    if reason := _unlike_design(link.design, columns[link.drivers[0]].kind):
        stop("design", f"{link.drivers[0]}, the first driver, is a {columns[link.drivers[0]].kind}, {reason}")
    try:
        refuse_wrong_order(study, link)
    except LinkageError as error:
        stop("outcome", str(error))


_NOT_MADE = ("outcome", "cluster", "weights", "marker", "segments")
"""Where an intervention cannot stand: it is made of a period and a group, for drivers and what is held fixed."""


def _unlike_design(design: str, kind: str) -> str:
    """Why a driver of this kind cannot have come about in this way; empty where it can."""
    if design == "intervention" and kind != "flag":
        return "and an intervention is a flag that switches on: declare one under 'interventions', or a flag metric."
    if design == "randomised" and kind not in ("flag", "category"):
        return "and what is drawn by lot is an arm: a flag or a category."
    return ""


def _unusable(column: str, kind: str, place: str, link: LinkSpec) -> str:
    """Why a column of this kind cannot stand in this place of a link; empty where it can."""
    if place == "outcome" and kind not in ("number", "flag"):
        return "not something that can be high or low."
    if place == "drivers" and kind in ("key", "time"):
        return "not something that can be high or low."
    if place == "drivers" and kind == "category" and link.change is not None:
        return (
            "and a change is a difference of numbers. Leave out 'change', or declare it as a number or flag."
        )
    if place in ("controls", "where") and kind == "time":
        return "which cannot be held fixed or compared. Control for 'period' instead."
    if place == "weights" and kind != "number":
        return "and a weight is a number."
    return _unlike(kind, link.where[column]) if place == "where" else ""


def _unlike(kind: str, value: object) -> str:
    """Why a column of this kind cannot be compared with a value; empty where it can."""
    if kind == "flag" and value not in (True, False):
        return f"so compare it with true or false, not with {value!r}."
    if kind == "number" and isinstance(value, (bool, str)):
        return f"so compare it with a number, not with {value!r}."
    if kind in ("category", "key") and isinstance(value, bool):
        return f"and the value is {str(value).lower()}: put the word as it stands in the data in quotes."
    return ""
